package api

import "aitrader/internal/sim"

// Performance holds the figures of a model's closes in a range, from the close
// before the range on. In the formulas, r are the daily returns, and b those of the
// benchmark on the same days.
type Performance struct {
	Days          int        `json:"days" doc:"The number of daily returns r[t] = v[t]/v[t-1] - 1."`
	TotalReturn   *float64   `json:"total_return_pct" nullable:"true" doc:"Percent: 100 * (last / first - 1)."`
	CAGR          *float64   `json:"cagr_pct" nullable:"true" doc:"Percent: 100 * ((last / first)^(252 / days) - 1)."`
	Volatility    *float64   `json:"volatility_pct" nullable:"true" doc:"Percent per year: 100 * sd(r) * sqrt(252), ddof 1."`
	Sharpe        *float64   `json:"sharpe" nullable:"true"`
	Sortino       *float64   `json:"sortino" nullable:"true"`
	Calmar        *float64   `json:"calmar" nullable:"true" doc:"cagr / -max_drawdown, over the whole range (Young 1991)."`
	MaxDrawdown   *float64   `json:"max_drawdown_pct" nullable:"true" doc:"Percent, at most 0: the deepest fall below an earlier close."`
	DrawdownFrom  *sim.Date  `json:"max_drawdown_from" nullable:"true" doc:"The close before the fall."`
	DrawdownTo    *sim.Date  `json:"max_drawdown_to" nullable:"true" doc:"The lowest close."`
	DrawdownEnd   *sim.Date  `json:"max_drawdown_recovered" nullable:"true" doc:"The first close back at the high; null before that."`
	Omega         *float64   `json:"omega" nullable:"true"`
	Skew          *float64   `json:"skew" nullable:"true" doc:"Adjusted Fisher-Pearson G1 of r."`
	Kurtosis      *float64   `json:"kurtosis" nullable:"true" doc:"Excess kurtosis, adjusted G2 of r."`
	ValueAtRisk   *float64   `json:"value_at_risk_pct" nullable:"true"`
	WinRate       *float64   `json:"win_rate_pct" nullable:"true" doc:"Percent of days with r > 0."`
	BestDay       *float64   `json:"best_day_pct" nullable:"true" doc:"Percent: the largest r."`
	WorstDay      *float64   `json:"worst_day_pct" nullable:"true" doc:"Percent: the smallest r."`
	Alpha         *float64   `json:"alpha_pct" nullable:"true"`
	Beta          *float64   `json:"beta" nullable:"true" doc:"cov(r, b) / var(b)."`
	Information   *float64   `json:"information_ratio" nullable:"true" doc:"mean(r - b) / sd(r - b), ddof 1, daily, not annualized."`
	Exposure      *float64   `json:"exposure_pct" nullable:"true" doc:"Percent: the mean share of the value that is not cash."`
	Concentration *float64   `json:"concentration" nullable:"true"`
	Turnover      *float64   `json:"turnover" nullable:"true"`
	HitRate       *float64   `json:"hit_rate_pct" nullable:"true"`
	HoldingDays   *float64   `json:"holding_days" nullable:"true"`
	Intervals     *Intervals `json:"intervals,omitempty" doc:"95 % confidence intervals; with detail=full."`
	Undefined     Reasons    `json:"undefined" doc:"Why a figure is null, by its name."`
}

// Reasons say why figures are null, by their names.
type Reasons map[string]string

// Intervals holds 95 % confidence intervals: the percentiles 2.5 and 97.5 of
// samples of the stationary bootstrap.
type Intervals struct {
	TotalReturn []float64 `json:"total_return_pct"`
	Sharpe      []float64 `json:"sharpe" doc:"The interval of the Sharpe ratio."`
	MaxDrawdown []float64 `json:"max_drawdown_pct" doc:"The interval of the maximum drawdown."`
}
