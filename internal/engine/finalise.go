package engine

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/sim"
)

// Finalise ends a job: as cancelled if that was requested, otherwise by what its
// model-days have become. Broken, if not empty, says why the job cannot continue. A
// job that has ended is returned as it is.
func (e *Engine) Finalise(ctx context.Context, jobID, broken string) (sim.Job, error) {
	return finaliser{e.Store, e.Observer, e.log(), e.Now()}.finalise(ctx, jobID, broken)
}

// finaliser ends jobs: for an execution its own, and for [Jobs] those whose
// execution died.
type finaliser struct {
	store    Store
	observer Observer // may be nil
	log      *slog.Logger
	now      time.Time
}

// finalise decides how a job ends, ends it, and tells the observer. Model-days that
// are closed while it decides are not lost: the store releases the books first, and
// decides the status again if the counts have changed. A job that has ended is
// returned as it is, and not counted again.
func (f finaliser) finalise(ctx context.Context, jobID, broken string) (sim.Job, error) {
	job, err := f.store.Job(ctx, jobID)
	if err != nil || job.Status.Terminal() {
		return job, err
	}
	finish, err := f.decide(ctx, job, broken)
	if err != nil {
		return sim.Job{}, err
	}
	job, err = askStore(ctx, func() (sim.Job, error) { return f.store.FinishJob(ctx, jobID, finish) })
	if err != nil {
		return sim.Job{}, err
	}
	if !job.CompletedAt.Equal(f.now) {
		return job, nil // another caller ended it first, and counts it
	}
	if f.observer != nil {
		f.observer.JobEnded(job.Status, f.now.Sub(job.CreatedAt))
	}
	f.log.InfoContext(ctx, "job ended", "job_id", job.ID, "status", job.Status)
	return job, nil
}

// decide says how an active job ends, from the present state of its model-days.
func (f finaliser) decide(ctx context.Context, job sim.Job, broken string) (sim.Finish, error) {
	counts, err := f.store.Counts(ctx, job.ID)
	if err != nil {
		return sim.Finish{}, err
	}
	stop, err := f.stopReason(ctx, job)
	if err != nil {
		return sim.Finish{}, err
	}
	finish := sim.Finish{
		Status:     sim.NewProgress(job, counts).FinalStatus(),
		StopReason: stop,
		Error:      broken,
		Lost:       reasonLost,
		Now:        f.now,
	}
	switch {
	case job.CancelRequested:
		finish.Status, finish.Lost = sim.JobCancelled, reasonCancelled
	case finish.Status == sim.JobCompleted:
		finish.StopReason = "" // the budget was enough
	case broken == "" && finish.Status == sim.JobFailed:
		finish.Error = "no model-day was completed"
	}
	return finish, nil
}

// stopReason says whether a job ends because a budget is used up: that of the job,
// or that of one model.
func (f finaliser) stopReason(ctx context.Context, job sim.Job) (sim.StopReason, error) {
	if !job.Settings.Budgeted() {
		return "", nil
	}
	spending, err := f.store.Spending(ctx, job.ID)
	if err != nil {
		return "", err
	}
	for _, s := range spending {
		if s.Exhausted {
			return sim.StopBudget, nil
		}
	}
	return "", nil
}
