package functions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/sim"
)

// BenchmarkColdStart tells how long a new environment of each function takes
// from the start of its process to its first request for an invocation, and how
// much memory it has used after its first invocation.
func BenchmarkColdStart(b *testing.B) {
	dir, err := build()
	require.NoError(b, err)
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			var starts []time.Duration
			for b.Loop() {
				f := newFunctions(b, dir, "http://127.0.0.1:1", table, machine)[name] // AWS is not needed to start
				_, err := f.Invoke(b.Context(), []byte(`{}`))
				require.NoError(b, err)
				starts = append(starts, f.ColdStarts()...)
			}
			slices.Sort(starts)
			b.ReportMetric(float64(starts[len(starts)/2].Microseconds())/1000, "init-ms")
		})
	}
}

// largeMarket is two years of 101 symbols.
func largeMarket() sim.PriceRows {
	set := sim.PriceRows{Source: "two years"}
	for n, d := range sim.DefaultMarket.Bars(sim.MustParseDate("2023-10-30"), sim.MustParseDate("2025-10-30")) {
		for i := range 101 {
			price := sim.Money(100+i)*sim.Dollar + sim.Money((n*7919+i*104729)%9973)*10
			set.Bars = append(set.Bars, sim.SymbolBar{Symbol: fmt.Sprintf("S%03d", i), Date: d, Bar: sim.Bar{
				Open: price, High: price + sim.Dollar, Low: price - sim.Dollar, Close: price + sim.Dollar/2, Volume: 1_000_000,
			}})
		}
	}
	return set
}

// A model-day has all prices in memory: two years of 101 symbols here. What 21 of
// them use in one environment is what one may use.
func TestTheMemoryOfAModelDay(t *testing.T) {
	t.Parallel()
	s := newCloud(t)
	s.secrets[keysAt] = keyEntry()
	_, err := s.store.PutPrices(t.Context(), largeMarket(), time.Now())
	require.NoError(t, err)
	require.NoError(t, s.store.PutDocument(t.Context(), dynamo.Configurations, "default", []byte(`{"models": [
		{"signature": "equal-weight", "basemodel": "builtin/equal-weight"}, {"signature": "momentum",
			"basemodel": "builtin/momentum?lookback=10&top=3"},
		{"signature": "random", "basemodel": "builtin/random?seed=7"}]}`)))
	s.paused = make(chan struct{})
	defer close(s.paused)
	code, job := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"start_date":"2025-10-20","end_date":"2025-10-30"}`)
	require.Equal(t, http.StatusAccepted, code, job)
	for _, model := range []string{"random", "equal-weight", "momentum"} {
		for _, date := range job["date_range"].([]any)[:7] {
			event, err := json.Marshal(map[string]any{"job_id": job["job_id"], "date": date, "model": model})
			require.NoError(t, err)
			r, err := s.functions["modelday"].Invoke(t.Context(), event)
			require.NoError(t, err)
			require.Empty(t, r.FunctionError, "%s", r.Payload)
			require.Contains(t, string(r.Payload), `"completed"`)
		}
	}
	peak := s.functions["modelday"].PeakMemory()
	t.Logf("%.1f MB", float64(peak)/1e6)
	assert.Less(t, peak, int64(64<<20))
	assert.Len(t, s.functions["modelday"].ColdStarts(), 1)
}
