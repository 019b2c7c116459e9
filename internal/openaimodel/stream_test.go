package openaimodel

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

// events is a stream of chunks; "[DONE]" follows where the last one ends with "!".
func events(chunks ...string) string {
	return "data: " + strings.Join(chunks, "\n\ndata: ") + "\n\n"
}

// delta is a chunk with a piece of a message.
func delta(piece string) string { return `{"choices":[{"index":0,"delta":` + piece + `}]}` }

const (
	lastChunk = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	lastUsage = `{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}`
)

func TestAStreamIsPutTogether(t *testing.T) {
	buy := []agent.ToolCall{{ID: "call_1", Name: "buy", Arguments: `{"symbol":"AAA","amount":1}`}}
	for name, c := range map[string]struct {
		body, content, reasoning string
		calls                    []agent.ToolCall
		used                     sim.Usage
	}{
		"words": {body: events(delta(`{"role":"assistant","content":""}`), delta(`{"content":"hel"}`), delta(`{"content":"lo"}`), lastChunk,
			lastUsage, "[DONE]"), content: "hello", used: sim.Usage{Input: 10, Output: 3}},
		"after comments": {body: ": OPENROUTER PROCESSING\n\n" + events(delta(`{"content":"a"}`), lastChunk), content: "a"},
		"named events":   {body: "event: message\r\ndata:" + delta(`{"content":"a"}`) + "\r\n\r\ndata: [DONE]\r\n\r\n", content: "a"},
		"thoughts": {body: events(delta(`{"reasoning_content":"h"}`), delta(`{"reasoning_content":"m"}`), delta(`{"content":"a"}`),
			lastChunk), content: "a", reasoning: "hm"},
		"usage in the choice": {body: events(delta(`{"content":"a"}`),
			`{"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5}}]}`),
			content: "a", used: sim.Usage{Input: 5}},
		"a whole message": {body: events(`{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}`),
			content: "a"},
		"a call in pieces": {body: events(
			delta(`{"content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"buy","arguments":""}}]}`),
			delta(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"symbol\":\"AAA\","}}]}`),
			delta(`{"tool_calls":[{"index":0,"function":{"arguments":"\"amount\":1}"}}]}`), lastChunk), calls: buy},
		"pieces that repeat": {body: events(
			delta(`{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"buy","arguments":"{\"symbol\":"}}]}`),
			delta(`{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"buy","arguments":"\"AAA\",\"amount\":1}"}}]}`),
			lastChunk), calls: buy},
		"two calls": {body: events(
			delta(`{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"buy","arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}]}`),
			delta(`{"tool_calls":[{"index":1,"id":"call_2","function":{"name":"get_portfolio","arguments":"{}"}}]}`), lastChunk),
			calls: append(buy[:1:1], agent.ToolCall{ID: "call_2", Name: "get_portfolio", Arguments: "{}"})},
		"two calls of one index": {body: events(
			delta(`{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"buy","arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}]}`),
			delta(`{"tool_calls":[{"index":0,"id":"call_2","function":{"name":"get_portfolio","arguments":"{}"}}]}`), lastChunk),
			calls: append(buy[:1:1], agent.ToolCall{ID: "call_2", Name: "get_portfolio", Arguments: "{}"})},
		"no index": {body: events(
			delta(`{"tool_calls":[{"id":"call_1","function":{"name":"buy","arguments":"{\"symbol\":\"AAA\","}}]}`),
			delta(`{"tool_calls":[{"function":{"arguments":"\"amount\":1}"}}]}`), lastChunk), calls: buy},
	} {
		p := newProvider(t, answer(200, c.body, "Content-Type", "text/event-stream"))
		m, _ := newModel(t, p)
		r, err := m.Complete(t.Context(), ask())
		require.NoError(t, err, name)
		assert.Equal(t, c.content, r.Message.Content, name)
		assert.Equal(t, c.reasoning, r.Reasoning, name)
		assert.Equal(t, c.calls, r.Message.Calls, name)
		assert.Equal(t, c.used, r.Usage, name)
		assert.Equal(t, 1, p.requests(), name)
	}
}

