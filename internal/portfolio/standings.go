package portfolio

import (
	"cmp"
	"slices"

	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Standing is a model's place in a ranking.
type Standing struct {
	Rank      int // from 1 on; the same return gives the same rank
	Model     string
	FirstDate sim.Date     // the model's first closed day
	LastDate  sim.Date     // the closed day whose holdings are valued
	Initial   sim.Money    // USD that the model began with
	Close     Point        // at the close that counts
	Return    *sim.Percent // since the initial cash, or since an earlier close; nil when it is not defined
}

// Rank sorts standings and numbers them, the best return first. What has no return
// comes last; models of the same rank are in order of their signatures.
func Rank(board []Standing) {
	slices.SortFunc(board, func(a, b Standing) int {
		return cmp.Or(compareReturns(b.Return, a.Return), cmp.Compare(a.Model, b.Model))
	})
	for i := range board {
		board[i].Rank = i + 1
		if i > 0 && compareReturns(board[i-1].Return, board[i].Return) == 0 {
			board[i].Rank = board[i-1].Rank
		}
	}
}

func compareReturns(a, b *sim.Percent) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	default:
		return cmp.Compare(*a, *b)
	}
}

// ReplicaGroup summarises the returns of a model that ran in several books at
// once, in percent.
type ReplicaGroup struct {
	Model     string
	Count     int // books with a return
	Mean      float64
	Deviation float64 // sample standard deviation, ddof 1
	Min       float64
	Max       float64
}

// ReplicaGroups summarises the models of a ranking that have at least two books
// with a return, in the order of their best one.
func ReplicaGroups(board []Standing) []ReplicaGroup {
	var order []string
	returns := map[string][]float64{}
	for _, s := range board {
		model := sim.ReplicaOf(s.Model)
		if !slices.Contains(order, model) {
			order = append(order, model)
		}
		if s.Return != nil {
			returns[model] = append(returns[model], s.Return.Float())
		}
	}
	var groups []ReplicaGroup
	for _, model := range order {
		r := returns[model]
		if len(r) < 2 {
			continue
		}
		mean, deviation := stats.MeanAndDeviation(r)
		groups = append(groups, ReplicaGroup{
			Model: model, Count: len(r), Mean: mean, Deviation: deviation, Min: slices.Min(r), Max: slices.Max(r),
		})
	}
	return groups
}
