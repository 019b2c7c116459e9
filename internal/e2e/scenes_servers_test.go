package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/agent"
	"aitrader/internal/mcptool"
)

// Tools of a foreign server join the session, and are marked. When the server
// is gone, only the model-days fail that need it, with its name; a repetition needs
// no server.
func TestToolsOfSomebodyElse(t *testing.T) {
	t.Parallel()
	const canary = "srv-canary-77"
	s := newScene(t)
	s.env["SCENE_KEY"], s.env["NOTES_KEY"] = "k", canary
	handler := mcptool.Handler("notes", []agent.Tool{{
		Spec: agent.ToolSpec{Name: "look", Description: "Looks something up.",
			Schema: json.RawMessage(`{"type":"object","properties":{"what":{"type":"string"}}}`)},
		Handle: func(_ context.Context, args map[string]json.RawMessage) agent.ToolResult {
			return agent.ToolResult{Content: "a note about " + string(args["what"])}
		},
	}})
	var gone atomic.Bool
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, canary, r.Header.Get("X-Key"))
		if gone.Load() {
			http.Error(w, "closed for today", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	chat := newChat(t, func(r chatRequest) chatReply {
		if r.step() > 1 {
			return done
		}
		return chatReply{calls: []chatCall{{"notes__look", `{"what":"AAA"}`}, order("buy", "AAA", "1")}}
	})
	s.write("default.json", `{"models": [{"signature": "m", "basemodel": "test/m", "openai_base_url": "`+chat.URL+`/v1",
		"openai_api_key": "${SCENE_KEY}"},
		{"signature": "hold", "basemodel": "builtin/equal-weight"}],
		"agent_config": {"max_retries": 1, "base_delay": 0, "stock_symbols": ["AAA", "BBB", "GAP"]},
		"mcp_servers": [{"name": "notes", "url": "`+web.URL+`/mcp", "headers": {"X-Key": "${NOTES_KEY}"}}]}`)
	h := s.start()
	first := h.run(span(0, 0), "completed")
	day := h.get("/results?detail=full&reasoning=full&model=m&date=" + sceneDates[0].String())
	assert.Contains(t, day.text, `"content":"a note about \"AAA\""`)
	assert.Contains(t, day.text, `"unguarded":true`)
	assert.Contains(t, day.text, `"unguarded_calls":1`)
	assert.Contains(t, chat.asked()[0].raw, `"notes__look"`)

	gone.Store(true)
	second := h.run(span(1, 1), "partial")
	status := h.get("/simulate/status/" + second)
	assert.Contains(t, status.text, "mcp_unavailable: notes: ")
	assert.Contains(t, status.text, "(attempt 2)")
	assert.EqualValues(t, 1, status.body["progress"].(map[string]any)["completed"], "the model without servers")

	replay := h.run(`{"replay_of": "`+first+`"}`, "completed")
	assert.Equal(t, h.receipt(first).Hash, h.receipt(replay).Hash)
	for _, text := range []string{day.text, status.text, h.get("/models").text, h.get("/jobs/" + first + "/receipt").text, s.log.String()} {
		assert.NotContains(t, text, canary)
	}
}
