package httpapi

import (
	"context"

	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// RangeResult is one model over a range of dates.
type RangeResult struct {
	Model     string        `json:"model" doc:"The signature of the model."`
	JobID     string        `json:"job_id,omitempty" doc:"The job whose days these are, if one was asked for."`
	StartDate sim.Date      `json:"start_date" doc:"The model's first closed day in the range."`
	EndDate   sim.Date      `json:"end_date" doc:"The model's last closed day in the range."`
	Values    []DailyValue  `json:"daily_portfolio_values" doc:"Its closed days in the range, in order."`
	Period    PeriodMetrics `json:"period_metrics" doc:"Figures of the period."`
	Metrics   Performance   `json:"metrics" doc:"What the curve says."`
}

// DailyValue is what a portfolio is worth at the close of a day.
type DailyValue struct {
	Date           sim.Date  `json:"date" doc:"The trading date."`
	PortfolioValue sim.Money `json:"portfolio_value" doc:"USD: cash and holdings at the close of the day."`
	ValuedAt       sim.Basis `json:"valued_at,omitempty" enum:"open,last_close" doc:"The weakest price in portfolio_value, when that is not the day's close: its open, while the close is not known; the last close before, for a symbol without a bar that day."`
}

// PeriodMetrics are figures of a period.
type PeriodMetrics struct {
	StartingDate sim.Date     `json:"starting_date" doc:"The close of starting_portfolio_value; for the initial cash, the trading day before the first one."`
	Starting     sim.Money    `json:"starting_portfolio_value" doc:"USD: the close of the model's day before start_date, or its initial cash."`
	Ending       sim.Money    `json:"ending_portfolio_value" doc:"USD: the close of end_date."`
	ReturnPct    *sim.Percent `json:"period_return_pct" nullable:"true" doc:"Percent: 100 * (ending / starting - 1)."`
	Annualized   *sim.Percent `json:"annualized_return_pct" nullable:"true" doc:"Percent: 100 * ((ending / starting)^(365 / calendar_days) - 1); null for less than two days, and above 1e11."`
	CalendarDays int          `json:"calendar_days" doc:"Days from start_date to end_date, both included."`
	TradingDays  int          `json:"trading_days" doc:"The number of closed days in the range."`
}

// BenchmarkSeries is what buying and holding the benchmark would have given.
type BenchmarkSeries struct {
	Symbol string           `json:"symbol" doc:"The ticker; empty when none is configured."`
	Values []BenchmarkValue `json:"values" doc:"Its known closes, from the earliest starting_date on."`
}

// BenchmarkValue is the benchmark at a close.
type BenchmarkValue struct {
	Date      sim.Date     `json:"date" doc:"The trading date."`
	ReturnPct *sim.Percent `json:"return_pct" nullable:"true" doc:"Percent since the first of the values."`
	Held      float64      `json:"value" doc:"USD: one share of the first date, with the splits since."`
}

// defaultSpan is the number of days of a range whose beginning is not given.
const defaultSpan = 30

// rangeResults answers for a range of dates.
func (s *server) rangeResults(ctx context.Context, q selection, in *resultsInput) (answer, error) {
	from, to, err := s.rangeOf(ctx, q, in)
	if err != nil {
		return answer{}, err
	}
	models, err := s.models(ctx, q)
	if err != nil {
		return answer{}, err
	}
	models, next := pageOf(models, func(m string) string { return m }, in.Next, in.Limit)
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	benchmark, err := s.benchmarkOf(ctx, q)
	if err != nil {
		return answer{}, err
	}
	full := in.Detail == "full" && in.Format != "csv"
	var list resultList
	var table csvTable
	var known span
	for _, model := range models {
		one := q
		one.model = model
		curve, ok, err := s.readCurve(ctx, market, one.filter(from, to), !full)
		if err != nil {
			return answer{}, err
		}
		if !ok {
			continue
		}
		if in.Format == "csv" {
			table.add(curve)
			continue
		}
		known.add(curve)
		result := rangeResult(curve, q.job)
		result.Metrics = performanceOf(market, curve, benchmark, full)
		if err := list.add(result); err != nil {
			return answer{}, err
		}
	}
	if len(list.items)+len(table.rows) == 0 && next == "" && in.Next == "" {
		return answer{}, q.noData("no model-day is closed from %s to %s in experiment %q that the query selects", from, to, q.experiment)
	}
	if in.Format == "csv" {
		return table.answer(in, next)
	}
	head := envelope{Count: len(list.items), Next: next}
	if in.Benchmark {
		head.Benchmark = benchmarkSeries(portfolio.Benchmark{Market: market, Symbol: benchmark}, known)
	}
	return list.answer(head)
}

// span is a range of dates.
type span struct{ from, to sim.Date }

// add makes room for a model's curve.
func (s *span) add(c portfolio.Curve) {
	if s.from.IsZero() || c.Before.Date < s.from {
		s.from = c.Before.Date
	}
	s.to = max(s.to, c.Last().Date)
}

// benchmarkSeries is what holding a symbol has given at each known close of a span.
func benchmarkSeries(b portfolio.Benchmark, s span) *BenchmarkSeries {
	out := &BenchmarkSeries{Symbol: b.Symbol, Values: []BenchmarkValue{}}
	dates := b.KnownCloses(sim.TradingDays(s.from, s.to))
	for i, v := range b.Values(dates) {
		out.Values = append(out.Values, BenchmarkValue{dates[i], b.Return(dates[0], dates[i]), v})
	}
	return out
}

// benchmarkOf returns the benchmark of what is selected: of its job, or else of the
// experiment's newest.
func (s *server) benchmarkOf(ctx context.Context, q selection) (string, error) {
	job := q.job
	if job == nil {
		var err error
		if job, err = s.newestJob(ctx, q.experiment); err != nil {
			return "", err
		}
	}
	return s.benchmarkSymbol(ctx, job)
}

// rangeOf returns the range that is asked for, with its defaults.
func (s *server) rangeOf(ctx context.Context, q selection, in *resultsInput) (from, to sim.Date, err error) {
	if from, to, err = rangeQuery(in.StartDate, in.EndDate); err != nil {
		return 0, 0, err
	}
	if to.IsZero() {
		if to, err = s.lastClose(ctx, q); err != nil {
			return 0, 0, err
		}
		if to.IsZero() {
			return 0, 0, q.noData("nothing is closed yet in experiment %q that the query selects", q.experiment)
		}
	}
	if from.IsZero() {
		from = to - defaultSpan + 1
	}
	if from > to {
		return 0, 0, q.noData("start_date %s is after the last close, %s, in experiment %q", from, to, q.experiment)
	}
	return from, to, nil
}

// readCurve reads a model's days in a range and values them. ok is false when the
// model has none. Without booksOnly the days come with their entries.
func (s *server) readCurve(ctx context.Context, market *sim.MarketData, f sim.DayFilter, booksOnly bool) (c portfolio.Curve, ok bool, err error) {
	f.BooksOnly = booksOnly
	days, err := s.Store.Days(ctx, f)
	if err != nil || len(days) == 0 {
		return portfolio.Curve{}, false, err
	}
	// The opening of the first day says what came before, whichever chain of
	// days the range belongs to.
	f.BooksOnly, f.From, f.To = false, days[0].Ref.Date, days[0].Ref.Date
	first, err := s.Store.Days(ctx, f)
	if err != nil {
		return portfolio.Curve{}, false, err
	}
	if len(first) != 1 {
		return portfolio.Curve{}, false, sim.Errorf(sim.KindStale, "the book of %s changed while it was read; try again", f.Model)
	}
	c, err = portfolio.NewCurve(market, days, first[0])
	return c, err == nil, err
}

func rangeResult(c portfolio.Curve, job *sim.Job) RangeResult {
	out := RangeResult{
		Model: c.Days[0].Book.Model, StartDate: c.Points[0].Date, EndDate: c.Last().Date,
		Values: make([]DailyValue, 0, len(c.Points)),
	}
	if job != nil {
		out.JobID = job.ID
	}
	for _, p := range c.Points {
		v := DailyValue{Date: p.Date, PortfolioValue: p.Value}
		if p.Basis != sim.AtClose {
			v.ValuedAt = p.Basis
		}
		out.Values = append(out.Values, v)
	}
	start, end := c.Before.Value, c.Last().Value
	days := portfolio.CalendarDays(out.StartDate, out.EndDate)
	out.Period = PeriodMetrics{
		StartingDate: c.Before.Date,
		Starting:     start,
		Ending:       end,
		ReturnPct:    portfolio.Return(start, end),
		Annualized:   portfolio.Annualized(start, end, days),
		CalendarDays: days,
		TradingDays:  len(c.Points),
	}
	return out
}

// csvTable is a range as CSV.
type csvTable struct{ rows [][]string }

func (t *csvTable) add(c portfolio.Curve) {
	for i, p := range c.Points {
		d := c.Days[i]
		t.rows = append(t.rows, []string{d.Book.Model, d.JobID, p.Date.String(), p.Value.String(), string(p.Basis)})
	}
}

// answer writes the table.
func (t *csvTable) answer(in *resultsInput, next string) (answer, error) {
	return csvAnswer([]string{"model", "job_id", "date", "portfolio_value", "valued_at"}, t.rows, in.link(next))
}

// link is the address of the next page of a range.
func (in *resultsInput) link(next string) string {
	return pageLink("/results", next, in.Limit, map[string]string{
		"format": in.Format, "experiment": in.Experiment, "start_date": in.StartDate, "end_date": in.EndDate, "model": in.Model, "job_id": in.JobID,
	})
}
