package openaimodel

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// echoTool is a toolbox with one tool, which counts its calls.
type echoTool struct{ calls int }

func (e *echoTool) Specs() []agent.ToolSpec { return []agent.ToolSpec{{Name: "echo"}} }
func (e *echoTool) Close() error            { return nil }
func (e *echoTool) Call(_ context.Context, _ string, arguments json.RawMessage) (agent.ToolResult, error) {
	e.calls++
	return agent.ToolResult{Content: string(arguments)}, nil
}

// TestASession holds a real session over the wire. A retried call runs no tool
// again, and the ids of calls and answers agree.
func TestASession(t *testing.T) {
	p := newProvider(t,
		message200(`{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"echo","arguments":{"x":1}}},{"id":5,`+
			`"function":{"name":"echo","arguments":"{\"x\":2}"}}]}`),
		answer(500, ""), answer(200, ""),
		message200(`{"role":"assistant","content":"All good. <FINISH_SIGNAL>"}`),
	)
	m, _ := newModel(t, p)
	tools := &echoTool{}
	brief := &agent.Brief{Date: sim.MustParseDate("2025-10-01"), Opening: sim.NewLedger(sim.Dollar), MaxSteps: 5}
	desk := agent.NewDesk(sim.NewView(sim.NewMarketData("t", nil, nil, nil), brief.Date), brief.Opening, sim.TradingCosts{}, false)
	out, err := (&agent.Session{Model: m, Toolbox: tools, Desk: desk, Brief: brief, Now: time.Now}).Run(context.Background())
	require.NoError(t, err)
	assert.Equal(t, sim.StopSignal, out.Session.StopReason)
	assert.Equal(t, 2, out.Session.Steps)
	assert.Equal(t, sim.Usage{Input: 20, Output: 6}, out.Session.Usage)
	assert.Equal(t, 2, tools.calls)
	assert.Equal(t, 4, p.requests())

	var sent struct {
		Messages []struct {
			Role       string
			Content    *string
			ToolCallID string `json:"tool_call_id"`
		}
	}
	require.NoError(t, json.Unmarshal(p.last(), &sent))
	n := len(sent.Messages)
	assert.Equal(t, "c00010001", sent.Messages[n-2].ToolCallID)
	assert.Equal(t, `{"x":1}`, *sent.Messages[n-2].Content)
	assert.Equal(t, "5", sent.Messages[n-1].ToolCallID)
	assert.Contains(t, string(p.last()), `"id":"c00010001"`)
	assert.Contains(t, string(p.last()), `"id":"5"`)
}
