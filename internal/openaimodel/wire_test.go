package openaimodel

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

func TestRequestOnTheWire(t *testing.T) {
	p := newProvider(t, hello)
	m, _ := newModel(t, p, func(c *Config) {
		c.Params = map[string]any{"temperature": 0, "max_tokens": 4096, "seed": 7, "reasoning_effort": "high",
			"extra": map[string]any{"deep": []int{1}}}
	})
	_, err := m.Complete(context.Background(), ask(
		agent.Message{Role: agent.RoleAssistant, Calls: []agent.ToolCall{{ID: "a", Name: "buy", Arguments: `{"x":`}}},
		agent.Message{Role: agent.RoleTool, CallID: "a", ToolName: "buy", Content: ""},
		agent.Message{Role: agent.RoleAssistant, Content: "hm"},
	))
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"model": "gpt-6-sol", "temperature": 0, "max_tokens": 4096, "seed": 7, "reasoning_effort": "high", "extra": {"deep": [1]},
		"messages": [
			{"role": "system", "content": "You trade."},
			{"role": "user", "content": "Begin <now> & here."},
			{"role": "assistant", "content": "", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "buy", "arguments": "{}"}}]},
			{"role": "tool", "content": "(empty)", "tool_call_id": "a"},
			{"role": "assistant", "content": "hm"}
		],
		"tools": [
			{"type": "function", "function": {"name": "buy", "description": "Buys.", "parameters": {"type": "object",
			"properties": {"symbol": {"type": "string"}}}}},
			{"type": "function", "function": {"name": "get_portfolio", "parameters": {"type": "object", "properties": {}}}}
		]
	}`, string(p.last()))
	assert.Equal(t, []string{"Bearer " + canary}, p.auth)
}

func TestRequestWithoutToolsAndKey(t *testing.T) {
	p := newProvider(t, hello)
	m, _ := newModel(t, p, func(c *Config) { c.Key, c.BaseURL = "", c.BaseURL+"/" })
	_, err := m.Complete(context.Background(), agent.Request{Messages: []agent.Message{{Role: agent.RoleUser, Content: "hi"}}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"model": "gpt-6-sol", "messages": [{"role": "user", "content": "hi"}]}`, string(p.last()))
	assert.Equal(t, []string{""}, p.auth)
}

func TestEveryModelNameReachesItsProvider(t *testing.T) {
	for _, name := range []string{"gpt-6-astra", "o3-mini", "gpt-5", "text-davinci-003", "deepseek/deepseek-chat", "модель \"x\""} {
		p := newProvider(t, hello)
		m, _ := newModel(t, p, func(c *Config) { c.Model, c.Params = name, map[string]any{"max_tokens": 5, "temperature": 0.3} })
		_, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, name)
		var sent struct{ Model string }
		require.NoError(t, json.Unmarshal(p.last(), &sent))
		assert.Equal(t, name, sent.Model)
	}
}

func TestAnswerWithParallelCallsAndUsage(t *testing.T) {
	p := newProvider(t, answer(200, `{"choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant",
			"content":null,"tool_calls":[
		{"id":"call_1","type":"function","function":{"name":"get_price","arguments":"{\"symbol\":\"AAA\"}"}},
		{"id":"call_2","type":"function","function":{"name":"buy","arguments":"{\"symbol\":\"AAA\",\"amount\":5}"}}]}}],
		"usage":{"prompt_tokens":1200,"completion_tokens":80,"total_tokens":1280,
			"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64}}}`))
	m, _ := newModel(t, p)
	r, err := m.Complete(context.Background(), ask())
	require.NoError(t, err)
	assert.Equal(t, agent.RoleAssistant, r.Message.Role)
	assert.Empty(t, r.Message.Content)
	assert.Equal(t, []agent.ToolCall{
		{ID: "call_1", Name: "get_price", Arguments: `{"symbol":"AAA"}`},
		{ID: "call_2", Name: "buy", Arguments: `{"symbol":"AAA","amount":5}`},
	}, r.Message.Calls)
	assert.Equal(t, sim.Usage{Input: 1200, Output: 80, Cached: 1024, Reasoning: 64}, r.Usage)
}

// TestMessagesAreEchoedUnchanged sends a message with fields of several vendors
// back, and compares it byte for byte.
func TestMessagesAreEchoedUnchanged(t *testing.T) {
	raw := `{"content": null,  "role":"assistant","reasoning_details":[{"type":"reasoning.encrypted","data":"aGVsbG8<>&=="}],` +
		`"tool_calls":[{"id":"call_1","type":"function","index":0,"function":{"name":"buy","arguments":"{\"symbol\": \"AAA\"}"},` +
		`"extra_content":{"google":{"thought_signature":"CiQB+<sig>/\u003d\u003D"}}}],"reasoning":"think <b>","big":12345678901234567890.10}`
	p := newProvider(t, message200(raw), hello)
	m, _ := newModel(t, p)
	r, err := m.Complete(context.Background(), ask())
	require.NoError(t, err)
	assert.Equal(t, "think <b>", r.Reasoning)
	_, err = m.Complete(context.Background(), ask(r.Message, agent.Message{Role: agent.RoleTool, CallID: "call_1", Content: `{"ok":1}`}))
	require.NoError(t, err)
	assert.Contains(t, string(p.last()), raw)
	assert.True(t, json.Valid(p.last()))
}

