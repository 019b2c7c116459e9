package portfolio

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

// manyDays are more than a test needs, with a benchmark without a trend.
func manyDays() ([]sim.Date, *sim.MarketData) {
	dates := sim.DefaultMarket.Bars(date("2025-01-02"), date("2025-06-30"))
	dice := rand.New(rand.NewPCG(1, 1))
	var bars []sim.SymbolBar
	for _, d := range dates {
		price := 100*sim.Dollar + sim.Money(dice.IntN(20_000))
		bars = append(bars, sim.SymbolBar{Symbol: "QQQ", Date: d, Bar: sim.Bar{Open: price, High: price, Low: price, Close: price}})
	}
	return dates, sim.NewMarketData("v", bars, nil, nil)
}

// grows is a curve with a mean daily return and some noise.
func grows(dates []sim.Date, seed uint64, mean float64) Closes {
	dice, value := rand.New(rand.NewPCG(seed, 2)), 10_000.0
	out := Closes{}
	for _, d := range dates {
		value *= 1 + mean + 0.003*dice.NormFloat64()
		out[d] = value
	}
	return out
}

func TestRankedCurvesFallIntoTiers(t *testing.T) {
	t.Parallel()
	dates, market := manyDays()
	const young, chance = 2, 3
	curves := []Closes{grows(dates, 1, 0.004), grows(dates, 2, 0.004), grows(dates[:5], 3, 0.002), grows(dates, 4, 0), grows(dates[3:], 5, 0)}
	delete(curves[1], dates[40]) // a day on which one of them was missing
	r := CompareRanked(curves, Benchmark{market, "QQQ"}, chance)

	var tiers []any
	for _, tier := range r.Tiers {
		if tier == nil {
			tiers = append(tiers, nil)
			continue
		}
		tiers = append(tiers, *tier)
	}
	assert.Equal(t, []any{1, 1, nil, 2, 2}, tiers)
	assert.Len(t, r.Dates, len(dates)-3-1, "without the days that not all have")
	assert.Equal(t, dates[3], r.Dates[0])
	assert.True(t, r.VsBenchmark[0].Significant())
	assert.InDelta(t, 0.004, r.VsBenchmark[0].PerDay, 0.002)
	assert.Greater(t, r.VsReference[0].PerDay, 0.002)
	assert.False(t, r.VsReference[4].Significant())
	assert.Nil(t, r.VsReference[chance], "not against itself")
	assert.Nil(t, r.VsBenchmark[young], "too few days")
}

func TestFewCommonDaysAreNotCompared(t *testing.T) {
	t.Parallel()
	dates, market := manyDays()
	r := CompareRanked([]Closes{grows(dates[:30], 1, 0.5), grows(dates[15:], 2, 0)}, Benchmark{market, "QQQ"}, -1)
	assert.Len(t, r.Dates, 15)
	assert.False(t, r.Enough())
	assert.Equal(t, []*int{nil, nil}, r.Tiers)
	none := CompareRanked(nil, Benchmark{market, "QQQ"}, -1)
	assert.Empty(t, none.Dates)
}

// A benchmark that is unknown on the dates takes no part.
func TestCurvesAreComparedWithoutABenchmark(t *testing.T) {
	t.Parallel()
	dates, market := manyDays()
	r := CompareRanked([]Closes{grows(dates, 1, 0.01), grows(dates, 2, 0)}, Benchmark{market, "GONE"}, -1)
	assert.Equal(t, 2, *r.Tiers[1])
	assert.Nil(t, r.VsBenchmark[0])
}

func TestPairsAreComparedOnTheDaysThatAllHave(t *testing.T) {
	t.Parallel()
	dates, _ := manyDays()
	curves := []Closes{grows(dates, 1, 0.004), grows(dates[3:], 2, 0), grows(dates, 3, 0)}
	common, pairs := ComparePairs(curves)
	assert.Equal(t, dates[3:], common)
	assert.Len(t, pairs, 3)
	for i, want := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		assert.Equal(t, want, [2]int{pairs[i].First, pairs[i].Second})
		assert.True(t, pairs[i].Correlation.OK())
	}
	assert.True(t, pairs[0].Significant())
	assert.Positive(t, pairs[0].PerDay, "the first one less the second")
	assert.False(t, pairs[2].Significant())

	short, pairs := ComparePairs([]Closes{grows(dates[:20], 1, 0), grows(dates, 2, 0)})
	assert.Len(t, short, 20)
	assert.Empty(t, pairs)
}

// A curve that has fallen to 0 has no returns: that is no significant difference.
func TestACurveThatFellToZeroHasNoPair(t *testing.T) {
	t.Parallel()
	dates, _ := manyDays()
	ruined := grows(dates, 1, 0)
	ruined[dates[30]] = 0
	_, pairs := ComparePairs([]Closes{ruined, grows(dates, 2, 0)})
	assert.Empty(t, pairs)
}
