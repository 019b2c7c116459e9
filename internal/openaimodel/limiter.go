package openaimodel

import "context"

// Limiter bounds how many attempts are on their way at once. Models of one
// provider share one. It must be safe for concurrent use.
type Limiter interface {
	// Acquire waits for a place. It fails only when the context ends.
	Acquire(ctx context.Context) error
	// Release gives a place back.
	Release()
}

// NewLimiter returns a limiter with n places, n from 1 on.
func NewLimiter(n int) Limiter { return places(make(chan struct{}, n)) }

type places chan struct{}

func (p places) Acquire(ctx context.Context) error {
	select {
	case p <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p places) Release() { <-p }
