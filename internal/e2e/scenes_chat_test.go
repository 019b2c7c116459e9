package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// chatServer is a provider of language models on loopback: it speaks the wire
// format of OpenAI's chat completions, and answers by a script.
type chatServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []chatRequest
}

// chatRequest is what a provider was asked.
type chatRequest struct {
	User     string // the parameter by which a model says who it is
	Model    string
	Messages []chatMessage
	Tools    []json.RawMessage
	raw      string
	auth     string
}

type chatMessage struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	ToolCalls  []wireCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type wireCall struct {
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function wireFunction `json:"function"`
}

type wireFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// chatReply is what it answers: a text and tool calls, or with a status an error.
type chatReply struct {
	text   string
	calls  []chatCall
	status int
	body   string // of an error
	header http.Header
	tokens [2]int // input and output; 10 and 2 where it is zero
}

type chatCall struct{ tool, arguments string }

// done ends a session.
var done = chatReply{text: "Done. <FINISH_SIGNAL>"}

// order is a call of buy or sell; the amount is JSON.
func order(tool, symbol, amount string) chatCall {
	return chatCall{tool, fmt.Sprintf(`{"symbol":%q,"amount":%s}`, symbol, amount)}
}

// buys answers the first step of each day with an order, and ends the session.
func buys(symbol string, amount int) func(chatRequest) chatReply {
	return func(r chatRequest) chatReply {
		if r.step() > 1 {
			return done
		}
		return chatReply{calls: []chatCall{order("buy", symbol, fmt.Sprint(amount))}}
	}
}

// newChat starts a provider. The script may be called by several requests at
// once.
func newChat(t testing.TB, script func(chatRequest) chatReply) *chatServer {
	c := &chatServer{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "/v1/chat/completions", r.URL.Path)
		request := chatRequest{raw: string(body), auth: r.Header.Get("Authorization")}
		assert.NoError(t, json.Unmarshal(body, &request))
		c.mu.Lock()
		c.requests = append(c.requests, request)
		c.mu.Unlock()
		script(request).write(w, request)
	}))
	t.Cleanup(c.Close)
	return c
}

func (a chatReply) write(w http.ResponseWriter, r chatRequest) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Type", "application/json")
	if a.status != 0 {
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body) // a caller that has gone is the test's own doing
		return
	}
	message := chatMessage{Role: "assistant", Content: a.text}
	for i, call := range a.calls {
		message.ToolCalls = append(message.ToolCalls, wireCall{
			ID: fmt.Sprintf("call-%d-%d", r.step(), i), Type: "function",
			Function: wireFunction{Name: call.tool, Arguments: call.arguments},
		})
	}
	tokens := a.tokens
	if tokens == [2]int{} {
		tokens = [2]int{10, 2}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{ // as above
		"id": "c", "object": "chat.completion", "created": 1, "model": r.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": "stop"}},
		"usage":   map[string]int{"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": tokens[0] + tokens[1]},
	})
}

// asked returns what was asked so far.
func (c *chatServer) asked() []chatRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]chatRequest{}, c.requests...)
}

// opening returns the first request of a model's last session on a date.
func (c *chatServer) opening(t testing.TB, user string, day int) chatRequest {
	t.Helper()
	asked := c.asked()
	for _, r := range slices.Backward(asked) {
		if r.User == user && r.step() == 1 && r.date() == sceneDates[day].String() {
			return r
		}
	}
	t.Fatalf("%s was not asked on day %d", user, day)
	return chatRequest{}
}

// step counts the answers that the session has asked for, this one included.
func (r chatRequest) step() int {
	n := 1
	for _, m := range r.Messages {
		if m.Role == "assistant" {
			n++
		}
	}
	return n
}

var (
	todayPattern = regexp.MustCompile(`Today is \w+, (\d{4}-\d{2}-\d{2})\.`)
	cashPattern  = regexp.MustCompile(`\ncash ([0-9.]+) USD\n`)
)

// date returns the date that the prompt names, and cash the cash.
func (r chatRequest) date() string { return r.find(todayPattern) }
func (r chatRequest) cash() string { return r.find(cashPattern) }

func (r chatRequest) find(pattern *regexp.Regexp) string {
	if found := pattern.FindStringSubmatch(r.prompt()); found != nil {
		return found[1]
	}
	return ""
}

// prompt returns the facts of the day.
func (r chatRequest) prompt() string {
	for _, m := range r.Messages {
		if m.Role == "user" {
			return m.Content
		}
	}
	return ""
}

// rules returns the system prompt.
func (r chatRequest) rules() string { return r.Messages[0].Content }

// answers returns what the tools have answered, in order.
func (r chatRequest) answers() []string {
	var out []string
	for _, m := range r.Messages {
		if m.Role == "tool" {
			out = append(out, strings.TrimSpace(m.Content))
		}
	}
	return out
}

// gate holds requests back until it opens.
type gate struct {
	arrived chan chatRequest
	opened  chan struct{}
	open    func()
}

func newGate() *gate {
	g := &gate{arrived: make(chan chatRequest, 1000), opened: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.opened) })
	return g
}

// pass waits for the gate to open.
func (g *gate) pass(r chatRequest) {
	g.arrived <- r
	<-g.opened
}
