package storetest

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var commitTests = []test{
	{"a commit closes the day, moves the head and completes the model-day", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		g := b.claim("j1", "a", dates[0])
		d := b.commit(g, buy("AAPL", 3, 100*sim.Dollar))
		for _, handle := range []*bench{b, b.again()} {
			assert.Equal(b.t, []sim.Day{d}, handle.days(sim.DayFilter{JobID: "j1"}))
			assert.Equal(b.t, []sim.Day{d}, handle.days(sim.DayFilter{Experiment: experiment}))
			assert.Equal(b.t, sim.Head{
				Book: d.Book, Job: "j1", Last: d.Ref, InitialCash: initialCash, Fence: g.Fence,
			}, handle.head("a"))
			assert.Equal(b.t, sim.ModelDay{
				ModelDayKey: g.Key, Status: sim.ModelDayCompleted, Attempt: 1, StartedAt: g.Started, CompletedAt: d.ClosedAt,
				StopReason: sim.StopSignal,
			}, handle.modelDay("j1", "a", dates[0]))
		}
	}},
	{"a second commit of the same grant changes nothing", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		g := b.claim("j1", "a", dates[0])
		d := b.commit(g, buy("AAPL", 3, 100*sim.Dollar))
		unchanged := b.checkpoint("j1")
		b.ok(b.Store.Commit(b.ctx, g, d, transcript(g)))
		unchanged()
		messages, err := b.Store.Transcript(b.ctx, d.Book, d.Ref)
		b.ok(err)
		assert.Len(b.t, messages, 3)

		b.close("j1", "a", dates[1])
		b.finish("j1", sim.JobPartial)
		unchanged = b.checkpoint("j1")
		b.ok(b.Store.Commit(b.ctx, g, d, transcript(g)))
		unchanged()
	}},
	{"an expired lease that no other claim has taken is still good", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		g := b.claim("j1", "a", dates[0])
		b.pass(10 * leaseTime)
		b.commit(g)
	}},
	{"of two holders of one model-day only the newest can commit", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		old := b.claim("j1", "a", dates[0])
		b.pass(2 * leaseTime)
		g := b.claim("j1", "a", dates[0])
		oldDay := b.day(old, buy("AAPL", 1, sim.Dollar))
		b.refused(sim.KindFenced, b.Store.Commit(b.ctx, old, oldDay, transcript(old)))
		d := b.commit(g, buy("MSFT", 2, sim.Dollar))
		unchanged := b.checkpoint("j1")
		b.refused(sim.KindFenced, b.Store.Commit(b.ctx, old, oldDay, transcript(old)))
		b.refused(sim.KindFenced, b.Store.Fail(b.ctx, old, "late", b.now()))
		b.refused(sim.KindFenced, b.Store.Fail(b.ctx, g, "too late", b.now()))
		unchanged()
		assert.Equal(b.t, []sim.Day{d}, b.days(sim.DayFilter{JobID: "j1"}))
	}},
	{"a failed model-day leaves the book as it was", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		first := b.close("j1", "a", dates[0], buy("AAPL", 3, 100*sim.Dollar))
		g := b.claim("j1", "a", dates[1])
		at := b.now()
		b.ok(b.Store.Fail(b.ctx, g, "model: no answer", at))
		assert.Equal(b.t, sim.ModelDay{
			ModelDayKey: g.Key, Status: sim.ModelDayFailed, Attempt: 1, StartedAt: g.Started, CompletedAt: at, Error: "model: no answer",
		}, b.modelDay("j1", "a", dates[1]))
		unchanged := b.checkpoint("j1")
		b.ok(b.Store.Fail(b.ctx, g, "model: no answer", b.now()))
		b.refused(sim.KindFenced, b.Store.Commit(b.ctx, g, b.day(g), nil))
		unchanged()
		next := b.claim("j1", "a", dates[2])
		assert.Equal(b.t, first.Ref, next.Prev)
		assert.Equal(b.t, first.Closing, next.Opening)
		b.commit(next)
		b.refused(sim.KindFenced, b.Store.Commit(b.ctx, g, b.day(g), nil))
	}},
	{"a day that was not granted is refused as it stands", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		b.close("j1", "a", dates[0], buy("AAPL", 3, 100*sim.Dollar))
		g := b.claim("j1", "a", dates[1])
		unchanged := b.checkpoint("j1")
		for what, change := range map[string]func(*sim.Day){
			"book":        func(d *sim.Day) { d.Book.Model = "b" },
			"date":        func(d *sim.Day) { d.Ref.Date++ },
			"generation":  func(d *sim.Day) { d.Ref.Generation++ },
			"predecessor": func(d *sim.Day) { d.Prev = sim.DayRef{} },
			"job":         func(d *sim.Day) { d.JobID = "j2" },
			"attempt":     func(d *sim.Day) { d.Attempt++ },
			"opening":     func(d *sim.Day) { d.Opening = sim.NewLedger(initialCash) },
		} {
			d := b.day(g)
			change(&d)
			err := b.Store.Commit(b.ctx, g, d, nil)
			require.Equal(b.t, sim.KindInternal, sim.KindOf(err), what)
		}
		unchanged()
		b.commit(g)
	}},
	{"the grant of an unknown job is not found", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		g := b.claim("j1", "a", dates[0])
		g.Key.JobID = "none"
		b.refused(sim.KindNotFound, b.Store.Commit(b.ctx, g, b.day(g), nil))
		b.refused(sim.KindNotFound, b.Store.Fail(b.ctx, g, "x", b.now()))
	}},
}

