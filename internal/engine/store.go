package engine

import (
	"context"
	"math"
	"sync"
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

// callStore calls f until it no longer fails with kind unavailable, maxStoreCalls times
// at most.
func callStore(ctx context.Context, f func() error) error {
	_, err := askStore(ctx, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// askStore is callStore for a call that returns a value.
func askStore[T any](ctx context.Context, f func() (T, error)) (T, error) {
	return backoff.Retry(ctx, storeRetry, maxStoreCalls, isUnavailable, f)
}

func isUnavailable(err error) bool { return sim.IsKind(err, sim.KindUnavailable) }

// storeWait spaces the attempts of a call that waits for the store, so that it succeeds
// soon after a full disk has space again.
var storeWait = backoff.Policy{Base: 80 * time.Millisecond, Max: time.Second}

// engineKey is the key of the engine in the context of a session.
type engineKey struct{}

// AwaitStore makes a write of a session: it repeats the write while the store fails for
// now, until the context ends. The session's context must be that of its [Trader], or
// one made from it, so that the engine shows what waits.
func AwaitStore(ctx context.Context, what string, write func() error) error {
	e, ok := ctx.Value(engineKey{}).(*Engine)
	if !ok {
		e = &Engine{}
	}
	_, err := await(ctx, e, what, func() (struct{}, error) { return struct{}{}, write() })
	return err
}

// await calls f until it no longer fails with kind unavailable or the context ends. What
// waits is logged, and shown by e.Waits.
func await[T any](ctx context.Context, e *Engine, what string, f func() (T, error)) (T, error) {
	calls := 0
	again := func(err error) bool {
		if !isUnavailable(err) {
			return false
		}
		calls++
		e.Waits.waiting(err, calls == 1)
		if calls == maxStoreCalls {
			e.log().Warn("the store fails; "+what+" waits for it", "error", err)
		}
		return true
	}
	value, err := backoff.Retry(ctx, storeWait, math.MaxInt, again, f)
	if calls > 0 {
		e.Waits.ended()
	}
	if calls >= maxStoreCalls && err == nil {
		e.log().Info("the store works again; " + what + " is stored")
	}
	return value, err
}

// Waits shows whether calls wait for a store that fails. It is safe for concurrent
// use. The nil value shows nothing.
type Waits struct {
	mu   sync.Mutex
	n    int
	last error
}

// Err returns the last error of the calls that wait now; nil: none does.
func (w *Waits) Err() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n == 0 {
		return nil
	}
	return w.last
}

func (w *Waits) waiting(err error, first bool) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last = err; first {
		w.n++
	}
}

func (w *Waits) ended() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n--
}
