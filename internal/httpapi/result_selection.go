package httpapi

import (
	"context"
	"slices"

	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// selection says whose days are wanted: those of an experiment, or of one job in it,
// with superseded days in that case.
type selection struct {
	experiment string
	model      string   // "": all
	job        *sim.Job // nil: the experiment's books
}

// selectDays returns what a query selects. A job overrides the experiment.
func (s *server) selectDays(ctx context.Context, jobID, experiment, model string) (selection, error) {
	if jobID == "" {
		return selection{experiment: experiment, model: model}, nil
	}
	job, err := s.Store.Job(ctx, jobID)
	if err != nil {
		return selection{}, aboutJob(err, jobID)
	}
	return selection{experiment: job.Experiment, model: model, job: &job}, nil
}

// filter selects the days of a range; zero ends are open.
func (q selection) filter(from, to sim.Date) sim.DayFilter {
	f := sim.DayFilter{Experiment: q.experiment, Model: q.model, From: from, To: to}
	if q.job != nil {
		f.JobID = q.job.ID
	}
	return f
}

// noData is the error for a question that nothing stored answers.
func (q selection) noData(format string, args ...any) *sim.Error {
	e := sim.Errorf(sim.KindNoData, format, args...).With("experiment", q.experiment)
	if q.model != "" {
		e = e.With("model", q.model)
	}
	if q.job != nil {
		e = e.With("job_id", q.job.ID)
	}
	return e
}

// models returns the models that the selection may have days of, sorted.
func (s *server) models(ctx context.Context, q selection) ([]string, error) {
	var models []string
	if q.job != nil {
		models = slices.Sorted(slices.Values(q.job.Plan.Signatures()))
	} else {
		heads, err := s.Store.Books(ctx, q.experiment)
		if err != nil {
			return nil, err
		}
		for _, h := range heads {
			models = append(models, h.Book.Model)
		}
	}
	if q.model != "" {
		models = slices.DeleteFunc(models, func(m string) bool { return m != q.model })
	}
	return models, nil
}

// lastClose returns the last closed date of the experiment, or of the job.
func (s *server) lastClose(ctx context.Context, q selection) (sim.Date, error) {
	var last sim.Date
	if q.job == nil {
		heads, err := s.Store.Books(ctx, q.experiment)
		for _, h := range heads {
			last = max(last, h.Last.Date)
		}
		return last, err
	}
	f := q.filter(0, 0)
	f.Limit, f.Latest, f.BooksOnly = 1, true, true
	for _, f.Model = range q.job.Plan.Signatures() { // stores find the last day of a book faster than that of a job
		days, err := s.Store.Days(ctx, f)
		if err != nil {
			return 0, err
		}
		if len(days) > 0 {
			last = max(last, days[0].Ref.Date)
		}
	}
	return last, nil
}

// readCurve reads a model's days in a range and values them. ok is false when the
// model has none. Without booksOnly the days come with their entries.
func (s *server) readCurve(
	ctx context.Context, market *sim.MarketData, f sim.DayFilter, booksOnly bool,
) (_ portfolio.Curve, ok bool, _ error) {
	f.BooksOnly = booksOnly
	days, err := s.Store.Days(ctx, f)
	if err != nil || len(days) == 0 {
		return portfolio.Curve{}, false, err
	}
	// The opening of the first day says what came before, whichever chain of days the
	// range belongs to.
	f.BooksOnly, f.From, f.To = false, days[0].Ref.Date, days[0].Ref.Date
	first, err := s.Store.Days(ctx, f)
	if err != nil {
		return portfolio.Curve{}, false, err
	}
	if len(first) != 1 {
		return portfolio.Curve{}, false, sim.Errorf(sim.KindStale, "the book of %s changed while it was read; try again", f.Model)
	}
	return portfolio.NewCurve(market, days, first[0]), true, nil
}

// newestJob returns an experiment's newest job, or nil.
func (s *server) newestJob(ctx context.Context, experiment string) (*sim.Job, error) {
	jobs, _, err := s.Store.Jobs(ctx, sim.JobFilter{Experiment: experiment, Limit: 1})
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	return &jobs[0], nil
}

// benchmarkOf returns the benchmark of a selection: of its job, or else of the
// experiment's newest one.
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

// benchmarkSymbol is the benchmark of a job, or of the default configuration when
// there is no job.
func (s *server) benchmarkSymbol(ctx context.Context, job *sim.Job) (string, error) {
	if job != nil {
		return job.Settings.Benchmark, nil
	}
	symbol, _, err := s.Defaults(ctx)
	return symbol, err
}
