package openaimodel

import (
	"context"
	"errors"
	"net/http"

	"aitrader/internal/sim"
)

// Meter records the cost of attempts. It is safe for concurrent use.
type Meter interface {
	// Reserve is called before each attempt, with the most tokens that it can
	// use: the input has at most one for each byte of the request. An error ends
	// the completion, without another attempt.
	Reserve(ctx context.Context, worst sim.Usage) (Settle, error)
}

// Settle tells the meter what an attempt used, after its end, and what counts
// against a budget: the same, or the worst case where the provider reports no usage
// and the provider may have answered.
type Settle func(used, charged sim.Usage) error

// notMetered marks an error of the meter, which the library wraps.
type notMetered struct{ err error }

func (n *notMetered) Error() string { return n.err.Error() }

// reserve reserves the worst case of the request with the meter.
func (x *exchange) reserve(req *http.Request) (err error) {
	if x.model.meter == nil {
		return nil
	}
	x.worst = sim.Usage{Input: req.ContentLength, Output: x.model.maxOutput}
	if x.close, err = x.model.meter.Reserve(req.Context(), x.worst); err != nil {
		return &notMetered{err}
	}
	return nil
}

// settle ends the reservation of an attempt. It returns the error of the attempt, or
// that of the meter.
func (x *exchange) settle(err error) error {
	if x.close == nil {
		return err
	}
	charged := x.usage
	var f *failure
	if free := errors.As(err, &f) && f.free; charged == (sim.Usage{}) && !free {
		charged = x.worst
	}
	if failed := x.close(x.usage, charged); failed != nil {
		return &notMetered{failed}
	}
	return err
}
