package engine

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/sim"
)

// Jobs creates, cancels and repeats jobs, and reconciles them with their executions.
// All fields must be set, except Bars, IdleCash, Notifier, Observer and Log.
type Jobs struct {
	Store  JobsStore
	Prices sim.PriceStore
	// Bars, if set, fetches the bars of planned days that have none.
	Bars Bars
	// IdleCash, if set, warns of a model that cannot invest its initial cash on the date
	// of the view, its first; "" for no warning.
	IdleCash func(m sim.ModelSpec, s sim.Settings, view sim.View) string
	Configs  Configurations
	Executor Executor
	// Notifier, if set, delivers the callbacks of jobs that have ended.
	Notifier Notifier
	// Observer, if set, counts the jobs that are ended here.
	Observer Observer
	Now      func() time.Time
	NewID    func() string
	Limits   sim.Limits
	Log      *slog.Logger
}

// JobsStore is what [Jobs] needs of a [sim.Store].
type JobsStore interface {
	Store
	sim.BookStore
	sim.CallbackStore
}

// Configurations opens configurations by name.
type Configurations interface {
	// Open returns a configuration. Kind invalid_request: none has that name, or it
	// is not valid.
	Open(ctx context.Context, name string) (sim.Configuration, error)
}

// Notifier delivers the callbacks that triggers asked for.
type Notifier interface {
	// Accept refuses an address that must not be called. Its error does not reveal
	// the address. Kind invalid_request: it is not allowed.
	Accept(ctx context.Context, url sim.CallbackURL) error
	// JobEnded is called when [Jobs.Reconcile] has found that a job has ended.
	// Calling it again is harmless.
	JobEnded(ctx context.Context, job sim.Job)
}

// Executor executes jobs elsewhere: in a state machine, or in this process.
type Executor interface {
	// Start starts a job. Starting it again is harmless.
	Start(ctx context.Context, job sim.Job) error
	// Stop stops a job that is marked for it. Stopping it again is harmless.
	Stop(ctx context.Context, job sim.Job) error
	// State returns the state of a job's execution.
	State(ctx context.Context, job sim.Job) (ExecutionState, error)
}

// ExecutionState is the state of an execution.
type ExecutionState string

// The states of an execution.
const (
	ExecutionAlive  ExecutionState = "alive"  // it runs, or will run by itself
	ExecutionAbsent ExecutionState = "absent" // it was never started
	ExecutionEnded  ExecutionState = "ended"  // it will do nothing more
)

// Cancel requests that a job stops, and returns it. Model-days in flight leave
// nothing behind. Kind conflict: the job has ended.
func (j *Jobs) Cancel(ctx context.Context, jobID string) (sim.Job, error) {
	job, err := j.Store.RequestCancel(ctx, jobID, j.Now())
	if err != nil {
		return sim.Job{}, err
	}
	if err := j.Executor.Stop(ctx, job); err != nil {
		return sim.Job{}, err
	}
	return j.Reconcile(ctx, job)
}

// maxHeartbeatAge is how old the heartbeat of an active job may be before
// [Jobs.Refresh] asks for its execution. A date takes minutes at most.
const maxHeartbeatAge = 2 * time.Minute

// Refresh returns a job as a reader should see it. It reconciles an active job
// whose heartbeat is older than maxHeartbeatAge, or which is to be cancelled and
// waits for its execution to stop. If that fails, it logs the reason and returns
// the job as it is stored. The only error is that of the context.
func (j *Jobs) Refresh(ctx context.Context, job sim.Job) (sim.Job, error) {
	fresh := j.Now().Sub(job.UpdatedAt) <= maxHeartbeatAge && !job.CancelRequested
	if job.Status.Terminal() || fresh {
		return job, nil
	}
	reconciled, err := j.Reconcile(ctx, job)
	if err != nil {
		j.log().WarnContext(ctx, "cannot find out what became of the execution of a job", "job_id", job.ID, "error", err)
		return job, ctx.Err()
	}
	return reconciled, nil
}

// Reconcile brings an active job in line with its execution: one that was never
// started is started, and a job whose execution has ended is finalised. It returns
// the job as it is then.
func (j *Jobs) Reconcile(ctx context.Context, job sim.Job) (sim.Job, error) {
	if job.Status.Terminal() {
		return job, nil
	}
	state, err := j.Executor.State(ctx, job)
	if err != nil {
		return job, err
	}
	switch {
	case state == ExecutionAlive:
		return job, nil
	case state == ExecutionAbsent && !job.CancelRequested:
		return job, j.Executor.Start(ctx, job)
	default:
		job, err := finaliser{j.Store, j.Observer, j.log(), j.Now()}.finalise(ctx, job.ID, "the execution ended before the job")
		if err == nil && j.Notifier != nil {
			j.Notifier.JobEnded(ctx, job)
		}
		return job, err
	}
}

func (j *Jobs) log() *slog.Logger {
	if j.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return j.Log.With("logger", "jobs")
}
