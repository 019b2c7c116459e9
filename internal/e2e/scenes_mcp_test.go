package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/apikey"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// program is another program that asks the service by MCP.
func (h *sceneHome) program(key string) (agent.Toolbox, error) {
	headers := map[string]string{}
	if key != "" {
		headers["Authorization"] = "Bearer " + key
	}
	return mcptool.Remote{MCPServer: sim.MCPServer{Name: "aitrader", URL: h.url + "/mcp"}, Headers: headers,
		Timeout: 10 * time.Second}.Dial(h.t.Context())
}

func (h *sceneHome) asks(tools agent.Toolbox, tool, arguments string) agent.ToolResult {
	h.t.Helper()
	r, err := tools.Call(h.t.Context(), "aitrader__"+tool, json.RawMessage(arguments))
	require.NoError(h.t, err)
	return r
}

func names(tools agent.Toolbox) string {
	var all []string
	for _, s := range tools.Specs() {
		all = append(all, strings.TrimPrefix(s.Name, "aitrader__"))
	}
	return strings.Join(all, " ")
}

func TestOtherProgramsAsk(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.configure("default", []sceneModel{{"signature": "even", "basemodel": "builtin/equal-weight"},
		{"signature": "cash", "basemodel": "builtin/cash"}}, nil)
	h := s.start()
	job := h.run(span(0, 2), "completed")
	tools, err := h.program("")
	require.NoError(t, err)
	defer func() { require.NoError(t, tools.Close()) }()
	assert.Equal(t, "compare coverage explain_day job_status leaderboard list_jobs list_models results trades", names(tools),
		"nothing that changes anything")
	assert.Contains(t, h.asks(tools, "list_jobs", `{"limit": 5}`).Content, job)
	assert.JSONEq(t, h.get("/leaderboard").text, h.asks(tools, "leaderboard", `{}`).Content)
	assert.Contains(t, h.asks(tools, "job_status", `{"job_id": "`+job+`"}`).Content, `"completed"`)
	assert.Contains(t, h.asks(tools, "explain_day", `{"model": "even", "date": "`+sceneDates[1].String()+`"}`).Content, `"transcript"`)
	assert.Contains(t, h.asks(tools, "results", `{"start_date": "`+sceneDates[0].String()+`"}`).Content, `"sharpe"`)
	for arguments, want := range map[string]string{`{"date": "x", "model": "even"}`: "expected string to be",
		`{"model": "even"}`: "\\\"date\\\" is missing",
		`{"model": "even", "date": "2025-10-01", "x": 1}`: "unknown argument", `{"model": [1], "date": "x"}`: "a text or a number",
	} {
		r := h.asks(tools, "explain_day", arguments)
		assert.True(t, r.IsError, arguments)
		assert.Contains(t, r.Content, want)
	}
}

func TestOtherProgramsNeedAKey(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["AITRADER_API_KEYS"] = apiKey(t, "reader", "read-me", apikey.Read) + "," + apiKey(t, "flow", "run-me", apikey.Read, apikey.Trigger)
	s.configure("default", []sceneModel{{"signature": "cash", "basemodel": "builtin/cash"}}, nil)
	h := s.start()
	for _, key := range []string{"", "wrong"} {
		_, err := h.program(key)
		assert.ErrorContains(t, err, "mcp_unavailable")
	}
	reader, err := h.program("read-me")
	require.NoError(t, err)
	assert.NotContains(t, names(reader), "trigger")
	flow, err := h.program("run-me")
	require.NoError(t, err)
	assert.Contains(t, names(flow), "trigger")
	r := h.asks(flow, "trigger", span(0, 0))
	require.False(t, r.IsError, r.Content)
	var started struct {
		ID string `json:"job_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.Content), &started))
	for {
		status := h.do(http.MethodGet, "/simulate/status/"+started.ID+"?wait=5", "", "Authorization", "Bearer read-me")
		if status.body["status"] == "completed" {
			break
		}
		require.Contains(t, []any{"pending", "running"}, status.body["status"], status.text)
	}
	require.NoError(t, reader.Close())
	require.NoError(t, flow.Close())
}
