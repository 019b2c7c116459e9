package trader

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aitrader/internal/backoff"
	"aitrader/internal/engine"
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

// settleTime bounds the settling of a call after the end of its session. A call that has
// been made is settled even when the session has no time left.
const settleTime = 10 * time.Second

// Reserve implements [openaimodel.Meter].
func (m *meter) Reserve(ctx context.Context, worst sim.Usage) (openaimodel.Settle, error) {
	session := sessionOf(ctx)
	call := sim.ModelCall{JobID: m.jobID, Model: m.model, ID: uuid.NewString()}
	most := m.price.AtMost(worst)
	err := engine.AwaitStore(session, "the budget of a call", func() error { return m.store.Reserve(session, call, most, m.limits) })
	if err != nil {
		return nil, err
	}
	return func(used, charged sim.Usage) error {
		settling, cancel := backoff.Outlive(session, settleTime)
		defer cancel()
		cost := m.price.Of(charged)
		if charged == worst {
			cost = most
		}
		return engine.AwaitStore(settling, "the cost of a call", func() error { return m.store.Settle(settling, call, used, cost) })
	}, nil
}

// sessionKey is the key of a session's context in itself.
type sessionKey struct{}

// withSession lets the calls of a session find its context: theirs are bounded by the
// time-out of one attempt, and a store that fails is waited for as long as the session
// may last. What it has bought so far would be lost with it.
func withSession(ctx context.Context) context.Context {
	return context.WithValue(ctx, sessionKey{}, ctx)
}

func sessionOf(ctx context.Context) context.Context {
	if session, ok := ctx.Value(sessionKey{}).(context.Context); ok {
		return session
	}
	return ctx
}
