package e2e_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Replicas ask the provider of their model with its key, keep books of their own,
// and are summarised.
func TestReplicas(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	var sessions atomic.Int64
	chat := newChat(t, func(r chatRequest) chatReply {
		assert.Equal(t, "Bearer k", r.auth)
		if r.step() > 1 {
			return done
		}
		return buys("AAA", int(sessions.Add(1)))(r) // a model that decides otherwise each time
	})
	s.configure("default", []sceneModel{chat.asks("m")}, nil)
	h := s.start()
	h.run(span(0, 1, `"replicas": 3`), "completed")
	board := h.get("/leaderboard").body
	assert.Len(t, board["leaderboard"], 3)
	group := board["replicas"].([]any)[0].(map[string]any)
	assert.Equal(t, "m", group["model"])
	assert.EqualValues(t, 3, group["count"])
	assert.NotZero(t, group["sd_return_pct"])
	assert.NotEqual(t, h.day("model=m&date="+sceneDates[1].String()).cash(), h.day("model=m~2&date="+sceneDates[1].String()).cash())
}
