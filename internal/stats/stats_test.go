package stats

import (
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// figures lists all figures in a struct.
func figures(v any) map[string]Figure {
	out := map[string]Figure{}
	s := reflect.ValueOf(v)
	for i := range s.NumField() {
		switch f := s.Field(i).Interface().(type) {
		case Figure:
			out[s.Type().Field(i).Name] = f
		case Drawdown:
			out["Depth"] = f.Depth
		}
	}
	return out
}

// No curve, however odd, gives a figure that is not a number: it gives a reason.
func TestFiguresAreNumbersOrReasons(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(0, 1e13), rapid.SampledFrom([]float64{0, 1e-4, 1, 10_000, 10_000, 1e13}))
	rapid.Check(t, func(t *rapid.T) {
		curve := rapid.SliceOfN(value, 0, 30).Draw(t, "curve")
		other := rapid.SliceOfN(value, len(curve), len(curve)).Draw(t, "benchmark")
		p := Measure(curve)
		all := figures(p)
		maps.Copy(all, figures(MeasureRelative(Returns(curve), Returns(other))))
		for name, f := range all {
			require.False(t, math.IsNaN(f.Value) || math.IsInf(f.Value, 0), name)
			if !f.OK() {
				require.Zero(t, f.Value, name)
			}
		}
		if d := p.Drawdown; d.Depth.OK() {
			require.LessOrEqual(t, d.Depth.Value, 0.0)
			require.LessOrEqual(t, d.High, d.Low)
			require.True(t, d.Recovery == -1 || d.Recovery >= d.Low)
			for i := range curve {
				for j := range i {
					require.GreaterOrEqual(t, curve[i]/curve[j]-1, d.Depth.Value, "nothing is deeper")
				}
			}
		}
	})
}

func TestAnUndefinedFigureHasAReason(t *testing.T) {
	for name, c := range map[string]struct {
		curve []float64
		want  map[string]string
	}{
		"nothing": {nil, map[string]string{"TotalReturn": TooShort, "Depth": TooShort}},
		"one day": {[]float64{100, 110}, map[string]string{"TotalReturn": "", "Volatility": TooShort, "Sharpe": TooShort,
			"Skew": TooShort, "Depth": "", "Calmar": NoDrawdown, "Omega": NoLoss}},
		"flat": {[]float64{100, 100, 100, 100, 100, 100},
			map[string]string{"Sharpe": Flat, "Volatility": "", "Skew": Flat, "Kurtosis": Flat, "Sortino": NoLoss, "Calmar": NoDrawdown}},
		"even":   {[]float64{100, 110, 121, 133.1, 146.41}, map[string]string{"Sharpe": Flat, "Volatility": ""}},
		"ruined": {[]float64{100, 0, 5}, map[string]string{"TotalReturn": Ruined, "Depth": Ruined}},
		"beyond": {[]float64{1e-4, 1e9}, map[string]string{"CAGR": OutOfNumbers, "TotalReturn": ""}},
	} {
		got := figures(Measure(c.curve))
		for figure, reason := range c.want {
			assert.Equal(t, reason, got[figure].Reason, "%s: %s", name, figure)
		}
	}
	assert.Equal(t, FlatOther, MeasureRelative([]float64{1, 2}, []float64{0, 0}).Alpha.Reason)
	assert.Equal(t, SameAsOther, MeasureRelative([]float64{1, 2}, []float64{1, 2}).InformationRatio.Reason)
	assert.Equal(t, NoBenchmark, MeasureRelative([]float64{1, 2}, nil).Beta.Reason)
	assert.Equal(t, Ruined, MeasureRelative(nil, []float64{1, 2}).Beta.Reason)
}

func TestCorrelationIsPearsons(t *testing.T) {
	assert.InDelta(t, -1, Correlation([]float64{1, 2, 3}, []float64{6, 4, 2}).Value, 1e-12)
	assert.InDelta(t, 0.5, Correlation([]float64{1, 2, 3}, []float64{1, 3, 2}).Value, 1e-12)
	assert.Equal(t, Flat, Correlation([]float64{1, 2}, []float64{1, 1}).Reason)
	assert.Equal(t, TooShort, Correlation([]float64{1}, []float64{1}).Reason)
}

func TestADrawdownHasAHighALowAndARecovery(t *testing.T) {
	d := MaxDrawdown([]float64{10, 12, 9, 11, 12, 11, 13})
	assert.Equal(t, Drawdown{Depth: Figure{Value: 9.0/12 - 1}, High: 1, Low: 2, Recovery: 4}, d)
	assert.Equal(t, -1, MaxDrawdown([]float64{10, 9}).Recovery)
	assert.Equal(t, Drawdown{}, MaxDrawdown([]float64{9, 10}))
}

// normal draws returns with a mean and a deviation.
func normal(seed uint64, n int, mean, sd float64) []float64 {
	dice := rand.New(rand.NewPCG(seed, 7))
	out := make([]float64, n)
	for i := range out {
		out[i] = mean + sd*dice.NormFloat64()
	}
	return out
}

