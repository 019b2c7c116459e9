package engine

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/sim"
)

// ending is what it takes to end a job: an execution ends its own, and [Jobs] the
// one whose execution died.
type ending struct {
	store    sim.Store
	observer Observer // may be nil
	log      *slog.Logger
	now      time.Time
}

// finalise decides how a job ends, ends it, and tells the observer. Model-days that
// are closed while it decides are not lost: ending the job releases its books
// first, and the store decides the status again if the counts have changed. A job
// that has ended is returned as it is, and not counted again.
func (e ending) finalise(ctx context.Context, jobID, broken string) (sim.Job, error) {
	job, err := e.store.Job(ctx, jobID)
	if err != nil || job.Status.Terminal() {
		return job, err
	}
	f, err := e.finish(ctx, job, broken)
	if err != nil {
		return sim.Job{}, err
	}
	err = retry(ctx, func() error {
		job, err = e.store.FinishJob(ctx, jobID, f)
		return err
	})
	if err != nil {
		return sim.Job{}, err
	}
	if !job.CompletedAt.Equal(e.now) {
		return job, nil // another caller ended it first, and counts it
	}
	if e.observer != nil {
		e.observer.JobEnded(job.Status, e.now.Sub(job.CreatedAt))
	}
	e.log.InfoContext(ctx, "job ended", "job_id", job.ID, "status", job.Status)
	return job, nil
}

// finish says how an active job ends, as its model-days are now.
func (e ending) finish(ctx context.Context, job sim.Job, broken string) (sim.Finish, error) {
	counts, err := e.store.Counts(ctx, job.ID)
	if err != nil {
		return sim.Finish{}, err
	}
	stop, err := stopReason(ctx, e.store, job)
	if err != nil {
		return sim.Finish{}, err
	}
	f := sim.Finish{
		Status:     sim.NewProgress(job, counts).FinalStatus(),
		StopReason: stop,
		Error:      broken,
		Lost:       reasonLost,
		Now:        e.now,
	}
	switch {
	case job.CancelRequested:
		f.Status, f.Lost = sim.JobCancelled, reasonCancelled
	case f.Status == sim.JobCompleted:
		f.StopReason = "" // what was left was enough
	case broken == "" && f.Status == sim.JobFailed:
		f.Error = "no model-day was completed"
	}
	return f, nil
}

// stopReason says whether a job ends because nothing is left to spend: for all of
// its models, or for one.
func stopReason(ctx context.Context, store sim.Store, job sim.Job) (sim.StopReason, error) {
	if !job.Settings.Budgeted() {
		return "", nil
	}
	spending, err := store.Spending(ctx, job.ID)
	if err != nil {
		return "", err
	}
	for _, spending := range spending {
		if spending.Exhausted {
			return sim.StopBudget, nil
		}
	}
	return "", nil
}
