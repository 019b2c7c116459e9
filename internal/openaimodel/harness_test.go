package openaimodel

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/clocktest"
	"aitrader/internal/sim"
)

const canary = "sk-Canary-7f3A9b/2+Zq8"

// provider is an endpoint on loopback that answers by a script: one handler for
// each request, the last one for all further ones.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
	auth   []string
}

func newProvider(t *testing.T, script ...http.HandlerFunc) *provider {
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "/v1/chat/completions", r.URL.Path)
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		p.mu.Lock()
		p.bodies = append(p.bodies, body)
		p.auth = append(p.auth, r.Header.Get("Authorization"))
		step := script[min(len(p.bodies), len(script))-1]
		p.mu.Unlock()
		step(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.bodies)
}

// last returns the body of the last request.
func (p *provider) last() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bodies[len(p.bodies)-1]
}

// answer responds with a status and a body.
func answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a client that has gone is the test's own doing
	}
}

// message200 responds with a completion that holds a message.
func message200(message string) http.HandlerFunc {
	return answer(200, `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":`+message+
		`,"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}`)
}

var hello = message200(`{"role":"assistant","content":"hello"}`)

// newModel makes a model of a provider with three retries; its dice always fall
// on one half.
func newModel(t *testing.T, p *provider, change ...func(*Config)) (*Model, *clocktest.Clock) {
	t.Helper()
	return modelAt(t, p.URL+"/v1", change...)
}

func modelAt(t *testing.T, baseURL string, change ...func(*Config)) (*Model, *clocktest.Clock) {
	t.Helper()
	c := clocktest.New(time.Now())
	config := Config{
		Model: "gpt-6-sol", BaseURL: baseURL, Key: canary,
		MaxRetries: 3, BaseDelay: time.Second, CallTimeout: 10 * time.Minute,
		Now: c.Now, Sleep: c.Wait, Jitter: func() float64 { return 0.5 },
	}
	for _, f := range change {
		f(&config)
	}
	m, err := New(config)
	require.NoError(t, err)
	return m, c
}

// ask is a request with a prompt and one tool.
func ask(more ...agent.Message) agent.Request {
	return agent.Request{
		Step: 1,
		Messages: append([]agent.Message{
			{Role: agent.RoleSystem, Content: "You trade."}, {Role: agent.RoleUser, Content: "Begin <now> & here."},
		}, more...),
		Tools: []agent.ToolSpec{
			{Name: "buy", Description: "Buys.", Schema: json.RawMessage(`{"type":"object","properties":{"symbol":{"type":"string"}}}`)},
			{Name: "get_portfolio"},
		},
	}
}

// fails completes a request that must fail, and returns the error.
func fails(t *testing.T, m *Model, name string) *sim.Error {
	t.Helper()
	_, err := m.Complete(context.Background(), ask())
	var e *sim.Error
	require.ErrorAs(t, err, &e, name)
	return e
}
