package storetest

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var commitTests = []test{
	{"a commit closes the day, moves the head and completes the model-day", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		g := h.claim("j1", "a", dates[0])
		d := h.commit(g, buy("AAPL", 3, 100*sim.Dollar))
		for _, handle := range []*harness{h, h.again()} {
			assert.Equal(h.t, []sim.Day{d}, handle.days(sim.DayFilter{JobID: "j1"}))
			assert.Equal(h.t, []sim.Day{d}, handle.days(sim.DayFilter{Experiment: experiment}))
			assert.Equal(h.t, sim.Head{
				Book: d.Book, Job: "j1", Last: d.Ref, InitialCash: initialCash, Fence: g.Fence,
			}, handle.head("a"))
			assert.Equal(h.t, sim.ModelDay{
				ModelDayKey: g.Key, Status: sim.ModelDayCompleted, Attempt: 1, StartedAt: g.Started, CompletedAt: d.ClosedAt,
				StopReason: sim.StopSignal,
			}, handle.modelDay("j1", "a", dates[0]))
		}
	}},
	{"a second commit of the same grant changes nothing", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		g := h.claim("j1", "a", dates[0])
		d := h.commit(g, buy("AAPL", 3, 100*sim.Dollar))
		unchanged := h.checkpoint("j1")
		h.ok(h.Store.Commit(h.ctx, g, d, transcript(g)))
		unchanged()
		messages, err := h.Store.Transcript(h.ctx, d.Book, d.Ref)
		h.ok(err)
		assert.Len(h.t, messages, 3)

		h.close("j1", "a", dates[1])
		h.finish("j1", sim.JobPartial)
		unchanged = h.checkpoint("j1")
		h.ok(h.Store.Commit(h.ctx, g, d, transcript(g)))
		unchanged()
	}},
	{"an expired lease that no other claim has taken is still good", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		g := h.claim("j1", "a", dates[0])
		h.pass(10 * leaseTime)
		h.commit(g)
	}},
	{"of two holders of one model-day only the newest can commit", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		old := h.claim("j1", "a", dates[0])
		h.pass(2 * leaseTime)
		g := h.claim("j1", "a", dates[0])
		oldDay := h.day(old, buy("AAPL", 1, sim.Dollar))
		h.refused(sim.KindFenced, h.Store.Commit(h.ctx, old, oldDay, transcript(old)))
		d := h.commit(g, buy("MSFT", 2, sim.Dollar))
		unchanged := h.checkpoint("j1")
		h.refused(sim.KindFenced, h.Store.Commit(h.ctx, old, oldDay, transcript(old)))
		h.refused(sim.KindFenced, h.Store.Fail(h.ctx, old, sim.Failure{Error: "late"}, h.now()))
		h.refused(sim.KindFenced, h.Store.Fail(h.ctx, g, sim.Failure{Error: "too late"}, h.now()))
		unchanged()
		assert.Equal(h.t, []sim.Day{d}, h.days(sim.DayFilter{JobID: "j1"}))
	}},
	{"a failed model-day leaves the book as it was", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		first := h.close("j1", "a", dates[0], buy("AAPL", 3, 100*sim.Dollar))
		g := h.claim("j1", "a", dates[1])
		at := h.now()
		h.ok(h.Store.Fail(h.ctx, g, sim.Failure{Error: "model: no answer", StopReason: sim.StopFault}, at))
		assert.Equal(h.t, sim.ModelDay{
			ModelDayKey: g.Key, Status: sim.ModelDayFailed, Attempt: 1, StartedAt: g.Started, CompletedAt: at, Error: "model: no answer",
			StopReason: sim.StopFault,
		}, h.modelDay("j1", "a", dates[1]))
		unchanged := h.checkpoint("j1")
		h.ok(h.Store.Fail(h.ctx, g, sim.Failure{Error: "model: no answer"}, h.now()))
		h.refused(sim.KindFenced, h.Store.Commit(h.ctx, g, h.day(g), nil))
		unchanged()
		next := h.claim("j1", "a", dates[2])
		assert.Equal(h.t, first.Ref, next.Prev)
		assert.Equal(h.t, first.Closing, next.Opening)
		h.commit(next)
		h.refused(sim.KindFenced, h.Store.Commit(h.ctx, g, h.day(g), nil))
	}},
	{"a day that was not granted is refused as it stands", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		h.close("j1", "a", dates[0], buy("AAPL", 3, 100*sim.Dollar))
		g := h.claim("j1", "a", dates[1])
		unchanged := h.checkpoint("j1")
		for what, change := range map[string]func(*sim.Day){
			"book":        func(d *sim.Day) { d.Book.Model = "b" },
			"date":        func(d *sim.Day) { d.Ref.Date = d.Ref.Date.AddDays(1) },
			"generation":  func(d *sim.Day) { d.Ref.Generation++ },
			"predecessor": func(d *sim.Day) { d.Prev = sim.DayRef{} },
			"job":         func(d *sim.Day) { d.JobID = "j2" },
			"attempt":     func(d *sim.Day) { d.Attempt++ },
			"opening":     func(d *sim.Day) { d.Opening = sim.NewLedger(initialCash) },
		} {
			d := h.day(g)
			change(&d)
			err := h.Store.Commit(h.ctx, g, d, nil)
			require.Equal(h.t, sim.KindInternal, sim.KindOf(err), what)
		}
		unchanged()
		h.commit(g)
	}},
	{"the grant of an unknown job is not found", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		g := h.claim("j1", "a", dates[0])
		g.Key.JobID = "none"
		h.refused(sim.KindNotFound, h.Store.Commit(h.ctx, g, h.day(g), nil))
		h.refused(sim.KindNotFound, h.Store.Fail(h.ctx, g, sim.Failure{Error: "x"}, h.now()))
	}},
}

