package trader

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aitrader/internal/backoff"
	"aitrader/internal/openaimodel"
	"aitrader/internal/sim"
)

// meter records the cost of one model's calls in one job.
type meter struct {
	store  sim.Budgets
	jobID  string
	model  string
	price  sim.TokenPrice // zero where it is unknown: then only tokens are counted
	limits sim.SpendingLimits
}

// newMeter returns the meter of a model, or nil without a store of budgets.
func newMeter(store sim.Budgets, jobID string, s sim.Settings, spec sim.ModelSpec) openaimodel.Meter {
	if store == nil {
		return nil
	}
	m := &meter{store: store, jobID: jobID, model: spec.Signature, limits: s.SpendingLimits(spec)}
	if spec.Price != nil {
		m.price = *spec.Price
	}
	return m
}

// settleTime bounds the settling of a call. A call that has been made is settled even
// when the session has no time left.
const settleTime = 10 * time.Second

// Reserve implements [openaimodel.Meter].
func (m *meter) Reserve(ctx context.Context, worst sim.Usage) (openaimodel.Settle, error) {
	call := sim.ModelCall{JobID: m.jobID, Model: m.model, ID: uuid.NewString()}
	most := m.price.AtMost(worst)
	err := retryLost(ctx, func() error { return m.store.Reserve(ctx, call, most, m.limits) })
	if err != nil {
		return nil, err
	}
	return func(used, charged sim.Usage) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		cost := m.price.Of(charged)
		if charged == worst {
			cost = most
		}
		return retryLost(ctx, func() error { return m.store.Settle(ctx, call, used, cost) })
	}, nil
}

// retryLost repeats a write whose answer was lost, once: two lost answers in a row
// are an outage.
func retryLost(ctx context.Context, write func() error) error {
	lost := func(err error) bool { return sim.IsKind(err, sim.KindUnavailable) }
	_, err := backoff.Retry(ctx, backoff.Policy{}, 2, lost, func() (struct{}, error) { return struct{}{}, write() })
	return err
}
