package callback

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"aitrader/internal/sim"
)

// Store keeps the callbacks, and the jobs that they belong to: see [sim.JobStore].
type Store interface {
	sim.CallbackStore
	Job(ctx context.Context, id string) (sim.Job, error)
}

// Deliverer delivers the callbacks of jobs that have ended. It implements
// engine.Notifier. It is safe for concurrent use. All fields must be set, except
// that only [Deliverer.Run] and [Deliverer.DeliverUntilDeadline] need After.
type Deliverer struct {
	Store  Store
	Sender *Sender
	// Body returns the JSON body that is sent for a job that has ended.
	Body func(ctx context.Context, job sim.Job) ([]byte, error)
	Now  func() time.Time
	// After returns a channel that receives after a duration.
	After func(time.Duration) <-chan time.Time
	Log   *slog.Logger
	// OnJobEnded handles JobEnded: it delivers the callbacks of the job, or wakes
	// the loop that does.
	OnJobEnded func(ctx context.Context, job sim.Job)
}

// Accept implements engine.Notifier.
func (d *Deliverer) Accept(ctx context.Context, url sim.CallbackURL) error {
	return d.Sender.Check(ctx, url)
}

// JobEnded implements engine.Notifier.
func (d *Deliverer) JobEnded(ctx context.Context, job sim.Job) { d.OnJobEnded(ctx, job) }

// Deliver sends all callbacks of a job, due or not; for an active job it does
// nothing. A callback that fails stays in the store, and the error joins the
// failures.
func (d *Deliverer) Deliver(ctx context.Context, job sim.Job) error {
	pending, err := d.Store.Callbacks(ctx, job.ID)
	if err != nil || len(pending) == 0 || !job.Status.Terminal() {
		return err
	}
	var failed error
	for _, c := range pending {
		if err := d.send(ctx, job, c); err != nil {
			failed = errors.Join(failed, err, d.Store.DeferCallback(ctx, d.deferred(c)))
		}
	}
	return failed
}

// send sends one callback and removes it from the store, also when the receiver
// answers that it is gone.
func (d *Deliverer) send(ctx context.Context, job sim.Job, c sim.Callback) error {
	body, err := d.Body(ctx, job)
	if err != nil {
		return err
	}
	err = d.Sender.Send(ctx, c.URL, job.ID, body)
	switch {
	case err == nil:
		d.Log.InfoContext(ctx, "callback delivered", "job_id", job.ID, "status", job.Status, "attempt", c.Attempts+1)
	case errors.Is(err, ErrGone):
		d.Log.WarnContext(ctx, "callback dropped", "job_id", job.ID, "attempt", c.Attempts+1, "error", err)
	default:
		d.Log.WarnContext(ctx, "callback not delivered", "job_id", job.ID, "attempt", c.Attempts+1, "error", err)
		return err
	}
	// The receiver has it: a cancelled context must not make us send it again.
	return d.Store.DropCallback(context.WithoutCancel(ctx), c)
}

// deferred returns a callback as it is after one more failure.
func (d *Deliverer) deferred(c sim.Callback) sim.Callback {
	c.NextAt = d.Now()
	if c.Attempts < len(retryDelays) {
		c.NextAt = c.NextAt.Add(retryDelays[c.Attempts])
	}
	c.Attempts++
	return c
}
