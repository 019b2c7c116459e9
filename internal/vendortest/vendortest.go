// Package vendortest is a vendor of prices or news on loopback, for tests. Only tests
// import this package.
package vendortest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"aitrader/internal/sim"
)

// Vendor remembers the requests that it answers.
type Vendor struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

// Serve starts a vendor that answers by a function of the number of the request, which
// counts from 1. The cleanup of the test stops it.
func Serve(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) *Vendor {
	v := &Vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.asked = append(v.asked, r)
		n := len(v.asked)
		v.mu.Unlock()
		answer(n, w, r)
	}))
	t.Cleanup(v.Close)
	return v
}

// ServeInTurn starts a vendor that gives one answer after the other; the last one is
// repeated.
func ServeInTurn(t testing.TB, answers ...http.HandlerFunc) *Vendor {
	return Serve(t, func(n int, w http.ResponseWriter, r *http.Request) { answers[min(n, len(answers))-1](w, r) })
}

// Requests returns the requests so far.
func (v *Vendor) Requests() []*http.Request {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.asked)
}

// Says answers with a text.
func Says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { Write(w, text) }
}

// Write writes an answer. A caller that has gone is the test's own doing.
func Write(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text)) }

// Polygon holds the rows of Polygon's grouped daily bars, by date.
type Polygon map[string][]map[string]any

// NewPolygon writes bars as Polygon does.
func NewPolygon(bars []sim.SymbolBar) Polygon {
	rows := Polygon{}
	for _, b := range bars {
		rows[b.Date.String()] = append(rows[b.Date.String()],
			map[string]any{"T": b.Symbol, "o": b.Bar.Open, "h": b.Bar.High, "l": b.Bar.Low, "c": b.Bar.Close, "v": b.Bar.Volume})
	}
	return rows
}

// Asked returns what a request to Polygon is about, the last part of its path: a date,
// or splits, or dividends.
func Asked(r *http.Request) string { return r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:] }

// Answer answers about a date; about anything else there are no rows.
func (p Polygon) Answer(w http.ResponseWriter, about string) {
	text, err := json.Marshal(map[string]any{"status": "OK", "adjusted": false, "results": append([]map[string]any{}, p[about]...)})
	if err != nil {
		panic(err) // bars can always be encoded
	}
	Write(w, string(text))
}
