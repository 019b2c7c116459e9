package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/api"
	"aitrader/internal/prices"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

// anyMarket is a market as no exchange has it, in files that can be imported, and how it
// is traded.
type anyMarket struct {
	files     []string
	benchmark string
	cash      float64
	fractions bool
	slippage  int
}

// The dates of such a market: enough for intervals and tests.
var anyDates = sim.DefaultMarket.Bars(sim.MustParseDate("2025-09-02"), sim.MustParseDate("2025-10-10"))

var anySymbols = []string{"AAA", "BBB", "CCC", "ONE", "QQQ"}

// drawMarket draws a market: prices of every size that jump by any factor, zero volume,
// missing days, symbols with one bar, splits of 10,000:1, dividends above the price, no
// benchmark, and a last day of which only the opens are known.
func drawMarket(t *rapid.T) anyMarket {
	m := anyMarket{
		benchmark: rapid.SampledFrom([]string{"QQQ", "QQQ", "QQQ", "NONE", "AAA"}).Draw(t, "benchmark"),
		cash:      rapid.SampledFrom([]float64{10_000, 10_000, 1, 100_000_000}).Draw(t, "cash"),
		fractions: rapid.Bool().Draw(t, "fractions"),
		slippage:  rapid.SampledFrom([]int{0, 0, 25}).Draw(t, "slippage"),
	}
	bars := "symbol,date,open,high,low,close,volume\n"
	openOnly := rapid.Bool().Draw(t, "open-only last day")
	for _, symbol := range anySymbols {
		price := drawPrices(t)
		for i, d := range anyDates {
			if symbol == "ONE" && i != 3 || rapid.IntRange(0, 11).Draw(t, "gap") == 0 {
				continue
			}
			open := price.Draw(t, "open")
			if openOnly && i == len(anyDates)-1 {
				bars += fmt.Sprintf("%s,%s,%s,,,,\n", symbol, d, open)
				continue
			}
			bars += fmt.Sprintf("%s,%s,%s,100000000000,0.0001,%s,%d\n", symbol, d, open, price.Draw(t, "close"),
				rapid.SampledFrom([]int64{0, 1, 1_000_000, 1_000_000_000_000}).Draw(t, "volume"))
		}
	}
	if rapid.Bool().Draw(t, "bars decades ago and next year") {
		for _, d := range []sim.Date{sim.MustParseDate("1971-01-04"), sim.DateOf(time.Now()).AddDays(300)} {
			bars += fmt.Sprintf("FAR,%s,1,1,1,1,0\nQQQ,%s,1,1,1,1,0\n", d, d)
		}
	}
	m.files = []string{bars}
	for head, values := range map[string][]string{
		"symbol,ex_date,ratio\n":  {"1000", "0.001", "10000", "0.0001", "3:2", "0.0333", "1.0001", "0.99999999"},
		"symbol,ex_date,amount\n": {"0.01", "0.33333333333333331", "1000", "100000", "0.00000001"},
	} {
		days := rapid.MapOfN(rapid.IntRange(0, len(anyDates)*len(anySymbols)-1), rapid.SampledFrom(values), 0, 12).Draw(t, "actions")
		text := head
		for _, i := range slices.Sorted(maps.Keys(days)) {
			text += fmt.Sprintf("%s,%s,%s\n", anySymbols[i%len(anySymbols)], anyDates[i/len(anySymbols)], days[i])
		}
		if len(days) > 0 {
			m.files = append(m.files, text)
		}
	}
	slices.Sort(m.files) // a map has no order
	return m
}

// drawPrices draws how wild the prices of a symbol are.
func drawPrices(t *rapid.T) *rapid.Generator[string] {
	usual := rapid.Map(rapid.IntRange(9_000, 11_000), func(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) })
	extreme := rapid.SampledFrom([]string{"0.0001", "0.01", "1", "12345.6789", "99999999999.9999", "100000000000"})
	return rapid.SampledFrom([]*rapid.Generator[string]{usual, usual, extreme, rapid.OneOf(usual, extreme)}).Draw(t, "wildness")
}

// Whatever can be imported can be traded and read, also when another market is imported
// over it: no route ever answers with a fault of the service, and all figures are numbers
// with the digits that they may have.
func TestWhateverIsImportedCanBeRead(t *testing.T) {
	t.Parallel()
	markets := rapid.Custom(drawMarket)
	for seed := range rounds.Of(t, 2, 60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := markets.Example(seed)
			h := m.open(t)
			id := h.trigger(fmt.Sprintf(`{"start_date":"%s","end_date":"%s"}`, anyDates[0], anyDates[len(anyDates)-1]))
			h.await(id)
			readAll(t, h, id)
			markets.Example(seed+1_000).importInto(t, h)
			readAll(t, h, id)
		})
	}
}

// readAll reads every route.
func readAll(t *testing.T, h *sceneHome, job string) {
	t.Helper()
	dateStep := 4
	if rounds.Long() {
		dateStep = 1
	} else {
		t.Logf("one of %d dates is read on its own; %s=1 reads each", dateStep, rounds.Variable)
	}
	for _, path := range readRoutes(job, dateStep) {
		r := h.get(path)
		assert.Less(t, r.status, http.StatusInternalServerError, "%s: %s", path, r.text)
		if strings.Contains(r.header.Get("Content-Type"), "json") && path != "/openapi.json" {
			checkNumbers(t, path, r.text)
		}
		if into := clientType(path); into != nil && r.status == http.StatusOK && !strings.Contains(path, "format=csv") {
			assert.NoError(t, json.Unmarshal([]byte(r.text), into), path)
		}
	}
}