func TestAStreamKeepsSignatures(t *testing.T) {
	p := newProvider(t, answer(200, events(
		delta(`{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"a "}]}`),
		delta(`{"reasoning_details":[{"type":"reasoning.text","index":0,"text":"b","signature":"x=="}]}`),
		delta(`{"tool_calls":[{"index":0,"id":"c","extra_content":{"google":{"thought_signature":"y=="}},`+
			`"function":{"name":"buy","arguments":"{}"}}]}`),
		lastChunk)))
	m, _ := newModel(t, p)
	r, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	assert.JSONEq(t, `{"role":"assistant","content":"",
		"reasoning_details":[{"type":"reasoning.text","index":0,"text":"a b","signature":"x=="}],
		"tool_calls":[{"index":0,"id":"c","type":"function","extra_content":{"google":{"thought_signature":"y=="}},
		"function":{"name":"buy","arguments":"{}"}}]}`, string(r.Message.Raw))
	assert.Equal(t, "a b", r.Reasoning)
}

func TestABrokenStreamIsRetried(t *testing.T) {
	for name, body := range map[string]string{
		"no end":             events(delta(`{"content":"hel"}`)),
		"an error":           events(delta(`{"content":"hel"}`), `{"error":{"message":"overloaded","code":529}}`, "[DONE]"),
		"an error event":     "event: error\n" + events(`{"type":"error","error":{"type":"overloaded_error"}}`),
		"an error in choice": events(delta(`{"content":"hel"}`), `{"choices":[{"delta":{},"finish_reason":"error","error":{"code":502}}]}`),
		"no JSON":            events(delta(`{"content":"hel"}`), `{"choices":[{"del`),
		"nothing":            "data: [DONE]\n\n",
	} {
		p := newProvider(t, answer(200, body), hello)
		m, _ := newModel(t, p)
		r, err := m.Complete(t.Context(), ask())
		require.NoError(t, err, name)
		assert.Equal(t, "hello", r.Message.Content, name)
		assert.Equal(t, 2, p.requests(), name)
	}
	p := newProvider(t, answer(200, events(`{"error":{"message":"x","code":"invalid_api_key"}}`)))
	m, _ := newModel(t, p)
	assert.Equal(t, "model_http_401: x", fails(t, m, "a bad key").Message)
}

