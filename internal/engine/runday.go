package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/sim"
)

// DayResult is the result of a model-day.
type DayResult struct {
	Status     sim.ModelDayStatus `json:"status"`
	StopReason sim.StopReason     `json:"stop_reason,omitempty"`
	Error      string             `json:"error,omitempty"`
}

// RunDay runs one model-day: claim, trade, commit. For a model-day that is over it
// returns the stored result and calls no model. A failure of the model is part of
// the result; an error means that nothing was decided. Kind busy: another process
// runs it. Kind fenced: the right to run it has been lost, or its job is to be
// cancelled.
func (e *Engine) RunDay(ctx context.Context, key sim.ModelDayKey) (DayResult, error) {
	job, err := e.Store.Job(ctx, key.JobID)
	if err != nil {
		return DayResult{}, err
	}
	working, stop := e.untilCancelled(ctx, key.JobID, dayCancelPollInterval)
	defer stop()
	return e.runDay(working, job, key, func() (*sim.MarketData, error) { return e.market(working) })
}

// market reads the prices.
func (e *Engine) market(ctx context.Context) (*sim.MarketData, error) {
	return patient(ctx, e, "the reading of prices", func() (*sim.MarketData, error) { return e.Prices.MarketData(ctx) })
}

// patient is await where one process executes: it continues when the store works again.
// Elsewhere it is askStore, and the caller of the engine repeats the whole step.
func patient[T any](ctx context.Context, e *Engine, what string, f func() (T, error)) (T, error) {
	if e.Exclusive {
		return await(ctx, e, what, f)
	}
	return askStore(ctx, f)
}

// runDay is RunDay with a job and prices that the caller has read.
func (e *Engine) runDay(
	ctx context.Context, job sim.Job, key sim.ModelDayKey, prices func() (*sim.MarketData, error),
) (DayResult, error) {
	if !job.Plan.Has(key.Model, key.Date) {
		return DayResult{}, sim.Errorf(sim.KindInvalid, "%s on %s is not part of job %s", key.Model, key.Date, key.JobID)
	}
	log := e.log().With("job_id", key.JobID, "model", key.Model, "date", key.Date.String())
	grant, deadline, err := e.claim(ctx, job, key)
	if err != nil {
		return DayResult{}, err
	}
	if grant.Done != nil {
		return DayResult{Status: grant.Done.Status, StopReason: grant.Done.StopReason, Error: grant.Done.Error}, nil
	}
	log = log.With("attempt", grant.Attempt)
	trading, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	before := e.failedBefore(trading, log, job, grant)
	var day sim.Day
	var transcript []sim.Message
	if err = stopped(before); err == nil {
		day, transcript, err = e.trade(trading, job, grant, prices)
	}
	recording, cancel := e.recording(ctx, deadline)
	defer cancel()
	if err != nil {
		if trading.Err() != nil && !errors.Is(trading.Err(), context.DeadlineExceeded) {
			// Stopped from outside: the day stays open, and leaves nothing behind.
			return DayResult{}, fmt.Errorf("%s on %s was stopped: %w", key.Model, key.Date, context.Cause(trading))
		}
		return e.fail(recording, log, grant, before, err)
	}
	if err := e.commit(recording, grant, day, transcript); err != nil {
		return DayResult{}, err
	}
	e.dayEnded(grant, key, sim.ModelDayCompleted, day.Session)
	log.Debug("model-day closed", "stop_reason", day.Session.StopReason, "fills", len(day.Fills()), "steps", day.Session.Steps)
	return DayResult{Status: sim.ModelDayCompleted, StopReason: day.Session.StopReason}, nil
}

// claim takes the right to run the day up to a deadline: that of the context, or
// DayTimeout from now. A claim whose answer was lost may have been granted; see
// [sim.Claimant.Try].
func (e *Engine) claim(ctx context.Context, job sim.Job, key sim.ModelDayKey) (g sim.Grant, deadline time.Time, err error) {
	try := 0
	g, err = patient(ctx, e, "the claim of a model-day", func() (sim.Grant, error) {
		deadline = time.Now().Add(e.DayTimeout) // of the context's clock; e.Now may be another one
		if outer, ok := ctx.Deadline(); ok && outer.Before(deadline) {
			deadline = outer
		}
		now := e.Now()
		c := sim.ClaimRequest{
			Key:        key,
			Experiment: job.Experiment,
			Claimant: sim.Claimant{
				JobID:     job.ID,
				Date:      key.Date,
				Holder:    e.Holder,
				Try:       try,
				Exclusive: e.Exclusive,
				Now:       now,
				Until:     now.Add(time.Until(deadline) + maxCommitTime),
			},
		}
		try++
		return e.Store.Claim(ctx, c)
	})
	return g, deadline, err
}

