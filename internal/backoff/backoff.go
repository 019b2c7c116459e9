// Package backoff says when a failed attempt is made again: the wait between
// attempts, the wait that a server asks for, and waiting itself.
package backoff

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Policy spaces attempts by "full jitter": the wait after attempt n, counted from
// 1, is drawn evenly from 0 to Base * 2^(n-1), at most Max. Callers that failed
// together so do not come back together.
//
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
type Policy struct {
	Base time.Duration
	Max  time.Duration
	// Random returns a number in [0, 1); nil: that of [WithRandom], or else a draw.
	Random func() float64
	// Wait waits between the calls of a retry; nil is [Wait].
	Wait func(ctx context.Context, d time.Duration) error
}

// randomKey is the key of [WithRandom] in a context.
type randomKey struct{}

// WithRandom returns a context whose retries space their calls by random, where their
// policy has no Random of its own: so that a simulation can repeat them.
func WithRandom(ctx context.Context, random func() float64) context.Context {
	return context.WithValue(ctx, randomKey{}, random)
}

// Delay returns the wait after a failed attempt; the first one is number 1.
func (p Policy) Delay(attempt int) time.Duration {
	random := p.Random
	if random == nil {
		random = rand.Float64
	}
	return time.Duration(random() * float64(p.Bound(attempt)))
}

// Bound returns the longest wait after a failed attempt.
func (p Policy) Bound(attempt int) time.Duration {
	bound := p.Base
	for i := 1; i < attempt && bound < p.Max; i++ {
		bound *= 2
	}
	return min(bound, p.Max)
}

// Wait returns nil after d, or the error of the context if that ends first.
func Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Outlive returns a context with the values of ctx that ends a grace after it, or when
// it is cancelled.
func Outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	outliving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if Wait(outliving, grace) == nil {
			cancel()
		}
	})
	return outliving, func() {
		stop()
		cancel()
	}
}

// maxSeconds bounds what a Retry-After header of seconds can mean: a day. It keeps
// the conversion to a duration from overflowing.
const maxSeconds = 24 * 60 * 60

// RetryAfter reads the value of a Retry-After header (RFC 9110, section 10.2.3): a
// number of seconds, also with decimals, or an HTTP date. It returns 0 for
// anything else, and for a time that has passed.
func RetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		if !(seconds > 0) { // also NaN
			return 0
		}
		return time.Duration(min(seconds, maxSeconds) * float64(time.Second))
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(date.Sub(now), 0), maxSeconds*time.Second)
	}
	return 0
}

// Fits reports whether a wait ends before the deadline of the context.
func Fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

// Retry calls f until it succeeds, fails with an error that again refuses, or has
// been called attempts times; it waits between calls as the policy says. It
// returns what the last call returned, also when the context ends during a wait.
func Retry[T any](ctx context.Context, p Policy, attempts int, again func(error) bool, f func() (T, error)) (T, error) {
	return RetryAsAsked(ctx, p, attempts, func(err error) (time.Duration, bool) { return 0, again(err) }, f)
}

// RetryAsAsked is Retry for servers that may ask to be left alone for some time:
// again returns it, and the wait is that and the delay of the policy. A wait that
// would pass the deadline of the context is not begun.
func RetryAsAsked[T any](
	ctx context.Context, p Policy, attempts int, again func(error) (after time.Duration, ok bool), f func() (T, error),
) (T, error) {
	wait := p.Wait
	if wait == nil {
		wait = Wait
	}
	if random, ok := ctx.Value(randomKey{}).(func() float64); ok && p.Random == nil {
		p.Random = random
	}
	for attempt := 1; ; attempt++ {
		value, err := f()
		if err == nil || attempt >= attempts {
			return value, err
		}
		after, ok := again(err)
		delay := after + p.Delay(attempt)
		if !ok || !Fits(ctx, delay) || wait(ctx, delay) != nil {
			return value, err
		}
	}
}
