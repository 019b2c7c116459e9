package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"aitrader/internal/sim"
)

// DayResult says what became of a model-day.
type DayResult struct {
	Status     sim.ModelDayStatus `json:"status"`
	StopReason sim.StopReason     `json:"stop_reason,omitempty"`
	Error      string             `json:"error,omitempty"`
}

// RunDay runs one model-day: claim, trade, commit. A model-day that is over
// answers its stored result and calls no model. What goes wrong with the model
// is in the result; an error means that nothing was decided (kind busy: somebody
// else runs it; fenced: the right to run it has been lost).
func (e *Engine) RunDay(ctx context.Context, key sim.ModelDayKey) (DayResult, error) {
	job, err := e.Store.Job(ctx, key.JobID)
	if err != nil {
		return DayResult{}, err
	}
	return e.runDay(ctx, job, key, func() (*sim.MarketData, error) { return e.market(ctx) })
}

// market reads the prices.
func (e *Engine) market(ctx context.Context) (market *sim.MarketData, err error) {
	err = retry(ctx, func() error {
		market, err = e.Prices.MarketData(ctx)
		return err
	})
	return market, err
}

// runDay is RunDay for a job and prices that the caller knows how to get.
func (e *Engine) runDay(ctx context.Context, job sim.Job, key sim.ModelDayKey, prices func() (*sim.MarketData, error)) (DayResult, error) {
	if !job.Plan.Has(key.Model, key.Date) {
		return DayResult{}, sim.Errorf(sim.KindInvalid, "%s on %s is not a part of job %s", key.Model, key.Date, key.JobID)
	}
	ctx, cancel := context.WithTimeout(ctx, e.DayTimeout)
	defer cancel()
	log := e.log().With("job_id", key.JobID, "model", key.Model, "date", key.Date.String())
	grant, err := e.claim(ctx, job, key)
	if err != nil {
		return DayResult{}, err
	}
	if grant.Done != nil {
		return DayResult{Status: grant.Done.Status, StopReason: grant.Done.StopReason, Error: grant.Done.Error}, nil
	}
	log = log.With("attempt", grant.Attempt)
	day, transcript, err := e.trade(ctx, job, grant, prices)
	if err != nil {
		if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			// Stopped from outside: the day stays open, and nothing is left behind.
			return DayResult{}, fmt.Errorf("%s on %s was stopped: %w", key.Model, key.Date, context.Cause(ctx))
		}
		return e.fail(ctx, log, grant, err)
	}
	if err := e.commit(ctx, grant, day, transcript); err != nil {
		return DayResult{}, err
	}
	e.dayEnded(grant, key, sim.ModelDayCompleted, day.Session)
	log.Debug("model-day closed", "stop_reason", day.Session.StopReason, "fills", len(day.Fills()), "steps", day.Session.Steps)
	return DayResult{Status: sim.ModelDayCompleted, StopReason: day.Session.StopReason}, nil
}

// claim takes the right to run the day. A claim whose answer was lost may have
// been granted: the next try is another holder's, so that where one process
// executes it takes over what the try before may have got.
func (e *Engine) claim(ctx context.Context, job sim.Job, key sim.ModelDayKey) (grant sim.Grant, err error) {
	holder := e.Holder
	deadline, _ := ctx.Deadline() // of DayTimeout or sooner; e.Now may be another clock
	err = retry(ctx, func() error {
		now := e.Now()
		grant, err = e.Store.Claim(ctx, sim.ClaimRequest{
			Key: key, Experiment: job.Experiment,
			Claimant: sim.Claimant{
				JobID: job.ID, Date: key.Date, Holder: holder, Exclusive: e.Exclusive,
				Now: now, Until: now.Add(time.Until(deadline) + closingTime),
			},
		})
		holder += "+"
		return err
	})
	return grant, err
}

// trade lets the model spend its day and folds what it did into the day to be
// closed. The closing ledger comes from the entries, never from the trader.
func (e *Engine) trade(ctx context.Context, job sim.Job, g sim.Grant, prices func() (*sim.MarketData, error)) (day sim.Day, transcript []sim.Message, err error) {
	market, err := prices()
	if err != nil {
		return sim.Day{}, nil, err
	}
	a, err := assignment(job, g, sim.NewView(market, g.Key.Date))
	if err != nil {
		return sim.Day{}, nil, err
	}
	outcome, err := e.spend(ctx, a)
	if err != nil {
		return sim.Day{}, nil, err
	}
	day = sim.Day{
		Book: g.Book, Ref: sim.DayRef{Date: g.Key.Date, Generation: g.Generation}, Prev: g.Prev,
		JobID: g.Key.JobID, Attempt: g.Attempt,
		Opening: g.Opening, Entries: append(append([]sim.Entry{}, a.Actions...), outcome.Fills...),
		Session: outcome.Session, Prices: market.Version(), StartedAt: g.Started, ClosedAt: e.Now(),
	}
	if a.FirstDay {
		day.Opening = a.Opening
	}
	day.Closing, err = sim.Fold(day.Opening, day.Entries)
	return day, outcome.Transcript, err
}

// spend calls the trader. A panic there is that model's failure, not ours.
func (e *Engine) spend(ctx context.Context, a Assignment) (o sim.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return e.Trader.Trade(ctx, a)
}

// assignment says what the model may know: the opening ledger and a view.
func assignment(job sim.Job, g sim.Grant, view sim.View) (Assignment, error) {
	spec, ok := job.Settings.Model(g.Key.Model)
	if !ok {
		return Assignment{}, sim.Errorf(sim.KindInternal, "job %s has no settings for %s", job.ID, g.Key.Model)
	}
	a := Assignment{
		Key: g.Key, Experiment: job.Experiment, Settings: job.Settings, Model: spec,
		View: view, FirstDay: g.Prev.IsZero(), Opening: g.Opening,
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

// fail records why the model-day failed. It uses a fresh context where the
// day's own has run out, because the record matters more than the deadline.
func (e *Engine) fail(ctx context.Context, log *slog.Logger, g sim.Grant, cause error) (DayResult, error) {
	log.Warn("model-day failed", "error", cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	reason := publicReason(cause)
	err := retry(ctx, func() error { return e.Store.Fail(ctx, g, reason, e.Now()) })
	if err != nil {
		return DayResult{}, err
	}
	e.dayEnded(g, g.Key, sim.ModelDayFailed, sim.Session{})
	return DayResult{Status: sim.ModelDayFailed, Error: reason}, nil
}

// publicReason is what users may read about a failure.
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

// closingTime is the longest that the commit of a day takes; a lease outlives
// its day by it.
const closingTime = 30 * time.Second

// commit closes the day. Once the model has spent its day the result is not
// thrown away for a cancelled context: the fence alone decides.
func (e *Engine) commit(ctx context.Context, g sim.Grant, day sim.Day, transcript []sim.Message) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
	defer cancel()
	return retry(ctx, func() error { return e.Store.Commit(ctx, g, day, transcript) })
}

// retry repeats a call to the store whose answer was lost or that could not be
// made. Every write of the store can be repeated.
func retry(ctx context.Context, call func() error) error {
	const tries = 4
	delay := 20 * time.Millisecond
	for try := 1; ; try++ {
		err := call()
		if !sim.IsKind(err, sim.KindUnavailable) || try == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(delay):
		}
		delay *= 4
	}
}