var rewindTests = []test{
	{"replaced days are superseded and stay readable by their job", func(h *harness) {
		h.finished("j1", plan(0, 3, "a", "b"), buy("AAPL", 1, 100*sim.Dollar))
		old := h.days(sim.DayFilter{JobID: "j1"})
		require.Len(h.t, old, 8)
		h.replace("j2", plan(1, 2, "a"))
		head := h.head("a")
		assert.Equal(h.t, 1, head.Generation)
		assert.Equal(h.t, []sim.Cut{{Generation: 1, From: dates[1]}}, head.Cuts)
		assert.Equal(h.t, sim.DayRef{Date: dates[0]}, head.Last)
		assert.Equal(h.t, initialCash, head.InitialCash)

		assert.Equal(h.t, old, h.days(sim.DayFilter{JobID: "j1"}), "nothing is deleted")
		assert.Len(h.t, h.days(sim.DayFilter{Experiment: experiment, Model: "a"}), 1)
		assert.Len(h.t, h.days(sim.DayFilter{Experiment: experiment, Model: "b"}), 4, "another book is not touched")

		g := h.claim("j2", "a", dates[1])
		assert.Equal(h.t, 1, g.Generation)
		assert.Equal(h.t, sim.DayRef{Date: dates[0]}, g.Prev)
		assert.Equal(h.t, sim.Share, g.Opening.Holdings["AAPL"], "the opening is that of the last current day")
		d := h.commit(g, buy("MSFT", 1, 50*sim.Dollar))
		assert.Equal(h.t, sim.DayRef{Date: dates[1], Generation: 1}, d.Ref)
		now := h.again().days(sim.DayFilter{Experiment: experiment, Model: "a"})
		require.Len(h.t, now, 2)
		assert.Equal(h.t, []string{"j1", "j2"}, []string{now[0].JobID, now[1].JobID})
		assert.Equal(h.t, d, now[1])
		for _, ref := range []sim.DayRef{{Date: dates[1]}, d.Ref} {
			_, err := h.Store.Transcript(h.ctx, d.Book, ref)
			h.ok(err)
		}
	}},
	{"when a replaced day fails the next one continues from the last current day", func(h *harness) {
		h.finished("j1", plan(0, 3, "a"), buy("AAPL", 1, 100*sim.Dollar))
		h.replace("j2", plan(1, 3, "a"))
		h.ok(h.Store.Fail(h.ctx, h.claim("j2", "a", dates[1]), sim.Failure{Error: "model: broken"}, h.now()))
		g := h.claim("j2", "a", dates[2])
		assert.Equal(h.t, sim.DayRef{Date: dates[0]}, g.Prev)
		assert.Equal(h.t, sim.Share, g.Opening.Holdings["AAPL"])
	}},
	{"a rewind to the beginning starts the book again", func(h *harness) {
		h.finished("j1", plan(1, 3, "a"), buy("AAPL", 1, 100*sim.Dollar))
		h.replace("j2", plan(0, 1, "a"))
		g := h.claim("j2", "a", dates[0])
		assert.Zero(h.t, g.Prev)
		assert.Zero(h.t, g.Opening)
		d := h.day(g)
		d.Opening, d.Closing = sim.NewLedger(5*sim.Dollar), sim.NewLedger(5*sim.Dollar)
		h.ok(h.Store.Commit(h.ctx, g, d, nil))
		assert.Equal(h.t, 5*sim.Dollar, h.head("a").InitialCash)
	}},
	{"rewinds on rewinds keep one chain", func(h *harness) {
		h.finished("j1", plan(0, 4, "a"))
		for i, from := range []int{3, 1, 2, 0, 4} {
			id := []string{"r3", "r1", "r2", "r0", "r4"}[i]
			h.replace(id, plan(from, 4, "a"))
			for _, d := range dates[from:5] {
				h.close(id, "a", d)
			}
			h.finish(id, sim.JobCompleted)
			current := h.days(sim.DayFilter{Experiment: experiment, Model: "a"})
			require.Len(h.t, current, 5)
			prev := sim.DayRef{}
			for n, d := range current {
				assert.Equal(h.t, dates[n], d.Ref.Date)
				assert.Equal(h.t, prev, d.Prev)
				prev = d.Ref
				assert.Equal(h.t, n >= from, d.JobID == id, "%s by %s after %s", d.Ref.Date, d.JobID, id)
			}
			assert.Equal(h.t, prev, h.head("a").Last)
		}
		for id, n := range map[string]int{"j1": 5, "r3": 2, "r1": 4, "r2": 3, "r0": 5, "r4": 1} {
			assert.Len(h.t, h.days(sim.DayFilter{JobID: id}), n, id)
		}
	}},
}
