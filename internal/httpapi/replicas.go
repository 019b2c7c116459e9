package httpapi

import (
	"slices"

	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// ReplicaGroup is a model that ran in several books at once.
type ReplicaGroup struct {
	Model  string  `json:"model" doc:"The signature of the model."`
	Count  int     `json:"count" doc:"How many of its books are on the board."`
	Mean   float64 `json:"mean_return_pct" doc:"Percent: the mean of their returns."`
	Spread float64 `json:"sd_return_pct" doc:"Percentage points: the sample standard deviation of their returns, ddof 1."`
	Lowest float64 `json:"min_return_pct" doc:"Percent: the lowest return."`
	Best   float64 `json:"max_return_pct" doc:"Percent: the highest return."`
}

// replicaGroups summarises the models of a board that have several books, in the
// order of their best one.
func replicaGroups(board []Standing) []ReplicaGroup {
	var order []string
	returns := map[string][]float64{}
	for _, s := range board {
		model := sim.ReplicaOf(s.Model)
		if !slices.Contains(order, model) {
			order = append(order, model)
		}
		if s.ReturnPct != nil {
			returns[model] = append(returns[model], s.ReturnPct.Float())
		}
	}
	var out []ReplicaGroup
	for _, model := range order {
		r := returns[model]
		if len(r) < 2 {
			continue
		}
		mean, sd := stats.MeanAndDeviation(r)
		out = append(out, ReplicaGroup{Model: model, Count: len(r), Mean: mean, Spread: sd, Lowest: slices.Min(r), Best: slices.Max(r)})
	}
	return out
}
