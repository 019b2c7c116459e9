package stepfn

import (
	"context"
	"log/slog"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// RunDay is the function modelday: it runs one model-day on an engine that is not
// exclusive. Its error is one that the machine can match.
func RunDay(ctx context.Context, e *engine.Engine, in ModelDay) (engine.DayResult, error) {
	run := *e
	run.Exclusive = in.TakeOver
	result, err := run.RunDay(ctx, in.ModelDayKey)
	return result, TaskError(err)
}

// Advance is the function nextdate: it closes the date that has run and names the next
// one, or ends the job. Most is that of [NewStep]. Its error is one that the machine can
// match.
func Advance(ctx context.Context, e *engine.Engine, in NextDate, most int) (Step, error) {
	if in.Broken != "" {
		job, err := e.Finalise(ctx, in.JobID, in.Broken)
		return NewStep(in.JobID, engine.Step{Done: true, Status: job.Status}, 0), TaskError(err)
	}
	step, err := e.Next(ctx, in.JobID, in.Ran)
	return NewStep(in.JobID, step, most), TaskError(err)
}

// Ending handles the ends of executions. All fields must be set.
type Ending struct {
	Jobs *engine.Jobs
	// Deliver delivers the callbacks of a job.
	Deliver func(ctx context.Context, job sim.Job) error
	Log     *slog.Logger
}

// Handle finalises the job of an execution that has ended, unless the execution did, and
// delivers the callbacks of the job. An error means that Lambda must invoke it again.
func (n Ending) Handle(ctx context.Context, jobID string) error {
	job, err := n.Jobs.Store.Job(ctx, jobID)
	if sim.IsKind(err, sim.KindNotFound) {
		n.Log.WarnContext(ctx, "an execution has ended that belongs to no job", "job_id", jobID)
		return nil
	}
	if err != nil {
		return err
	}
	job, err = n.Jobs.Reconcile(ctx, job)
	if err != nil {
		return err
	}
	return n.Deliver(ctx, job)
}
