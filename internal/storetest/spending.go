package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

var spendingTests = []test{
	{"a call is reserved, and settled at what it cost", func(b *bench) {
		b.create("j1", plan(0, 0, "a", "b"))
		limits := sim.SpendingLimits{Job: 1000, Model: 600}
		b.ok(b.Store.Reserve(b.ctx, call("j1", "a", "1"), 500, limits))
		for range 2 { // the second time after a lost answer
			b.ok(b.Store.Reserve(b.ctx, call("j1", "b", "1"), 400, limits))
		}
		assert.Equal(b.t, map[string]sim.Spending{
			"a":             {Open: map[string]sim.TokenCost{"1": 500}},
			"b":             {Open: map[string]sim.TokenCost{"1": 400}},
			sim.JobSpending: {Open: map[string]sim.TokenCost{"a/1": 500, "b/1": 400}},
		}, b.spending("j1"))
		used := sim.Usage{Input: 70, Output: 5, Cached: 20, Reasoning: 2}
		for range 2 {
			b.ok(b.Store.Settle(b.ctx, call("j1", "a", "1"), used, 300))
		}
		assert.Equal(b.t, map[string]sim.Spending{
			"a":             {Calls: 1, Usage: used, Cost: 300},
			"b":             {Open: map[string]sim.TokenCost{"1": 400}},
			sim.JobSpending: {Calls: 1, Usage: used, Cost: 300, Open: map[string]sim.TokenCost{"b/1": 400}},
		}, b.again().spending("j1"))
	}},
	{"the call that could pass the cap of its model, and every later one, is refused", func(b *bench) {
		b.create("j1", plan(0, 0, "a", "b"))
		limits := sim.SpendingLimits{Model: 600}
		b.ok(b.Store.Reserve(b.ctx, call("j1", "a", "1"), 600, limits))
		b.ok(b.Store.Settle(b.ctx, call("j1", "a", "1"), sim.Usage{}, 599))
		for range 2 {
			b.refused(sim.KindBudget, b.Store.Reserve(b.ctx, call("j1", "a", "2"), 2, limits))
		}
		b.refused(sim.KindBudget, b.Store.Reserve(b.ctx, call("j1", "a", "3"), 1, limits))
		b.ok(b.Store.Reserve(b.ctx, call("j1", "b", "1"), 600, limits))
		spending := b.spending("j1")
		assert.True(b.t, spending["a"].Exhausted)
		assert.Equal(b.t, sim.TokenCost(599), spending["a"].Cost)
		assert.False(b.t, spending["b"].Exhausted)
		assert.NotContains(b.t, spending, sim.JobSpending, "the job has no budget")
	}},
	{"the cap of the job holds for all its models together", func(b *bench) {
		b.create("j1", plan(0, 0, "a", "b"))
		limits := sim.SpendingLimits{Job: 1000}
		b.ok(b.Store.Reserve(b.ctx, call("j1", "a", "1"), 600, limits))
		b.refused(sim.KindBudget, b.Store.Reserve(b.ctx, call("j1", "b", "1"), 401, limits))
		b.refused(sim.KindBudget, b.Store.Reserve(b.ctx, call("j1", "a", "2"), 1, limits))
		b.ok(b.Store.Settle(b.ctx, call("j1", "a", "1"), sim.Usage{Input: 1}, 10))
		assert.Equal(b.t, sim.Spending{Calls: 1, Usage: sim.Usage{Input: 1}, Cost: 10, Exhausted: true}, b.spending("j1")[sim.JobSpending])
	}},
	{"without caps a call costs what it costs", func(b *bench) {
		b.create("j1", plan(0, 0, "a"))
		for i := range 3 {
			c := call("j1", "a", fmt.Sprint(i))
			b.ok(b.Store.Reserve(b.ctx, c, 1<<60, sim.SpendingLimits{}))
			b.ok(b.Store.Settle(b.ctx, c, sim.Usage{Output: 1}, 1<<60))
		}
		assert.Equal(b.t, map[string]sim.Spending{"a": {Calls: 3, Usage: sim.Usage{Output: 3}, Cost: 3 << 60}}, b.spending("j1"))
	}},
	{"nothing is spent for a job that has ended or is to be cancelled", func(b *bench) {
		b.create("j1", plan(0, 0, "a"))
		b.ok(b.Store.Reserve(b.ctx, call("j1", "a", "1"), 5, sim.SpendingLimits{}))
		_, err := b.Store.RequestCancel(b.ctx, "j1", b.now())
		b.ok(err)
		b.refused(sim.KindFenced, b.Store.Reserve(b.ctx, call("j1", "a", "2"), 5, sim.SpendingLimits{}))
		b.finish("j1", sim.JobCancelled)
		b.refused(sim.KindFenced, b.Store.Reserve(b.ctx, call("j1", "a", "3"), 5, sim.SpendingLimits{}))
		b.ok(b.Store.Settle(b.ctx, call("j1", "a", "1"), sim.Usage{}, 4)) // it had been made
		assert.Equal(b.t, map[string]sim.Spending{"a": {Calls: 1, Cost: 4}}, b.spending("j1"))
		b.refused(sim.KindNotFound, b.Store.Reserve(b.ctx, call("none", "a", "1"), 5, sim.SpendingLimits{}))
		b.ok(b.Store.Settle(b.ctx, call("none", "a", "1"), sim.Usage{}, 4))
		assert.Empty(b.t, b.spending("none"))
	}},
	{"however many calls are made at once, none passes the cap", func(b *bench) {
		const models, calls, worst, limit = 8, 6, 10, 250
		var names []string
		for i := range models {
			names = append(names, fmt.Sprintf("m%d", i))
		}
		b.create("j1", plan(0, 0, names...))
		var made atomic.Int64
		var wg sync.WaitGroup
		for _, name := range names {
			wg.Go(func() {
				for i := range calls {
					c := call("j1", name, fmt.Sprint(i))
					err := b.Store.Reserve(b.ctx, c, worst, sim.SpendingLimits{Job: limit})
					if err == nil {
						made.Add(1)
						err = b.Store.Settle(b.ctx, c, sim.Usage{Input: 1}, worst)
					}
					assert.True(b.t, err == nil || sim.IsKind(err, sim.KindBudget), err)
				}
			})
		}
		wg.Wait()
		job := b.spending("j1")[sim.JobSpending]
		assert.Equal(b.t, int64(limit/worst), made.Load())
		assert.Equal(b.t, sim.Spending{Calls: limit / worst, Usage: sim.Usage{Input: limit / worst}, Cost: limit, Exhausted: true}, job)
	}},
}

func call(job, model, id string) sim.ModelCall {
	return sim.ModelCall{JobID: job, Model: model, ID: id}
}

// spending returns the spending of a job.
func (b *bench) spending(job string) map[string]sim.Spending {
	b.t.Helper()
	spending, err := b.Store.Spending(b.ctx, job)
	b.ok(err)
	return spending
}
