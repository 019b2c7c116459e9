package callback

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// delays are how long a callback rests after each failure; after the last one it
// is given up, about 19 hours after the end of the job.
var delays = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
}

// look is how often it looks by itself: somebody else may have changed the store.
const look = time.Minute

// Run tells what is due until the context ends. It looks when it is woken, when
// something becomes due, and from time to time. One process does it for a store.
func (c *Courier) Run(ctx context.Context, wake <-chan struct{}) {
	for ctx.Err() == nil {
		rest := look
		if next := c.DeliverDue(ctx); !next.IsZero() {
			rest = max(0, min(rest, next.Sub(c.Now())))
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-c.After(rest):
		}
	}
}

// DeliverDue tells the callbacks that are due, and returns when the next one is;
// zero: none waits for its time.
func (c *Courier) DeliverDue(ctx context.Context) (next time.Time) {
	waiting, err := c.Store.Callbacks(ctx, "")
	if err != nil {
		c.failed(ctx, "callbacks could not be listed", err)
		return next
	}
	for _, w := range waiting {
		job, err := c.Store.Job(ctx, w.JobID)
		switch {
		case err != nil:
			c.failed(ctx, "the job of a callback could not be read", err, "job_id", w.JobID)
			continue
		case !job.Status.Terminal():
			continue
		case !c.Now().Before(w.NextAt):
			w = c.attempt(ctx, job, w)
		}
		if w.NextAt.After(c.Now()) && (next.IsZero() || w.NextAt.Before(next)) {
			next = w.NextAt
		}
	}
	return next
}

// attempt tells a callback once, and returns it as it is then.
func (c *Courier) attempt(ctx context.Context, job sim.Job, w sim.Callback) sim.Callback {
	err := c.tell(ctx, job, w)
	if err == nil || ctx.Err() != nil {
		return w
	}
	if w.Attempts >= len(delays) {
		c.Log.ErrorContext(ctx, "callback given up", "job_id", job.ID, "attempts", w.Attempts+1)
		err = c.Store.DropCallback(ctx, w)
	} else {
		w = c.deferred(w)
		err = c.Store.DeferCallback(ctx, w)
	}
	if err != nil {
		c.failed(ctx, "a callback could not be kept", err, "job_id", job.ID)
	}
	return w
}

// failed logs what went wrong with the store, unless everything ends.
func (c *Courier) failed(ctx context.Context, what string, err error, more ...any) {
	if ctx.Err() == nil {
		c.Log.ErrorContext(ctx, what, append(more, "error", err)...)
	}
}
