package news

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
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
