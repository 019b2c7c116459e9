package engine_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// priced gives each model a price, and the first a budget of its own.
func priced(budget sim.Money) func(*sim.Settings) {
	return func(s *sim.Settings) {
		for i := range s.Models {
			s.Models[i].Price = &sim.TokenPrice{Output: sim.Dollar}
			s.Models[i].Params = map[string]any{"max_tokens": 1000.0}
		}
		s.Models[0].Budget = budget
	}
}

// spends makes a call that costs a dollar in the session, and then what follows.
func (w *world) spends(next play) play {
	return func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		call := sim.ModelCall{JobID: a.Key.JobID, Model: a.Key.Model, ID: a.Key.Date.String()}
		limits := a.Settings.SpendingLimits(a.Model)
		if err := w.store.Reserve(ctx, call, sim.TokenCostOf(sim.Dollar), limits); err != nil {
			return sim.Outcome{}, err
		}
		if err := w.store.Settle(ctx, call, sim.Usage{Output: 1_000_000}, sim.TokenCostOf(sim.Dollar)); err != nil {
			return sim.Outcome{}, err
		}
		return next(ctx, a)
	}
}

// A model whose budget is used up fails the day on which it is, and runs no
// later one; the others go on.
func TestAModelWithoutBudgetLeavesTheJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.change = priced(2 * sim.Dollar)
	for _, model := range w.config.models {
		w.trader.on(model, 0, w.spends(buyOne))
	}
	job := w.run(span(0, 4))
	assert.Equal(t, sim.JobPartial, job.Status)
	assert.Equal(t, sim.StopBudget, job.StopReason)
	assert.Len(t, w.days("a"), 2, "what was paid for stays")
	assert.Len(t, w.days("b"), 5)
	assert.Equal(t, 1, w.trader.calls("a", dates[2]))
	assert.Zero(t, w.trader.calls("a", dates[3]))
	refused := w.modelDay(job.ID, "a", dates[2])
	assert.Equal(t, sim.ModelDayFailed, refused.Status)
	assert.Contains(t, refused.Error, "budget: the budget of a is used up")
}

func TestTheBudgetOfAJobEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.change = priced(0)
	for _, model := range w.config.models {
		w.trader.on(model, 0, w.spends(buyOne))
	}
	r := span(0, 4)
	r.Budget = 7 * sim.Dollar // two dates, and one model on the third
	job := w.run(r)
	assert.Equal(t, sim.JobPartial, job.Status)
	assert.Equal(t, sim.StopBudget, job.StopReason)
	assert.Equal(t, 7, len(w.days("a"))+len(w.days("b"))+len(w.days("c")))
	spending, err := w.store.Spending(t.Context(), job.ID)
	require.NoError(t, err)
	assert.Equal(t, sim.TokenCostOf(7*sim.Dollar), spending[sim.JobSpending].Cost)

	again := w.run(sim.TriggerRequest{Start: dates[0], End: dates[4], Budget: 100 * sim.Dollar})
	assert.Equal(t, sim.JobCompleted, again.Status, "a later job continues where it stopped")
	assert.Empty(t, again.StopReason)
}

func TestABudgetNeedsPrices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := span(0, 0)
	r.Budget = sim.Dollar
	_, err := w.jobs.Trigger(t.Context(), r)
	refused(t, sim.KindInvalid, err, "budget_usd", `model "a" has no price`)
}
