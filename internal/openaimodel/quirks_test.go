package openaimodel

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// turn is one request to a peculiar provider.
type turn struct {
	header   http.Header
	path     string
	query    string
	count    int // of this request, from 1
	fields   map[string]json.RawMessage
	messages []map[string]json.RawMessage
}

// role returns the role of a message.
func role(m map[string]json.RawMessage) string { return strings.Trim(string(m["role"]), `"`) }

// has reports whether every message of a role satisfies a condition.
func (t turn) each(of string, holds func(m map[string]json.RawMessage) bool) bool {
	for _, m := range t.messages {
		if role(m) == of && !holds(m) {
			return false
		}
	}
	return true
}

// bought reports whether an order was filled.
func (t turn) bought() bool {
	return !t.each("tool", func(m map[string]json.RawMessage) bool {
		return !strings.Contains(string(m["content"]), `\"action\":\"buy\"`)
	})
}

// peculiar answers one request.
type peculiar func(t turn) http.HandlerFunc

const (
	buyCall  = `{"id":"b00000001","type":"function","function":{"name":"buy","arguments":"{\"symbol\":\"AAA\",\"amount\":1}"}}`
	goodBye  = `{"role":"assistant","content":"Done. <FINISH_SIGNAL>"}`
	purchase = `{"role":"assistant","content":null,"tool_calls":[` + buyCall + `]}`
)

// wellBehavedModel buys one share of AAA and ends.
func wellBehavedModel(t turn) http.HandlerFunc {
	if t.bought() {
		return message200(goodBye)
	}
	return message200(purchase)
}

// newPeculiar serves a behaviour. It refuses what the strictest provider refuses.
func newPeculiar(t *testing.T, behave peculiar) (baseURL string, requests func() int) {
	var mu sync.Mutex
	count := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NoError(t, strictly(body))
		mu.Lock()
		count++
		now := turn{header: r.Header, path: r.URL.Path, query: r.URL.RawQuery, count: count}
		mu.Unlock()
		assert.NoError(t, json.Unmarshal(body, &now.fields))
		assert.NoError(t, json.Unmarshal(now.fields["messages"], &now.messages))
		behave(now)(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", func() int { mu.Lock(); defer mu.Unlock(); return count }
}

// first begins with a message, and goes on as a well-behaved model.
func first(message string) peculiar {
	return func(t turn) http.HandlerFunc {
		if t.count == 1 {
			return message200(message)
		}
		return wellBehavedModel(t)
	}
}

// called is a message with one call of a tool.
func called(name, arguments string) string {
	return `{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":` + string(quoted(name)) +
		`,"arguments":` + arguments + `}}]}`
}

// Whatever the first answer is, the session goes on, and ends with the order of it or
// of the next answer.
func TestNoAnswerMakesAHistoryThatAProviderRefuses(t *testing.T) {
	const order = `"{\"symbol\":\"AAA\",\"amount\":1}"`
	for name, message := range map[string]string{
		"empty":                       `{"role":"assistant","content":""}`,
		"only a role":                 `{"role":"assistant"}`,
		"blank":                       `{"role":"assistant","content":" \n"}`,
		"no calls in a list":          `{"role":"assistant","content":"hm","tool_calls":[]}`,
		"an empty list of parts":      `{"role":"assistant","content":[]}`,
		"only thoughts":               `{"role":"assistant","content":"","reasoning_content":"hm hm"}`,
		"a dotted name":               called("functions.buy", order),
		"a name with a channel":       called("buy<|channel|>commentary", order),
		"a name that is none":         called("no.such tool", order),
		"no name":                     called("", order),
		"null as arguments":           called("get_portfolio", `"null"`),
		"null outside a text":         called("get_portfolio", `null`),
		"arguments encoded twice":     called("buy", string(quoted(order))),
		"arguments cut":               called("buy", `"{\"symbol\": \"AAA\", \"amo"`),
		"arguments in a list":         called("buy", `"[`+strings.Trim(order, `"`)+`]"`),
		"arguments that are a number": called("buy", `"7"`),
		"arguments that are words":    called("buy", `"one AAA"`),
		"arguments with braces twice": called("buy", `"{\"symbol\":\"AAA\",\"amount\":1}}"`),
		"half a character":            called("buy", `"{\"symbol\":\"\\ud83d\"}"`),
		"a call of the old interface": `{"role":"assistant","content":null,"function_call":{"name":"buy","arguments":` + order + `}}`,
		"a call without an id":        `{"role":"assistant","tool_calls":[{"function":{"name":"buy","arguments":` + order + `}}]}`,
		"an id twice": `{"role":"assistant","content":null,"tool_calls":[` + buyCall + `,` +
			strings.Replace(buyCall, `"buy"`, `"get_portfolio"`, 1) + `]}`,
		"an id used again": `{"role":"assistant","content":null,"tool_calls":[` + strings.Replace(buyCall, `"buy"`, `"get_portfolio"`, 1) + `]}`,
	} {
		baseURL, _ := newPeculiar(t, first(message))
		out, err := holdSession(t, baseURL)
		require.NoError(t, err, name)
		assert.Equal(t, sim.Share, bought(out), name)
		assert.Equal(t, sim.StopSignal, out.Session.StopReason, name)
	}
}

// What some vendors check is what they themselves sent: it must come back.
func TestWhatAProviderNeedsBackComesBack(t *testing.T) {
	for name, c := range map[string]struct{ field, value string }{
		"reasoning":  {"reasoning_content", `"think  \u003cb>"`},
		"details":    {"reasoning_details", `[{"type":"reasoning.encrypted", "data":"aGk=="}]`},
		"a block":    {"thinking_blocks", `[{"signature":"x=","thinking":"y"}]`},
		"extensions": {"extra_content", `{"google":{"thought_signature":"x=="}}`},
	} {
		baseURL, _ := newPeculiar(t, func(now turn) http.HandlerFunc {
			if !now.each("assistant", func(m map[string]json.RawMessage) bool { return string(m[c.field]) == c.value }) {
				return answer(400, `{"error":{"message":"`+c.field+` must be passed back","code":"invalid_request_error"}}`)
			}
			more := `{"` + c.field + `":` + c.value + `,`
			if now.bought() {
				return message200(more + goodBye[1:])
			}
			return message200(more + purchase[1:])
		})
		out, err := holdSession(t, baseURL)
		require.NoError(t, err, name)
		assert.Equal(t, sim.Share, bought(out), name)
	}
}
