package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"aitrader/internal/sim"
)

// errCancelRequested is the cause with which the model-days of a cancelled job stop.
var errCancelRequested = sim.Errorf(sim.KindFenced, "the job is to be cancelled")

// RunJob executes a job to its end: date by date, the models of a date in parallel.
// It can be called again after a crash, and continues from the state in the store.
// When the context ends, it returns the context's error, and the job stays active. A
// cancel request stops the model-days in flight.
func (e *Engine) RunJob(ctx context.Context, jobID string) error {
	job, err := e.Store.Job(ctx, jobID)
	if err != nil {
		return err
	}
	working, stop := e.untilCancelled(ctx, jobID, cancelPollInterval)
	defer stop()
	decided := true // whether all model-days of the last date are over
	for ran := sim.Date(0); ; {
		t, err := e.next(ctx, job, ran)
		if err != nil {
			return err
		}
		if t.Done {
			return nil
		}
		// Concurrently, so that the store can commit it together with the claims of the
		// date.
		advanced := inBackground(func() (struct{}, error) { return struct{}{}, e.advance(ctx, job, t) })
		if !decided { // closing the date releases the books of lost model-days
			if _, err := advanced(); err != nil {
				return err
			}
		}
		decided = e.runDate(working, job, t.Step)
		_, err = advanced()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		ran = t.Date
		state, err := e.Store.JobState(ctx, jobID)
		if err != nil {
			return err
		}
		job = job.In(state)
	}
}

// runDate runs the models of one date in parallel and waits for all of them. It
// reads the prices once, so that all models see the same. It reports whether all
// model-days are over.
func (e *Engine) runDate(ctx context.Context, job sim.Job, step Step) (decided bool) {
	prices := inBackground(func() (*sim.MarketData, error) { return e.market(ctx) }) // while the claims are written
	var wg sync.WaitGroup
	var open atomic.Bool
	for _, model := range step.Models {
		wg.Go(func() {
			key := sim.ModelDayKey{JobID: job.ID, Date: step.Date, Model: model}
			_, err := e.runDay(ctx, job, key, prices)
			if err == nil {
				return
			}
			open.Store(true)
			if ctx.Err() == nil {
				e.log().Error("model-day ended without a result",
					"job_id", job.ID, "model", model, "date", step.Date.String(), "error", err)
			}
		})
	}
	wg.Wait()
	_, _ = prices() // read, or not needed: no read outlives its date
	return !open.Load()
}

// inBackground calls f in a goroutine. The returned function waits for its result, as
// often as it is called. It waits on a channel, not on a lock: testing/synctest does
// not let the time pass while a goroutine waits for a lock.
func inBackground[T any](f func() (T, error)) (wait func() (T, error)) {
	var value T
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		value, err = f()
	}()
	return func() (T, error) {
		<-ended
		return value, err
	}
}

const (
	// cancelPollInterval is how often a running job checks for a cancel request, which
	// may come from another process.
	cancelPollInterval = 500 * time.Millisecond
	// dayCancelPollInterval is that of a model-day that runs alone: each of them checks.
	dayCancelPollInterval = 2 * time.Second
)

// untilCancelled returns a context that ends when the job is to be cancelled, which it
// checks in an interval. The caller must call stop.
func (e *Engine) untilCancelled(
	ctx context.Context, jobID string, interval time.Duration,
) (working context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			state, err := e.Store.JobState(ctx, jobID)
			if err == nil && (state.CancelRequested || state.Status.Terminal()) {
				cancel(errCancelRequested)
				return
			}
		}
	})
	return ctx, func() {
		cancel(nil)
		wg.Wait()
	}
}
