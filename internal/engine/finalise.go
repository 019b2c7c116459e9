package engine

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// finalise decides how a job ends, and ends it. Model-days that are closed while
// it decides are not lost: ending the job releases its books first, and the
// status is decided again if the counts have changed meanwhile.
func finalise(ctx context.Context, store sim.Store, jobID, broken string, now time.Time) (sim.Job, error) {
	job, err := store.Job(ctx, jobID)
	if err != nil || job.Status.Terminal() {
		return job, err
	}
	counts, err := store.Counts(ctx, jobID)
	if err != nil {
		return sim.Job{}, err
	}
	stop, err := stopReason(ctx, store, job)
	if err != nil {
		return sim.Job{}, err
	}
	f := sim.Finish{Status: sim.NewProgress(job, counts).FinalStatus(), StopReason: stop, Error: broken, Lost: reasonLost, Now: now}
	switch {
	case job.CancelRequested:
		f.Status, f.Lost = sim.JobCancelled, reasonCancelled
	case f.Status == sim.JobCompleted:
		f.StopReason = "" // what was left was enough
	case broken == "" && f.Status == sim.JobFailed:
		f.Error = "no model-day was completed"
	}
	return store.FinishJob(ctx, jobID, f)
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
