package stats

import (
	"math"
	"slices"
)

// Performance holds the figures of a curve on its own.
type Performance struct {
	Days        int // returns, one less than values
	TotalReturn Figure
	CAGR        Figure
	Volatility  Figure
	Sharpe      Figure
	Sortino     Figure
	Calmar      Figure
	Omega       Figure
	Skew        Figure
	Kurtosis    Figure
	ValueAtRisk Figure
	WinRate     Figure
	BestDay     Figure
	WorstDay    Figure
	Drawdown    Drawdown
}

// Drawdown is the deepest fall below an earlier high.
type Drawdown struct {
	Depth Figure // at most 0, as a fraction of the high
	// High, Low and Recovery are indexes of values: of the high before the fall, of
	// the lowest value, and of the first one back at the high, or -1.
	High, Low, Recovery int
}

// Returns gives the simple returns of a curve. It is nil when a value before the
// last one is not above 0.
func Returns(values []float64) []float64 {
	if len(values) < 2 {
		return nil
	}
	out := make([]float64, 0, len(values)-1)
	for i, v := range values[1:] {
		if values[i] <= 0 {
			return nil
		}
		out = append(out, v/values[i]-1)
	}
	return out
}

// Measure computes the figures of a curve.
func Measure(values []float64) Performance {
	r := Returns(values)
	if len(r) == 0 {
		why := TooShort
		if len(values) > 1 {
			why = Ruined
		}
		f := none(why)
		return Performance{
			TotalReturn: f, CAGR: f, Volatility: f, Sharpe: f, Sortino: f, Calmar: f, Omega: f, Skew: f, Kurtosis: f,
			ValueAtRisk: f, WinRate: f, BestDay: f, WorstDay: f, Drawdown: Drawdown{Depth: f, Recovery: -1},
		}
	}
	p := Performance{
		Days: len(r), TotalReturn: number(values[len(values)-1]/values[0] - 1), CAGR: cagr(values),
		Volatility: volatility(r), Sharpe: Sharpe(r), Sortino: sortino(r), Omega: omega(r), Skew: skew(r), Kurtosis: kurtosis(r),
		ValueAtRisk: valueAtRisk(r), WinRate: winRate(r), BestDay: number(slices.Max(r)), WorstDay: number(slices.Min(r)),
		Drawdown: MaxDrawdown(values),
	}
	p.Calmar = calmar(p.CAGR, p.Drawdown.Depth)
	return p
}

// cagr is (last/first)^(252/n) - 1 for n returns.
func cagr(values []float64) Figure {
	last, first := values[len(values)-1], values[0]
	if last < 0 {
		return none(Ruined)
	}
	return number(math.Pow(last/first, Year/float64(len(values)-1)) - 1)
}

// volatility is sd(r) sqrt(252), ddof 1.
func volatility(r []float64) Figure {
	if len(r) < 2 {
		return none(TooShort)
	}
	return number(deviation(r) * math.Sqrt(Year))
}

// Sharpe is mean(r)/sd(r) sqrt(252), ddof 1 (Sharpe 1994).
func Sharpe(r []float64) Figure {
	if len(r) < 2 {
		return none(TooShort)
	}
	sd := deviation(r)
	if sd == 0 {
		return none(Flat)
	}
	return number(mean(r) / sd * math.Sqrt(Year))
}

// sortino is mean(r)/sqrt(mean(min(r, 0)^2)) sqrt(252): the deviation below 0 is
// taken over all days (Sortino and Price 1994).
func sortino(r []float64) Figure {
	if len(r) < 2 {
		return none(TooShort)
	}
	var sum float64
	for _, v := range r {
		sum += min(v, 0) * min(v, 0)
	}
	if sum == 0 {
		return none(NoLoss)
	}
	return number(mean(r) / math.Sqrt(sum/float64(len(r))) * math.Sqrt(Year))
}

// omega is the sum of the gains divided by the sum of the losses (Keating and Shadwick
// 2002, at a threshold of 0).
func omega(r []float64) Figure {
	var gains, losses float64
	for _, v := range r {
		gains += max(v, 0)
		losses -= min(v, 0)
	}
	if losses == 0 {
		return none(NoLoss)
	}
	return number(gains / losses)
}

// calmar is the CAGR divided by the depth of the deepest drawdown (Young 1991, over
// the whole curve).
func calmar(cagr, depth Figure) Figure {
	switch {
	case !cagr.OK():
		return cagr
	case !depth.OK():
		return depth
	case depth.Value == 0:
		return none(NoDrawdown)
	}
	return number(cagr.Value / -depth.Value)
}

// valueAtRisk is the historical 5 % quantile of the daily returns, interpolated
// linearly. A loss is below 0.
func valueAtRisk(r []float64) Figure {
	return number(quantile(slices.Sorted(slices.Values(r)), 0.05))
}

// winRate is the share of the days with a return above 0.
func winRate(r []float64) Figure {
	var won float64
	for _, v := range r {
		if v > 0 {
			won++
		}
	}
	return number(won / float64(len(r)))
}

// MaxDrawdown finds the deepest fall, the earliest of equal ones. A curve that
// never falls has one of depth 0 at its first value.
func MaxDrawdown(values []float64) Drawdown {
	d := Drawdown{Recovery: -1}
	if len(values) < 2 {
		d.Depth = none(TooShort)
		return d
	}
	high := 0
	for i, v := range values {
		if v > values[high] {
			high = i
		}
		if values[high] <= 0 {
			d.Depth = none(Ruined)
			return d
		}
		if depth := v/values[high] - 1; depth < d.Depth.Value {
			d.Depth, d.High, d.Low = number(depth), high, i
		}
	}
	for i := d.Low; i < len(values) && d.Recovery < 0; i++ {
		if values[i] >= values[d.High] {
			d.Recovery = i
		}
	}
	return d
}