// trade runs the session and folds its fills into the day to be closed. The closing
// ledger comes from the entries, never from the trader.
func (e *Engine) trade(
	ctx context.Context, job sim.Job, g sim.Grant, prices func() (*sim.MarketData, error),
) (day sim.Day, transcript []sim.Message, err error) {
	market, err := prices()
	if err != nil {
		return sim.Day{}, nil, err
	}
	a, err := assignment(job, g, sim.NewView(market, g.Key.Date))
	if err != nil {
		return sim.Day{}, nil, err
	}
	outcome, err := e.callTrader(ctx, a)
	if err != nil {
		return sim.Day{}, nil, err
	}
	day = sim.Day{
		Book:      g.Book,
		Ref:       sim.DayRef{Date: g.Key.Date, Generation: g.Generation},
		Prev:      g.Prev,
		JobID:     g.Key.JobID,
		Attempt:   g.Attempt,
		Opening:   g.Opening,
		Entries:   append(append([]sim.Entry{}, a.Actions...), outcome.Fills...),
		Session:   outcome.Session,
		Prices:    market.Version(),
		StartedAt: g.Started,
		ClosedAt:  e.Now(),
	}
	if a.FirstDay {
		day.Opening = a.Opening
	}
	day.Closing, err = sim.Fold(day.Opening, day.Entries)
	return day, outcome.Transcript, err
}

// callTrader calls the trader. A panic in it fails this model-day only.
func (e *Engine) callTrader(ctx context.Context, a Assignment) (o sim.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return e.Trader.Trade(context.WithValue(ctx, engineKey{}, e), a)
}

// assignment says what the model may know: the opening ledger and a view.
func assignment(job sim.Job, g sim.Grant, view sim.View) (Assignment, error) {
	spec, ok := job.Settings.Model(g.Key.Model)
	if !ok {
		return Assignment{}, sim.Errorf(sim.KindInternal, "job %s has no settings for %s", job.ID, g.Key.Model)
	}
	a := Assignment{
		Key:        g.Key,
		Experiment: job.Experiment,
		Settings:   job.Settings,
		Model:      spec,
		View:       view,
		FirstDay:   g.Prev.IsZero(),
		Opening:    g.Opening,
	}
	if a.FirstDay {
		a.Opening = sim.NewLedger(job.Settings.InitialCash)
		return a, nil
	}
	var err error
	if a.Actions, err = view.OpeningEntries(g.Opening, g.Prev.Date, !job.Settings.Fractional); err != nil {
		return Assignment{}, err
	}
	a.Opening, err = sim.Fold(g.Opening, a.Actions)
	return a, err
}

// fail records why the model-day failed, after the failed one before it, on a context of
// recording.
func (e *Engine) fail(ctx context.Context, log *slog.Logger, g sim.Grant, before sim.ModelDay, cause error) (DayResult, error) {
	log.Warn("model-day failed", "error", cause)
	f := sim.Failure{Error: publicReason(cause), StopReason: faultOf(cause, before)}
	_, err := await(ctx, e, "a failed model-day", func() (struct{}, error) {
		return struct{}{}, e.Store.Fail(ctx, g, f, e.Now())
	})
	if err != nil {
		return DayResult{}, err
	}
	e.dayEnded(g, g.Key, sim.ModelDayFailed, sim.Session{})
	return DayResult{Status: sim.ModelDayFailed, StopReason: f.StopReason, Error: f.Error}, nil
}

// publicReason returns what users may read about a failure.
func publicReason(err error) string {
	var e *sim.Error
	switch {
	case errors.As(err, &e) && e.Kind != sim.KindInternal:
		return e.Message
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline: the model-day took too long"
	default:
		return "internal: the model-day broke; the log says why"
	}
}

// maxCommitTime bounds the commit of a day once its process is stopped; a lease
// outlives its day by it.
const maxCommitTime = 30 * time.Second

// recording returns the context in which the end of a model-day is stored. What the
// session did has been paid for: neither the day's deadline nor a cancelled context
// throws it away, only the fence decides, and a store that fails is waited for. The
// context ends with the lease, after which another process may run the day, unless this
// one is the only one; and maxCommitTime after ctx.
func (e *Engine) recording(ctx context.Context, deadline time.Time) (context.Context, context.CancelFunc) {
	if e.Exclusive {
		return backoff.Outlive(ctx, maxCommitTime)
	}
	outliving, cancel := backoff.Outlive(ctx, maxCommitTime)
	leased, end := context.WithDeadline(outliving, deadline.Add(maxCommitTime))
	return leased, func() {
		end()
		cancel()
	}
}

// commit closes the day, on a context of recording.
func (e *Engine) commit(ctx context.Context, g sim.Grant, day sim.Day, transcript []sim.Message) error {
	_, err := await(ctx, e, "a finished model-day", func() (struct{}, error) {
		return struct{}{}, e.Store.Commit(ctx, g, day, transcript)
	})
	return err
}
