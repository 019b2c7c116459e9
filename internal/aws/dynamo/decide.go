package dynamo

import (
	"cmp"
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"aitrader/internal/backoff"
)

// maxDecisions bounds how often an operation begins again. With the pauses of
// decisionPauses that is about 12 s: when a thousand operations meet on an item,
// DynamoDB may refuse all of them for a while. Usually a few attempts are enough,
// because each refusal means that another operation has succeeded.
const maxDecisions = 96

var decisionPauses = backoff.Policy{Base: 2 * time.Millisecond, Max: 250 * time.Millisecond}

// decide runs an operation, which reads, decides and writes, until no item has
// changed under it. The operation must not keep anything of an attempt that failed.
func decide[T any](ctx context.Context, operation func(context.Context) (T, error)) (T, error) {
	attempts := 0
	value, err := backoff.Retry(ctx, decisionPauses, maxDecisions, overtaken, func() (T, error) {
		attempts++
		return operation(ctx)
	})
	if overtaken(err) && attempts < maxDecisions { // the context ends before the next attempt
		err = cmp.Or(ctx.Err(), context.DeadlineExceeded)
	}
	if err != nil {
		return *new(T), translate(err)
	}
	return value, nil
}

// update is decide for an operation without an answer.
func update(ctx context.Context, operation func(context.Context) error) error {
	_, err := decide(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, operation(ctx) })
	return err
}

// overtaken reports whether another operation was faster.
func overtaken(err error) bool { return errors.Is(err, errMoved) || errors.Is(err, errContended) }

// maxParallel bounds how many requests one call has under way.
const maxParallel = 8

// parallel calls a function with the numbers from 0 to n-1, some at a time, and
// returns the first error. It starts no more calls after an error.
func parallel(ctx context.Context, n int, call func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParallel)
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return call(ctx, i)
		})
	}
	return group.Wait()
}
