package engine

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/sim"
)

// Jobs creates, cancels and repeats jobs, and finds out what became of them. All
// fields but Bars, Notifier and Log must be set before its use.
type Jobs struct {
	Store  sim.Store
	Prices sim.PriceStore
	// Bars, if set, is asked for the days that a trigger wants and that have none.
	Bars     Bars
	Configs  Configurations
	Executor Executor
	// Notifier, if set, tells callers of the ends of their jobs.
	Notifier Notifier
	Now      func() time.Time
	// NewYork is the time zone in which a trading day has its date.
	NewYork *time.Location
	NewID   func() string
	Limits  sim.Limits
	Log     *slog.Logger
}

// Configurations opens configurations by name.
type Configurations interface {
	// Open returns a configuration. Kind invalid_request: there is none of that
	// name, or it is not valid.
	Open(ctx context.Context, name string) (Configuration, error)
}

// Configuration is what a trigger needs to know of one.
type Configuration interface {
	// Settings returns what a job of these models runs with; no signature means
	// all enabled models. Kind invalid_request: a signature is unknown.
	Settings(signatures []string) (sim.Settings, error)
	// InitDate is where a model without history starts; zero: at the end date.
	InitDate() sim.Date
}

// Notifier tells callers of the ends of their jobs, as their triggers asked for.
type Notifier interface {
	// Accept refuses an address that would not be told. Its error does not hold the
	// address. Kind invalid_request: it may not be.
	Accept(ctx context.Context, url sim.CallbackURL) error
	// JobEnded is called when a job has been ended by a look at it. Calling it again
	// is harmless.
	JobEnded(ctx context.Context, job sim.Job)
}

// Executor executes jobs elsewhere: in a state machine, or in this process.
type Executor interface {
	// Start starts a job. Starting it again is harmless.
	Start(ctx context.Context, job sim.Job) error
	// Stop stops a job that is marked for it. Stopping it again is harmless.
	Stop(ctx context.Context, job sim.Job) error
	// State says what became of a job's execution.
	State(ctx context.Context, job sim.Job) (ExecutionState, error)
}

// ExecutionState is the state of an execution.
type ExecutionState string

// The states of an execution.
const (
	ExecutionAlive  ExecutionState = "alive"  // it works, or will by itself
	ExecutionAbsent ExecutionState = "absent" // it was never started
	ExecutionEnded  ExecutionState = "ended"  // it will do nothing more
)

// Cancel asks a job to stop. Model-days in flight leave nothing behind. A job
// that has ended is a conflict.
func (j *Jobs) Cancel(ctx context.Context, jobID string) (sim.Job, error) {
	job, err := j.Store.RequestCancel(ctx, jobID, j.Now())
	if err != nil {
		return sim.Job{}, err
	}
	if err := j.Executor.Stop(ctx, job); err != nil {
		return sim.Job{}, err
	}
	return j.Look(ctx, job)
}

// Look asks what became of an active job's execution, and acts on it: one that
// was never started is started, one whose execution has ended is finalised. It
// returns the job as it is then.
func (j *Jobs) Look(ctx context.Context, job sim.Job) (sim.Job, error) {
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
		job, err := finalise(ctx, j.Store, job.ID, "the execution ended before the job", j.Now())
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
