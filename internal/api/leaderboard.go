package api

import "aitrader/internal/sim"

// Leaderboard ranks the models of an experiment.
type Leaderboard struct {
	Date       sim.Date       `json:"date" doc:"The close that the ranking is made at."`
	StartDate  *sim.Date      `json:"start_date,omitempty" doc:"The first date that counts, where one was given."`
	Experiment string         `json:"experiment" doc:"The namespace of the portfolios."`
	Board      []Standing     `json:"leaderboard" doc:"The models, best first; after them those that failed before they closed a day."`
	Benchmark  Benchmark      `json:"benchmark" doc:"What buying and holding the benchmark would have returned."`
	Replicas   []ReplicaGroup `json:"replicas,omitempty" doc:"Mean and spread of models with several books."`
	Comparison *Comparison    `json:"comparison,omitempty" doc:"The days that tiers and tests are based on; absent with stats=false."`
}

// Standing is a model's place. A model that has failed before it closed a day has a name,
// counts and an error only: its figures are null, and Undefined says why.
type Standing struct {
	Rank        int          `json:"rank"`
	Model       string       `json:"model" doc:"The signature of the model."`
	Value       *sim.Money   `json:"portfolio_value" nullable:"true" doc:"USD at the close of the date."`
	ReturnPct   *sim.Percent `json:"cumulative_return_pct" nullable:"true"`
	FirstDate   *sim.Date    `json:"first_date" nullable:"true" doc:"The model's first closed day."`
	LastDate    *sim.Date    `json:"last_date" nullable:"true"`
	Cash        *sim.Money   `json:"cash" nullable:"true" doc:"USD of portfolio_value not invested."`
	Initial     *sim.Money   `json:"initial_cash" nullable:"true" doc:"USD the model began with."`
	ValuedAt    sim.Basis    `json:"valued_at,omitempty" enum:"close,open,last_close"`
	BrokenDays  int          `json:"broken_days"`
	FailedDays  int          `json:"failed_days"`
	LastError   string       `json:"last_error,omitempty"`
	Undefined   Reasons      `json:"undefined,omitempty"`
	CachedPct   *sim.Percent `json:"cached_pct" nullable:"true"`
	Tier        *int         `json:"tier" nullable:"true"`
	Intervals   *Intervals   `json:"intervals,omitempty" doc:"95 % confidence intervals; absent with fewer than 20 days."`
	VsBenchmark *Versus      `json:"vs_benchmark,omitempty" doc:"Against the benchmark on the same days; absent with fewer than 20 days."`
	VsRandom    *Versus      `json:"vs_random,omitempty"`
}

// Failed reports whether the model has failed before it closed a day.
func (s Standing) Failed() bool { return s.FirstDate == nil }

// Benchmark is what the benchmark returned.
type Benchmark struct {
	Symbol    string       `json:"symbol" doc:"The ticker; empty when none is configured."`
	ReturnPct *sim.Percent `json:"return_pct" nullable:"true"`
}

// ReplicaGroup is a model that ran in several books side by side.
type ReplicaGroup struct {
	Model     string  `json:"model" doc:"The signature of the model."`
	Count     int     `json:"count" doc:"The number of its books on the board."`
	Mean      float64 `json:"mean_return_pct" doc:"Percent: the mean of their returns."`
	Deviation float64 `json:"sd_return_pct" doc:"Percentage points: the sample standard deviation of their returns, ddof 1."`
	Min       float64 `json:"min_return_pct" doc:"Percent: the lowest return."`
	Max       float64 `json:"max_return_pct" doc:"Percent: the highest return."`
}

// Comparison says which days tiers and tests are based on.
type Comparison struct {
	Days      int       `json:"days"`
	FirstDate *sim.Date `json:"first_date" nullable:"true" doc:"The first of these closes."`
	LastDate  *sim.Date `json:"last_date" nullable:"true" doc:"The last of these closes."`
	Note      string    `json:"note,omitempty" doc:"Why models cannot be compared."`
}

// Versus compares a model with another series of returns on the same days.
type Versus struct {
	PerDayPct   float64 `json:"per_day_pct" doc:"Percent: the mean difference of the daily returns."`
	PValue      float64 `json:"p_value"`
	Significant bool    `json:"significant" doc:"Whether p_value is at most 0.05."`
}

// ModelComparison compares models on the same days.
type ModelComparison struct {
	Experiment string     `json:"experiment" doc:"The namespace of the portfolios."`
	Benchmark  string     `json:"benchmark" doc:"The ticker of the benchmark; empty when none is configured."`
	Comparison Comparison `json:"comparison" doc:"The days that the pairs are based on."`
	Models     []Compared `json:"models" doc:"The models, in the order of the request."`
	Pairs      []Pair     `json:"pairs" doc:"Every pair of models; empty with fewer than 20 common days."`
}

// Compared is one of the models of a comparison.
type Compared struct {
	Model     string      `json:"model" doc:"The signature of the model."`
	StartDate sim.Date    `json:"start_date" doc:"Its first closed day in the range."`
	EndDate   sim.Date    `json:"end_date" doc:"Its last closed day in the range."`
	Metrics   Performance `json:"metrics" doc:"Performance figures over all its days in the range."`
}

// Pair compares two models.
type Pair struct {
	Model       string   `json:"model" doc:"The first model."`
	Other       string   `json:"other" doc:"The second model."`
	Correlation *float64 `json:"correlation" nullable:"true" doc:"Pearson correlation of the daily returns; null when one does not move."`
	Versus
}
