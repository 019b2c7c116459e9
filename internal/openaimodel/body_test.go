package openaimodel

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

const million = 1 << 20

// An answer of many megabytes is cut where it is too much. What follows is understood:
// the end of a text, the calls, the usage.
func TestAHugeAnswerIsCut(t *testing.T) {
	long := strings.Repeat("x", 7*million)
	call := `{"id":"c1","type":"function","function":{"name":"buy","arguments":"{}"}}`
	for name, message := range map[string]string{
		"content": `{"role":"assistant","content":"Hm. ` + long + agent.FinishSignal + `","tool_calls":[` + call + `]}`,
		"reasoning": `{"role":"assistant","reasoning_content":"` + long + `","content":"Hm. ` + agent.FinishSignal +
			`","tool_calls":[` + call + `]}`,
		"unknown": `{"role":"assistant","seal":"` + long + `","content":"Hm. ` + agent.FinishSignal + `","tool_calls":[` + call + `]}`,
		"parts": `{"role":"assistant","content":[` + strings.Repeat(`{"type":"text","text":"Hm. "},`, 150_000) +
			`{"type":"text","text":""}],"tool_calls":[` + call + `]}`,
		"deep": `{"role":"assistant","content":"Hm. ` + agent.FinishSignal + `","deep":` + strings.Repeat("[", million) +
			strings.Repeat("]", million) + `,"tool_calls":[` + call + `]}`,
		"members": `{"role":"assistant","content":"Hm. ` + agent.FinishSignal + `","tool_calls":[` + call + `],"many":{` +
			strings.Repeat(`"a":1,`, million) + `"b":2}}`,
	} {
		m, _ := newModel(t, newProvider(t, message200(message)))
		reply, err := m.Complete(t.Context(), ask())
		require.NoError(t, err, name)
		assert.Contains(t, reply.Message.Content, "Hm. ", name)
		assert.Contains(t, reply.Message.Content, "[cut: ", name)
		assert.Equal(t, name != "parts", strings.Contains(reply.Message.Content, agent.FinishSignal), name)
		require.Len(t, reply.Message.Calls, 1, name)
		assert.Equal(t, "buy", reply.Message.Calls[0].Name, name)
		assert.Equal(t, sim.Usage{Input: 10, Output: 3}, reply.Usage, name)
		assert.Less(t, len(reply.Message.Raw), maxKept+maxKeptText+64<<10, name)
		assert.True(t, json.Valid(reply.Message.Raw), name)
	}
}

func TestALargeAnswerIsKeptByteForByte(t *testing.T) {
	message := `{"role":"assistant","content":"` + strings.Repeat("é ", 200_000) + `", "signature" : "` + strings.Repeat("s", 300_000) + `"}`
	m, _ := newModel(t, newProvider(t, message200(message)))
	reply, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	assert.Equal(t, message, string(reply.Message.Raw))
	assert.Equal(t, strings.Repeat("é ", 200_000), reply.Message.Content)
}

func TestArgumentsOfMegabytesAreRefusedLater(t *testing.T) {
	arguments := strconv.Quote(`{"symbol":"` + strings.Repeat("A", 7*million) + `","amount":1}`)
	m, _ := newModel(t, newProvider(t, message200(`{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"buy",`+
		`"arguments":`+arguments+`}}]}`)))
	reply, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	require.Len(t, reply.Message.Calls, 1)
	_, err = agent.NormalizeArguments(reply.Message.Calls[0].Arguments)
	assert.ErrorContains(t, err, "at most 65536 are allowed")
}
