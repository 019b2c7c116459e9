package news

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

	"aitrader/internal/sim"
)

// sessionDate is the date of most sessions of these tests, a Wednesday; its bell
// is at 13:30 in UTC.
var sessionDate = sim.MustParseDate("2025-10-01")

// at reads a time.
func at(t require.TestingT, text string) time.Time {
	v, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return v
}

// item is an item of a published field.
func item(published string) Item {
	return Item{Published: ParseStamp(published), Title: "Chips rise", URL: "https://news.example/chips", Text: "Chips rose."}
}

// given is a source that always finds the same, or fails.
type given struct {
	items []Item
	err   error
}

func (g given) Find(context.Context, Query) ([]Item, error) { return g.items, g.err }

// answers is a vendor on loopback that gives one answer after the other; the
// last one is repeated.
type answers struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

func serve(t testing.TB, handlers ...http.HandlerFunc) *answers {
	t.Helper()
	a := &answers{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.asked = append(a.asked, r)
		n := len(a.asked)
		a.mu.Unlock()
		handlers[min(n, len(handlers))-1](w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

// requests returns what has been asked so far.
func (a *answers) requests() []*http.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]*http.Request(nil), a.asked...)
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		// A caller that has gone is the test's own doing.
		_, _ = w.Write([]byte(text))
	}
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// search searches a source with retries that do not wait long.
func search(t testing.TB, source Source, err error, o Options) *Search {
	t.Helper()
	require.NoError(t, err)
	if o.Delay == 0 {
		o.Delay = time.Millisecond
	}
	return New(source, o)
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return text
}
