// Package callback tells the callers of triggers of the ends of their jobs, in
// both homes: it joins the callbacks that a store keeps with what calls them.
//
// A callback is stored with its job, and goes when it has been told. Whoever dies
// in between leaves it there, and the next one tells it again: at least once, with
// the same id.
package callback

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
	"aitrader/internal/webhook"
)

// Courier tells of the ends of jobs. It implements the engine's Notifier. It is
// safe for concurrent use; all of its fields must be set before but After, which
// only [Courier.Run] needs.
type Courier struct {
	Store  sim.Store
	Sender *webhook.Sender
	Now    func() time.Time
	// After returns a channel that receives when a duration has passed.
	After func(time.Duration) <-chan time.Time
	Log   *slog.Logger
	// Ended is called for JobEnded.
	Ended func(ctx context.Context, job sim.Job)
}

// Accept implements the engine's Notifier.
func (c *Courier) Accept(ctx context.Context, url sim.CallbackURL) error {
	return c.Sender.Check(ctx, url)
}

// JobEnded implements the engine's Notifier.
func (c *Courier) JobEnded(ctx context.Context, job sim.Job) { c.Ended(ctx, job) }

// Deliver tells all callbacks of a job that has ended, whether they are due or not.
// The error is that at least one could not be told; it stays.
func (c *Courier) Deliver(ctx context.Context, job sim.Job) error {
	waiting, err := c.Store.Callbacks(ctx, job.ID)
	if err != nil || len(waiting) == 0 || !job.Status.Terminal() {
		return err
	}
	var failed error
	for _, w := range waiting {
		if err := c.tell(ctx, job, w); err != nil {
			failed = errors.Join(failed, err, c.Store.DeferCallback(ctx, c.deferred(w)))
		}
	}
	return failed
}

// tell tells one callback of the end of its job and forgets it, also when the
// receiver says not to want it.
func (c *Courier) tell(ctx context.Context, job sim.Job, w sim.Callback) error {
	body, err := httpapi.FinalStatus(ctx, c.Store, job)
	if err != nil {
		return err
	}
	err = c.Sender.Send(ctx, w.URL, job.ID, body)
	switch {
	case err == nil:
		c.Log.InfoContext(ctx, "callback delivered", "job_id", job.ID, "status", job.Status, "attempt", w.Attempts+1)
	case sim.IsKind(err, sim.KindNoData):
		c.Log.WarnContext(ctx, "callback dropped", "job_id", job.ID, "attempt", w.Attempts+1, "error", err)
	default:
		c.Log.WarnContext(ctx, "callback not delivered", "job_id", job.ID, "attempt", w.Attempts+1, "error", err)
		return err
	}
	// It has been told: that the caller has gone meanwhile must not tell it again.
	return c.Store.DropCallback(context.WithoutCancel(ctx), w)
}

// deferred is a callback after one more failure.
func (c *Courier) deferred(w sim.Callback) sim.Callback {
	w.NextAt = c.Now()
	if w.Attempts < len(delays) {
		w.NextAt = w.NextAt.Add(delays[w.Attempts])
	}
	w.Attempts++
	return w
}
