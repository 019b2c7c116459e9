package agent

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// An answer with thousands of calls costs as much as one with 256.
func TestCallsBeyondTheBoundAreLeftOut(t *testing.T) {
	calls := make([]ToolCall, 100_000)
	for i := range calls {
		calls[i] = wants("buy", `{"symbol":"NEW","amount":1}`)
	}
	s := session(answers(Reply{Message: Message{Calls: calls, Raw: json.RawMessage(`{"calls":100000}`)}}, says(FinishSignal)))
	var seen Request
	inner := s.Model
	s.Model = script(func(ctx context.Context, r Request) (Reply, error) {
		seen = r
		return inner.Complete(ctx, r)
	})
	out, err := s.Run(t.Context())
	require.NoError(t, err)
	require.Len(t, out.Fills, 128)
	require.Equal(t, sim.ToolCount{Calls: 256, Errors: 128}, out.Session.ToolUsage["buy"])
	require.Len(t, out.Transcript, 3+256+1)
	require.Contains(t, out.Transcript[3+255].Content, "one answer may hold 128 tool calls; those after the first 256 are left out")
	require.NotContains(t, out.Transcript[3+254].Content, "left out")
	require.Len(t, seen.Messages, 3+256, "each call that is sent back has its answer")
	require.Len(t, seen.Messages[2].Calls, 256)
	require.Empty(t, seen.Messages[2].Raw, "the provider's form holds them all")
}

func TestAnAnswerTooLargeToBeSentBackIsSentInTheCommonForm(t *testing.T) {
	for name, c := range map[string]struct {
		message Message
		kept    bool
	}{
		"small":   {Message{Raw: json.RawMessage(strings.Repeat("x", maxRaw))}, true},
		"large":   {Message{Raw: json.RawMessage(strings.Repeat("x", maxRaw+1))}, false},
		"id":      {Message{Raw: json.RawMessage(`{}`), Calls: []ToolCall{{ID: strings.Repeat("i", 16<<10), Name: "buy"}}}, true},
		"long id": {Message{Raw: json.RawMessage(`{}`), Calls: []ToolCall{{ID: strings.Repeat("i", 16<<10+1), Name: "buy"}}}, false},
	} {
		got := bounded(c.message, 3)
		require.Equal(t, c.kept, got.Raw != nil, name)
		if len(got.Calls) > 0 {
			require.Equal(t, !c.kept, got.Calls[0].ID == "call-3-1", name)
			require.Len(t, c.message.Calls[0].ID, len(c.message.Calls[0].ID), "the reply stays as it was")
		}
	}
}

// Whatever a model and its tools send, a session holds little more than its bound, and
// ends with what was bought.
func TestASessionOfBoundedSize(t *testing.T) {
	long := strings.Repeat("x", 7<<20)
	for name, reply := range map[string]Reply{
		"content":   says(long, wants("buy", `{"symbol":"NEW","amount":1}`)),
		"reasoning": {Message: Message{Calls: []ToolCall{wants("buy", `{"symbol":"NEW","amount":1}`)}}, Reasoning: long},
		"raw":       {Message: Message{Raw: json.RawMessage(long[:maxRaw]), Calls: []ToolCall{wants("buy", `{"symbol":"NEW","amount":1}`)}}},
		"name":      says("", wants(long[:maxRaw], "{}"), wants("buy", `{"symbol":"NEW","amount":1}`)),
		"arguments": says("", wants("buy", long[:maxRaw]), wants("buy", `{"symbol":"NEW","amount":1}`)),
		"result":    says("", wants("buy", `{"symbol":"NEW","amount":1}`), wants("talk", "{}"), wants("talk", "{}"), wants("talk", "{}")),
	} {
		s := session(answers(reply))
		s.Brief.MaxSteps = 1000
		s.Toolbox = append(s.Toolbox.(direct), Tool{
			Spec:   ToolSpec{Name: "talk"},
			Handle: func(context.Context, map[string]json.RawMessage) ToolResult { return ToolResult{Content: long} },
		})
		out, err := s.Run(t.Context())
		require.NoError(t, err, name)
		require.Equal(t, sim.StopContext, out.Session.StopReason, name)
		require.NotEmpty(t, out.Fills, name)
		size := 0
		for _, m := range out.Transcript {
			size += len(m.Content) + len(m.Reasoning) + len(m.ToolName) + len(m.Arguments)
		}
		require.Less(t, size, maxConversation+1<<20, name)
	}
}

func TestAnEmptySessionHasRoomForItsPrompt(t *testing.T) {
	s := session(answers(says(FinishSignal)))
	s.Limits.ConversationBytes = 1
	out, err := s.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, sim.StopSignal, out.Session.StopReason, "the first step is always taken")
}