// clientType returns what a client reads an answer into; nil where it reads none.
func clientType(path string) any {
	switch name, query, _ := strings.Cut(path, "?"); {
	case name == "/leaderboard":
		return &api.Leaderboard{}
	case name == "/results" && strings.Contains(query, "&date="):
		return &api.DayResults{}
	case name == "/results":
		return &api.RangeResults{}
	case name == "/compare":
		return &api.ModelComparison{}
	case name == "/portfolio/timeseries":
		return &api.TimeSeries{}
	case name == "/trades":
		return &api.TradeList{}
	case strings.HasPrefix(name, "/simulate/status/"):
		return &api.JobReport{}
	}
	return nil
}

// open serves the market, with one model of each kind.
func (m anyMarket) open(t *testing.T) *sceneHome {
	s := newScene(t)
	var models []sceneModel
	for signature, base := range map[string]string{"hold": "buy-and-hold?symbol=AAA", "equal": "equal-weight", "momentum": "momentum",
		"random": "random?seed=7", "cash": "cash", "one": "buy-and-hold?symbol=ONE"} {
		models = append(models, sceneModel{"signature": signature, "basemodel": "builtin/" + base})
	}
	text, err := json.Marshal(map[string]any{
		"models": models, "benchmark": m.benchmark, "fractional_shares": m.fractions, "costs": map[string]any{"slippage_bps": m.slippage},
		"agent_config": map[string]any{"initial_cash": m.cash, "stock_symbols": anySymbols[:4]},
	})
	require.NoError(t, err)
	s.write("default.json", string(text))
	h := s.open()
	m.importInto(t, h)
	return h
}

func (m anyMarket) importInto(t *testing.T, h *sceneHome) {
	for i, file := range m.files {
		set, err := prices.Read(fmt.Sprintf("file %d", i), strings.NewReader(file))
		require.NoError(t, err, file)
		_, err = h.PutPrices(t.Context(), set)
		require.NoError(t, err)
	}
}

// readRoutes lists every route that only reads, with the parameters that change what it
// computes, on the first of every dateStep dates.
func readRoutes(job string, dateStep int) []string {
	first, middle, last := anyDates[0].String(), anyDates[14].String(), anyDates[len(anyDates)-1].String()
	paths := []string{
		"/health", "/models", "/experiments", "/prices/coverage", "/simulate/status/" + job, "/simulate/current", "/simulate/jobs",
		"/jobs/" + job + "/receipt", "/trades", "/trades?format=csv", "/results", "/results?format=csv", "/openapi.json", "/docs", "/",
		"/metrics", "/leaderboard", "/leaderboard?stats=false", "/compare?models=hold,equal,momentum,random,cash,one",
		"/compare?models=hold,cash&start_date=" + middle, "/results?job_id=" + job + "&detail=full&start_date=" + first,
		"/results?detail=full&benchmark=true&start_date=" + first + "&end_date=" + last,
		"/results?detail=full&benchmark=true&start_date=" + middle + "&end_date=" + middle,
		"/leaderboard?start_date=" + middle, "/leaderboard?date=2025-11-20", // long after the last day
	}
	for i := 0; i < len(anyDates); i += dateStep {
		d := anyDates[i].String()
		paths = append(paths, "/results?detail=full&reasoning=full&date="+d, "/leaderboard?date="+d)
	}
	for _, model := range []string{"hold", "equal", "momentum", "random", "cash", "one"} {
		paths = append(paths, "/portfolio/timeseries?model="+model, "/results?detail=full&model="+model+"&start_date="+first)
	}
	return paths
}

// checkNumbers checks that a body is JSON, and how many decimals its numbers have:
// percentages and money four, shares and ratios six, amounts per share eight.
func checkNumbers(t *testing.T, path, body string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(body)))
	d.UseNumber()
	var value any
	if !assert.NoError(t, d.Decode(&value), "%s: %s", path, body) {
		return
	}
	_, err := d.Token()
	assert.True(t, errors.Is(err, io.EOF), "%s: more than one value", path)
	eachNumber("", value, func(name string, n json.Number) {
		_, decimals, _ := strings.Cut(n.String(), ".")
		allowed := 6
		switch {
		case strings.HasSuffix(name, "_pct"), strings.Contains(name, "value"), strings.Contains(name, "cash"), name == "profit":
			allowed = 4
		case name == "per_share":
			allowed = 8
		}
		assert.LessOrEqual(t, len(decimals), allowed, "%s: %s is %s", path, name, n)
		assert.NotContains(t, n.String(), "e", "%s: %s", path, name)
	})
}

// eachNumber calls f for every number in a value, with the name of the field it is in.
func eachNumber(name string, value any, f func(name string, n json.Number)) {
	switch v := value.(type) {
	case json.Number:
		f(name, v)
	case []any:
		for _, x := range v {
			eachNumber(name, x, f)
		}
	case map[string]any:
		for key, x := range v {
			eachNumber(key, x, f)
		}
	}
}
