package openaimodel

import "context"

// Limiter bounds the concurrent attempts at a provider, whose models share it. It must
// be safe for concurrent use.
type Limiter interface {
	// Acquire waits for a place. It fails only when the context ends.
	Acquire(ctx context.Context) error
	// Release gives a place back.
	Release()
}

// NewLimiter returns a limiter with n places, at least 1.
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
