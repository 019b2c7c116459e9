package engine

import (
	"context"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/sim"
)

// Store is what the execution of jobs needs of a [sim.Store].
type Store interface {
	sim.JobStore
	sim.ModelDayStore
	sim.Budgets
}

// maxStoreCalls and storeRetry bound the attempts of a call to the store whose
// answer was lost, or which could not be made. Every write of the store can be
// repeated.
const maxStoreCalls = 4

var storeRetry = backoff.Policy{Base: 80 * time.Millisecond, Max: 320 * time.Millisecond}

// retry calls f until it no longer fails with kind unavailable, maxStoreCalls times
// at most.
func retry(ctx context.Context, f func() error) error {
	_, err := retryValue(ctx, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// retryValue is retry for a call that returns a value.
func retryValue[T any](ctx context.Context, f func() (T, error)) (T, error) {
	unavailable := func(err error) bool { return sim.IsKind(err, sim.KindUnavailable) }
	return backoff.Retry(ctx, storeRetry, maxStoreCalls, unavailable, f)
}
