package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

// groupedDaily answers as Polygon does, with the scene's market: all symbols of a
// date, and no splits and dividends.
func groupedDaily(has func(symbol string, d sim.Date) bool) http.HandlerFunc {
	var bars []sim.SymbolBar
	for _, b := range sceneMarket().Bars {
		if has(b.Symbol, b.Date) {
			bars = append(bars, b)
		}
	}
	polygon := vendortest.NewPolygon(bars)
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+canaryInEnv {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		polygon.Answer(w, vendortest.Asked(r))
	}
}

func everything(string, sim.Date) bool { return true }

// configurePrices writes a configuration with a source of prices.
func (s *scene) configurePrices(prices map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(map[string]any{
		"models": []sceneModel{{"signature": "equal", "basemodel": "builtin/equal-weight"}, {"signature": "random",
			"basemodel": "builtin/random?seed=4"}},
		"prices": prices, "agent_config": map[string]any{"stock_symbols": []string{"AAA", "BBB", "GAP"}},
	})
	require.NoError(s.t, err)
	s.write("default.json", string(text))
}

// The whole market comes by download, and the books are those of an import.
func TestPricesByDownload(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["PRICES_KEY"] = canaryInEnv
	var paths []string
	answer := groupedDaily(everything)
	base, asked := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		answer(w, r)
	})
	s.configurePrices(map[string]any{"source": "polygon", "base_url": strings.TrimSuffix(base, "/query"),
		"api_key": "${PRICES_KEY}", "requests_per_minute": 6000})
	h := s.open()
	last := len(sceneDates) - 1
	// The range begins on a Sunday and has Thanksgiving in it.
	id := h.run(fmt.Sprintf(`{"start_date":"2025-11-23","end_date":"%s"}`, sceneDates[last]), "completed")
	requests := len(asked())
	for _, closed := range []string{"2025-11-23", "2025-11-27", "2025-11-29", "2025-11-30"} {
		assert.False(t, slices.ContainsFunc(paths, func(p string) bool { return strings.HasSuffix(p, closed) }), closed)
	}
	assert.Contains(t, h.get("/simulate/status/"+id).text, "Polygon: bars that are not there: 1 (GAP "+sceneDates[sceneGap].String()+")")

	other := newScene(t)
	other.configurePrices(nil)
	imported := other.start()
	imported.run(span(0, last), "completed")
	for _, model := range []string{"equal", "random"} {
		for _, d := range sceneDates {
			query := "date=" + d.String() + "&model=" + model
			fetched, want := h.day(query), imported.day(query)
			assert.Equal(t, want.Positions, fetched.Positions, query)
			assert.Equal(t, want.DailyPnL, fetched.DailyPnL, query)
		}
	}

	h.run(span(0, last, `"replace_existing":true`), "completed")
	assert.Len(t, asked(), requests, "nothing is asked for twice: not even the gap")
	holdsNoCanary(t, "the log", s.log.String())
	holdsNoCanary(t, "the status", h.get("/simulate/status/"+id).text)
	h.stop()
	holdsNoCanaryIn(t, s.data)
}

// A bar that came late is there when its date begins.
func TestALateBarComesBeforeItsDate(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["PRICES_KEY"] = canaryInEnv
	base, asked := vendor(t, groupedDaily(everything))
	s.configurePrices(map[string]any{"source": "polygon", "base_url": strings.TrimSuffix(base, "/query"),
		"api_key": "${PRICES_KEY}", "requests_per_minute": 6000})
	h := s.open()
	set := sceneMarket()
	set.Bars = slices.DeleteFunc(set.Bars, func(b sim.SymbolBar) bool { return b.Symbol == "BBB" && b.Date == sceneDates[1] })
	_, err := h.PutPrices(t.Context(), set)
	require.NoError(t, err)
	h.run(span(0, 2), "completed")
	assert.Len(t, asked(), 3, "splits, dividends and bars of one date")
	assert.Contains(t, h.get("/prices/coverage").text,
		`{"symbol":"BBB","first_date":"2025-11-24","last_date":"2025-12-05","bars":9,"open_only":0,"gaps":[]}`)
}

// A vendor that takes no more questions is the reason of a 503, and what it says
// of the key stays with it.
func TestAVendorOfPricesRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["PRICES_KEY"] = canaryInEnv
	base, asked := vendor(t, vendortest.Says(`{"Information": "We have detected your API key as `+canaryInEnv+
		` and our standard API rate limit is 25 requests per day."}`))
	s.configurePrices(map[string]any{"source": "alphavantage", "base_url": base, "api_key": "${PRICES_KEY}"})
	h := s.open()
	r := h.do(http.MethodPost, "/simulate/trigger", span(0, 1))
	assert.Equal(t, http.StatusServiceUnavailable, r.status, r.text)
	assert.Contains(t, r.text,
		"Alpha Vantage: it has answered all that the plan of the key allows today; 4 of 4 questions are left (from AAA on)")
	assert.Len(t, asked(), 1)
	assert.Contains(t, asked()[0], "apikey="+canaryInEnv)
	holdsNoCanary(t, "the answer", r.text)
	holdsNoCanary(t, "the log", s.log.String())

	s.env["PRICES_KEY"] = ""
	r = h.do(http.MethodPost, "/simulate/trigger", span(0, 1))
	assert.Equal(t, http.StatusServiceUnavailable, r.status, r.text)
	assert.Contains(t, r.text, "prices: the key of the source alphavantage cannot be read: ${PRICES_KEY}")
	assert.Len(t, asked(), 1)
}
