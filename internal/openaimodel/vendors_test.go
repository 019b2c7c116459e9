package openaimodel

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// Whole answers in the formats of those who serve models: each has its own members
// beside the message, its own ids, and its own way to count tokens and to think.
func TestAnswersOfVendors(t *testing.T) {
	buy := agent.ToolCall{Name: "buy", Arguments: `{"symbol":"AAA","amount":1}`}
	called := func(id string) []agent.ToolCall { c := buy; c.ID = id; return []agent.ToolCall{c} }
	for name, c := range map[string]struct {
		body, content, reasoning string
		calls                    []agent.ToolCall
		used                     sim.Usage
	}{
		"OpenAI": {
			body: `{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion","created":1741570283,
			"model":"gpt-5-2025-08-07","choices":[{"index":0,"message":{"role":"assistant","content":null,
				"tool_calls":[{"id":"call_abc123","type":"function","function":{"name":"buy",
			"arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}],"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"tool_calls"}],
				"usage":{"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163,"prompt_tokens_details":{"cached_tokens":1024,
			"audio_tokens":0},
				"completion_tokens_details":{"reasoning_tokens":32,"audio_tokens":0,"accepted_prediction_tokens":0,
			"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_fc9f1d7035"}`,
			calls: called("call_abc123"), used: sim.Usage{Input: 1117, Output: 46, Cached: 1024, Reasoning: 32},
		},
		"OpenAI, refused by the model": {
			body: `{"id":"x","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,
			"message":{"role":"assistant","content":null,"refusal":"I cannot help with that."},"finish_reason":"stop"}],
				"usage":{"prompt_tokens":81,"completion_tokens":11,"total_tokens":92}}`,
			content: "I cannot help with that.", used: sim.Usage{Input: 81, Output: 11},
		},
		"OpenRouter": {
			body: `{"id":"gen-1758000000-x","provider":"Fireworks","model":"qwen/qwen3-max","object":"chat.completion",
			"created":1758000000,"choices":[{"logprobs":null,"finish_reason":"tool_calls","native_finish_reason":"tool_calls","index":0,
				"message":{"role":"assistant","content":"","refusal":null,"reasoning":"AAA is cheap.",
			"reasoning_details":[{"type":"reasoning.text","text":"AAA is cheap.","format":"unknown","index":0}],
				"tool_calls":[{"index":0,"id":"call_0","type":"function","function":{"name":"buy","arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}]}}],
				"usage":{"prompt_tokens":200,"completion_tokens":60,"total_tokens":260,"cost":0.0012,"is_byok":false,
			"completion_tokens_details":{"reasoning_tokens":20}}}`,
			reasoning: "AAA is cheap.", calls: called("call_0"), used: sim.Usage{Input: 200, Output: 60, Reasoning: 20},
		},
		"DeepSeek": {
			body: `{"id":"930c60df-bf64-41c9-a88e-3ec75f81e00e","object":"chat.completion","created":1705651092,
			"model":"deepseek-reasoner","choices":[{"index":0,"message":{"role":"assistant","content":"Buy.","reasoning_content":"Let me see.",
				"tool_calls":[{"index":0,"id":"call_0_2c6ab0","type":"function","function":{"name":"buy",
			"arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],
				"usage":{"prompt_tokens":16,"completion_tokens":10,"total_tokens":26,"prompt_tokens_details":{"cached_tokens":12},
			"prompt_cache_hit_tokens":12,"prompt_cache_miss_tokens":4,"completion_tokens_details":{"reasoning_tokens":5}},
			"system_fingerprint":"fp_a49d71b8a1"}`,
			content: "Buy.", reasoning: "Let me see.", calls: called("call_0_2c6ab0"),
			used: sim.Usage{Input: 16, Output: 10, Cached: 12, Reasoning: 5},
		},
		"Anthropic": {
			body: `{"id":"msg_01","choices":[{"index":0,"message":{"role":"assistant","content":"I buy.",
			"tool_calls":[{"id":"toolu_01A09q90qw90lq917835lq9","type":"function","function":{"name":"buy",
			"arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}]},
				"finish_reason":"tool_calls"}],"created":1738000000,"model":"claude-sonnet-4-5","object":"chat.completion",
			"usage":{"prompt_tokens":480,"completion_tokens":70,"total_tokens":550}}`,
			content: "I buy.", calls: called("toolu_01A09q90qw90lq917835lq9"), used: sim.Usage{Input: 480, Output: 70},
		},
		"Google": {
			body: `{"choices":[{"finish_reason":"tool_calls","index":0,"message":{"role":"assistant",
			"tool_calls":[{"function":{"arguments":"{\"symbol\":\"AAA\",\"amount\":1}","name":"buy"},"id":"function-call-1","type":"function",
				"extra_content":{"google":{"thought_signature":"c2ln"}}}]}}],"created":1758000000,"id":"abc","model":"gemini-2.5-flash",
			"object":"chat.completion","usage":{"completion_tokens":18,"prompt_tokens":90,"total_tokens":150}}`,
			calls: called("function-call-1"), used: sim.Usage{Input: 90, Output: 60},
		},
		"Ollama": {
			body: `{"id":"chatcmpl-687","object":"chat.completion","created":1758000000,"model":"qwen3:8b",
			"system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant","content":"","reasoning":"hm",
				"tool_calls":[{"id":"call_9xk2","index":0,"type":"function","function":{"name":"buy",
			"arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":170,
			"completion_tokens":30,"total_tokens":200}}`,
			reasoning: "hm", calls: called("call_9xk2"), used: sim.Usage{Input: 170, Output: 30},
		},
		"Ollama, arguments as an object and no id": {
			body: `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"",` +
				`"tool_calls":[{"function":{"name":"buy","arguments":{"symbol":"AAA","amount":1}}}]},"finish_reason":"stop"}]}`,
			calls: called("c00010001"),
		},
		"vLLM": {
			body: `{"id":"chatcmpl-1","object":"chat.completion","created":1758000000,"model":"Qwen/Qwen3-32B","choices":[{"index":0,
			"message":{"role":"assistant","content":null,"refusal":null,"annotations":null,"audio":null,"function_call":null,
				"tool_calls":[{"id":"chatcmpl-tool-0","type":"function","function":{"name":"buy",
			"arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}],"reasoning_content":"cheap"},"logprobs":null,
			"finish_reason":"tool_calls","stop_reason":null}],
				"service_tier":null,"usage":{"prompt_tokens":250,"total_tokens":280,"completion_tokens":30,"prompt_tokens_details":null},
			"prompt_logprobs":null,"kv_transfer_params":null}`,
			reasoning: "cheap", calls: called("chatcmpl-tool-0"), used: sim.Usage{Input: 250, Output: 30},
		},
	} {
		p := newProvider(t, answer(200, c.body))
		m, _ := newModel(t, p)
		r, err := m.Complete(t.Context(), ask())
		require.NoError(t, err, name)
		assert.Equal(t, 1, p.requests(), name)
		assert.Equal(t, c.content, r.Message.Content, name)
		assert.Equal(t, c.reasoning, r.Reasoning, name)
		assert.Equal(t, c.calls, r.Message.Calls, name)
		assert.Equal(t, c.used, r.Usage, name)
	}
}
