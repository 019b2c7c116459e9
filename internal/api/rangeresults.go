package api

import "aitrader/internal/sim"

// RangeResults is the answer for a range of dates.
type RangeResults struct {
	Count     int              `json:"count" doc:"The number of results in this answer."`
	Next      string           `json:"next,omitempty" doc:"More results follow: pass this value as next."`
	Results   []RangeResult    `json:"results" doc:"One result per model, in order of its signature."`
	Benchmark *BenchmarkSeries `json:"benchmark,omitempty" doc:"What holding the benchmark would have returned; with benchmark=true."`
}

// RangeResult is one model over a range of dates.
type RangeResult struct {
	Model     string        `json:"model" doc:"The signature of the model."`
	JobID     string        `json:"job_id,omitempty" doc:"The job that closed the days; where job_id was given."`
	StartDate sim.Date      `json:"start_date" doc:"The model's first closed day in the range."`
	EndDate   sim.Date      `json:"end_date" doc:"The model's last closed day in the range."`
	Values    []DailyValue  `json:"daily_portfolio_values" doc:"Its closed days in the range, in order."`
	Period    PeriodMetrics `json:"period_metrics" doc:"The return of the period."`
	Metrics   Performance   `json:"metrics" doc:"Performance figures of the period."`

	BrokenDays int          `json:"broken_days"`
	FailedDays int          `json:"failed_days"`
	CachedPct  *sim.Percent `json:"cached_pct" nullable:"true"`
}

// DailyValue is what a portfolio is worth at the close of a day.
type DailyValue struct {
	Date           sim.Date  `json:"date" doc:"The trading date."`
	PortfolioValue sim.Money `json:"portfolio_value" doc:"USD: cash and holdings at the close of the day."`
	ValuedAt       sim.Basis `json:"valued_at,omitempty" enum:"open,last_close"`
}

// PeriodMetrics is the return of a period.
type PeriodMetrics struct {
	StartingDate sim.Date     `json:"starting_date"`
	Starting     sim.Money    `json:"starting_portfolio_value" doc:"USD: the model's close before start_date, or its initial cash."`
	Ending       sim.Money    `json:"ending_portfolio_value" doc:"USD: the close of end_date."`
	ReturnPct    *sim.Percent `json:"period_return_pct" nullable:"true" doc:"Percent: 100 * (ending / starting - 1)."`
	Annualized   *sim.Percent `json:"annualized_return_pct" nullable:"true"`
	CalendarDays int          `json:"calendar_days" doc:"Days from start_date to end_date, both included."`
	TradingDays  int          `json:"trading_days" doc:"The number of closed days in the range."`
}

// BenchmarkSeries is what buying and holding the benchmark would have returned.
type BenchmarkSeries struct {
	Symbol string           `json:"symbol" doc:"The ticker; empty when none is configured."`
	Values []BenchmarkValue `json:"values" doc:"Its known closes, from the earliest starting_date."`
}

// BenchmarkValue is the benchmark at a close.
type BenchmarkValue struct {
	Date      sim.Date     `json:"date" doc:"The trading date."`
	ReturnPct *sim.Percent `json:"return_pct" nullable:"true" doc:"Percent since the first of the values."`
	Held      float64      `json:"value" doc:"USD: one share bought on the first date, with the splits since."`
}

// TimeSeries is a model's equity curve.
type TimeSeries struct {
	Model      string  `json:"model" doc:"The signature of the model."`
	Experiment string  `json:"experiment" doc:"The namespace of the portfolios."`
	Points     []Point `json:"timeseries" doc:"The curve, in order."`
}

// Point is what a model's portfolio is worth at the close of a day.
type Point struct {
	Date          sim.Date     `json:"date" doc:"The trading date."`
	Value         sim.Money    `json:"portfolio_value" doc:"USD at the close of the day."`
	DailyPct      *sim.Percent `json:"daily_return_pct" nullable:"true"`
	CumulativePct *sim.Percent `json:"cumulative_return_pct" nullable:"true" doc:"Percent of the initial cash."`
	Cash          sim.Money    `json:"cash" doc:"USD not invested."`
	ValuedAt      sim.Basis    `json:"valued_at" enum:"close,open,last_close"`
}
