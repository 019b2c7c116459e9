package trader

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// failingBudgets fails with an error up to a moment.
type failingBudgets struct {
	sim.Budgets
	err   error
	until time.Time
	calls []string // of what succeeded
}

func (b *failingBudgets) answer(call string) error {
	if time.Now().Before(b.until) {
		return b.err
	}
	b.calls = append(b.calls, call)
	return nil
}

func (b *failingBudgets) Reserve(context.Context, sim.ModelCall, sim.TokenCost, sim.SpendingLimits) error {
	return b.answer("reserve")
}

func (b *failingBudgets) Settle(context.Context, sim.ModelCall, sim.Usage, sim.TokenCost) error {
	return b.answer("settle")
}

// One attempt may take two minutes; the steps that the session has paid for before are
// worth more.
func TestACallWaitsForTheStoreLongerThanOneAttemptMayTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &failingBudgets{err: sim.Errorf(sim.KindUnavailable, "the disk is full"), until: time.Now().Add(10 * time.Minute)}
		m := newMeter(b, "job", sim.Settings{}, sim.ModelSpec{Signature: "a"})
		attempt, cancel := context.WithTimeout(withSession(t.Context()), 2*time.Minute)
		defer cancel()
		settle, err := m.Reserve(attempt, sim.Usage{Input: 1})
		require.NoError(t, err)
		b.until = time.Now().Add(10 * time.Minute)
		require.NoError(t, settle(sim.Usage{}, sim.Usage{}))
		assert.Equal(t, []string{"reserve", "settle"}, b.calls)
	})
}

func TestACallWaitsForTheStoreNoLongerThanItsSessionLasts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &failingBudgets{err: sim.Errorf(sim.KindUnavailable, "the disk is full")}
		m := newMeter(b, "job", sim.Settings{}, sim.ModelSpec{Signature: "a"})
		session, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		settle, err := m.Reserve(withSession(session), sim.Usage{Input: 1})
		require.NoError(t, err)
		began := time.Now()
		b.until = began.Add(time.Hour)
		_, err = m.Reserve(withSession(session), sim.Usage{Input: 1})
		require.Error(t, err)
		assert.LessOrEqual(t, time.Since(began), time.Minute)
		require.Error(t, settle(sim.Usage{}, sim.Usage{}))
		assert.InDelta(t, time.Minute+settleTime, time.Since(began), float64(2*time.Second))
	})
}

func TestARefusedCallDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &failingBudgets{err: sim.Errorf(sim.KindBudget, "spent"), until: time.Now().Add(time.Hour)}
		began := time.Now()
		_, err := newMeter(b, "job", sim.Settings{}, sim.ModelSpec{Signature: "a"}).Reserve(withSession(t.Context()), sim.Usage{Input: 1})
		require.Equal(t, sim.KindBudget, sim.KindOf(err))
		assert.Zero(t, time.Since(began))
	})
}
