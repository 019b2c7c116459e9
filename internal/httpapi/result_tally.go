package httpapi

import (
	"context"

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
func newTally(days []sim.Day, failed map[sim.Date]bool, from, to sim.Date) tally {
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

// failedDates returns the dates of the failed model-days of a selection by model. A
// later job may have closed some of them.
func (s *server) failedDates(ctx context.Context, q selection) (map[string]map[sim.Date]bool, error) {
	failed := map[string]map[sim.Date]bool{}
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

// addFailed adds the failed model-days of a job.
func (s *server) addFailed(ctx context.Context, failed map[string]map[sim.Date]bool, jobID string) error {
	days, err := s.Store.ModelDays(ctx, jobID, sim.ModelDayFilter{Failed: true})
	for _, md := range days {
		if failed[md.Model] == nil {
			failed[md.Model] = map[sim.Date]bool{}
		}
		failed[md.Model][md.Date] = true
	}
	return err
}
