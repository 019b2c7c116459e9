package engine

import (
	"context"
	"log/slog"
	"slices"

	"aitrader/internal/sim"
)

// This file stops a model whose fault lasts: a job does not ask it again on each of its
// later dates. What is known of the date before is in the store, so that every process
// that runs a model-day decides the same. A retry is a new job, which asks again.

// failedBefore returns the failed model-day of the same model and job before the granted
// one; the zero value if that has been closed, or does not exist. A healthy model costs no
// read: its book is closed through the date before.
func (e *Engine) failedBefore(ctx context.Context, log *slog.Logger, job sim.Job, g sim.Grant) sim.ModelDay {
	d := job.Plan.Before(g.Key.Model, g.Key.Date)
	if d <= g.Prev.Date {
		return sim.ModelDay{}
	}
	all, err := askStore(ctx, func() ([]sim.ModelDay, error) {
		return e.Store.ModelDays(ctx, job.ID, sim.ModelDayFilter{Date: d})
	})
	if err != nil {
		log.Warn("cannot find out how the model-day before has ended; the model is asked", "error", err)
		return sim.ModelDay{}
	}
	i := slices.IndexFunc(all, func(md sim.ModelDay) bool { return md.Model == g.Key.Model })
	if i < 0 || all[i].Status != sim.ModelDayFailed {
		return sim.ModelDay{}
	}
	return all[i]
}

// stopped returns the failure of a model-day after a fault that lasts, and nil after any
// other model-day. It names the first such fault, as that of the model-day before does.
func stopped(before sim.ModelDay) error {
	switch before.StopReason {
	case sim.StopFault:
		return sim.Errorf(sim.KindInvalid, "%s: not asked after the fault of %s: %s", sim.StopNotAsked, before.Date, before.Error).
			Stopping(sim.StopNotAsked)
	case sim.StopNotAsked:
		return &sim.Error{Kind: sim.KindInvalid, Message: before.Error, Stop: sim.StopNotAsked}
	}
	return nil
}

// faultOf says what a failure means for the later dates of its model. An address that
// cannot be reached on two dates in a row will not be reached on the next.
func faultOf(cause error, before sim.ModelDay) sim.StopReason {
	fault := sim.StopOf(cause)
	if fault == sim.StopUnreachable && before.StopReason == sim.StopUnreachable {
		return sim.StopFault
	}
	return fault
}
