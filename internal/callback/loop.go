package callback

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// retryDelays are the waits after each failure. After one more failure the
// callback is given up, about 19 hours after the end of the job.
var retryDelays = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
}

// pollInterval is how often the loop reads the store without being woken: another
// process may have ended a job.
const pollInterval = time.Minute

// Run delivers what is due until the context ends. It reads the store at the
// start, when it is woken, when a callback falls due, and once every pollInterval.
// Only one process may run it on a store.
func (d *Deliverer) Run(ctx context.Context, wake <-chan struct{}) {
	for ctx.Err() == nil {
		wait := pollInterval
		if next := d.DeliverDue(ctx); !next.IsZero() {
			wait = max(0, min(wait, next.Sub(d.Now())))
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-d.After(wait):
		}
	}
}

// DeliverDue sends the callbacks that are due, and returns when the next one falls
// due; zero when none is waiting.
func (d *Deliverer) DeliverDue(ctx context.Context) (next time.Time) {
	pending, err := d.Store.Callbacks(ctx, "")
	if err != nil {
		d.logFailure(ctx, "callbacks could not be listed", err)
		return next
	}
	for _, c := range pending {
		job, err := d.Store.Job(ctx, c.JobID)
		switch {
		case err != nil:
			d.logFailure(ctx, "the job of a callback could not be read", err, "job_id", c.JobID)
			continue
		case !job.Status.Terminal():
			continue
		case !d.Now().Before(c.NextAt):
			c = d.attempt(ctx, job, c)
		}
		if c.NextAt.After(d.Now()) && (next.IsZero() || c.NextAt.Before(next)) {
			next = c.NextAt
		}
	}
	return next
}

// attempt sends a callback once; a failure defers it, or gives it up after the
// last attempt. It returns the callback as it is then.
func (d *Deliverer) attempt(ctx context.Context, job sim.Job, c sim.Callback) sim.Callback {
	err := d.send(ctx, job, c)
	if err == nil || ctx.Err() != nil {
		return c
	}
	if c.Attempts >= len(retryDelays) {
		d.Log.ErrorContext(ctx, "callback given up", "job_id", job.ID, "attempts", c.Attempts+1)
		err = d.Store.DropCallback(ctx, c)
	} else {
		c = d.deferred(c)
		err = d.Store.DeferCallback(ctx, c)
	}
	if err != nil {
		d.logFailure(ctx, "a callback could not be kept", err, "job_id", job.ID)
	}
	return c
}

// logFailure logs a failure of the store, unless the context has ended.
func (d *Deliverer) logFailure(ctx context.Context, what string, err error, more ...any) {
	if ctx.Err() == nil {
		d.Log.ErrorContext(ctx, what, append(more, "error", err)...)
	}
}
