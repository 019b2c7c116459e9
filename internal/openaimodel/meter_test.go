package openaimodel

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// ledger is a meter that allows some attempts, and notes what they are settled at.
type ledger struct {
	mu      sync.Mutex
	allowed int
	worst   []sim.Usage
	used    []sim.Usage
	charged []sim.Usage
	failing error // of each settlement
}

var errNoMoney = sim.Errorf(sim.KindBudget, "budget: nothing is left")

func (l *ledger) Reserve(_ context.Context, worst sim.Usage) (Settle, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.worst) == l.allowed {
		return nil, errNoMoney
	}
	l.worst = append(l.worst, worst)
	return func(used, charged sim.Usage) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.used, l.charged = append(l.used, used), append(l.charged, charged)
		return l.failing
	}, nil
}

func metered(l *ledger) func(*Config) {
	return func(c *Config) { c.Meter, c.MaxOutput = l, 500 }
}

func TestEachAttemptIsReservedAndSettled(t *testing.T) {
	silent := answer(200, `{"choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}`)
	p := newProvider(t,
		answer(429, `{"error":"slow down"}`),                      // refused: free
		answer(500, `{"error":"x","usage":{"prompt_tokens":50}}`), // says what it took
		cut, // not known
		answer(200, `{"choices":[],"usage":{"prompt_tokens":7}}`), silent, // an answer without use
	)
	l := &ledger{allowed: 9}
	m, _ := newModel(t, p, metered(l), func(c *Config) { c.MaxRetries = 4 })
	r, err := m.Complete(t.Context(), ask())
	require.NoError(t, err)
	size := int64(len(p.last()))
	worst := sim.Usage{Input: size, Output: 500}
	assert.Equal(t, []sim.Usage{worst, worst, worst, worst, worst}, l.worst, "one token for each byte, and the longest answer")
	assert.Equal(t, []sim.Usage{{}, {Input: 50}, {}, {Input: 7}, {}}, l.used)
	assert.Equal(t, []sim.Usage{{}, {Input: 50}, worst, {Input: 7}, worst}, l.charged)
	assert.Equal(t, sim.Usage{Input: 57}, r.Usage)
}

func TestATimeOutMayHaveCostEverything(t *testing.T) {
	p := newProvider(t, hang(""))
	l := &ledger{allowed: 1}
	m, _ := newModel(t, p, metered(l), func(c *Config) { c.MaxRetries, c.CallTimeout = 0, 20*time.Millisecond })
	fails(t, m, "hangs")
	assert.Equal(t, l.worst, l.charged)
}

func TestAnUnreachableProviderIsFree(t *testing.T) {
	p := newProvider(t, hello)
	p.Close()
	l := &ledger{allowed: 9}
	m, _ := newModel(t, p, metered(l))
	fails(t, m, "closed")
	assert.Equal(t, make([]sim.Usage, 4), l.charged)
}

func TestNoRequestIsMadeBeyondTheBudget(t *testing.T) {
	p := newProvider(t, answer(http.StatusBadGateway, `{}`))
	l := &ledger{allowed: 1}
	m, _ := newModel(t, p, metered(l))
	_, err := m.Complete(t.Context(), ask())
	require.ErrorIs(t, err, errNoMoney)
	assert.Equal(t, 1, p.requests(), "the second attempt is not made")
	assert.True(t, sim.IsKind(err, sim.KindBudget))
}

func TestABrokenMeterEndsTheCompletion(t *testing.T) {
	broken := sim.Errorf(sim.KindUnavailable, "the disk is full")
	p := newProvider(t, hello)
	m, _ := newModel(t, p, metered(&ledger{allowed: 9, failing: broken}))
	_, err := m.Complete(t.Context(), ask())
	require.ErrorIs(t, err, broken)
	assert.Equal(t, 1, p.requests())
}
