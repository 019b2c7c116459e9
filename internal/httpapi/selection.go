package httpapi

import (
	"context"
	"slices"

	"aitrader/internal/sim"
)

// selection says whose days are asked for: of an experiment, or of one job in
// it, superseded days included then.
type selection struct {
	experiment string
	model      string // "": all
	job        *sim.Job
}

// selectDays finds out what a query selects. With a job, its experiment counts.
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

// filter selects the days of a range.
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
	var out []string
	if q.job != nil {
		out = slices.Sorted(slices.Values(q.job.Plan.Signatures()))
	} else {
		heads, err := s.Store.Books(ctx, q.experiment)
		if err != nil {
			return nil, err
		}
		for _, h := range heads {
			out = append(out, h.Book.Model)
		}
	}
	if q.model != "" {
		out = slices.DeleteFunc(out, func(m string) bool { return m != q.model })
	}
	return out, nil
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
	for _, f.Model = range q.job.Plan.Signatures() { // a book's last day is found at once, a job's is not
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

// dateQuery reads a date parameter; "" is no date.
func dateQuery(name, value string) (sim.Date, error) {
	if value == "" {
		return 0, nil
	}
	d, err := sim.ParseDate(value)
	if err != nil {
		return 0, sim.Errorf(sim.KindInvalid, "query parameter %q: %w", name, err)
	}
	return d, nil
}

// rangeQuery reads the two ends of a range, either of which may be missing.
func rangeQuery(start, end string) (from, to sim.Date, err error) {
	if from, err = dateQuery("start_date", start); err != nil {
		return 0, 0, err
	}
	if to, err = dateQuery("end_date", end); err != nil {
		return 0, 0, err
	}
	if !from.IsZero() && !to.IsZero() && to < from {
		return 0, 0, sim.Errorf(sim.KindInvalid, "end_date %s is before start_date %s", to, from)
	}
	return from, to, nil
}

// pageOf returns what of a sorted list follows a cursor, at most limit, and the
// cursor of the page after it ("" at the end).
func pageOf[T any](list []T, name func(T) string, after string, limit int) (page []T, next string) {
	first := 0
	if after != "" {
		first, _ = slices.BinarySearchFunc(list, after, func(item T, cursor string) int {
			if name(item) <= cursor {
				return -1
			}
			return 1
		})
	}
	page = list[first:]
	if len(page) > limit {
		page = page[:limit]
		next = name(page[limit-1])
	}
	return page, next
}
