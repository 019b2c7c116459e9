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

// DayResult is the result of a model-day.
type DayResult struct {
	Status     sim.ModelDayStatus `json:"status"`
	StopReason sim.StopReason     `json:"stop_reason,omitempty"`
	Error      string             `json:"error,omitempty"`
}

// RunDay runs one model-day: claim, trade, commit. For a model-day that is over it
// returns the stored result and calls no model. A failure of the model is part of
// the result; an error means that nothing was decided. Kind busy: another process
// runs it. Kind fenced: the right to run it has been lost.
func (e *Engine) RunDay(ctx context.Context, key sim.ModelDayKey) (DayResult, error) {
	job, err := e.Store.Job(ctx, key.JobID)
	if err != nil {
		return DayResult{}, err
	}
	return e.runDay(ctx, job, key, func() (*sim.MarketData, error) { return e.market(ctx) })
}

// market reads the prices.
func (e *Engine) market(ctx context.Context) (*sim.MarketData, error) {
	return retryValue(ctx, func() (*sim.MarketData, error) { return e.Prices.MarketData(ctx) })
}

// runDay is RunDay with a job and prices that the caller has read.
func (e *Engine) runDay(
	ctx context.Context, job sim.Job, key sim.ModelDayKey, prices func() (*sim.MarketData, error),
) (DayResult, error) {
	if !job.Plan.Has(key.Model, key.Date) {
		return DayResult{}, sim.Errorf(sim.KindInvalid, "%s on %s is not part of job %s", key.Model, key.Date, key.JobID)
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
			// Stopped from outside: the day stays open, and leaves nothing behind.
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

// claim takes the right to run the day. A claim whose answer was lost may have been
// granted; see [sim.Claimant.Try].
func (e *Engine) claim(ctx context.Context, job sim.Job, key sim.ModelDayKey) (sim.Grant, error) {
	deadline, _ := ctx.Deadline() // of DayTimeout or sooner; e.Now may be another clock
	try := 0
	return retryValue(ctx, func() (sim.Grant, error) {
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
	return e.Trader.Trade(ctx, a)
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

// fail records why the model-day failed. Its context outlives the day's, which may
// have run out: the record matters more than the deadline.
func (e *Engine) fail(ctx context.Context, log *slog.Logger, g sim.Grant, cause error) (DayResult, error) {
	log.Warn("model-day failed", "error", cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxFailTime)
	defer cancel()
	reason := publicReason(cause)
	if err := retry(ctx, func() error { return e.Store.Fail(ctx, g, reason, e.Now()) }); err != nil {
		return DayResult{}, err
	}
	e.dayEnded(g, g.Key, sim.ModelDayFailed, sim.Session{})
	return DayResult{Status: sim.ModelDayFailed, Error: reason}, nil
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

const (
	// maxCommitTime bounds the commit of a day; a lease outlives its day by it.
	maxCommitTime = 30 * time.Second
	// maxFailTime bounds the record of a failed day.
	maxFailTime = 10 * time.Second
)

// commit closes the day. Once the session is over, a cancelled context does not
// throw its result away: only the fence decides.
func (e *Engine) commit(ctx context.Context, g sim.Grant, day sim.Day, transcript []sim.Message) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxCommitTime)
	defer cancel()
	return retry(ctx, func() error { return e.Store.Commit(ctx, g, day, transcript) })
}
