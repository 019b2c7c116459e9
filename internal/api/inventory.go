package api

import (
	"time"

	"aitrader/internal/sim"
)

// ModelList is what is configured.
type ModelList struct {
	Models []ConfiguredModel `json:"models" doc:"The configured models."`
}

// ConfiguredModel is one configured contestant.
type ConfiguredModel struct {
	Config    string `json:"config" doc:"The configuration that names it."`
	Signature string `json:"signature" doc:"Its name in requests and results."`
	Name      string `json:"name" doc:"Its display name."`
	BaseModel string `json:"basemodel" doc:"What runs it: a provider's model, builtin/NAME or recorded/PATH."`
	BaseURL   string `json:"openai_base_url,omitempty" doc:"The address of its provider, without credentials and query."`
	Enabled   bool   `json:"enabled" doc:"Whether it runs when a trigger names no models."`
}

// ExperimentList is which books exist.
type ExperimentList struct {
	Experiments []Experiment `json:"experiments" doc:"The experiments, sorted by name."`
}

// Experiment is a namespace of portfolios.
type Experiment struct {
	Experiment string    `json:"experiment" doc:"Its name."`
	LastDate   *sim.Date `json:"last_date" nullable:"true" doc:"The last date that any of its models has closed."`
	Books      []Book    `json:"books" doc:"Its books, sorted by model."`
}

// Book is a model's chain of closed days.
type Book struct {
	Model       string    `json:"model" doc:"The signature of the model."`
	LastDate    *sim.Date `json:"last_date" nullable:"true" doc:"Its last closed day; null before the first one."`
	InitialCash sim.Money `json:"initial_cash" doc:"USD the model began with; 0 before its first closed day."`
	JobID       *string   `json:"job_id" doc:"The active job that may write to it; null without one."`
}

// Coverage is which bars exist.
type Coverage struct {
	Totals  CoverageTotals   `json:"totals" doc:"All symbols together."`
	Symbols []SymbolCoverage `json:"symbols" doc:"Each symbol, sorted."`
}

// CoverageTotals is the coverage of all symbols together.
type CoverageTotals struct {
	Symbols      int        `json:"symbols" doc:"The number of symbols with a bar."`
	Bars         int        `json:"bars" doc:"The number of bars."`
	FirstDate    *sim.Date  `json:"first_date" nullable:"true" doc:"The first date with a bar."`
	LastDate     *sim.Date  `json:"last_date" nullable:"true" doc:"The last date with a bar."`
	TradingDates int        `json:"dates_with_prices"`
	Missing      []sim.Date `json:"missing" doc:"Trading days between first_date and last_date that cannot be simulated."`
	Closed       []sim.Date `json:"closed" doc:"Weekdays between first_date and last_date on which the exchanges were closed."`
	Version      string     `json:"version" doc:"Names this state of the prices."`
}

// SymbolCoverage is the coverage of one symbol.
type SymbolCoverage struct {
	Symbol    string     `json:"symbol" doc:"The ticker."`
	FirstDate sim.Date   `json:"first_date" doc:"The date of its first bar."`
	LastDate  sim.Date   `json:"last_date" doc:"The date of its last bar."`
	Bars      int        `json:"bars" doc:"The number of its bars."`
	OpenOnly  int        `json:"open_only" doc:"Bars with an open only: they were read before the close."`
	Gaps      []sim.Date `json:"gaps" doc:"Trading days between its first and last bar without a bar."`
}

// Health is the state of the service.
type Health struct {
	Status    string        `json:"status" enum:"healthy,unhealthy" doc:"unhealthy: the store cannot be read."`
	Timestamp time.Time     `json:"timestamp" doc:"The time of the answer."`
	Version   string        `json:"version" doc:"The version of the service."`
	Store     StoreHealth   `json:"store" doc:"Where jobs and books are kept."`
	Prices    *PricesHealth `json:"prices,omitempty" doc:"The stored prices; only for callers with a key, where keys are configured."`
	Models    *int          `json:"models,omitempty" doc:"Enabled models; only for callers with a key, where keys are configured."`
}

// StoreHealth is the state of the store.
type StoreHealth struct {
	Kind   string `json:"kind" doc:"The kind of store, such as sqlite."`
	Status string `json:"status" enum:"ok,unavailable" doc:"Whether it can be used."`
	Reason string `json:"reason,omitempty" doc:"Why it cannot be used."`
}

// PricesHealth is which prices are stored.
type PricesHealth struct {
	Symbols   int       `json:"symbols" doc:"The number of symbols with a bar."`
	FirstDate *sim.Date `json:"first_date" nullable:"true" doc:"The first date with a bar."`
	LastDate  *sim.Date `json:"last_date" nullable:"true" doc:"The last date with a bar."`
}