func TestOddMessages(t *testing.T) {
	for name, c := range map[string]struct {
		message, content, reasoning string
		calls                       []agent.ToolCall
		echo                        string // as JSON
	}{
		"arguments as an object": {
			message: `{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"buy",` +
				`"arguments":{"symbol":"AAA","amount":5.0}}}]}`,
			calls: []agent.ToolCall{{ID: "a", Name: "buy", Arguments: `{"symbol":"AAA","amount":5.0}`}},
			echo: `{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"buy",` +
				`"arguments":"{\"symbol\":\"AAA\",\"amount\":5.0}"}}]}`,
		},
		"missing, numeric and doubled ids": {
			message: `{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"a","arguments":"{}"}},{"id":7,
			"type":"function","function":{"name":"b","arguments":"{}"}},
				{"id":"x","type":"function","function":{"name":"c","arguments":"{}"}},{"id":"x","type":"function","function":{"name":"d",
			"arguments":"{}"}},{"id":"","type":"function","function":{"name":"e","arguments":"{}"}}]}`,
			calls: []agent.ToolCall{
				{ID: "c00010001", Name: "a", Arguments: "{}"}, {ID: "7", Name: "b", Arguments: "{}"}, {ID: "x", Name: "c", Arguments: "{}"},
				{ID: "c00010004", Name: "d", Arguments: "{}"}, {ID: "c00010005", Name: "e", Arguments: "{}"},
			},
			echo: `{"role":"assistant","content":null,"tool_calls":[{"id":"c00010001","type":"function","function":{"name":"a",
			"arguments":"{}"}},{"id":"7","type":"function","function":{"name":"b","arguments":"{}"}},
				{"id":"x","type":"function","function":{"name":"c","arguments":"{}"}},{"id":"c00010004","type":"function",
			"function":{"name":"d","arguments":"{}"}},{"id":"c00010005","type":"function","function":{"name":"e","arguments":"{}"}}]}`,
		},
		"no arguments": {
			message: `{"role":"assistant","content":"go","tool_calls":[{"id":"a","type":"function",` +
				`"function":{"name":"get_portfolio"}},{"id":"b","type":"function","function":{"name":"get_portfolio","arguments":""}}]}`,
			content: "go",
			calls:   []agent.ToolCall{{ID: "a", Name: "get_portfolio", Arguments: "{}"}, {ID: "b", Name: "get_portfolio"}},
			echo: `{"role":"assistant","content":"go","tool_calls":[{"id":"a","type":"function",` +
				`"function":{"name":"get_portfolio","arguments":"{}"}},{"id":"b","type":"function",` +
				`"function":{"name":"get_portfolio","arguments":"{}"}}]}`,
		},
		"arguments cut at the length limit": {
			message: `{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"buy",` +
				`"arguments":"{\"symbol\":\"AA"}}]}`,
			calls: []agent.ToolCall{{ID: "a", Name: "buy", Arguments: `{"symbol":"AA`}},
			echo:  `{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"buy","arguments":"{}"}}]}`,
		},
		"content in parts": {
			message: `{"role":"assistant","content":[{"type":"text","text":"one "},{"type":"image_url","image_url":{"url":"x"}},` +
				`"two ",{"type":"text","text":"three"}]}`,
			content: "one two three",
			echo:    `{"role":"assistant","content":"one two three"}`,
		},
		"content in typed parts": {
			message: `{"role":"assistant","content":[{"type":"thinking","thinking":[]},{"type":"text","text":"one"}]}`,
			content: "one",
			echo:    `{"role":"assistant","content":[{"type":"thinking","thinking":[]},{"type":"text","text":"one"}]}`,
		},
		"content as an object": {
			message: `{"role":"assistant","content":{"type":"text","text":"one"}}`,
			content: "one", echo: `{"role":"assistant","content":"one"}`,
		},
		"nothing at all": {message: `{"tool_calls":[],"refusal":null}`, echo: `{"role":"assistant","content":"(no answer)","refusal":null}`},
		"null content": {message: `{"role":"assistant","content":null,"tool_calls":null}`,
			echo: `{"role":"assistant","content":"(no answer)"}`},
		"a refusal": {message: `{"role":"assistant","content":null,"refusal":"No."}`, content: "No.",
			echo: `{"role":"assistant","content":"No.","refusal":"No."}`},
		"a name given twice": {message: `{"role":"assistant","content":"a","content":"b"}`, content: "b",
			echo: `{"role":"assistant","content":"b"}`},
		"half a character": {message: `{"role":"assistant","content":"\ud83d\ud83d\ude00\udE00 \\ud83d"}`, content: "\ufffd😀\ufffd \\ud83d",
			echo: `{"role":"assistant","content":"\ufffd😀\ufffd \\ud83d"}`},
		"DeepSeek's reasoning": {message: `{"role":"assistant","content":"c","reasoning_content":"r"}`, content: "c", reasoning: "r",
			echo: `{"role":"assistant","content":"c","reasoning_content":"r"}`},
		"OpenRouter's reasoning": {message: `{"role":"assistant","content":"c","reasoning":"r"}`, content: "c", reasoning: "r",
			echo: `{"role":"assistant","content":"c","reasoning":"r"}`},
		"reasoning in details": {message: `{"role":"assistant","content":"c","reasoning":null,` +
			`"reasoning_details":[{"type":"reasoning.summary","summary":"s "},{"type":"reasoning.text",` +
			`"text":"t"}]}`, content: "c", reasoning: "s t", echo: `{"role":"assistant","content":"c","reasoning":null,` +
			`"reasoning_details":[{"type":"reasoning.summary","summary":"s "},{"type":"reasoning.text","text":"t"}]}`},
		"another role": {message: `{"role":"model","content":"c"}`, content: "c", echo: `{"role":"assistant","content":"c"}`},
	} {
		p := newProvider(t, message200(c.message))
		m, _ := newModel(t, p)
		r, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, name)
		assert.Equal(t, c.content, r.Message.Content, name)
		assert.Equal(t, c.reasoning, r.Reasoning, name)
		assert.Equal(t, c.calls, r.Message.Calls, name)
		assert.JSONEq(t, c.echo, string(r.Message.Raw), name)
		assert.Equal(t, 1, p.requests(), name)
	}
}