func TestIntervalsContainTheFigureAndAreReproducible(t *testing.T) {
	r := normal(1, 250, 0.001, 0.01)
	c, ok := DefaultBootstrap.Intervals(r)
	require.True(t, ok)
	again, _ := DefaultBootstrap.Intervals(r)
	assert.Equal(t, c, again, "the same seed says the same")
	other, _ := Bootstrap{Draws: 1999, Seed: 2}.Intervals(r)
	assert.NotEqual(t, c, other)
	sharpe := Sharpe(r).Value
	assert.Less(t, c.Sharpe.Low, sharpe)
	assert.Greater(t, c.Sharpe.High, sharpe)
	// The standard error of an annual Sharpe ratio of 250 independent days is near 1.
	var width float64
	for seed := range uint64(20) {
		c, _ := Bootstrap{Draws: 499, Seed: seed}.Intervals(normal(seed, 250, 0.001, 0.01))
		width += (c.Sharpe.High - c.Sharpe.Low) / 20
	}
	assert.InDelta(t, 2*1.96, width, 0.2)
	assert.LessOrEqual(t, c.MaxDrawdown.High, 0.0)
	_, ok = DefaultBootstrap.Intervals(r[:MinReturns-1])
	assert.False(t, ok)
	_, ok = DefaultBootstrap.Intervals(make([]float64, 100))
	assert.False(t, ok)
}

// Blocks begin anywhere with the same chance: each day is drawn equally often, and
// a day is mostly followed by the next one.
func TestTheStationaryBootstrapKeepsBlocks(t *testing.T) {
	const n = 64 // blocks of 4 days on average
	counts, followed := make([]int, n), 0
	b := Bootstrap{Draws: 2000, Seed: 3}
	b.eachSample(n, func(_ int, days []int) {
		for i, d := range days {
			counts[d]++
			if i > 0 && d == (days[i-1]+1)%n {
				followed++
			}
		}
	})
	for _, c := range counts {
		assert.InDelta(t, b.Draws, c, 300)
	}
	assert.InDelta(t, 0.75+0.25/n, float64(followed)/float64(b.Draws*(n-1)), 0.01)
}

// The test tells two curves of the same kind apart in about one of twenty cases, and
// two of very different kinds always.
func TestTheTestKeepsItsLevel(t *testing.T) {
	alarms, found := 0, 0
	const trials = 200
	for i := range uint64(trials) {
		a, b := normal(100+i, 120, 0.001, 0.01), normal(900+i, 120, 0.001, 0.01)
		good := normal(100+i, 120, 0.008, 0.01)
		comparison := NewComparison([][]float64{a, b, good}, Bootstrap{Draws: 499, Seed: i})
		if _, p, _ := comparison.Difference(0, 1); p <= Significance {
			alarms++
		}
		if d, p, _ := comparison.Difference(2, 1); p <= Significance && d > 0 {
			found++
		}
	}
	assert.InDelta(t, 0.05*trials, alarms, 12)
	assert.Equal(t, trials, found)
}

func TestTiersSeparateWhatDiffers(t *testing.T) {
	series := [][]float64{normal(1, 250, 0.01, 0.01), normal(2, 250, 0.009, 0.01), normal(3, 250, 0, 0.01), normal(4, 250, 0, 0.01)}
	assert.Equal(t, []int{1, 1, 2, 2}, NewComparison(series, DefaultBootstrap).Tiers([]int{0, 1, 2, 3}))
	for i := range series {
		series[i] = series[i][:MinReturns-1]
	}
	short := NewComparison(series, DefaultBootstrap)
	assert.Equal(t, []int{1, 1, 1, 1}, short.Tiers([]int{0, 1, 2, 3}), "too few days")
	_, _, ok := short.Difference(0, 1)
	assert.False(t, ok)
	_, _, ok = NewComparison([][]float64{normal(1, 30, 0, 1), nil}, DefaultBootstrap).Difference(0, 1)
	assert.False(t, ok, "one is ruined")
	assert.Empty(t, NewComparison(nil, DefaultBootstrap).Tiers(nil))
}

// The example of Holm's paper in its usual form, and: never below the raw value,
// never above 1, in the same order.
func TestHolmKeepsTheOrderOfPValues(t *testing.T) {
	assert.InDeltaSlice(t, []float64{0.03, 0.06, 0.06, 0.02}, Holm([]float64{0.01, 0.04, 0.03, 0.005}), 1e-15)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 20).Draw(t, "p")
		q := Holm(p)
		for i := range p {
			require.GreaterOrEqual(t, q[i], p[i])
			require.LessOrEqual(t, q[i], 1.0)
			for j := range p {
				require.False(t, p[i] < p[j] && q[i] > q[j])
			}
		}
	})
}

func BenchmarkComparison(b *testing.B) {
	series := make([][]float64, 20)
	for i := range series {
		series[i] = normal(uint64(i), 500, 0, 0.01)
	}
	for b.Loop() {
		c := NewComparison(series, DefaultBootstrap)
		for i := 1; i < len(series); i++ {
			c.Difference(0, i)
		}
		for _, r := range series {
			DefaultBootstrap.Intervals(r)
		}
	}
}

// Intervals are numbers for every curve that can be told apart from a flat one, however
// extreme, or there are none.
func TestIntervalsAreNumbersOrNone(t *testing.T) {
	extreme := rapid.SampledFrom([]float64{-1, -0.999999999, 0, 1e-15, 0.01, 1, 1e6, 1e15, 1e300})
	rapid.Check(t, func(t *rapid.T) {
		returns := rapid.SliceOfN(rapid.OneOf(extreme, rapid.Float64Range(-1, 1e15)), MinReturns, 30).Draw(t, "returns")
		c, ok := Bootstrap{Draws: 50, Seed: 1}.Intervals(returns)
		if !ok {
			require.Zero(t, c)
			return
		}
		for _, i := range []Interval{c.TotalReturn, c.Sharpe, c.MaxDrawdown} {
			require.False(t, math.IsNaN(i.Low+i.High) || math.IsInf(i.Low, 0) || math.IsInf(i.High, 0), "%v", i)
		}
	})
}
