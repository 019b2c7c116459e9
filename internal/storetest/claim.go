package storetest

import (
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var claimTests = []test{
	{"the first claim of a book grants its beginning", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		r := h.request("j1", "a", dates[0])
		g, err := h.Store.Claim(h.ctx, r)
		h.ok(err)
		assert.Equal(h.t, sim.Grant{
			Key: r.Key, Book: sim.BookKey{Experiment: experiment, Model: "a"}, Fence: 2, Attempt: 1, Started: r.Claimant.Now,
		}, g)
		head := h.head("a")
		assert.Equal(h.t, int64(2), head.Fence)
		assert.Equal(h.t, sim.Lease{Date: dates[0], Holder: "me", Until: r.Claimant.Until}, head.Lease)
		assert.Equal(h.t, sim.ModelDay{ModelDayKey: r.Key, Status: sim.ModelDayRunning, Attempt: 1, StartedAt: r.Claimant.Now},
			h.modelDay("j1", "a", dates[0]))
	}},
	{"a later claim opens with the last close", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		first := h.close("j1", "a", dates[0], buy("AAPL", 3, 100*sim.Dollar), buy("MSFT", 2, 55_5000))
		g := h.again().claim("j1", "a", dates[1])
		assert.Equal(h.t, first.Ref, g.Prev)
		assert.Equal(h.t, first.Closing, g.Opening)
	}},
	{"a live lease is busy, for others and for the same holder", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		h.claim("j1", "a", dates[0])
		unchanged := h.checkpoint("j1")
		for _, holder := range []string{"me", "you"} {
			r := h.request("j1", "a", dates[0])
			r.Claimant.Holder = holder
			_, err := h.Store.Claim(h.ctx, r)
			h.refused(sim.KindBusy, err)
		}
		_, err := h.Store.Claim(h.ctx, h.request("j1", "a", dates[1]))
		h.refused(sim.KindBusy, err)
		unchanged()
	}},
	{"an expired lease is taken over with a new fence and the next attempt", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		old := h.claim("j1", "a", dates[0])
		h.pass(leaseTime + 10)
		g := h.claim("j1", "a", dates[0])
		assert.Equal(h.t, old.Fence+1, g.Fence)
		assert.Equal(h.t, 2, g.Attempt)
		h.refused(sim.KindFenced, h.Store.Commit(h.ctx, old, h.day(old), nil))
		h.refused(sim.KindFenced, h.Store.Fail(h.ctx, old, sim.Failure{Error: "late"}, h.now()))
		h.commit(g)
	}},
	{"an exclusive claimant takes the lease of an earlier process at once", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		old := h.claim("j1", "a", dates[0])
		r := h.request("j1", "a", dates[0])
		r.Claimant.Holder, r.Claimant.Exclusive = "the next process", true
		g, err := h.Store.Claim(h.ctx, r)
		h.ok(err)
		assert.Equal(h.t, old.Fence+1, g.Fence)
		_, err = h.Store.Claim(h.ctx, r)
		h.refused(sim.KindBusy, err)
	}},
	{"a model-day that is over answers its result and writes nothing", func(h *harness) {
		h.create("j1", plan(0, 2, "a", "b"))
		h.close("j1", "a", dates[0])
		h.ok(h.Store.Fail(h.ctx, h.claim("j1", "b", dates[0]), sim.Failure{Error: "model: broken"}, h.now()))
		unchanged := h.checkpoint("j1")
		for _, model := range []string{"a", "b"} {
			g, err := h.Store.Claim(h.ctx, h.request("j1", model, dates[0]))
			h.ok(err)
			require.NotNil(h.t, g.Done)
			assert.Equal(h.t, h.modelDay("j1", model, dates[0]), *g.Done)
			h.refused(sim.KindInternal, h.Store.Commit(h.ctx, g, h.day(g), nil))
		}
		unchanged()
		h.finish("j1", sim.JobPartial)
		g, err := h.Store.Claim(h.ctx, h.request("j1", "a", dates[0]))
		h.ok(err)
		assert.NotNil(h.t, g.Done, "also when the job has ended")
	}},
	{"a date before the last close is skipped", func(h *harness) {
		h.finished("j1", plan(3, 3, "a"))
		h.create("j2", plan(1, 4, "a"))
		fence := h.head("a").Fence
		r := h.request("j2", "a", dates[1])
		g, err := h.Store.Claim(h.ctx, r)
		h.ok(err)
		require.NotNil(h.t, g.Done)
		assert.Equal(h.t, sim.ModelDaySkipped, g.Done.Status)
		assert.True(h.t, strings.HasPrefix(g.Done.Error, "before_last_close: "), g.Done.Error)
		assert.Equal(h.t, r.Claimant.Now, g.Done.CompletedAt)
		assert.Equal(h.t, *g.Done, h.modelDay("j2", "a", dates[1]))
		assert.Equal(h.t, fence, h.head("a").Fence)
		unchanged := h.checkpoint("j2")
		again, err := h.Store.Claim(h.ctx, h.request("j2", "a", dates[1]))
		h.ok(err)
		assert.Equal(h.t, g.Done, again.Done)
		unchanged()
		g, err = h.Store.Claim(h.ctx, h.request("j2", "a", dates[3]))
		h.ok(err)
		require.NotNil(h.t, g.Done, "the last close itself")
		h.close("j2", "a", dates[4])
	}},
	{"a book belongs to one job", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		unchanged := h.checkpoint("j1")
		_, err := h.Store.Claim(h.ctx, h.request("j1", "stranger", dates[0]))
		h.refused(sim.KindFenced, err)
		unchanged()
		h.finish("j1", sim.JobFailed)
		h.create("j2", plan(0, 2, "a"))
		_, err = h.Store.Claim(h.ctx, h.request("j1", "a", dates[0]))
		h.refused(sim.KindFenced, err)
	}},
	{"model-days are counted and listed in pages", func(h *harness) {
		models := []string{"B", "a", "b~2"}
		h.create("j1", plan(0, 3, models...))
		for i, d := range dates[:3] {
			for _, m := range models {
				g := h.claim("j1", m, d)
				switch {
				case i == 1 && m == "a":
					h.ok(h.Store.Fail(h.ctx, g, sim.Failure{Error: "model: broken"}, h.now()))
				case i < 2:
					h.commit(g)
				}
			}
		}
		counts, err := h.Store.Counts(h.ctx, "j1")
		h.ok(err)
		assert.Equal(h.t, map[sim.ModelDayStatus]int{sim.ModelDayCompleted: 5, sim.ModelDayFailed: 1, sim.ModelDayRunning: 3}, counts)
		all, err := h.Store.ModelDays(h.ctx, "j1", sim.ModelDayFilter{})
		h.ok(err)
		require.Len(h.t, all, 9)
		for i, md := range all {
			assert.Equal(h.t, sim.ModelDayKey{JobID: "j1", Date: dates[i/3], Model: models[i%3]}, md.ModelDayKey)
		}
		for limit := 1; limit < 10; limit++ {
			var paged []sim.ModelDay
			f := sim.ModelDayFilter{Limit: limit}
			for {
				page, err := h.Store.ModelDays(h.ctx, "j1", f)
				h.ok(err)
				if len(page) == 0 {
					break
				}
				paged = append(paged, page...)
				f.AfterDate, f.AfterModel = page[len(page)-1].Date, page[len(page)-1].Model
			}
			assert.Equal(h.t, all, paged, "pages of %d", limit)
		}
		one, err := h.Store.ModelDays(h.ctx, "j1", sim.ModelDayFilter{Date: dates[1], AfterDate: dates[1], AfterModel: "B"})
		h.ok(err)
		assert.Equal(h.t, all[4:6], one)
	}},
	{"model-days with broken answers are counted, and failed ones are selected", func(h *harness) {
		h.create("j1", plan(0, 3, "a", "b"))
		for i, d := range dates[:3] {
			g := h.claim("j1", "a", d)
			day := h.day(g)
			day.Session.StopReason = []sim.StopReason{sim.StopTruncated, sim.StopSignal, sim.StopEmpty}[i]
			h.ok(h.Store.Commit(h.ctx, g, day, nil))
			h.ok(h.Store.Fail(h.ctx, h.claim("j1", "b", d), sim.Failure{Error: "model: broken"}, h.now()))
			if i < 2 {
				h.ok(h.Store.CloseDate(h.ctx, "j1", d, "lost", h.now()))
			}
		}
		counts, err := h.Store.Counts(h.ctx, "j1")
		h.ok(err)
		assert.Equal(h.t, map[sim.ModelDayStatus]int{sim.ModelDayCompleted: 3, sim.ModelDayFailed: 3, sim.BrokenModelDays: 2}, counts)
		for limit := range 5 {
			failed, err := h.Store.ModelDays(h.ctx, "j1", sim.ModelDayFilter{Failed: true, Limit: limit})
			h.ok(err)
			want := 3
			if limit > 0 {
				want = min(limit, want)
			}
			require.Len(h.t, failed, want)
			for i, md := range failed {
				assert.Equal(h.t, sim.ModelDayKey{JobID: "j1", Date: dates[i], Model: "b"}, md.ModelDayKey)
			}
		}
		later, err := h.Store.ModelDays(h.ctx, "j1", sim.ModelDayFilter{Failed: true, AfterDate: dates[0], AfterModel: "b"})
		h.ok(err)
		assert.Len(h.t, later, 2)
	}},
}
