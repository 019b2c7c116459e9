package openaimodel

import (
	"context"
	"errors"
	"time"

	"aitrader/internal/sim"
)

const (
	// maxBackoff bounds the random wait.
	maxBackoff = time.Minute
	// maxRetryAfter bounds the wait that a provider may ask for.
	maxRetryAfter = 5 * time.Minute
)

// awaitRetry waits until the next attempt may be made, or returns the error with
// which the completion ends.
func (m *Model) awaitRetry(ctx context.Context, attempt int, cause error) error {
	var f *failure
	if refused := (*notMetered)(nil); errors.As(cause, &refused) {
		return refused.err
	}
	if !errors.As(cause, &f) {
		return sim.Errorf(sim.KindInternal, "the request to the model could not be made: %w", cause)
	}
	if !f.retry || attempt > m.maxRetries {
		return m.report(f, attempt, "")
	}
	wait := m.delay(attempt, f.after)
	if deadline, ok := ctx.Deadline(); ok && !m.now().Add(wait).Before(deadline) {
		return m.report(f, attempt, ", and no time is left for another")
	}
	return m.retry.Wait(ctx, wait)
}

// delay returns the wait after a failed attempt, the first of which is number 1. It
// is random, up to a bound that doubles with each attempt. A wait that the provider
// asks for replaces it, plus a random part of the base delay.
func (m *Model) delay(attempt int, after time.Duration) time.Duration {
	if after > 0 {
		return min(after+m.retry.Delay(1), maxRetryAfter)
	}
	return m.retry.Delay(attempt)
}
