// Package daily runs the evening catch-up of every trading day: it waits for the
// bars of the day, and then triggers as an empty request would.
//
// It stores nothing. What is missing follows from the books, so that an evening
// that runs twice, or after days of downtime, does exactly what is missing.
package daily

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

const (
	// Interval is the wait before missing bars are requested again, and before a
	// refused trigger is repeated.
	Interval = 5 * time.Minute
	// Limit is how long after its time an evening is given up. The next evening does
	// what is left.
	Limit = 4 * time.Hour
	// maxWait bounds a single wait: timers stop while a computer sleeps, and its
	// clock does not.
	maxWait = time.Minute
)

// caller identifies the scheduler in the idempotency of requests.
const caller = "daily"

// Trigger triggers jobs.
type Trigger interface {
	Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error)
}

// Daily catches up every trading day. All fields must be set, except Bars: without
// it the bars are expected to be imported.
type Daily struct {
	At      TimeOfDay
	Trigger Trigger
	Configs engine.Configurations
	Prices  sim.PriceStore
	Bars    engine.Bars
	Now     func() time.Time
	// After returns a channel that receives after a duration.
	After func(time.Duration) <-chan time.Time
	Log   *slog.Logger
}

// Run catches up until the context ends: at once on the evenings that were missed,
// and then at the set time of each trading day.
func (d *Daily) Run(ctx context.Context) {
	for ctx.Err() == nil {
		day := d.lastEvening()
		d.evening(ctx, day)
		next := d.At.on(sim.DefaultMarket.NextBar(day))
		d.Log.InfoContext(ctx, "waiting for the next evening", "at", next.Format(time.RFC3339))
		d.waitUntil(ctx, next)
	}
}

// lastEvening returns the last trading day whose evening has begun.
func (d *Daily) lastEvening() sim.Date {
	now := d.Now()
	today := sim.DefaultMarket.Today(now)
	if sim.DefaultMarket.IsTradingDay(today) && !now.Before(d.At.on(today)) {
		return today
	}
	return sim.DefaultMarket.PrevBar(today)
}

// evening does everything that is missing up to a day.
func (d *Daily) evening(ctx context.Context, day sim.Date) {
	log := d.Log.With("date", day.String())
	giveUp := d.At.on(day).Add(Limit)
	d.awaitBars(ctx, log, day, giveUp)
	d.catchUp(ctx, log, giveUp)
}

// catchUp triggers until the request is accepted. It waits for another active job,
// which does not do this evening's work.
func (d *Daily) catchUp(ctx context.Context, log *slog.Logger, giveUp time.Time) {
	for ctx.Err() == nil {
		result, err := d.Trigger.Trigger(ctx, sim.TriggerRequest{Caller: caller})
		switch {
		case err == nil:
			logOutcome(ctx, log, result)
			return
		case ctx.Err() != nil:
			return
		case !d.Now().Before(giveUp):
			log.ErrorContext(ctx, "the catch-up is given up until the next evening", "error", err)
			return
		}
		log.WarnContext(ctx, "the catch-up was refused and will be retried", "after", Interval.String(), "error", err)
		d.waitUntil(ctx, d.Now().Add(Interval))
	}
}

// logOutcome logs the answer to a trigger.
func logOutcome(ctx context.Context, log *slog.Logger, r sim.TriggerResult) {
	switch r.Outcome {
	case sim.TriggerCurrent:
		log.InfoContext(ctx, "nothing is missing", "last_date", r.LastDate.String(), "warnings", r.Warnings)
	case sim.TriggerSame:
		log.InfoContext(ctx, "an active job already does the catch-up", "job_id", r.Job.ID)
	default:
		log.InfoContext(ctx, "catch-up triggered",
			"job_id", r.Job.ID, "dates", len(r.Job.Plan.Dates), "model_days", r.Job.Plan.Total(), "warnings", r.Warnings)
	}
}

// waitUntil waits until the clock shows a time, or the context ends.
func (d *Daily) waitUntil(ctx context.Context, at time.Time) {
	for {
		left := at.Sub(d.Now())
		if left <= 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-d.After(min(left, maxWait)):
		}
	}
}
