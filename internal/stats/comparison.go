package stats

import (
	"cmp"
	"math"
	"slices"
)

// Significance is the level of all tests.
const Significance = 0.05

// Comparison holds several series of returns on the same days, and the samples by
// which they are compared.
type Comparison struct {
	mean     []float64
	draws    [][]float64 // by series and sample
	tooShort bool        // there is no test
}

// NewComparison prepares the comparison of series. With too few days, or series of
// different lengths, it tests nothing.
func NewComparison(series [][]float64, b Bootstrap) *Comparison {
	for _, r := range series {
		if len(r) < MinReturns || len(r) != len(series[0]) { // a curve that fell to 0 has no returns
			return &Comparison{tooShort: true}
		}
	}
	c := &Comparison{draws: b.means(series)}
	for _, r := range series {
		c.mean = append(c.mean, mean(r))
	}
	return c
}

// Difference is the mean difference of the daily returns of two series, and its
// p-value: the probability of a difference at least as large, in either direction,
// if there were none. The p-value is the share of samples whose difference lies at
// least as far from the observed one as that lies from 0, the observed one included
// (Davison and Hinkley 1997, chapter 4). ok is false for too few days.
func (c *Comparison) Difference(i, j int) (perDay, p float64, ok bool) {
	if c.tooShort {
		return 0, 0, false
	}
	observed := c.mean[i] - c.mean[j]
	beyond := 1
	for draw := range c.draws[i] {
		if math.Abs(c.draws[i][draw]-c.draws[j][draw]-observed) >= math.Abs(observed)-noise {
			beyond++
		}
	}
	return observed, float64(beyond) / float64(len(c.draws[i])+1), true
}

// Holm adjusts the p-values of several tests so that the probability of any false
// alarm among them stays below the level (Holm 1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	var largest float64
	for k, i := range order {
		largest = max(largest, min(1, p[i]*float64(len(p)-k)))
		adjusted[i] = largest
	}
	return adjusted
}

// Tiers groups series, given from the best to the worst, into tiers that cannot be
// told apart: a series begins a new tier, counted from 1, when it differs from the
// first of the current tier. Each series is tested once, and the level is divided
// by the number of tests (Bonferroni). With too few days all are in tier 1.
func (c *Comparison) Tiers(ranking []int) []int {
	tiers := make([]int, len(ranking))
	tier, leader := 1, 0
	for k, i := range ranking {
		if k > 0 {
			_, p, ok := c.Difference(ranking[leader], i)
			if ok && p*float64(len(ranking)-1) <= Significance {
				tier, leader = tier+1, k
			}
		}
		tiers[k] = tier
	}
	return tiers
}
