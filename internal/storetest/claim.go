package storetest

import (
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var claimTests = []test{
	{"the first claim of a book grants its beginning", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		r := b.request("j1", "a", dates[0])
		g, err := b.Store.Claim(b.ctx, r)
		b.ok(err)
		assert.Equal(b.t, sim.Grant{
			Key: r.Key, Book: sim.BookKey{Experiment: experiment, Model: "a"}, Fence: 2, Attempt: 1, Started: r.Claimant.Now,
		}, g)
		h := b.head("a")
		assert.Equal(b.t, int64(2), h.Fence)
		assert.Equal(b.t, sim.Lease{Date: dates[0], Holder: "me", Until: r.Claimant.Until}, h.Lease)
		assert.Equal(b.t, sim.ModelDay{ModelDayKey: r.Key, Status: sim.ModelDayRunning, Attempt: 1, StartedAt: r.Claimant.Now},
			b.modelDay("j1", "a", dates[0]))
	}},
	{"a later claim opens with the last close", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		first := b.close("j1", "a", dates[0], buy("AAPL", 3, 100*sim.Dollar), buy("MSFT", 2, 55_5000))
		g := b.again().claim("j1", "a", dates[1])
		assert.Equal(b.t, first.Ref, g.Prev)
		assert.Equal(b.t, first.Closing, g.Opening)
	}},
	{"a live lease is busy, for others and for the same holder", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		b.claim("j1", "a", dates[0])
		unchanged := b.checkpoint("j1")
		for _, holder := range []string{"me", "you"} {
			r := b.request("j1", "a", dates[0])
			r.Claimant.Holder = holder
			_, err := b.Store.Claim(b.ctx, r)
			b.refused(sim.KindBusy, err)
		}
		_, err := b.Store.Claim(b.ctx, b.request("j1", "a", dates[1]))
		b.refused(sim.KindBusy, err)
		unchanged()
	}},
	{"an expired lease is taken over with a new fence and the next attempt", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		old := b.claim("j1", "a", dates[0])
		b.pass(leaseTime + 10)
		g := b.claim("j1", "a", dates[0])
		assert.Equal(b.t, old.Fence+1, g.Fence)
		assert.Equal(b.t, 2, g.Attempt)
		b.refused(sim.KindFenced, b.Store.Commit(b.ctx, old, b.day(old), nil))
		b.refused(sim.KindFenced, b.Store.Fail(b.ctx, old, "late", b.now()))
		b.commit(g)
	}},
	{"an exclusive claimant takes the lease of an earlier process at once", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		old := b.claim("j1", "a", dates[0])
		r := b.request("j1", "a", dates[0])
		r.Claimant.Holder, r.Claimant.Exclusive = "the next process", true
		g, err := b.Store.Claim(b.ctx, r)
		b.ok(err)
		assert.Equal(b.t, old.Fence+1, g.Fence)
		_, err = b.Store.Claim(b.ctx, r)
		b.refused(sim.KindBusy, err)
	}},
	{"a model-day that is over answers its result and writes nothing", func(b *bench) {
		b.create("j1", plan(0, 2, "a", "b"))
		b.close("j1", "a", dates[0])
		b.ok(b.Store.Fail(b.ctx, b.claim("j1", "b", dates[0]), "model: broken", b.now()))
		unchanged := b.checkpoint("j1")
		for _, model := range []string{"a", "b"} {
			g, err := b.Store.Claim(b.ctx, b.request("j1", model, dates[0]))
			b.ok(err)
			require.NotNil(b.t, g.Done)
			assert.Equal(b.t, b.modelDay("j1", model, dates[0]), *g.Done)
			b.refused(sim.KindInternal, b.Store.Commit(b.ctx, g, b.day(g), nil))
		}
		unchanged()
		b.finish("j1", sim.JobPartial)
		g, err := b.Store.Claim(b.ctx, b.request("j1", "a", dates[0]))
		b.ok(err)
		assert.NotNil(b.t, g.Done, "also when the job has ended")
	}},
	{"a date before the last close is skipped", func(b *bench) {
		b.finished("j1", plan(3, 3, "a"))
		b.create("j2", plan(1, 4, "a"))
		fence := b.head("a").Fence
		r := b.request("j2", "a", dates[1])
		g, err := b.Store.Claim(b.ctx, r)
		b.ok(err)
		require.NotNil(b.t, g.Done)
		assert.Equal(b.t, sim.ModelDaySkipped, g.Done.Status)
		assert.True(b.t, strings.HasPrefix(g.Done.Error, "before_last_close: "), g.Done.Error)
		assert.Equal(b.t, r.Claimant.Now, g.Done.CompletedAt)
		assert.Equal(b.t, *g.Done, b.modelDay("j2", "a", dates[1]))
		assert.Equal(b.t, fence, b.head("a").Fence)
		unchanged := b.checkpoint("j2")
		again, err := b.Store.Claim(b.ctx, b.request("j2", "a", dates[1]))
		b.ok(err)
		assert.Equal(b.t, g.Done, again.Done)
		unchanged()
		g, err = b.Store.Claim(b.ctx, b.request("j2", "a", dates[3]))
		b.ok(err)
		require.NotNil(b.t, g.Done, "the last close itself")
		b.close("j2", "a", dates[4])
	}},
	{"a book belongs to one job", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		unchanged := b.checkpoint("j1")
		_, err := b.Store.Claim(b.ctx, b.request("j1", "stranger", dates[0]))
		b.refused(sim.KindFenced, err)
		unchanged()
		b.finish("j1", sim.JobFailed)
		b.create("j2", plan(0, 2, "a"))
		_, err = b.Store.Claim(b.ctx, b.request("j1", "a", dates[0]))
		b.refused(sim.KindFenced, err)
	}},
	{"model-days are counted and listed in pages", func(b *bench) {
		models := []string{"B", "a", "b~2"}
		b.create("j1", plan(0, 3, models...))
		for i, d := range dates[:3] {
			for _, m := range models {
				g := b.claim("j1", m, d)
				switch {
				case i == 1 && m == "a":
					b.ok(b.Store.Fail(b.ctx, g, "model: broken", b.now()))
				case i < 2:
					b.commit(g)
				}
			}
		}
		counts, err := b.Store.Counts(b.ctx, "j1")
		b.ok(err)
		assert.Equal(b.t, map[sim.ModelDayStatus]int{sim.ModelDayCompleted: 5, sim.ModelDayFailed: 1, sim.ModelDayRunning: 3}, counts)
		all, err := b.Store.ModelDays(b.ctx, "j1", sim.ModelDayFilter{})
		b.ok(err)
		require.Len(b.t, all, 9)
		for i, md := range all {
			assert.Equal(b.t, sim.ModelDayKey{JobID: "j1", Date: dates[i/3], Model: models[i%3]}, md.ModelDayKey)
		}
		for limit := 1; limit < 10; limit++ {
			var paged []sim.ModelDay
			f := sim.ModelDayFilter{Limit: limit}
			for {
				page, err := b.Store.ModelDays(b.ctx, "j1", f)
				b.ok(err)
				if len(page) == 0 {
					break
				}
				paged = append(paged, page...)
				f.AfterDate, f.AfterModel = page[len(page)-1].Date, page[len(page)-1].Model
			}
			assert.Equal(b.t, all, paged, "pages of %d", limit)
		}
		one, err := b.Store.ModelDays(b.ctx, "j1", sim.ModelDayFilter{Date: dates[1], AfterDate: dates[1], AfterModel: "B"})
		b.ok(err)
		assert.Equal(b.t, all[4:6], one)
	}},
}
