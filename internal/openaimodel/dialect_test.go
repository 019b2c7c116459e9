package openaimodel

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestTheFormOfAHistoryIsLearnedFromRefusals(t *testing.T) {
	has := func(name string) func(m map[string]json.RawMessage) bool {
		return func(m map[string]json.RawMessage) bool { return present(m[name]) }
	}
	not := func(f func(m map[string]json.RawMessage) bool) func(m map[string]json.RawMessage) bool {
		return func(m map[string]json.RawMessage) bool { return !f(m) }
	}
	plain := func(m map[string]json.RawMessage) bool {
		var id string
		return json.Unmarshal(m["tool_call_id"], &id) == nil && plainID.MatchString(id)
	}
	const purchase = `{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"call_1","type":"function",` +
		`"function":{"name":"buy","arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}]}`
	for name, c := range map[string]struct {
		refuses func(now turn) bool
		text    string
	}{
		"names, without a word of them": {func(now turn) bool { return !now.each("tool", has("name")) },
			"Request contains an invalid argument."},
		"names": {func(now turn) bool { return !now.each("tool", has("name")) },
			"GenerateContentRequest.contents[2].parts[0].function_response.name: Name cannot be empty."},
		"no names": {func(now turn) bool { return !now.each("tool", not(has("name"))) }, "messages[3]: name is not supported"},
		"no reasoning": {func(now turn) bool { return !now.each("assistant", not(has("reasoning_content"))) },
			"'messages.2' : property 'reasoning_content' is unsupported"},
		"no reasoning, without a word of it": {func(now turn) bool { return !now.each("assistant", not(has("reasoning_content"))) },
			"invalid"},
		"ids of nine characters": {func(now turn) bool { return !now.each("tool", plain) },
			"Tool call id was call_1 but must be of length 9."},
		"ids and names": {func(now turn) bool { return !now.each("tool", plain) || !now.each("tool", has("name")) }, "bad request"},
	} {
		refusals := 0
		baseURL, _ := newPeculiar(t, func(now turn) http.HandlerFunc {
			if c.refuses(now) {
				refusals++
				return answer(400, `{"error":{"message":`+string(quoted(c.text))+`}}`)
			}
			if now.bought() {
				return message200(goodBye)
			}
			return message200(purchase)
		})
		out, err := holdSession(t, baseURL)
		require.NoError(t, err, name)
		assert.Equal(t, sim.Share, bought(out), name)
		assert.Equal(t, sim.Usage{Input: 20, Output: 6}, out.Session.Usage, name)
		assert.LessOrEqual(t, refusals, maxDialects, name)
	}
}

func TestALearnedFormIsUsedAtOnce(t *testing.T) {
	baseURL, requests := newPeculiar(t, func(now turn) http.HandlerFunc {
		if !now.each("tool", func(m map[string]json.RawMessage) bool { return present(m["name"]) }) {
			return answer(400, `{"error":{"message":"Request contains an invalid argument."}}`)
		}
		return message200(called("get_portfolio", `"{}"`))
	})
	_, err := holdSession(t, baseURL)
	require.NoError(t, err)
	assert.Equal(t, 9, requests(), "8 steps, and one refusal")
}

func TestARefusalOfAnyFormIsReported(t *testing.T) {
	baseURL, requests := newPeculiar(t, func(now turn) http.HandlerFunc {
		if now.count > 1 {
			return answer(400, `{"error":{"message":"no, for request `+string(rune('0'+now.count))+`"}}`)
		}
		return message200(called("get_portfolio", `"{}"`))
	})
	_, err := holdSession(t, baseURL)
	assert.Regexp(t, "^model_http_400: no, for request 2", sim.MessageOf(err), "the first refusal is reported")
	assert.LessOrEqual(t, requests(), 2+maxDialects)
}

func TestAClearRefusalIsNotAboutTheForm(t *testing.T) {
	for _, text := range []string{"This model's maximum context length is 8192 tokens.", "Your credit balance is too low", "Invalid API key"} {
		baseURL, requests := newPeculiar(t, func(now turn) http.HandlerFunc {
			if now.count > 1 {
				return answer(400, `{"error":{"message":`+string(quoted(text))+`}}`)
			}
			return message200(called("get_portfolio", `"{}"`))
		})
		_, _ = holdSession(t, baseURL)
		assert.Equal(t, 2, requests(), text)
	}
}

func TestAStreamIsAskedForWithoutOptionsWhereTheyAreRefused(t *testing.T) {
	baseURL, requests := newPeculiar(t, func(now turn) http.HandlerFunc {
		if present(now.fields["stream_options"]) {
			return answer(422, `{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}`)
		}
		return wellBehavedModel(now)
	})
	out, err := holdSession(t, baseURL, func(c *Config) { c.Params = map[string]any{"stream": true} })
	require.NoError(t, err)
	assert.Equal(t, sim.Share, bought(out))
	assert.LessOrEqual(t, requests(), 4)
}
