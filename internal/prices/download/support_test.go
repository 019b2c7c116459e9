package download

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/secret"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

const canaryKey = "canary-0123456789"

// settled is the last date that is over in most of these tests, a Friday.
var settled = sim.MustParseDate("2025-10-03")

func dates(from, to string) []sim.Date {
	return sim.TradingDays(sim.MustParseDate(from), sim.MustParseDate(to))
}

// now is the evening of that day in New York.
func now() time.Time { return time.Date(2025, time.October, 3, 22, 0, 0, 0, time.UTC) }

// patient is a clock that waits by moving on.
type patient struct {
	mu     sync.Mutex
	now    time.Time
	waited []time.Duration
}

func (p *patient) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *patient) Wait(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
	p.waited = append(p.waited, d)
	return ctx.Err()
}

// longest returns the longest wait.
func (p *patient) longest() (longest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.waited {
		longest = max(longest, d)
	}
	return longest
}

// seller is a vendor on loopback that answers by a function, and remembers what
// it was asked.
type seller struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

func sell(t testing.TB, answer func(n int, r *http.Request, w http.ResponseWriter)) *seller {
	t.Helper()
	s := &seller{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r)
		n := len(s.asked)
		s.mu.Unlock()
		answer(n, r, w)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *seller) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.asked...)
}

// write writes an answer; a caller that has gone is the test's own doing.
func write(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text)) }

func testdata(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}

// vendor opens a vendor at a seller.
func vendor(t testing.TB, source string, s *seller) (Vendor, *patient) {
	t.Helper()
	clock := &patient{now: now()}
	v, err := New(source, Options{
		BaseURL: s.URL, PerMinute: 1000, Clock: clock,
		Key: func(context.Context) (secret.Text, error) { return canaryKey, nil },
	})
	require.NoError(t, err)
	return v, clock
}

// question asks about some symbols on the first three trading days of October.
func question(symbols ...string) Question {
	return Question{Symbols: symbols, Dates: dates("2025-10-01", "2025-10-03")}
}

func store(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "prices.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func bar(open, high, low, closing sim.Money, volume int64) sim.Bar {
	return sim.Bar{Open: open, High: high, Low: low, Close: closing, Volume: volume}
}
