package httpapi

import (
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Metrics are what a model's closes in a range say, beginning with the close
// before the range.
type Metrics struct {
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

// metricsOf computes what the closes of a range say. Entries of the days must have
// been read for full figures.
func metricsOf(market *sim.MarketData, r modelRange, benchmark string, full bool) Metrics {
	curve := r.curve()
	values, dates := curve.values, curve.dates
	p := stats.Measure(values)
	why := Reasons{}
	m := Metrics{
		Days: p.Days, TotalReturn: why.percent("total_return_pct", p.TotalReturn), CAGR: why.percent("cagr_pct", p.CAGR),
		Volatility: why.percent("volatility_pct", p.Volatility), Sharpe: why.ratio("sharpe", p.Sharpe), Sortino: why.ratio("sortino", p.Sortino),
		Calmar: why.ratio("calmar", p.Calmar), MaxDrawdown: why.percent("max_drawdown_pct", p.Drawdown.Depth), Omega: why.ratio("omega", p.Omega),
		Skew: why.ratio("skew", p.Skew), Kurtosis: why.ratio("kurtosis", p.Kurtosis), ValueAtRisk: why.percent("value_at_risk_pct", p.ValueAtRisk),
		WinRate: why.percent("win_rate_pct", p.WinRate), BestDay: why.percent("best_day_pct", p.BestDay), WorstDay: why.percent("worst_day_pct", p.WorstDay),
		Undefined: why,
	}
	if d := p.Drawdown; d.Depth.OK() && d.Depth.Value < 0 {
		m.DrawdownFrom, m.DrawdownTo = &dates[d.High], &dates[d.Low]
		if d.Recovery >= 0 {
			m.DrawdownEnd = &dates[d.Recovery]
		}
	}
	returns := stats.Returns(values)
	relative := stats.Against(returns, stats.Returns(benchmarkCurve(market, benchmark, dates)))
	m.Alpha, m.Beta = why.percent("alpha_pct", relative.Alpha), why.ratio("beta", relative.Beta)
	m.Information = why.ratio("information_ratio", relative.InformationRatio)
	m.use(market, r, full)
	if full {
		m.Intervals = intervalsOf(returns)
		if m.Intervals == nil {
			why["intervals"] = tooFewDays
		}
	} else {
		why["intervals"] = needsFull
	}
	return m
}

// use adds what a portfolio held and traded.
func (m *Metrics) use(market *sim.MarketData, r modelRange, full bool) {
	days := make([]stats.Day, len(r.days))
	for i, d := range r.days {
		days[i] = useOf(market, d, r.points[i])
	}
	use := stats.Use(days)
	m.Exposure, m.Concentration = m.Undefined.percent("exposure_pct", use.Exposure), m.Undefined.ratio("concentration", use.Concentration)
	if !full {
		for _, name := range []string{"turnover", "hit_rate_pct", "holding_days"} {
			m.Undefined[name] = needsFull
		}
		return
	}
	m.Turnover = m.Undefined.ratio("turnover", use.Turnover)
	closed := stats.Close(lotsSold(market, r))
	m.HitRate, m.HoldingDays = m.Undefined.percent("hit_rate_pct", closed.HitRate), m.Undefined.ratio("holding_days", closed.HoldingDays)
}

func useOf(market *sim.MarketData, d sim.Day, p point) stats.Day {
	day := stats.Day{Value: p.value.Float(), Cash: p.cash.Float()}
	for _, symbol := range d.Closing.Symbols() { // sums of floats depend on their order
		if v, err := worth(market, symbol, d.Closing.Holdings[symbol], d.Ref.Date); err == nil { // the whole has been valued
			day.Holdings = append(day.Holdings, v.Float())
		}
	}
	for _, fill := range d.Fills() {
		day.Traded += fill.Total().Float()
	}
	return day
}

// intervalsOf returns nil for too few days.
func intervalsOf(returns []float64) *Intervals {
	c, ok := stats.DefaultBootstrap.Intervals(returns)
	if !ok {
		return nil
	}
	percent := func(i stats.Interval) []float64 { return []float64{100 * i.Low, 100 * i.High} }
	return &Intervals{TotalReturn: percent(c.TotalReturn), Sharpe: []float64{c.Sharpe.Low, c.Sharpe.High}, MaxDrawdown: percent(c.MaxDrawdown)}
}

// benchmarkCurve is what one share of a symbol, bought at the first close, is worth
// at the others, with the splits since; nil when a close is not known.
func benchmarkCurve(market *sim.MarketData, symbol string, dates []sim.Date) []float64 {
	if symbol == "" {
		return nil
	}
	out, held := make([]float64, 0, len(dates)), 1.0
	for i, d := range dates {
		price, ok := benchmarkClose(market, symbol, d)
		if !ok {
			return nil
		}
		if i > 0 {
			for _, s := range market.Splits(symbol, dates[i-1], d) {
				held *= float64(s.Numerator) / float64(s.Denominator)
			}
		}
		out = append(out, held*price.Float())
	}
	return out
}
