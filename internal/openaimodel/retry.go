package openaimodel

import (
	"context"
	"errors"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

const (
	// maxBackoff bounds the random wait.
	maxBackoff = time.Minute
	// maxRetryAfter bounds the wait that a provider may ask for where no deadline does.
	maxRetryAfter = 5 * time.Minute
)

// patience counts the failures of a completion.
type patience struct {
	attempts int // all
	failed   int // those that MaxRetries bounds
	busy     int // those that only time bounds
}

// awaitRetry waits until the next attempt may be made, or returns the error with
// which the completion ends.
//
// MaxRetries bounds the failed attempts. While a provider is busy, or names a wait, only
// the deadline of the context does: the day's time. A model without retries, or without
// a deadline, does not wait for that either.
func (m *Model) awaitRetry(ctx context.Context, p *patience, cause error) error {
	var f *failure
	if refused := (*notMetered)(nil); errors.As(cause, &refused) {
		return refused.err
	}
	if !errors.As(cause, &f) {
		return sim.Errorf(sim.KindInternal, "the request to the model could not be made: %w", cause)
	}
	deadline, bounded := ctx.Deadline()
	p.attempts++
	round := &p.failed
	if f.busy && bounded && m.maxRetries > 0 {
		round = &p.busy
	}
	*round++
	if !f.retry || p.failed > m.maxRetries {
		return m.report(f, p.attempts, "")
	}
	wait := m.delay(*round, f.after)
	if !bounded {
		wait = min(wait, maxRetryAfter)
	}
	if bounded && !m.now().Add(wait).Before(deadline) {
		return m.outOfTime(f, p.attempts)
	}
	return m.retry.Wait(ctx, wait)
}

// outOfTime is the error of a completion whose next attempt would come too late. It ends
// a session that has begun, as the end of its time does.
func (m *Model) outOfTime(f *failure, attempts int) error {
	e := m.report(f, attempts, ", and no time is left for another")
	e.Err = agent.Ended{Reason: sim.StopDeadline}
	return e
}

// delay returns the wait after a failed attempt, the first of which is number 1. It
// is random, up to a bound that doubles with each attempt. A wait that the provider
// asks for replaces it, plus a random part of the base delay.
func (m *Model) delay(attempt int, after time.Duration) time.Duration {
	if after > 0 {
		return after + m.retry.Delay(1)
	}
	return m.retry.Delay(attempt)
}
