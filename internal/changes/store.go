package changes

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// Store is a store that announces each write which may change the state of a job or
// of a model-day. A write whose answer was lost may have been made, so that failed
// writes are announced, too.
type Store struct {
	sim.Store
	Signal *Signal
}

// CreateJob implements [sim.JobStore].
func (s Store) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	defer s.Signal.Announce()
	return s.Store.CreateJob(ctx, n)
}

// RequestCancel implements [sim.JobStore].
func (s Store) RequestCancel(ctx context.Context, id string, now time.Time) (sim.Job, error) {
	defer s.Signal.Announce()
	return s.Store.RequestCancel(ctx, id, now)
}

// Heartbeat implements [sim.JobStore].
func (s Store) Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error {
	defer s.Signal.Announce()
	return s.Store.Heartbeat(ctx, id, now, warnings...)
}

// CloseDate implements [sim.JobStore].
func (s Store) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	defer s.Signal.Announce()
	return s.Store.CloseDate(ctx, id, d, lost, now)
}

// FinishJob implements [sim.JobStore].
func (s Store) FinishJob(ctx context.Context, id string, f sim.Finish) (sim.Job, error) {
	defer s.Signal.Announce()
	return s.Store.FinishJob(ctx, id, f)
}

// Claim implements [sim.ModelDayStore].
func (s Store) Claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	defer s.Signal.Announce()
	return s.Store.Claim(ctx, c)
}

// Commit implements [sim.ModelDayStore].
func (s Store) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	defer s.Signal.Announce()
	return s.Store.Commit(ctx, g, d, transcript)
}

// Fail implements [sim.ModelDayStore].
func (s Store) Fail(ctx context.Context, g sim.Grant, f sim.Failure, now time.Time) error {
	defer s.Signal.Announce()
	return s.Store.Fail(ctx, g, f, now)
}

// Reserve implements [sim.Budgets].
func (s Store) Reserve(ctx context.Context, c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) error {
	defer s.Signal.Announce()
	return s.Store.Reserve(ctx, c, worst, limits)
}

// Settle implements [sim.Budgets].
func (s Store) Settle(ctx context.Context, c sim.ModelCall, used sim.Usage, cost sim.TokenCost) error {
	defer s.Signal.Announce()
	return s.Store.Settle(ctx, c, used, cost)
}