var rewindTests = []test{
	{"replaced days are superseded and stay readable by their job", func(b *bench) {
		b.finished("j1", plan(0, 3, "a", "b"), buy("AAPL", 1, 100*sim.Dollar))
		old := b.days(sim.DayFilter{JobID: "j1"})
		require.Len(b.t, old, 8)
		b.replace("j2", plan(1, 2, "a"))
		h := b.head("a")
		assert.Equal(b.t, 1, h.Generation)
		assert.Equal(b.t, []sim.Cut{{Generation: 1, From: dates[1]}}, h.Cuts)
		assert.Equal(b.t, sim.DayRef{Date: dates[0]}, h.Last)
		assert.Equal(b.t, initialCash, h.InitialCash)

		assert.Equal(b.t, old, b.days(sim.DayFilter{JobID: "j1"}), "nothing is deleted")
		assert.Len(b.t, b.days(sim.DayFilter{Experiment: experiment, Model: "a"}), 1)
		assert.Len(b.t, b.days(sim.DayFilter{Experiment: experiment, Model: "b"}), 4, "another book is not touched")

		g := b.claim("j2", "a", dates[1])
		assert.Equal(b.t, 1, g.Generation)
		assert.Equal(b.t, sim.DayRef{Date: dates[0]}, g.Prev)
		assert.Equal(b.t, sim.Share, g.Opening.Holdings["AAPL"], "the opening is that of the last current day")
		d := b.commit(g, buy("MSFT", 1, 50*sim.Dollar))
		assert.Equal(b.t, sim.DayRef{Date: dates[1], Generation: 1}, d.Ref)
		now := b.again().days(sim.DayFilter{Experiment: experiment, Model: "a"})
		require.Len(b.t, now, 2)
		assert.Equal(b.t, []string{"j1", "j2"}, []string{now[0].JobID, now[1].JobID})
		assert.Equal(b.t, d, now[1])
		for _, ref := range []sim.DayRef{{Date: dates[1]}, d.Ref} {
			_, err := b.Store.Transcript(b.ctx, d.Book, ref)
			b.ok(err)
		}
	}},
	{"when a replaced day fails the next one continues from the last current day", func(b *bench) {
		b.finished("j1", plan(0, 3, "a"), buy("AAPL", 1, 100*sim.Dollar))
		b.replace("j2", plan(1, 3, "a"))
		b.ok(b.Store.Fail(b.ctx, b.claim("j2", "a", dates[1]), "model: broken", b.now()))
		g := b.claim("j2", "a", dates[2])
		assert.Equal(b.t, sim.DayRef{Date: dates[0]}, g.Prev)
		assert.Equal(b.t, sim.Share, g.Opening.Holdings["AAPL"])
	}},
	{"a rewind to the beginning starts the book again", func(b *bench) {
		b.finished("j1", plan(1, 3, "a"), buy("AAPL", 1, 100*sim.Dollar))
		b.replace("j2", plan(0, 1, "a"))
		g := b.claim("j2", "a", dates[0])
		assert.Zero(b.t, g.Prev)
		assert.Zero(b.t, g.Opening)
		d := b.day(g)
		d.Opening, d.Closing = sim.NewLedger(5*sim.Dollar), sim.NewLedger(5*sim.Dollar)
		b.ok(b.Store.Commit(b.ctx, g, d, nil))
		assert.Equal(b.t, 5*sim.Dollar, b.head("a").InitialCash)
	}},
	{"rewinds on rewinds keep one chain", func(b *bench) {
		b.finished("j1", plan(0, 4, "a"))
		for i, from := range []int{3, 1, 2, 0, 4} {
			id := []string{"r3", "r1", "r2", "r0", "r4"}[i]
			b.replace(id, plan(from, 4, "a"))
			for _, d := range dates[from:5] {
				b.close(id, "a", d)
			}
			b.finish(id, sim.JobCompleted)
			current := b.days(sim.DayFilter{Experiment: experiment, Model: "a"})
			require.Len(b.t, current, 5)
			prev := sim.DayRef{}
			for n, d := range current {
				assert.Equal(b.t, dates[n], d.Ref.Date)
				assert.Equal(b.t, prev, d.Prev)
				prev = d.Ref
				assert.Equal(b.t, n >= from, d.JobID == id, "%s by %s after %s", d.Ref.Date, d.JobID, id)
			}
			assert.Equal(b.t, prev, b.head("a").Last)
		}
		for id, n := range map[string]int{"j1": 5, "r3": 2, "r1": 4, "r2": 3, "r0": 5, "r4": 1} {
			assert.Len(b.t, b.days(sim.DayFilter{JobID: id}), n, id)
		}
	}},
}
