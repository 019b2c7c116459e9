package httpapi

import (
	"context"

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
	Metrics   Metrics       `json:"metrics" doc:"What the curve says."`
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

// modelRange is a model's closed days in a range, with their values.
type modelRange struct {
	days   []sim.Day
	before point
	points []point
}

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
		r, err := s.readDays(ctx, market, one.filter(from, to), !full)
		if err != nil {
			return answer{}, err
		}
		if len(r.days) == 0 {
			continue
		}
		if in.Format == "csv" {
			table.add(r)
			continue
		}
		known.add(r)
		result := rangeResult(r, q.job)
		result.Metrics = metricsOf(market, r, benchmark, full)
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
		head.Benchmark = benchmarkSeries(market, benchmark, known)
	}
	return list.answer(head)
}

// span is a range of dates.
type span struct{ from, to sim.Date }

// add makes room for a model's curve.
func (s *span) add(r modelRange) {
	if s.from.IsZero() || r.before.date < s.from {
		s.from = r.before.date
	}
	s.to = max(s.to, r.points[len(r.points)-1].date)
}

// benchmarkSeries is what holding a symbol has given at each known close of a span.
func benchmarkSeries(market *sim.MarketData, symbol string, s span) *BenchmarkSeries {
	out := &BenchmarkSeries{Symbol: symbol, Values: []BenchmarkValue{}}
	dates := knownCloses(market, symbol, sim.TradingDays(s.from, s.to))
	for i, v := range benchmarkCurve(market, symbol, dates) {
		out.Values = append(out.Values, BenchmarkValue{dates[i], benchmarkGain(market, symbol, dates[0], dates[i]), v})
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

// readRange reads a model's days in a range and values them. It has no days
// when the model has none.
func (s *server) readRange(ctx context.Context, market *sim.MarketData, f sim.DayFilter) (modelRange, error) {
	return s.readDays(ctx, market, f, true)
}

// readDays is readRange with the choice of whole days, entries included.
func (s *server) readDays(ctx context.Context, market *sim.MarketData, f sim.DayFilter, booksOnly bool) (modelRange, error) {
	f.BooksOnly = booksOnly
	days, err := s.Store.Days(ctx, f)
	if err != nil || len(days) == 0 {
		return modelRange{}, err
	}
	r := modelRange{days: days}
	if r.points, err = closes(market, days); err != nil {
		return modelRange{}, err
	}
	// The opening of the first day says what came before, whichever chain of
	// days the range belongs to.
	f.BooksOnly, f.From, f.To = false, days[0].Ref.Date, days[0].Ref.Date
	first, err := s.Store.Days(ctx, f)
	if err != nil {
		return modelRange{}, err
	}
	if len(first) != 1 {
		return modelRange{}, sim.Errorf(sim.KindStale, "the book of %s has changed while it was read; try again", f.Model)
	}
	r.before, err = startOf(market, first[0])
	return r, err
}

func rangeResult(r modelRange, job *sim.Job) RangeResult {
	last := len(r.points) - 1
	out := RangeResult{
		Model: r.days[0].Book.Model, StartDate: r.points[0].date, EndDate: r.points[last].date,
		Values: make([]DailyValue, 0, len(r.points)),
	}
	if job != nil {
		out.JobID = job.ID
	}
	for _, p := range r.points {
		v := DailyValue{Date: p.date, PortfolioValue: p.value}
		if p.basis != sim.AtClose {
			v.ValuedAt = p.basis
		}
		out.Values = append(out.Values, v)
	}
	start, end := r.before.value, r.points[last].value
	span := calendarDays(out.StartDate, out.EndDate)
	out.Period = PeriodMetrics{
		StartingDate: r.before.date, Starting: start, Ending: end, ReturnPct: gain(start, end), Annualized: annualized(start, end, span),
		CalendarDays: span, TradingDays: len(r.points),
	}
	return out
}

// csvTable is a range as CSV.
type csvTable struct{ rows [][]string }

func (t *csvTable) add(r modelRange) {
	for i, p := range r.points {
		t.rows = append(t.rows, []string{r.days[i].Book.Model, r.days[i].JobID, p.date.String(), p.value.String(), string(p.basis)})
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
