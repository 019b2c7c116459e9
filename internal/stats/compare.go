package stats

import (
	"cmp"
	"math"
	"slices"
)

// Significance is the level of all tests.
const Significance = 0.05

// Arena holds the returns of several traders on the same days, and the samples by
// which they are compared.
type Arena struct {
	mean  []float64
	draws [][]float64 // by trader and sample
	flat  bool        // too few days: nothing can be told
}

// NewArena prepares comparisons. With too few days, or series of different lengths,
// nothing can be told.
func NewArena(series [][]float64, b Bootstrap) *Arena {
	for _, r := range series {
		if len(r) < Enough || len(r) != len(series[0]) { // a ruined trader has no returns
			return &Arena{flat: true}
		}
	}
	a := &Arena{draws: b.means(series)}
	for _, r := range series {
		a.mean = append(a.mean, mean(r))
	}
	return a
}

// Difference is how much more one trader made than another in a day, and the
// chance to see a difference of that size, in either direction, if there were
// none: the share of samples whose difference lies at least as far from what was
// seen as that lies from 0, the sample that was seen included (Davison and Hinkley
// 1997, chapter 4). ok is false for too few days.
func (a *Arena) Difference(i, j int) (perDay, p float64, ok bool) {
	if a.flat {
		return 0, 0, false
	}
	seen := a.mean[i] - a.mean[j]
	beyond := 1
	for draw := range a.draws[i] {
		if math.Abs(a.draws[i][draw]-a.draws[j][draw]-seen) >= math.Abs(seen)-noise {
			beyond++
		}
	}
	return seen, float64(beyond) / float64(len(a.draws[i])+1), true
}

// Holm adjusts the p-values of several tests so that the chance of one false alarm
// among all of them stays below the level (Holm 1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, len(p))
	var worst float64
	for k, i := range order {
		worst = max(worst, min(1, p[i]*float64(len(p)-k)))
		out[i] = worst
	}
	return out
}

// Tiers groups traders, given from the best to the worst, into those that cannot
// be told apart: one begins a new tier, from 1 on, when it differs from the first
// of the tier before. Each is tested once, and the level is shared out among all
// tests (Bonferroni). With too few days all are in tier 1.
func (a *Arena) Tiers(ranking []int) []int {
	out := make([]int, len(ranking))
	tier, leader := 1, 0
	for k, i := range ranking {
		if k > 0 {
			_, p, ok := a.Difference(ranking[leader], i)
			if ok && p*float64(len(ranking)-1) <= Significance {
				tier, leader = tier+1, k
			}
		}
		out[k] = tier
	}
	return out
}
