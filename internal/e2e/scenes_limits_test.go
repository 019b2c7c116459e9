package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
)

// What models do that never come to an end, or say too much: each day is closed, and
// says why the session has ended.
func TestModelsThatKnowNoLimit(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	words := rounds.Of(t, 300_000, 1<<20)
	many := func(n int) chatReply {
		calls := make([]chatCall, n)
		for i := range calls {
			calls[i] = order("buy", "AAA", "1")
		}
		return chatReply{calls: calls}
	}
	scripts := map[string]func(chatRequest) chatReply{
		"talks": func(chatRequest) chatReply { return chatReply{text: "Let me think about it."} },
		"turns": func(chatRequest) chatReply { return chatReply{calls: []chatCall{{"get_portfolio", "{}"}}} },
		"greedy": func(r chatRequest) chatReply {
			if r.step() > 1 {
				return done
			}
			return many(500)
		},
		"equal": func(r chatRequest) chatReply {
			if r.step() > 1 {
				return done
			}
			return many(101)
		},
		"endless": func(chatRequest) chatReply {
			return chatReply{text: strings.Repeat("word ", words) + "<FINISH_SIGNAL>"}
		},
	}
	var models []sceneModel
	for name, script := range scripts {
		models = append(models, newChat(t, script).asks(name))
	}
	s.configure("default", models, map[string]any{"max_steps": 6, "initial_cash": 1_000_000})
	h := s.start()
	h.run(span(0, 0), "completed")
	type account struct {
		Trades []struct{}
		AI     struct {
			Steps int    `json:"total_steps"`
			Stop  string `json:"stop_reason"`
		} `json:"ai_reasoning"`
	}
	got := map[string]account{}
	for name := range scripts {
		r := h.get("/results?detail=full&reasoning=full&model=" + name + "&date=" + sceneDates[0].String())
		var found struct{ Results []account }
		require.NoError(t, json.Unmarshal([]byte(r.text), &found), r.text[:min(len(r.text), 500)])
		require.Len(t, found.Results, 1, name)
		got[name] = found.Results[0]
		assert.Less(t, len(r.text), 600_000, "%s: what is kept is bounded", name)
	}
	for name, want := range map[string]struct {
		stop          string
		steps, trades int
	}{
		"talks": {"no_tool_calls", 2, 0}, "turns": {"max_steps", 6, 0}, "greedy": {"finish_signal", 2, 128},
		"equal": {"finish_signal", 2, 101}, "endless": {"finish_signal", 1, 0},
	} {
		assert.Equal(t, want.stop, got[name].AI.Stop, name)
		assert.Equal(t, want.steps, got[name].AI.Steps, name)
		assert.Len(t, got[name].Trades, want.trades, name)
	}
}