// endless streams a chunk again and again until the client is gone, and counts its bytes.
func endless(chunk string, sent *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for text := events(chunk); ; {
			n, err := io.WriteString(w, text)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

func TestAStreamWithoutEndIsCut(t *testing.T) {
	if !rounds.Long() {
		t.Logf("a text, a list and nothing are streamed; %s=1 streams what counts as a text too", rounds.Variable)
	}
	const inFlight = 12 << 20 // what the buffers of a connection may hold at most
	long := strings.Repeat("x", 10_000)
	list := "[" + strings.Repeat("1,", 10_000) + "1]"
	for name, c := range map[string]struct {
		chunk  string
		most   int64 // bytes that are read
		always bool  // also in a short run
	}{
		"a text":                   {delta(`{"content":"` + strings.Repeat("word ", 2000) + `"}`), 2 * maxAssembled, true},
		"arguments":                {delta(`{"tool_calls":[{"index":0,"function":{"arguments":"` + long + `"}}]}`), 2 * maxAssembled, false},
		"a list of numbers":        {delta(`{"x":` + list + `}`), maxAssembled, true},
		"a text after its end":     {`{"choices":[{"delta":{"content":"` + long + `"},"finish_reason":"stop"}]}`, 2 * maxAssembled, false},
		"thoughts beyond an index": {`{"choices":[{"index":3,"delta":{"reasoning":"` + long + `"}}]}`, 2 * maxAssembled, false},
		"nothing":                  {delta(`{}`) + strings.Repeat(" ", 100_000), maxStream, true},
	} {
		if !c.always && !rounds.Long() {
			continue
		}
		var sent atomic.Int64
		p := newProvider(t, endless(c.chunk, &sent))
		m, _ := newModel(t, p, func(c *Config) { c.MaxRetries = 0 })
		assert.Equal(t, "model_bad_answer: the stream is too large", fails(t, m, name).Message, name)
		p.Close() // the handler has ended
		assert.Less(t, sent.Load(), c.most+inFlight, name)
	}
}

func TestAMessageThatComesWholeWithEachEventCountsOnce(t *testing.T) {
	whole := func(n int, rest string) string {
		return `{"choices":[{"message":{"role":"assistant","content":"` + strings.Repeat("x", n) + `"}` + rest + `}]}`
	}
	var chunks []string
	for n := 100_000; n <= maxAssembled/2; n += 300_000 {
		chunks = append(chunks, whole(n, ""))
	}
	p := newProvider(t, answer(200, events(append(chunks, whole(100, `,"finish_reason":"stop"`))...)))
	m, _ := newModel(t, p)
	r, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	assert.Len(t, r.Message.Content, 100)
}

func TestADeepValueInAStreamCountsAsAWhole(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	p := newProvider(t, answer(200, events(delta(`{"content":"a","x":`+deep+`}`), lastChunk)))
	m, _ := newModel(t, p)
	r, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	assert.Contains(t, string(r.Message.Raw), deep)
}

func TestStreamParameter(t *testing.T) {
	for on, want := range map[bool][2]string{true: {`true`, `{"include_usage":true}`}, false: {``, ``}} {
		p := newProvider(t, hello)
		m, _ := newModel(t, p, func(c *Config) { c.Params = map[string]any{"stream": on} })
		_, err := m.Complete(context.Background(), ask())
		require.NoError(t, err)
		var sent map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(p.last(), &sent))
		assert.Equal(t, want, [2]string{string(sent["stream"]), string(sent["stream_options"])})
	}
}

func TestTheAddressOfARequest(t *testing.T) {
	const model = "gpt 4"
	for base, want := range map[string][2]string{
		"/v1":                                 {"/v1/chat/completions", ""},
		"/v1/":                                {"/v1/chat/completions", ""},
		"/v1/chat/completions":                {"/v1/chat/completions", ""},
		"/v1/chat/completions/":               {"/v1/chat/completions", ""},
		"":                                    {"/chat/completions", ""},
		"/v1?api-version=1":                   {"/v1/chat/completions", "api-version=1"},
		"?api-version=1":                      {"/openai/deployments/gpt%204/chat/completions", "api-version=1"},
		"/openai?api-version=1":               {"/openai/deployments/gpt%204/chat/completions", "api-version=1"},
		"/openai/deployments/d?api-version=1": {"/openai/deployments/d/chat/completions", "api-version=1"},
		"/openai/deployments/d/chat/completions?api-version=2024-10-21": {"/openai/deployments/d/chat/completions", "api-version=2024-10-21"},
	} {
		var got [2]string
		var header http.Header
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, header = [2]string{r.URL.EscapedPath(), r.URL.RawQuery}, r.Header
			hello(w, r)
		}))
		m, _ := modelAt(t, server.URL+base, func(c *Config) { c.Model = model })
		_, err := m.Complete(t.Context(), ask())
		server.Close()
		require.NoError(t, err, base)
		assert.Equal(t, want, got, base)
		if want[1] != "" {
			assert.Equal(t, canary, header.Get("Api-Key"), base)
			assert.Empty(t, header.Get("Authorization"), base)
		} else {
			assert.Equal(t, "Bearer "+canary, header.Get("Authorization"), base)
		}
	}
}
