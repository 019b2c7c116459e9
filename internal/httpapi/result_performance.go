package httpapi

import (
	"math"
	"strconv"

	"aitrader/internal/api"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Why a figure is missing.
const (
	tooFewDays = "20 days are needed"
	needsFull  = "detail=full computes it"
	// noIntervals is why a long curve has none.
	noIntervals = "the curve does not move, or a figure is too large to represent"
)

// The digits of figures. Percentages have four decimals, as money; ratios, which are
// small numbers, six.
const (
	percentDecimals = 4
	ratioDecimals   = 6
	moneyDecimals   = 4
)

// maxFigure bounds every figure: above it, a number says nothing any more, and its
// decimals are those of floating point.
const maxFigure = 1e11

// decimals rounds a figure to some decimals, so that it is printed with no more.
func decimals(v float64, digits int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', digits, 64), 64)
	if err != nil || rounded == 0 { // without the sign of a small number
		return 0
	}
	return rounded
}

// figures writes figures of package stats, and keeps the reasons of those that are
// not defined.
type figures struct{ undefined api.Reasons }

// ratio writes a figure as it is.
func (w figures) ratio(name string, f stats.Figure) *float64 { return w.write(name, f, ratioDecimals) }

// percent writes a figure that is a fraction, in percent.
func (w figures) percent(name string, f stats.Figure) *float64 {
	f.Value *= 100
	return w.write(name, f, percentDecimals)
}

func (w figures) write(name string, f stats.Figure, digits int) *float64 {
	if f.OK() && !representable(f.Value) {
		f.Reason = stats.OutOfNumbers
	}
	if !f.OK() {
		w.undefined[name] = f.Reason
		return nil
	}
	return new(decimals(f.Value, digits))
}

// representable reports whether a number can be written as a figure.
func representable(v float64) bool { return math.Abs(v) <= maxFigure } // NaN is not

// performanceOf computes the figures of a curve. Full figures need the entries of
// its days.
func performanceOf(c portfolio.Curve, benchmark portfolio.Benchmark, full bool) api.Performance {
	series := c.Series()
	f := stats.Measure(series.Values)
	w := figures{api.Reasons{}}
	p := api.Performance{
		Days:        f.Days,
		TotalReturn: w.percent("total_return_pct", f.TotalReturn),
		CAGR:        w.percent("cagr_pct", f.CAGR),
		Volatility:  w.percent("volatility_pct", f.Volatility),
		Sharpe:      w.ratio("sharpe", f.Sharpe),
		Sortino:     w.ratio("sortino", f.Sortino),
		Calmar:      w.ratio("calmar", f.Calmar),
		MaxDrawdown: w.percent("max_drawdown_pct", f.Drawdown.Depth),
		Omega:       w.ratio("omega", f.Omega),
		Skew:        w.ratio("skew", f.Skew),
		Kurtosis:    w.ratio("kurtosis", f.Kurtosis),
		ValueAtRisk: w.percent("value_at_risk_pct", f.ValueAtRisk),
		WinRate:     w.percent("win_rate_pct", f.WinRate),
		BestDay:     w.percent("best_day_pct", f.BestDay),
		WorstDay:    w.percent("worst_day_pct", f.WorstDay),
		Undefined:   w.undefined,
	}
	addDrawdownDates(&p, f.Drawdown, series.Dates)
	returns := stats.Returns(series.Values)
	relative := benchmark.Relative(series)
	p.Alpha = w.percent("alpha_pct", relative.Alpha)
	p.Beta = w.ratio("beta", relative.Beta)
	p.Information = w.ratio("information_ratio", relative.InformationRatio)
	activity := portfolio.Activity(benchmark.Market, c)
	p.Exposure = w.percent("exposure_pct", activity.Exposure)
	p.Concentration = w.ratio("concentration", activity.Concentration)
	if !full {
		for _, name := range []string{"turnover", "hit_rate_pct", "holding_days", "intervals"} {
			w.undefined[name] = needsFull
		}
		return p
	}
	p.Turnover = w.ratio("turnover", activity.Turnover)
	closed := stats.MeasureLots(portfolio.SoldLots(benchmark.Market, c))
	p.HitRate = w.percent("hit_rate_pct", closed.HitRate)
	p.HoldingDays = w.ratio("holding_days", closed.HoldingDays)
	if p.Intervals = intervalsOf(returns); p.Intervals == nil {
		w.undefined["intervals"] = tooFewDays
		if len(returns) >= stats.MinReturns {
			w.undefined["intervals"] = noIntervals
		}
	}
	return p
}

// addDrawdownDates says when the deepest drawdown was, if there was one.
func addDrawdownDates(p *api.Performance, d stats.Drawdown, dates []sim.Date) {
	if !d.Depth.OK() || d.Depth.Value == 0 {
		return
	}
	p.DrawdownFrom, p.DrawdownTo = &dates[d.High], &dates[d.Low]
	if d.Recovery >= 0 {
		p.DrawdownEnd = &dates[d.Recovery]
	}
}

// intervalsOf returns nil for too few days, and where an end cannot be written.
func intervalsOf(returns []float64) *api.Intervals {
	c, ok := stats.DefaultBootstrap.Intervals(returns)
	if !ok {
		return nil
	}
	ends := func(i stats.Interval, factor float64, digits int) []float64 {
		low, high := factor*i.Low, factor*i.High
		ok = ok && representable(low) && representable(high)
		return []float64{decimals(low, digits), decimals(high, digits)}
	}
	intervals := &api.Intervals{
		TotalReturn: ends(c.TotalReturn, 100, percentDecimals),
		Sharpe:      ends(c.Sharpe, 1, ratioDecimals),
		MaxDrawdown: ends(c.MaxDrawdown, 100, percentDecimals),
	}
	if !ok {
		return nil
	}
	return intervals
}
