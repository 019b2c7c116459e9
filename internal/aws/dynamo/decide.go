package dynamo

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// decisions bounds how often an operation begins again: about 12 s, because
	// of a thousand that meet on an item DynamoDB may refuse all for a while. In
	// practice a few are enough: each time somebody else has got on.
	decisions = 96
	// The pause before it begins again is random, up to a bound that doubles from
	// firstPause to lastPause.
	firstPause = 2 * time.Millisecond
	lastPause  = 250 * time.Millisecond
)

// decide runs an operation, which reads, decides and writes, until no item has
// changed under it. It must not keep anything of an attempt that failed.
func (s *Store) decide(ctx context.Context, operation func(context.Context) error) error {
	bound := firstPause
	for try := 1; ; try++ {
		err := operation(ctx)
		again := errors.Is(err, errMoved) || errors.Is(err, errContended)
		if !again || try == decisions {
			return translate(err)
		}
		if err := pause(ctx, rand.N(bound)); err != nil {
			return translate(err)
		}
		bound = min(2*bound, lastPause)
	}
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readers bounds how many reads one call has under way.
const readers = 8

// together calls a function with the numbers from 0 to n-1, some at a time, and
// returns the first error by number. It calls no more after an error.
func together(ctx context.Context, n int, call func(ctx context.Context, i int) error) error {
	if n == 1 {
		return call(ctx, 0)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	errs := make([]error, n)
	places := make(chan struct{}, readers)
	var group sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = call(ctx, i)
			}
			if errs[i] != nil {
				stop()
			}
		})
	}
	group.Wait()
	return firstCause(errs)
}

// firstCause prefers the error that made the others stop.
func firstCause(errs []error) error {
	var stopped error
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		if stopped == nil {
			stopped = err
		}
	}
	return stopped
}
