package httpapi

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/api"
	"aitrader/internal/stats"
)

func TestFiguresAreWrittenWithTheirDecimals(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		41.932999999999936: "41.933", 0.1 + 0.2: "0.3", -0.00001: "0", 1e11: "100000000000", 99999999999.99999: "100000000000",
		12345678901.23456: "12345678901.2346", -41.00005: "-41.0001", 0: "0", 5e-324: "0",
	} {
		text, err := json.Marshal(decimals(v, percentDecimals))
		require.NoError(t, err)
		assert.Equal(t, want, string(text), "%v", v)
	}
	w := figures{api.Reasons{}}
	assert.InDelta(t, 1.234568, *w.ratio("sharpe", stats.Figure{Value: 1.23456789}), 0)
	assert.InDelta(t, 123.4568, *w.percent("cagr_pct", stats.Figure{Value: 1.23456789}), 0)
	for _, v := range []float64{1e10, math.Inf(1), math.NaN(), -1e300, math.MaxFloat64} {
		delete(w.undefined, "cagr_pct")
		assert.Nil(t, w.percent("cagr_pct", stats.Figure{Value: v}), "%v", v)
		assert.Equal(t, stats.OutOfNumbers, w.undefined["cagr_pct"])
	}
}

func TestIntervalsThatCannotBeWrittenAreLeftOut(t *testing.T) {
	t.Parallel()
	returns := make([]float64, 25)
	for i := range returns {
		returns[i] = []float64{1e9, -0.5, 0.25}[i%3]
	}
	assert.Nil(t, intervalsOf(returns))
	returns[0], returns[3] = 0.01, -0.01
	for i := range returns {
		returns[i] = []float64{0.013, -0.005, 0.0025}[i%3]
	}
	text, err := json.Marshal(intervalsOf(returns))
	require.NoError(t, err)
	assert.NotRegexp(t, `\.[0-9]{7}`, string(text))
}
