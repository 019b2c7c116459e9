package httpapi

import (
	"context"
	"maps"

	"aitrader/internal/sim"
)

// tally counts what the return of a model does not show: its days that are no
// decisions of its own, and how much of its input came from a cache.
type tally struct {
	broken int // closed days that ended with broken answers
	failed int // dates on which a model-day failed, and no day is closed
	usage  sim.Usage
}

// newTally counts the closed days of a model, and its failed dates from one date to
// another; zero ends are open.
func newTally(days []sim.Day, failed failedDays, from, to sim.Date) tally {
	var t tally
	closed := make(map[sim.Date]bool, len(days))
	for i := range days {
		closed[days[i].Ref.Date] = true
		t.usage = t.usage.Add(days[i].Session.Usage)
		if days[i].Session.StopReason.Broken() {
			t.broken++
		}
	}
	for date := range failed {
		if !closed[date] && date >= from && (to.IsZero() || date <= to) {
			t.failed++
		}
	}
	return t
}

// cachedPct is the part of input tokens that came from a cache; nil without input.
func cachedPct(u sim.Usage) *sim.Percent {
	if p, ok := u.CachedPct(); ok {
		return &p
	}
	return nil
}

// withFailures are the states of jobs that may have failed model-days.
var withFailures = []sim.JobStatus{sim.JobPending, sim.JobRunning, sim.JobPartial, sim.JobFailed, sim.JobCancelled}

// failedDays are the dates of a model's failed model-days, with the error of the newest
// job that failed there.
type failedDays map[sim.Date]string

// upTo returns the failed days up to a date; all for the zero date.
func (f failedDays) upTo(date sim.Date) failedDays {
	if date.IsZero() {
		return f
	}
	some := maps.Clone(f)
	maps.DeleteFunc(some, func(d sim.Date, _ string) bool { return d > date })
	return some
}

// lastError is the error of the latest date.
func (f failedDays) lastError() string {
	var last sim.Date
	for date := range f {
		last = max(last, date)
	}
	return f[last]
}

// failedDates returns the failed model-days of a selection by model. A later job may
// have closed some of their dates.
func (s *server) failedDates(ctx context.Context, q selection) (map[string]failedDays, error) {
	failed := map[string]failedDays{}
	if q.job != nil {
		return failed, s.addFailed(ctx, failed, q.job.ID)
	}
	f := sim.JobFilter{Experiment: q.experiment, Statuses: withFailures, Limit: 1000}
	for {
		jobs, next, err := s.Store.Jobs(ctx, f)
		if err != nil {
			return nil, err
		}
		for i := range jobs {
			if err := s.addFailed(ctx, failed, jobs[i].ID); err != nil {
				return nil, err
			}
		}
		if f.After = next; next == "" {
			return failed, nil
		}
	}
}

// addFailed adds the failed model-days of a job that is older than those added before.
func (s *server) addFailed(ctx context.Context, failed map[string]failedDays, jobID string) error {
	days, err := s.Store.ModelDays(ctx, jobID, sim.ModelDayFilter{Failed: true})
	for _, md := range days {
		if failed[md.Model] == nil {
			failed[md.Model] = failedDays{}
		}
		if _, newer := failed[md.Model][md.Date]; !newer {
			failed[md.Model][md.Date] = md.Error
		}
	}
	return err
}
