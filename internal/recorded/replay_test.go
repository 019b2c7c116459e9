package recorded

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// past is a day of two steps, with two calls in the first.
func past() []sim.Message {
	return []sim.Message{
		{Role: "system", Content: "Trade."}, {Role: "user", Content: "Today is Monday."},
		{Step: 1, Role: "assistant", Content: "I look.", Reasoning: "hm", Usage: &sim.Usage{Input: 7}},
		{Step: 1, Role: "tool", ToolName: "search_news", ToolCallID: "c1", Arguments: `{"query":"x"}`, Content: "nothing new"},
		{Step: 1, Role: "tool", ToolName: "buy", ToolCallID: "c2", Arguments: `{"symbol":"AAA"}`, Content: "bought"},
		{Step: 2, Role: "assistant", Content: "Done. <FINISH_SIGNAL>"},
	}
}

func shown(n int) []agent.Message {
	all := []agent.Message{
		{Role: "system", Content: "Trade."}, {Role: "user", Content: "Today is Monday."}, {Role: "assistant", Content: "I look."},
		{Role: "tool", CallID: "c1", Content: "nothing new"}, {Role: "tool", CallID: "c2", Content: "bought"},
	}
	return all[:n]
}

func TestReplayRepeatsTheRecordedAnswers(t *testing.T) {
	r := NewReplay("m", past(), sim.StopDeadline)
	reply, err := r.Complete(t.Context(), agent.Request{Step: 1, Messages: shown(2)})
	require.NoError(t, err)
	assert.Equal(t, agent.Reply{
		Message: agent.Message{Role: "assistant", Content: "I look.", Calls: []agent.ToolCall{
			{ID: "c1", Name: "search_news", Arguments: `{"query":"x"}`}, {ID: "c2", Name: "buy", Arguments: `{"symbol":"AAA"}`},
		}},
		Reasoning: "hm", Usage: sim.Usage{Input: 7},
	}, reply)
	reply, err = r.Complete(t.Context(), agent.Request{Step: 2, Messages: shown(5)})
	require.NoError(t, err)
	assert.Empty(t, reply.Message.Calls)
	_, err = r.Complete(t.Context(), agent.Request{Step: 3})
	assert.Equal(t, agent.Ended{Reason: sim.StopDeadline}, err)
}

func TestReplayRefusesAnotherRequest(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]agent.Message) []agent.Message
		want   string
	}{
		"content": {func(m []agent.Message) []agent.Message { m[4].Content = "refused"; return m },
			`message 5 (tool) was "bought" and is "refused"`},
		"deep": {func(m []agent.Message) []agent.Message { m[1].Content = "Today is Mondax."; return m },
			`message 2 (user) was "Today is Monday." and is "Today is Mondax."`},
		"less": {func(m []agent.Message) []agent.Message { return m[:4] }, `was "bought" and is "nothing"`},
		"more": {func(m []agent.Message) []agent.Message {
			return append(m, agent.Message{Role: "user", Content: "go on"})
		}, `was "nothing" and is "go on"`},
		"role": {func(m []agent.Message) []agent.Message { m[0].Role = "user"; return m }, "message 1 (system)"},
		"id":   {func(m []agent.Message) []agent.Message { m[3].CallID = "c9"; return m }, `was "c1" and is "tool c9"`},
	} {
		_, err := NewReplay("m on Monday", past(), sim.StopSignal).Complete(t.Context(), agent.Request{Step: 2, Messages: c.change(shown(5))})
		require.Error(t, err, name)
		assert.True(t, sim.IsKind(err, sim.KindConflict), name)
		assert.ErrorContains(t, err, "replay_differs: m on Monday: ", name)
		assert.ErrorContains(t, err, c.want, name)
	}
}

type noTools struct{}

func (noTools) Specs() []agent.ToolSpec { return []agent.ToolSpec{{Name: "buy"}} }
func (noTools) Close() error            { return nil }
func (noTools) Call(_ context.Context, name string, _ json.RawMessage) (agent.ToolResult, error) {
	return agent.ToolResult{Content: "called " + name}, nil
}

func TestReplayedTools(t *testing.T) {
	box := NewReplay("m", past(), sim.StopSignal).Toolbox(noTools{}, "search_news")
	assert.Equal(t, []agent.ToolSpec{{Name: "buy"}, {Name: "search_news"}}, box.Specs())
	got, err := box.Call(t.Context(), "buy", nil)
	require.NoError(t, err)
	assert.Equal(t, "called buy", got.Content)
	got, err = box.Call(t.Context(), "search_news", nil)
	require.NoError(t, err)
	assert.Equal(t, "nothing new", got.Content)
	_, err = box.Call(t.Context(), "search_news", nil)
	assert.ErrorContains(t, err, "search_news was called 1 times")
}
