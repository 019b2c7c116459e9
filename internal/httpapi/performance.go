package httpapi

import (
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Performance is what a model's closes in a range say, beginning with the close
// before the range.
type Performance struct {
	Days          int        `json:"days" doc:"The number of daily returns r[t] = v[t]/v[t-1] - 1 that the figures rest on."`
	TotalReturn   *float64   `json:"total_return_pct" nullable:"true" doc:"Percent: 100 * (last / first - 1)."`
	CAGR          *float64   `json:"cagr_pct" nullable:"true" doc:"Percent: 100 * ((last / first)^(252 / days) - 1)."`
	Volatility    *float64   `json:"volatility_pct" nullable:"true" doc:"Percent in a year: 100 * sd(r) * sqrt(252), ddof 1."`
	Sharpe        *float64   `json:"sharpe" nullable:"true" doc:"mean(r) / sd(r) * sqrt(252), ddof 1, at a risk-free rate of 0 (Sharpe 1994)."`
	Sortino       *float64   `json:"sortino" nullable:"true" doc:"mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(252), over all days (Sortino and Price 1994)."`
	Calmar        *float64   `json:"calmar" nullable:"true" doc:"cagr / -max_drawdown, over the whole range (Young 1991)."`
	MaxDrawdown   *float64   `json:"max_drawdown_pct" nullable:"true" doc:"Percent, at most 0: the deepest fall below an earlier close."`
	DrawdownFrom  *sim.Date  `json:"max_drawdown_from" nullable:"true" doc:"The close that it fell from."`
	DrawdownTo    *sim.Date  `json:"max_drawdown_to" nullable:"true" doc:"Its lowest close."`
	DrawdownEnd   *sim.Date  `json:"max_drawdown_recovered" nullable:"true" doc:"The first close back at the height; null when there is none."`
	Omega         *float64   `json:"omega" nullable:"true" doc:"sum(max(r, 0)) / -sum(min(r, 0)) (Keating and Shadwick 2002, threshold 0)."`
	Skew          *float64   `json:"skew" nullable:"true" doc:"Adjusted Fisher-Pearson G1 of r."`
	Kurtosis      *float64   `json:"kurtosis" nullable:"true" doc:"Excess, adjusted G2 of r."`
	ValueAtRisk   *float64   `json:"value_at_risk_pct" nullable:"true" doc:"Percent: the 5 % quantile of r, historical, interpolated linearly."`
	WinRate       *float64   `json:"win_rate_pct" nullable:"true" doc:"Percent of the days with r > 0."`
	BestDay       *float64   `json:"best_day_pct" nullable:"true" doc:"Percent: the largest r."`
	WorstDay      *float64   `json:"worst_day_pct" nullable:"true" doc:"Percent: the smallest r."`
	Alpha         *float64   `json:"alpha_pct" nullable:"true" doc:"Percent in a year: 100 * ((1 + mean(r - beta * b))^252 - 1), with b the returns of the benchmark on the same days (Jensen 1968)."`
	Beta          *float64   `json:"beta" nullable:"true" doc:"cov(r, b) / var(b)."`
	Information   *float64   `json:"information_ratio" nullable:"true" doc:"mean(r - b) / sd(r - b), ddof 1, by day: not annualised."`
	Exposure      *float64   `json:"exposure_pct" nullable:"true" doc:"Percent: the mean share of the value that is not cash."`
	Concentration *float64   `json:"concentration" nullable:"true" doc:"The mean Herfindahl-Hirschman index of the holdings, on days with some: 1 for a single one, 1/k for k equal ones."`
	Turnover      *float64   `json:"turnover" nullable:"true" doc:"(bought + sold) / 2 / mean value * 252 / days: how often the portfolio is replaced in a year. Needs detail=full."`
	HitRate       *float64   `json:"hit_rate_pct" nullable:"true" doc:"Percent of the lots sold with a profit after commissions, first in, first out; what was held before the range counts as bought at the close before it. Needs detail=full."`
	HoldingDays   *float64   `json:"holding_days" nullable:"true" doc:"The mean age of lots at their sale in calendar days, weighted by shares. Needs detail=full."`
	Intervals     *Intervals `json:"intervals,omitempty" doc:"How far figures could have come out otherwise, with detail=full."`
	Undefined     Reasons    `json:"undefined" doc:"Why a figure is null, by its name."`
}

// Reasons say why figures are null.
type Reasons map[string]string

// Intervals hold figures with 95 % confidence: the percentiles 2.5 and 97.5 of
// samples of the stationary bootstrap.
type Intervals struct {
	TotalReturn []float64 `json:"total_return_pct" doc:"Percent: from and to, 95 % confidence, by the stationary bootstrap (Politis and Romano 1994) with 1,999 samples, blocks of a mean length of days^(1/3), and a fixed seed."`
	Sharpe      []float64 `json:"sharpe" doc:"The same of the Sharpe ratio."`
	MaxDrawdown []float64 `json:"max_drawdown_pct" doc:"The same of the deepest drawdown."`
}

const (
	tooFewDays = "20 days are needed"
	needsFull  = "detail=full computes it"
)

// ratio writes a figure, or why there is none.
func (r Reasons) ratio(name string, f stats.Figure) *float64 {
	if !f.OK() {
		r[name] = f.Reason
		return nil
	}
	return &f.Value
}

// percent is ratio in percent.
func (r Reasons) percent(name string, f stats.Figure) *float64 {
	f.Value *= 100
	return r.ratio(name, f)
}

// performanceOf computes what a curve says. Full figures need the entries of its
// days.
func performanceOf(market *sim.MarketData, c portfolio.Curve, benchmark string, full bool) Performance {
	series := c.Series()
	f := stats.Measure(series.Values)
	why := Reasons{}
	p := Performance{
		Days:        f.Days,
		TotalReturn: why.percent("total_return_pct", f.TotalReturn),
		CAGR:        why.percent("cagr_pct", f.CAGR),
		Volatility:  why.percent("volatility_pct", f.Volatility),
		Sharpe:      why.ratio("sharpe", f.Sharpe),
		Sortino:     why.ratio("sortino", f.Sortino),
		Calmar:      why.ratio("calmar", f.Calmar),
		MaxDrawdown: why.percent("max_drawdown_pct", f.Drawdown.Depth),
		Omega:       why.ratio("omega", f.Omega),
		Skew:        why.ratio("skew", f.Skew),
		Kurtosis:    why.ratio("kurtosis", f.Kurtosis),
		ValueAtRisk: why.percent("value_at_risk_pct", f.ValueAtRisk),
		WinRate:     why.percent("win_rate_pct", f.WinRate),
		BestDay:     why.percent("best_day_pct", f.BestDay),
		WorstDay:    why.percent("worst_day_pct", f.WorstDay),
		Undefined:   why,
	}
	p.addDrawdownDates(f.Drawdown, series.Dates)
	returns := stats.Returns(series.Values)
	p.addRelative(returns, portfolio.Benchmark{Market: market, Symbol: benchmark}.Values(series.Dates))
	p.addActivity(market, c, full)
	p.addIntervals(returns, full)
	return p
}

// addDrawdownDates says when the deepest drawdown was, if there was one.
func (p *Performance) addDrawdownDates(d stats.Drawdown, dates []sim.Date) {
	if !d.Depth.OK() || d.Depth.Value == 0 {
		return
	}
	p.DrawdownFrom, p.DrawdownTo = &dates[d.High], &dates[d.Low]
	if d.Recovery >= 0 {
		p.DrawdownEnd = &dates[d.Recovery]
	}
}

// addRelative adds the figures against the benchmark, which has values where all
// of its closes are known.
func (p *Performance) addRelative(returns, benchmark []float64) {
	relative := stats.Against(returns, stats.Returns(benchmark))
	p.Alpha = p.Undefined.percent("alpha_pct", relative.Alpha)
	p.Beta = p.Undefined.ratio("beta", relative.Beta)
	p.Information = p.Undefined.ratio("information_ratio", relative.InformationRatio)
}

// addActivity adds what the portfolio held and traded.
func (p *Performance) addActivity(market *sim.MarketData, c portfolio.Curve, full bool) {
	activity := portfolio.Activity(market, c)
	p.Exposure = p.Undefined.percent("exposure_pct", activity.Exposure)
	p.Concentration = p.Undefined.ratio("concentration", activity.Concentration)
	if !full {
		for _, name := range []string{"turnover", "hit_rate_pct", "holding_days"} {
			p.Undefined[name] = needsFull
		}
		return
	}
	p.Turnover = p.Undefined.ratio("turnover", activity.Turnover)
	closed := stats.Close(portfolio.SoldLots(market, c))
	p.HitRate = p.Undefined.percent("hit_rate_pct", closed.HitRate)
	p.HoldingDays = p.Undefined.ratio("holding_days", closed.HoldingDays)
}

// addIntervals adds the confidence intervals to full figures.
func (p *Performance) addIntervals(returns []float64, full bool) {
	if !full {
		p.Undefined["intervals"] = needsFull
		return
	}
	if p.Intervals = intervalsOf(returns); p.Intervals == nil {
		p.Undefined["intervals"] = tooFewDays
	}
}

// intervalsOf returns nil for too few days.
func intervalsOf(returns []float64) *Intervals {
	c, ok := stats.DefaultBootstrap.Intervals(returns)
	if !ok {
		return nil
	}
	percent := func(i stats.Interval) []float64 { return []float64{100 * i.Low, 100 * i.High} }
	return &Intervals{
		TotalReturn: percent(c.TotalReturn),
		Sharpe:      []float64{c.Sharpe.Low, c.Sharpe.High},
		MaxDrawdown: percent(c.MaxDrawdown),
	}
}
