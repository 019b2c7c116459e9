// Package daily catches up on the evening of every trading day: it waits for the
// bars of the day and then triggers what an empty trigger would.
//
// It keeps nothing. What is missing follows from the books, so that an evening
// which comes twice, or after days without the process, does no more and no less
// than is missing.
package daily

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

const (
	// Interval is how long a day's bars that are not there are waited for before
	// they are asked for again, and a trigger that was refused before its repetition.
	Interval = 5 * time.Minute
	// Limit is how long after its time an evening is given up. What it has not done
	// is part of the next one.
	Limit = 4 * time.Hour
	// longestWait bounds a single wait, because timers stand still while a computer
	// sleeps and its clock goes on.
	longestWait = time.Minute
)

// caller is who triggers, for the idempotency of requests.
const caller = "daily"

// Trigger triggers jobs.
type Trigger interface {
	Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error)
}

// Daily catches up every trading day. All fields must be set before its use but
// Bars, without which the bars are expected to be imported by somebody.
type Daily struct {
	At      TimeOfDay
	Trigger Trigger
	Configs engine.Configurations
	Prices  sim.PriceStore
	Bars    engine.Bars
	NewYork *time.Location
	Now     func() time.Time
	// After returns a channel that receives when a duration has passed.
	After func(time.Duration) <-chan time.Time
	Log   *slog.Logger
}

// Run catches up until the context ends: at once for the evenings that have been
// missed, and then at the time of each trading day.
func (d *Daily) Run(ctx context.Context) {
	for ctx.Err() == nil {
		day := d.lastEvening()
		d.evening(ctx, day)
		next := d.At.on(sim.NextTradingDay(day), d.NewYork)
		d.Log.InfoContext(ctx, "waiting for the next evening", "at", next.Format(time.RFC3339))
		d.waitUntil(ctx, next)
	}
}

// lastEvening returns the last trading day whose time has come.
func (d *Daily) lastEvening() sim.Date {
	now := d.Now()
	today := sim.DateOf(now.In(d.NewYork))
	if sim.IsTradingDay(today) && !now.Before(d.At.on(today, d.NewYork)) {
		return today
	}
	return sim.PrevTradingDay(today)
}

// evening does all that is missing up to a day.
func (d *Daily) evening(ctx context.Context, day sim.Date) {
	log := d.Log.With("date", day.String())
	giveUp := d.At.on(day, d.NewYork).Add(Limit)
	d.awaitBars(ctx, log, day, giveUp)
	d.catchUp(ctx, log, giveUp)
}

// catchUp triggers, until there is an answer. Another active job is waited for:
// it does not do this evening's work.
func (d *Daily) catchUp(ctx context.Context, log *slog.Logger, giveUp time.Time) {
	for ctx.Err() == nil {
		result, err := d.Trigger.Trigger(ctx, sim.TriggerRequest{Caller: caller})
		switch {
		case err == nil:
			report(ctx, log, result)
			return
		case ctx.Err() != nil:
			return
		case !d.Now().Before(giveUp):
			log.ErrorContext(ctx, "the catch-up is given up until the next evening", "error", err)
			return
		}
		log.WarnContext(ctx, "the catch-up was refused; it is tried again", "after", Interval.String(), "error", err)
		d.waitUntil(ctx, d.Now().Add(Interval))
	}
}

// report says what became of a trigger.
func report(ctx context.Context, log *slog.Logger, r sim.TriggerResult) {
	switch r.Outcome {
	case sim.TriggerCurrent:
		log.InfoContext(ctx, "nothing is missing", "last_date", r.LastDate.String(), "warnings", r.Warnings)
	case sim.TriggerSame:
		log.InfoContext(ctx, "an active job does the catch-up already", "job_id", r.Job.ID)
	default:
		log.InfoContext(ctx, "catch-up triggered", "job_id", r.Job.ID, "dates", len(r.Job.Plan.Dates), "model_days", r.Job.Plan.Total(), "warnings", r.Warnings)
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
		case <-d.After(min(left, longestWait)):
		}
	}
}
