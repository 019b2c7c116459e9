package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// MinReturns is the number of returns below which there are no intervals and tests.
const MinReturns = 20

// Bootstrap resamples days by the stationary bootstrap (Politis and Romano 1994): in
// blocks of geometric length that begin at random days and wrap around at the end.
// Blocks preserve the dependence between neighbouring days; their mean length is
// n^(1/3), the rate at which the error is smallest.
type Bootstrap struct {
	Draws int    // the number of samples
	Seed  uint64 // the same seed draws the same samples
}

// DefaultBootstrap resolves a p-value of 0.0005, which is enough for 40 tests.
var DefaultBootstrap = Bootstrap{Draws: 1999, Seed: 1}

// eachSample calls f with the days of each sample. The slice is reused.
func (b Bootstrap) eachSample(n int, f func(draw int, days []int)) {
	dice := rand.New(rand.NewPCG(b.Seed, uint64(n)))
	newBlock := 1 / max(1, math.Cbrt(float64(n)))
	days := make([]int, n)
	for draw := range b.Draws {
		at := 0
		for i := range days {
			if i == 0 || dice.Float64() < newBlock {
				at = dice.IntN(n)
			}
			days[i] = at
			if at++; at == n {
				at = 0
			}
		}
		f(draw, days)
	}
}

// Interval is a 95 % confidence interval.
type Interval struct{ Low, High float64 }

// Confidence holds the confidence intervals of the figures of a curve.
type Confidence struct {
	TotalReturn Interval
	Sharpe      Interval
	MaxDrawdown Interval
}

// Intervals are the percentiles 2.5 and 97.5 of the figures of all samples. ok is
// false for fewer than [MinReturns] returns, for a curve that does not move, and where a
// figure is too large to represent.
func (b Bootstrap) Intervals(returns []float64) (c Confidence, ok bool) {
	if len(returns) < MinReturns || deviation(returns) == 0 {
		return c, false
	}
	total, sharpe, depth := make([]float64, b.Draws), make([]float64, 0, b.Draws), make([]float64, b.Draws)
	n, center := float64(len(returns)), mean(returns)
	b.eachSample(len(returns), func(draw int, days []int) {
		value, high, low := 1.0, 1.0, 0.0
		var sum, squares float64 // of distances from the center, to keep their digits
		for _, d := range days {
			r := returns[d]
			value *= 1 + r
			if value > high {
				high = value
			}
			if value < high*(1+low) {
				low = value/high - 1
			}
			sum += r - center
			squares += (r - center) * (r - center)
		}
		total[draw], depth[draw] = value-1, low
		if sd := math.Sqrt((squares - sum*sum/n) / (n - 1)); sd > noise {
			sharpe = append(sharpe, (center+sum/n)/sd*math.Sqrt(Year))
		}
	})
	if len(sharpe) == 0 {
		return c, false
	}
	c = Confidence{TotalReturn: interval95(total), Sharpe: interval95(sharpe), MaxDrawdown: interval95(depth)}
	for _, i := range []Interval{c.TotalReturn, c.Sharpe, c.MaxDrawdown} {
		if !number(i.Low).OK() || !number(i.High).OK() {
			return Confidence{}, false
		}
	}
	return c, true
}

func interval95(x []float64) Interval {
	slices.Sort(x)
	return Interval{quantile(x, 0.025), quantile(x, 0.975)}
}

// means returns the mean of each series in each sample. The samples are the same
// days for all, so that differences are paired.
func (b Bootstrap) means(series [][]float64) [][]float64 {
	out := make([][]float64, len(series))
	for i := range out {
		out[i] = make([]float64, b.Draws)
	}
	if len(series) == 0 {
		return out
	}
	n := float64(len(series[0]))
	b.eachSample(len(series[0]), func(draw int, days []int) {
		for i, r := range series {
			var sum float64
			for _, d := range days {
				sum += r[d]
			}
			out[i][draw] = sum / n
		}
	})
	return out
}
