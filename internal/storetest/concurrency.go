package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/backoff"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

var concurrencyTests = []test{
	{"hundreds of simultaneous triggers make one job", func(h *harness) {
		handles := []*harness{h, h.again()}
		j := h.newJob("", experiment, plan(0, 2, "a", "b"))
		books := h.bookPlans(j)
		errs := concurrently(rounds.Of(h.t, 200, 1000), func(i int) error {
			j := j
			j.ID = fmt.Sprintf("job-%03d", i)
			_, err := handles[i%2].Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: books})
			return err
		})
		winner := -1
		for i, err := range errs {
			if err == nil {
				assert.Equal(h.t, -1, winner, "a second job was made")
				winner = i
				continue
			}
			h.refused(sim.KindConflict, err)
		}
		active, ok, err := h.Store.ActiveJob(h.ctx, experiment)
		h.ok(err)
		require.True(h.t, ok)
		assert.Equal(h.t, fmt.Sprintf("job-%03d", winner), active.ID)
		jobs, _, err := h.Store.Jobs(h.ctx, sim.JobFilter{})
		h.ok(err)
		assert.Len(h.t, jobs, 1)
		assert.Equal(h.t, int64(1), h.head("a").Fence)
	}},
	{"50 simultaneous claims of one book give one grant", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		handles := []*harness{h, h.again()}
		var granted atomic.Int64
		errs := concurrently(50, func(i int) error {
			_, err := handles[i%2].Store.Claim(h.ctx, h.request("j1", "a", dates[i%2]))
			if err == nil {
				granted.Add(1)
			}
			return err
		})
		assert.Equal(h.t, int64(1), granted.Load())
		for _, err := range errs {
			if err != nil {
				h.refused(sim.KindBusy, err)
			}
		}
		assert.Equal(h.t, int64(2), h.head("a").Fence)
	}},
	{"the same commit by 20 callers closes one day", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		handles := []*harness{h, h.again()}
		g := h.claim("j1", "a", dates[0])
		d := h.day(g, buy("AAPL", 1, sim.Dollar))
		for _, err := range concurrently(20, func(i int) error {
			return handles[i%2].Store.Commit(h.ctx, g, d, transcript(g))
		}) {
			h.ok(err)
		}
		assert.Equal(h.t, []sim.Day{d}, h.days(sim.DayFilter{JobID: "j1"}))
		messages, err := h.Store.Transcript(h.ctx, d.Book, d.Ref)
		h.ok(err)
		assert.Len(h.t, messages, 3)
	}},
	{"a cancel among commits leaves whole days only", func(h *harness) {
		var models []string
		for i := range 10 {
			models = append(models, fmt.Sprintf("m%d", i))
		}
		h.create("j1", plan(0, 0, models...))
		grants := make([]sim.Grant, len(models))
		days := make([]sim.Day, len(models))
		for i, m := range models {
			grants[i] = h.claim("j1", m, dates[0])
			days[i] = h.day(grants[i], buy("AAPL", 1+i, sim.Dollar))
		}
		errs := concurrently(len(models)+1, func(i int) error {
			if i == len(models)/2 {
				_, err := h.Store.RequestCancel(h.ctx, "j1", h.now())
				return err
			}
			i -= i / (len(models)/2 + 1)
			return h.Store.Commit(h.ctx, grants[i], days[i], transcript(grants[i]))
		})
		committed := 0
		for i, err := range errs {
			if i == len(models)/2 {
				h.ok(err)
				continue
			}
			if i -= i / (len(models)/2 + 1); err == nil {
				committed++
				assert.Equal(h.t, days[i:i+1], h.days(sim.DayFilter{JobID: "j1", Model: models[i]}))
				continue
			}
			h.refused(sim.KindFenced, err)
			assert.Equal(h.t, sim.ModelDayRunning, h.modelDay("j1", models[i], dates[0]).Status)
		}
		assert.Len(h.t, h.days(sim.DayFilter{JobID: "j1"}), committed)
	}},
	{"many books written through two handles are all exact", func(h *harness) {
		handles := []*harness{h, h.again()}
		var models []string
		for i := range 8 {
			models = append(models, fmt.Sprintf("m%d", i))
		}
		last := rounds.Of(h.t, 3, 10)
		h.create("j1", plan(0, last-1, models...))
		errs := concurrently(4*len(models), func(i int) error {
			return raceThrough(handles[i%2], "j1", models[i%len(models)], dates[:last])
		})
		for _, err := range errs {
			h.ok(err)
		}
		for _, m := range models {
			days := h.days(sim.DayFilter{Experiment: experiment, Model: m})
			require.Len(h.t, days, last, m)
			ledger := sim.NewLedger(initialCash)
			prev := sim.DayRef{}
			for i, d := range days {
				assert.Equal(h.t, dates[i], d.Ref.Date)
				assert.Equal(h.t, prev, d.Prev)
				assert.Equal(h.t, ledger, d.Opening)
				folded, err := sim.Fold(d.Opening, d.Entries)
				h.ok(err)
				assert.Equal(h.t, folded, d.Closing)
				prev, ledger = d.Ref, d.Closing
			}
			assert.Equal(h.t, sim.Quantity(last)*sim.Share, ledger.Holdings["AAPL"])
		}
	}},
}

// concurrently calls a function n times at once and returns the errors.
func concurrently(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = call(i)
		})
	}
	done.Wait()
	return errs
}

// raceThrough closes the dates of a model, each with one share bought, while other
// callers do the same: a date that one of them closes is theirs.
func raceThrough(h *harness, job, model string, dates []sim.Date) error {
	for _, d := range dates {
		for {
			r := h.request(job, model, d)
			r.Claimant.Until = r.Claimant.Now.Add(1000 * time.Hour) // each look at the clock is a second
			g, err := h.Store.Claim(h.ctx, r)
			if sim.IsKind(err, sim.KindBusy) {
				if err := backoff.Wait(h.ctx, time.Millisecond); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			if g.Done == nil {
				if err := h.Store.Commit(h.ctx, g, h.day(g, buy("AAPL", 1, sim.Dollar)), transcript(g)); err != nil {
					return err
				}
			}
			break
		}
	}
	return nil
}
