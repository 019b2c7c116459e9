package backoff_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/backoff"
)

func TestTheBoundDoublesUpToTheMaximum(t *testing.T) {
	p := backoff.Policy{Base: time.Second, Max: 5 * time.Second, Random: func() float64 { return 0.5 }}
	for attempt, want := range []time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 5 * time.Second,
		500: 5 * time.Second} {
		if attempt > 0 && want > 0 {
			assert.Equal(t, want, p.Bound(attempt), attempt)
			assert.Equal(t, want/2, p.Delay(attempt), attempt)
		}
	}
	for range 1000 {
		assert.Less(t, backoff.Policy{Base: time.Second, Max: time.Second}.Delay(1), time.Second)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 10, 1, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "soon": 0, "0": 0, "-5": 0, "NaN": 0, "7": 7 * time.Second, " 1.5 ": 1500 * time.Millisecond,
		"1e300": 24 * time.Hour, "+Inf": 24 * time.Hour,
		"Wed, 01 Oct 2025 12:00:30 GMT": 30 * time.Second, "Wed, 01 Oct 2025 11:00:00 GMT": 0, "Wed, 01 Oct 2031 11:00:00 GMT": 24 * time.Hour,
	} {
		assert.Equal(t, want, backoff.RetryAfter(header, now), header)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		require.NoError(t, backoff.Wait(t.Context(), time.Hour))
		assert.Equal(t, time.Hour, time.Since(start))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, backoff.Wait(ctx, time.Hour), context.DeadlineExceeded)
		require.ErrorIs(t, backoff.Wait(ctx, 0), context.DeadlineExceeded)
		assert.Equal(t, time.Hour+time.Minute, time.Since(start))
	})
}

func TestRetry(t *testing.T) {
	passing, permanent := errors.New("passing"), errors.New("permanent")
	again := func(err error) bool { return errors.Is(err, passing) }
	p := backoff.Policy{Base: time.Second, Max: time.Second}
	failing := func(times int, err error) (func() (int, error), *int) {
		calls := 0
		return func() (int, error) {
			calls++
			if calls <= times {
				return -calls, err
			}
			return calls, nil
		}, &calls
	}
	synctest.Test(t, func(t *testing.T) {
		f, _ := failing(2, passing)
		value, err := backoff.Retry(t.Context(), p, 3, again, f)
		require.NoError(t, err)
		assert.Equal(t, 3, value)

		f, calls := failing(9, passing)
		value, err = backoff.Retry(t.Context(), p, 3, again, f)
		require.ErrorIs(t, err, passing)
		assert.Equal(t, -3, value, "what the last call returned")
		assert.Equal(t, 3, *calls)

		f, calls = failing(9, permanent)
		_, err = backoff.Retry(t.Context(), p, 3, again, f)
		require.ErrorIs(t, err, permanent)
		assert.Equal(t, 1, *calls)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		f, calls = failing(9, passing)
		_, err = backoff.Retry(ctx, p, 3, again, f)
		require.ErrorIs(t, err, passing, "the failure says more than the end of the context")
		assert.Equal(t, 1, *calls)
	})
}

func TestRetryAsAskedWaitsAsLongAsTheServerAsks(t *testing.T) {
	busy := errors.New("busy")
	asked := time.Minute
	again := func(err error) (time.Duration, bool) { return asked, errors.Is(err, busy) }
	p := backoff.Policy{Base: time.Second, Max: time.Second, Random: func() float64 { return 0.5 }}
	calls := 0
	f := func() (int, error) {
		calls++
		if calls%3 != 0 {
			return calls, busy
		}
		return calls, nil
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		value, err := backoff.RetryAsAsked(t.Context(), p, 5, again, f)
		require.NoError(t, err)
		assert.Equal(t, 3, value)
		assert.Equal(t, 2*(time.Minute+time.Second/2), time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start = time.Now()
		value, err = backoff.RetryAsAsked(ctx, p, 5, again, f)
		require.ErrorIs(t, err, busy)
		assert.Equal(t, 4, value)
		assert.Zero(t, time.Since(start), "no time is left for the wait, so it is not begun")
		assert.True(t, backoff.Fits(ctx, time.Minute-1))
		assert.False(t, backoff.Fits(ctx, time.Minute))
		assert.True(t, backoff.Fits(t.Context(), 1<<62))

		var waited []time.Duration
		p.Wait = func(_ context.Context, d time.Duration) error {
			waited = append(waited, d)
			return nil
		}
		_, err = backoff.RetryAsAsked(t.Context(), p, 5, again, f)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{time.Minute + time.Second/2}, waited, "a wait of the caller's own")
	})
}

func TestAContextCanSpaceTheRetries(t *testing.T) {
	busy := errors.New("busy")
	again := func(err error) bool { return errors.Is(err, busy) }
	f := func() (int, error) { return 0, busy }
	synctest.Test(t, func(t *testing.T) {
		ctx := backoff.WithRandom(t.Context(), func() float64 { return 0.25 })
		start := time.Now()
		_, err := backoff.Retry(ctx, backoff.Policy{Base: time.Second, Max: time.Hour}, 3, again, f)
		require.ErrorIs(t, err, busy)
		assert.Equal(t, 750*time.Millisecond, time.Since(start))

		start = time.Now()
		own := backoff.Policy{Base: time.Second, Max: time.Hour, Random: func() float64 { return 0.5 }}
		_, err = backoff.Retry(ctx, own, 2, again, f)
		require.ErrorIs(t, err, busy)
		assert.Equal(t, 500*time.Millisecond, time.Since(start), "a policy's own comes first")
	})
}

func TestOutliveEndsAGraceAfterItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		outliving, end := backoff.Outlive(ctx, time.Minute)
		<-outliving.Done()
		assert.Equal(t, time.Hour+time.Minute, time.Since(start))
		end()

		start = time.Now()
		outliving, end = backoff.Outlive(ctx, time.Minute)
		require.NoError(t, outliving.Err(), "a context that has ended has the grace too")
		<-outliving.Done()
		assert.Equal(t, time.Minute, time.Since(start))
		end()

		outliving, end = backoff.Outlive(t.Context(), time.Minute)
		end()
		require.ErrorIs(t, outliving.Err(), context.Canceled)
	})
}
