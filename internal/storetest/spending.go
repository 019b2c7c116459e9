package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

var spendingTests = []test{
	{"a call is reserved, and settled at what it cost", func(h *harness) {
		h.create("j1", plan(0, 0, "a", "b"))
		limits := sim.SpendingLimits{Job: 1000, Model: 600}
		h.ok(h.Store.Reserve(h.ctx, call("j1", "a", "1"), 500, limits))
		for range 2 { // the second time after a lost answer
			h.ok(h.Store.Reserve(h.ctx, call("j1", "b", "1"), 400, limits))
		}
		assert.Equal(h.t, map[string]sim.Spending{
			"a":             {Open: map[string]sim.TokenCost{"1": 500}},
			"b":             {Open: map[string]sim.TokenCost{"1": 400}},
			sim.JobSpending: {Open: map[string]sim.TokenCost{"a/1": 500, "b/1": 400}},
		}, h.spending("j1"))
		used := sim.Usage{Input: 70, Output: 5, Cached: 20, Reasoning: 2, CacheWrite: 3}
		for range 2 {
			h.ok(h.Store.Settle(h.ctx, call("j1", "a", "1"), used, 300))
		}
		assert.Equal(h.t, map[string]sim.Spending{
			"a":             {Calls: 1, Usage: used, Cost: 300},
			"b":             {Open: map[string]sim.TokenCost{"1": 400}},
			sim.JobSpending: {Calls: 1, Usage: used, Cost: 300, Open: map[string]sim.TokenCost{"b/1": 400}},
		}, h.again().spending("j1"))
	}},
	{"the call that could pass the cap of its model, and every later one, is refused", func(h *harness) {
		h.create("j1", plan(0, 0, "a", "b"))
		limits := sim.SpendingLimits{Model: 600}
		h.ok(h.Store.Reserve(h.ctx, call("j1", "a", "1"), 600, limits))
		h.ok(h.Store.Settle(h.ctx, call("j1", "a", "1"), sim.Usage{}, 599))
		for range 2 {
			h.refused(sim.KindBudget, h.Store.Reserve(h.ctx, call("j1", "a", "2"), 2, limits))
		}
		h.refused(sim.KindBudget, h.Store.Reserve(h.ctx, call("j1", "a", "3"), 1, limits))
		h.ok(h.Store.Reserve(h.ctx, call("j1", "b", "1"), 600, limits))
		spending := h.spending("j1")
		assert.True(h.t, spending["a"].Exhausted)
		assert.Equal(h.t, sim.TokenCost(599), spending["a"].Cost)
		assert.False(h.t, spending["b"].Exhausted)
		assert.NotContains(h.t, spending, sim.JobSpending, "the job has no budget")
	}},
	{"the cap of the job holds for all its models together", func(h *harness) {
		h.create("j1", plan(0, 0, "a", "b"))
		limits := sim.SpendingLimits{Job: 1000}
		h.ok(h.Store.Reserve(h.ctx, call("j1", "a", "1"), 600, limits))
		h.refused(sim.KindBudget, h.Store.Reserve(h.ctx, call("j1", "b", "1"), 401, limits))
		h.refused(sim.KindBudget, h.Store.Reserve(h.ctx, call("j1", "a", "2"), 1, limits))
		h.ok(h.Store.Settle(h.ctx, call("j1", "a", "1"), sim.Usage{Input: 1}, 10))
		assert.Equal(h.t, sim.Spending{Calls: 1, Usage: sim.Usage{Input: 1}, Cost: 10, Exhausted: true}, h.spending("j1")[sim.JobSpending])
	}},
	{"without caps a call costs what it costs", func(h *harness) {
		h.create("j1", plan(0, 0, "a"))
		for i := range 3 {
			c := call("j1", "a", fmt.Sprint(i))
			h.ok(h.Store.Reserve(h.ctx, c, 1<<60, sim.SpendingLimits{}))
			h.ok(h.Store.Settle(h.ctx, c, sim.Usage{Output: 1}, 1<<60))
		}
		assert.Equal(h.t, map[string]sim.Spending{"a": {Calls: 3, Usage: sim.Usage{Output: 3}, Cost: 3 << 60}}, h.spending("j1"))
	}},
	{"nothing is spent for a job that has ended or is to be cancelled", func(h *harness) {
		h.create("j1", plan(0, 0, "a"))
		h.ok(h.Store.Reserve(h.ctx, call("j1", "a", "1"), 5, sim.SpendingLimits{}))
		_, err := h.Store.RequestCancel(h.ctx, "j1", h.now())
		h.ok(err)
		h.refused(sim.KindFenced, h.Store.Reserve(h.ctx, call("j1", "a", "2"), 5, sim.SpendingLimits{}))
		h.finish("j1", sim.JobCancelled)
		h.refused(sim.KindFenced, h.Store.Reserve(h.ctx, call("j1", "a", "3"), 5, sim.SpendingLimits{}))
		h.ok(h.Store.Settle(h.ctx, call("j1", "a", "1"), sim.Usage{}, 4)) // it had been made
		assert.Equal(h.t, map[string]sim.Spending{"a": {Calls: 1, Cost: 4}}, h.spending("j1"))
		h.refused(sim.KindNotFound, h.Store.Reserve(h.ctx, call("none", "a", "1"), 5, sim.SpendingLimits{}))
		h.ok(h.Store.Settle(h.ctx, call("none", "a", "1"), sim.Usage{}, 4))
		assert.Empty(h.t, h.spending("none"))
	}},
	{"however many calls are made at once, none passes the cap", func(h *harness) {
		const models, calls, worst, limit = 8, 6, 10, 250
		var names []string
		for i := range models {
			names = append(names, fmt.Sprintf("m%d", i))
		}
		h.create("j1", plan(0, 0, names...))
		var made atomic.Int64
		var wg sync.WaitGroup
		for _, name := range names {
			wg.Go(func() {
				for i := range calls {
					c := call("j1", name, fmt.Sprint(i))
					err := h.Store.Reserve(h.ctx, c, worst, sim.SpendingLimits{Job: limit})
					if err == nil {
						made.Add(1)
						err = h.Store.Settle(h.ctx, c, sim.Usage{Input: 1}, worst)
					}
					assert.True(h.t, err == nil || sim.IsKind(err, sim.KindBudget), err)
				}
			})
		}
		wg.Wait()
		job := h.spending("j1")[sim.JobSpending]
		assert.Equal(h.t, int64(limit/worst), made.Load())
		assert.Equal(h.t, sim.Spending{Calls: limit / worst, Usage: sim.Usage{Input: limit / worst}, Cost: limit, Exhausted: true}, job)
	}},
}

func call(job, model, id string) sim.ModelCall {
	return sim.ModelCall{JobID: job, Model: model, ID: id}
}

// spending returns the spending of a job.
func (h *harness) spending(job string) map[string]sim.Spending {
	h.t.Helper()
	spending, err := h.Store.Spending(h.ctx, job)
	h.ok(err)
	return spending
}