func TestFinishReasonsThatCutAreAnswers(t *testing.T) {
	for _, reason := range []string{`"length"`, `"content_filter"`, `null`, `"function_call"`, `"something_new"`} {
		p := newProvider(t, answer(200, `{"choices":[{"message":{"role":"assistant","content":"cut"},"finish_reason":`+reason+`}],"error":null}`))
		m, _ := newModel(t, p)
		r, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, reason)
		assert.Equal(t, "cut", r.Message.Content)
	}
}

func TestKeepAliveCommentsAreSkipped(t *testing.T) {
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		answer(200, "\n: OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n")(w, r)
		hello(w, r)
	})
	m, _ := newModel(t, p)
	r, err := m.Complete(context.Background(), ask())
	require.NoError(t, err)
	assert.Equal(t, "hello", r.Message.Content)
}

func TestUsageOf(t *testing.T) {
	for body, want := range map[string]sim.Usage{
		`{"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_cache_hit_tokens":4}}`:          {Input: 5, Output: 2, Cached: 4},
		`{"usage":{"input_tokens":5,"output_tokens":2,"cache_read_input_tokens":3}}`:               {Input: 8, Output: 2, Cached: 3},
		`{"usage":{"prompt_tokens":"5","completion_tokens":2.0,"prompt_tokens_details":null}}`:     {Input: 5, Output: 2},
		`{"usage":{"prompt_tokens":-5,"completion_tokens":null,"completion_tokens_details":"no"}}`: {},
		`{"usage":{"prompt_tokens":1e300,"completion_tokens":"NaN"}}`:                              {},
		`{"usage":null}`: {}, `{}`: {}, `[]`: {}, `<html>`: {}, ``: {},
		`[{"usage":{"prompt_tokens":5}}]`: {Input: 5},
	} {
		assert.Equal(t, want, usageOf([]byte(body)), body)
	}
}

// FuzzRead feeds the reader of answers anything: it must not panic, and what it
// accepts must be fit to be sent back.
func FuzzRead(f *testing.F) {
	f.Add(`{"choices":[{"message":{"role":"assistant","content":"hi","tool_calls":[{"id":1,"function":{"name":"a",` +
		`"arguments":{"b":1}}}]}}],"usage":{"prompt_tokens":1}}`)
	f.Add(`{"error":{"message":"no","code":429,"metadata":{"raw":"x"}}}`)
	f.Add(`[{"error":{"code":400}}]`)
	f.Add(`: comment` + "\n" + `{"choices":[{"message":null}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		x := &exchange{model: &Model{now: time.Now}, step: 1}
		wire, err := x.read([]byte(body), 0)
		if err != nil {
			if f, ok := err.(*failure); !ok || f.code == "" {
				t.Fatalf("not a failure: %v", err)
			}
			return
		}
		if !json.Valid(wire) || !json.Valid(x.echo) || !strings.Contains(string(x.echo), "assistant") {
			t.Fatalf("wire %s, echo %s", wire, x.echo)
		}
	})
}
