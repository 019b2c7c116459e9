package httpapi

import (
	"context"

	"aitrader/internal/api"
	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// defaultSpan is the length in days of a range whose beginning is not given.
const defaultSpan = 30

// rangeResults answers for a range of dates. It holds one curve at a time: a page of
// them can be large.
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
	symbol, err := s.benchmarkOf(ctx, q)
	if err != nil {
		return answer{}, err
	}
	page := rangePage{
		job: q.job, benchmark: portfolio.Benchmark{Market: market, Symbol: symbol}, csv: in.Format == "csv", full: in.Detail == "full",
	}
	if !page.csv {
		if page.failed, err = s.failedDates(ctx, q); err != nil {
			return answer{}, err
		}
	}
	for _, q.model = range models {
		curve, ok, err := s.readCurve(ctx, market, q.filter(from, to), page.csv || !page.full)
		if err != nil {
			return answer{}, err
		}
		if !ok {
			continue
		}
		if err := page.add(curve, from, to); err != nil {
			return answer{}, err
		}
	}
	q.model = in.Model
	if page.isEmpty() && next == "" && in.Next == "" {
		return answer{}, q.noData("no model-day is closed from %s to %s in experiment %q that the query selects", from, to, q.experiment)
	}
	return page.answer(in, next)
}

// rangePage collects the results of a range, as JSON or as CSV.
type rangePage struct {
	job       *sim.Job // of the selection, if any
	benchmark portfolio.Benchmark
	csv, full bool
	failed    map[string]failedDays // by model

	list resultList
	rows [][]string
	// from and to are the span of the curves.
	from, to sim.Date
}

// add adds a curve, the part of a book from one date to another.
func (p *rangePage) add(c portfolio.Curve, from, to sim.Date) error {
	if p.csv {
		for i, point := range c.Points {
			d := c.Days[i]
			p.rows = append(p.rows, []string{
				d.Book.Model, d.JobID, point.Date.String(), point.Value.String(), string(point.Basis),
			})
		}
		return nil
	}
	if p.from.IsZero() || c.Before.Date < p.from {
		p.from = c.Before.Date
	}
	p.to = max(p.to, c.Last().Date)
	result := rangeResult(c, p.job)
	result.Metrics = performanceOf(c, p.benchmark, p.full)
	t := newTally(c.Days, p.failed[result.Model], from, to)
	result.BrokenDays, result.FailedDays, result.CachedPct = t.broken, t.failed, cachedPct(t.usage)
	return p.list.add(result)
}

func (p *rangePage) isEmpty() bool { return len(p.list.items)+len(p.rows) == 0 }

func (p *rangePage) answer(in *resultsInput, next string) (answer, error) {
	if p.csv {
		return csvAnswer([]string{"model", "job_id", "date", "portfolio_value", "valued_at"}, p.rows, in.link(next))
	}
	head := envelope{Count: len(p.list.items), Next: next}
	if in.Benchmark {
		head.Benchmark = benchmarkSeries(p.benchmark, p.from, p.to)
	}
	return p.list.answer(head)
}

// rangeOf returns the requested range, with its defaults.
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
		from = to.AddDays(1 - defaultSpan)
	}
	if from > to {
		return 0, 0, q.noData("start_date %s is after the last close, %s, in experiment %q", from, to, q.experiment)
	}
	return from, to, nil
}

func rangeResult(c portfolio.Curve, job *sim.Job) api.RangeResult {
	r := api.RangeResult{
		Model:     c.Days[0].Book.Model,
		StartDate: c.Points[0].Date,
		EndDate:   c.Last().Date,
		Values:    make([]api.DailyValue, len(c.Points)),
	}
	if job != nil {
		r.JobID = job.ID
	}
	for i, p := range c.Points {
		r.Values[i] = api.DailyValue{Date: p.Date, PortfolioValue: p.Value}
		if p.Basis != sim.AtClose {
			r.Values[i].ValuedAt = p.Basis
		}
	}
	start, end := c.Before.Value, c.Last().Value
	days := portfolio.CalendarDays(r.StartDate, r.EndDate)
	r.Period = api.PeriodMetrics{
		StartingDate: c.Before.Date,
		Starting:     start,
		Ending:       end,
		ReturnPct:    portfolio.Return(start, end),
		Annualized:   portfolio.Annualized(start, end, days),
		CalendarDays: days,
		TradingDays:  len(c.Points),
	}
	return r
}

// benchmarkSeries is what holding the benchmark would have returned at each known
// close of a span.
func benchmarkSeries(b portfolio.Benchmark, from, to sim.Date) *api.BenchmarkSeries {
	series := &api.BenchmarkSeries{Symbol: b.Symbol, Values: []api.BenchmarkValue{}}
	dates := b.KnownCloses(b.Market.Market().Bars(from, to))
	for i, v := range b.Values(dates) {
		held := decimals(min(v, sim.MaxMoney.Float()), moneyDecimals)
		series.Values = append(series.Values, api.BenchmarkValue{Date: dates[i], ReturnPct: b.Return(dates[0], dates[i]), Held: held})
	}
	return series
}

// link is the address of the next page of a range.
func (in *resultsInput) link(next string) string {
	return pageLink("/results", next, in.Limit, map[string]string{
		"format":     in.Format,
		"experiment": in.Experiment,
		"start_date": in.StartDate,
		"end_date":   in.EndDate,
		"model":      in.Model,
		"job_id":     in.JobID,
	})
}
