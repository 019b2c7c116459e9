package portfolio

import (
	"slices"

	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Difference is how the daily returns of one curve differ from those of another on
// the same days.
type Difference struct {
	PerDay float64 // the mean difference, as a fraction
	PValue float64 // adjusted for the number of tests by Holm's method
}

// Significant reports whether chance alone is an unlikely cause.
func (d Difference) Significant() bool { return d.PValue <= stats.Significance }

// RankedComparison compares ranked curves on the days that those have in common
// which are long enough to be tested.
type RankedComparison struct {
	// Dates are the closes between which returns are compared.
	Dates []sim.Date
	// The results are by curve, and nil where a curve takes no part in a test, or
	// the days are too few.
	Tiers       []*int        // curves of a tier cannot be told apart from its best
	VsBenchmark []*Difference // not tested where the benchmark is unknown on the dates
	VsReference []*Difference // against another curve, which has none itself
}

// Enough reports whether there are enough days to tell curves apart.
func (r RankedComparison) Enough() bool { return enoughDates(r.Dates) }

// CompareRanked compares curves that are given from the best to the worst, with
// each other, with a benchmark, and with the curve at the index reference (-1: with
// none). A curve with fewer days than a test needs takes no part.
func CompareRanked(curves []Closes, benchmark Benchmark, reference int) RankedComparison {
	r := RankedComparison{
		Tiers:       make([]*int, len(curves)),
		VsBenchmark: make([]*Difference, len(curves)),
		VsReference: make([]*Difference, len(curves)),
	}
	var tested []int // indexes of curves
	var closes []Closes
	for i, c := range curves {
		if len(c) > stats.MinReturns {
			tested, closes = append(tested, i), append(closes, c)
		}
	}
	r.Dates = commonDates(closes)
	if known := benchmark.KnownCloses(r.Dates); enoughDates(known) {
		r.Dates = known
	}
	if !r.Enough() {
		return r
	}
	series := make([][]float64, 0, len(closes)+1)
	order := make([]int, len(closes))
	for k, c := range closes {
		series, order[k] = append(series, c.returnsOn(r.Dates)), k
	}
	held := benchmark.Values(r.Dates)
	if held != nil {
		series = append(series, stats.Returns(held))
	}
	comparison := stats.NewComparison(series, stats.DefaultBootstrap)
	for k, tier := range comparison.Tiers(order) {
		r.Tiers[tested[k]] = &tier
	}
	if held != nil {
		differences(r.VsBenchmark, comparison, tested, len(tested))
	}
	if k := slices.Index(tested, reference); k >= 0 {
		differences(r.VsReference, comparison, tested, k)
	}
	return r
}

// differences tests all curves against one series of a comparison. to is by curve,
// tested maps the series of the comparison to curves.
func differences(to []*Difference, comparison *stats.Comparison, tested []int, other int) {
	var pValues []float64
	var found []*Difference
	for k, i := range tested {
		if perDay, p, ok := comparison.Difference(k, other); ok && k != other {
			to[i] = &Difference{PerDay: perDay}
			pValues, found = append(pValues, p), append(found, to[i])
		}
	}
	for k, adjusted := range stats.Holm(pValues) {
		found[k].PValue = adjusted
	}
}

// Pair compares two curves, given by their indexes.
type Pair struct {
	First, Second int
	Correlation   stats.Figure // of the daily returns (Pearson)
	Difference                 // of the first from the second
}

// ComparePairs compares each two of several curves on the days that all have in
// common. There is no pair when those are too few, or a curve has lost everything.
func ComparePairs(curves []Closes) (dates []sim.Date, pairs []Pair) {
	dates = commonDates(curves)
	if !enoughDates(dates) {
		return dates, nil
	}
	series := make([][]float64, len(curves))
	for i, c := range curves {
		series[i] = c.returnsOn(dates)
	}
	comparison := stats.NewComparison(series, stats.DefaultBootstrap)
	var pValues []float64
	for second := range series {
		for first := range second {
			perDay, p, ok := comparison.Difference(first, second)
			if !ok {
				return dates, nil
			}
			pValues = append(pValues, p)
			pairs = append(pairs, Pair{
				First: first, Second: second,
				Correlation: stats.Correlation(series[first], series[second]),
				Difference:  Difference{PerDay: perDay},
			})
		}
	}
	for i, adjusted := range stats.Holm(pValues) {
		pairs[i].PValue = adjusted
	}
	return dates, pairs
}

// enoughDates reports whether the returns between some closes are enough for a test.
func enoughDates(dates []sim.Date) bool { return len(dates) > stats.MinReturns }
