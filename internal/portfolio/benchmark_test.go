package portfolio

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

func TestTheReturnOfABenchmarkIsBetweenKnownCloses(t *testing.T) {
	t.Parallel()
	market := testMarket(nil, nil)
	assert.Equal(t, "1", Benchmark{market, "QQQ"}.Return(date("2025-10-01"), date("2025-10-02")).String())
	assert.Equal(t, "2", Benchmark{market, "QQQ"}.Return(date("2025-10-01"), date("2025-10-05")).String(),
		"a Sunday counts as the Friday before")
	assert.Nil(t, Benchmark{market, "QQQ"}.Return(date("2025-10-01"), date("2025-10-14")), "the close is not known yet")
	assert.Nil(t, Benchmark{market, "QQQ"}.Return(date("2025-09-30"), date("2025-10-02")), "no bar at the beginning")
	assert.Nil(t, Benchmark{market, "NONE"}.Return(date("2025-10-01"), date("2025-10-02")))
	split := testMarket([]sim.Split{{Symbol: "QQQ", ExDate: date("2025-10-02"), Numerator: 2, Denominator: 1}}, nil)
	assert.Equal(t, "102", Benchmark{split, "QQQ"}.Return(date("2025-10-01"), date("2025-10-02")).String())
}

// without is a market that lacks some bars of the benchmark.
func without(dates ...string) *sim.MarketData {
	var rows []sim.SymbolBar
	full := testMarket(nil, nil)
	for _, symbol := range full.Symbols() {
		for _, b := range full.Series(symbol, 0, date("2025-12-31")) {
			if symbol != "QQQ" || !slices.Contains(dates, b.Date.String()) {
				rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: b.Date, Bar: b.Bar})
			}
		}
	}
	return sim.NewMarketData("v", rows, nil, nil)
}

// A missing close of the benchmark drops its day from the figures that are paired with
// it, and not the figures.
func TestAMissingCloseDropsItsDayFromPairedFigures(t *testing.T) {
	t.Parallel()
	curve := Series{Dates: marketDates[:6], Values: []float64{1000, 1010, 1005, 1030, 1020, 1050}}
	drop := func(s Series, i int) Series {
		return Series{slices.Delete(slices.Clone(s.Dates), i, i+1), slices.Delete(slices.Clone(s.Values), i, i+1)}
	}
	full := Benchmark{testMarket(nil, nil), "QQQ"}
	for i, d := range curve.Dates {
		holed := Benchmark{without(d.String()), "QQQ"}
		got := holed.Relative(curve)
		assert.True(t, got.Alpha.OK() && got.Beta.OK() && got.InformationRatio.OK(), d)
		assert.Equal(t, full.Relative(drop(curve, i)), got, d)
	}
	unknown := Benchmark{full.Market, "NONE"}.Relative(curve)
	assert.Equal(t, stats.NoBenchmark, unknown.Beta.Reason)
	assert.Equal(t, stats.NoBenchmark, Benchmark{full.Market, ""}.Relative(curve).Beta.Reason)
	late := Series{Dates: marketDates[7:], Values: []float64{1000, 1010, 1005}} // of the last, only the open is known
	assert.Equal(t, stats.TooShort, full.Relative(late).Beta.Reason)
}

func TestTheReturnOfABenchmarkCrossesAGap(t *testing.T) {
	t.Parallel()
	holed := Benchmark{without("2025-10-03", "2025-10-07", "2025-10-13"), "QQQ"}
	assert.Equal(t, "1", holed.Return(date("2025-10-01"), date("2025-10-03")).String(), "the close of 10-02")
	assert.Equal(t, "3.9604", holed.Return(date("2025-10-03"), date("2025-10-08")).String(), "105 after the 101 of 10-02")
	assert.Equal(t, "7", holed.Return(date("2025-10-01"), date("2025-10-13")).String(), "the open of 10-14 is known")
	assert.Nil(t, Benchmark{without("2025-10-13", "2025-10-14"), "QQQ"}.Return(date("2025-10-01"), date("2025-10-13")),
		"it is not known yet")
	assert.Nil(t, Benchmark{without("2025-10-01"), "QQQ"}.Return(date("2025-10-01"), date("2025-10-03")), "there is none before")
}

// Splits beyond all bounds leave a figure out, and never wrap around.
func TestSplitsBeyondAllBounds(t *testing.T) {
	t.Parallel()
	var splits []sim.Split
	for _, d := range marketDates[1:] {
		for range 30 {
			splits = append(splits, sim.Split{Symbol: "QQQ", ExDate: d, Numerator: 9_999, Denominator: 1})
		}
	}
	b := Benchmark{testMarket(splits, nil), "QQQ"}
	assert.Nil(t, b.Return(marketDates[0], marketDates[5]))
	assert.Nil(t, b.Values(marketDates[:6]))
	for i := range splits {
		splits[i].Numerator, splits[i].Denominator = 1, 9_999
	}
	b = Benchmark{testMarket(splits, nil), "QQQ"}
	assert.Equal(t, "-100", b.Return(marketDates[0], marketDates[5]).String())
	assert.Nil(t, b.Values(marketDates[:6]))
}
