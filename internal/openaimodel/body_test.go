package openaimodel

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

const million = 1 << 20

// hugeBytes is more than an answer may have without being cut.
func hugeBytes(t *testing.T) int { return rounds.Of(t, 2, 7) * million }

// An answer of many megabytes is cut where it is too much. What follows is understood:
// the end of a text, the calls, the usage.
func TestAHugeAnswerIsCut(t *testing.T) {
	size := hugeBytes(t)
	long := strings.Repeat("x", size)
	call := `{"id":"c1","type":"function","function":{"name":"buy","arguments":"{}"}}`
	for name, message := range map[string]string{
		"content": `{"role":"assistant","content":"Hm. ` + long + agent.FinishSignal + `","tool_calls":[` + call + `]}`,
		"reasoning": `{"role":"assistant","reasoning_content":"` + long + `","content":"Hm. ` + agent.FinishSignal +
			`","tool_calls":[` + call + `]}`,
		"unknown": `{"role":"assistant","seal":"` + long + `","content":"Hm. ` + agent.FinishSignal + `","tool_calls":[` + call + `]}`,
		"parts": `{"role":"assistant","content":[` + strings.Repeat(`{"type":"text","text":"Hm. "},`, size/30) +
			`{"type":"text","text":""}],"tool_calls":[` + call + `]}`,
		"deep": `{"role":"assistant","content":"Hm. ` + agent.FinishSignal + `","deep":` + strings.Repeat("[", size/2) +
			strings.Repeat("]", size/2) + `,"tool_calls":[` + call + `]}`,
		"members": `{"role":"assistant","content":"Hm. ` + agent.FinishSignal + `","tool_calls":[` + call + `],"many":{` +
			strings.Repeat(`"a":1,`, size/6) + `"b":2}}`,
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
	content, signature := strings.Repeat("é ", rounds.Of(t, 80_000, 200_000)), strings.Repeat("s", rounds.Of(t, 100_000, 300_000))
	message := `{"role":"assistant","content":"` + content + `", "signature" : "` + signature + `"}`
	require.Greater(t, len(message), maxKept)
	m, _ := newModel(t, newProvider(t, message200(message)))
	reply, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	assert.Equal(t, message, string(reply.Message.Raw))
	assert.Equal(t, content, reply.Message.Content)
}

func TestArgumentsOfMegabytesAreRefusedLater(t *testing.T) {
	arguments := strconv.Quote(`{"symbol":"` + strings.Repeat("A", hugeBytes(t)) + `","amount":1}`)
	m, _ := newModel(t, newProvider(t, message200(`{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"buy",`+
		`"arguments":`+arguments+`}}]}`)))
	reply, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	require.Len(t, reply.Message.Calls, 1)
	_, err = agent.NormalizeArguments(reply.Message.Calls[0].Arguments)
	assert.ErrorContains(t, err, "at most 65536 are allowed")
}
