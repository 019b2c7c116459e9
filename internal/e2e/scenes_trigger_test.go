package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
)

// While the model of the one job has not answered yet, many callers trigger at the
// same time.
func TestSimultaneousTriggersMakeOneJob(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	g := newGate()
	chat := newChat(t, func(r chatRequest) chatReply {
		g.pass(r)
		return done
	})
	t.Cleanup(g.open) // before the server is closed, which waits for its requests
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()

	callers := rounds.Of(t, 200, 1000)
	replies := make([]sceneReply, callers)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			<-begin
			var err error
			replies[i], err = h.try(http.MethodPost, "/simulate/trigger", span(0, 1))
			assert.NoError(t, err)
		})
	}
	close(begin)
	all.Wait()

	accepted, ids := 0, map[any]int{}
	for _, r := range replies {
		switch r.status {
		case http.StatusAccepted:
			accepted++
		case http.StatusOK:
			assert.Contains(t, []any{"pending", "running"}, r.body["status"])
		default:
			assert.Fail(t, "refused", r.text)
		}
		ids[r.body["job_id"]]++
	}
	require.Len(t, ids, 1, "one job")
	assert.Equal(t, 1, accepted)
	assert.Len(t, h.get("/simulate/jobs").body["jobs"], 1)
	g.open()
	assert.Equal(t, "completed", h.await(replies[0].body["job_id"].(string)).body["status"])
	assert.Len(t, chat.asked(), 2, "one call for each of two days")
}

func TestATriggerMeetsARunningJob(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	g := newGate()
	chat := newChat(t, func(r chatRequest) chatReply {
		g.pass(r)
		return done
	})
	t.Cleanup(g.open) // before the server is closed, which waits for its requests
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()
	id := h.trigger(span(0, 2))
	<-g.arrived

	for name, body := range map[string]string{"the same": span(0, 2), "one of its models": span(0, 2, `"models":["solo"]`)} {
		r := h.do(http.MethodPost, "/simulate/trigger", body)
		assert.Equal(t, http.StatusOK, r.status, name)
		assert.Equal(t, id, r.body["job_id"], name)
		assert.Equal(t, "Simulation already in progress", r.body["message"], name)
	}
	for name, body := range map[string]string{"more": span(0, 3), "a part of it": span(1, 2), "again": span(0, 2, `"replace_existing":true`)} {
		r := h.do(http.MethodPost, "/simulate/trigger", body)
		assert.Equal(t, http.StatusConflict, r.status, name)
		assert.Equal(t, id, r.body["current_job_id"], name)
		assert.Len(t, r.body["current_date_range"], 3, name)
	}
	other := h.trigger(span(0, 0, `"experiment":"other"`))
	g.open()
	assert.Equal(t, "completed", h.await(other).body["status"], "another experiment is not in the way")
	assert.Equal(t, "completed", h.await(id).body["status"])
}

// What is closed is not run again: no model is called.
func TestTheSameRangeTwiceCallsNoModel(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, buys("AAA", 1))
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()
	h.run(span(0, 1), "completed")
	calls := len(chat.asked())

	r := h.do(http.MethodPost, "/simulate/trigger", span(0, 1))
	require.Equal(t, http.StatusOK, r.status, r.text)
	assert.Equal(t, "current", r.body["status"])
	assert.Equal(t, sceneDates[1].String(), r.body["last_simulation_date"])
	assert.Equal(t, sceneDates[2].String(), r.body["next_trading_day"])
	assert.Contains(t, r.text, "skipped, its book is closed up to "+sceneDates[1].String())

	id := h.run(span(0, 2), "completed")
	got := chat.asked()[calls:]
	require.Len(t, got, 2, "one session of two answers, for the new day")
	assert.Equal(t, sceneDates[2].String(), got[0].date())
	assert.Equal(t, []any{sceneDates[2].String()}, h.get("/simulate/status/" + id).body["date_range"])
}
