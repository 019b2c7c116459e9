package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var concurrencyTests = []test{
	{"1,000 simultaneous triggers make one job", func(b *bench) {
		handles := []*bench{b, b.again()}
		j := b.newJob("", experiment, plan(0, 2, "a", "b"))
		books := b.bookPlans(j)
		errs := together(1000, func(i int) error {
			j := j
			j.ID = fmt.Sprintf("job-%03d", i)
			_, err := handles[i%2].Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: books})
			return err
		})
		winner := -1
		for i, err := range errs {
			if err == nil {
				assert.Equal(b.t, -1, winner, "a second job was made")
				winner = i
				continue
			}
			b.refused(sim.KindConflict, err)
		}
		active, ok, err := b.Store.ActiveJob(b.ctx, experiment)
		b.ok(err)
		require.True(b.t, ok)
		assert.Equal(b.t, fmt.Sprintf("job-%03d", winner), active.ID)
		jobs, _, err := b.Store.Jobs(b.ctx, sim.JobFilter{})
		b.ok(err)
		assert.Len(b.t, jobs, 1)
		assert.Equal(b.t, int64(1), b.head("a").Fence)
	}},
	{"50 simultaneous claims of one book give one grant", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		handles := []*bench{b, b.again()}
		var granted atomic.Int64
		errs := together(50, func(i int) error {
			_, err := handles[i%2].Store.Claim(b.ctx, b.request("j1", "a", dates[i%2]))
			if err == nil {
				granted.Add(1)
			}
			return err
		})
		assert.Equal(b.t, int64(1), granted.Load())
		for _, err := range errs {
			if err != nil {
				b.refused(sim.KindBusy, err)
			}
		}
		assert.Equal(b.t, int64(2), b.head("a").Fence)
	}},
	{"the same commit by 20 callers closes one day", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		handles := []*bench{b, b.again()}
		g := b.claim("j1", "a", dates[0])
		d := b.day(g, buy("AAPL", 1, sim.Dollar))
		for _, err := range together(20, func(i int) error {
			return handles[i%2].Store.Commit(b.ctx, g, d, transcript(g))
		}) {
			b.ok(err)
		}
		assert.Equal(b.t, []sim.Day{d}, b.days(sim.DayFilter{JobID: "j1"}))
		messages, err := b.Store.Transcript(b.ctx, d.Book, d.Ref)
		b.ok(err)
		assert.Len(b.t, messages, 3)
	}},
	{"a cancel among commits leaves whole days only", func(b *bench) {
		var models []string
		for i := range 10 {
			models = append(models, fmt.Sprintf("m%d", i))
		}
		b.create("j1", plan(0, 0, models...))
		grants := make([]sim.Grant, len(models))
		days := make([]sim.Day, len(models))
		for i, m := range models {
			grants[i] = b.claim("j1", m, dates[0])
			days[i] = b.day(grants[i], buy("AAPL", 1+i, sim.Dollar))
		}
		errs := together(len(models)+1, func(i int) error {
			if i == len(models)/2 {
				_, err := b.Store.RequestCancel(b.ctx, "j1", b.now())
				return err
			}
			i -= i / (len(models)/2 + 1)
			return b.Store.Commit(b.ctx, grants[i], days[i], transcript(grants[i]))
		})
		committed := 0
		for i, err := range errs {
			if i == len(models)/2 {
				b.ok(err)
				continue
			}
			if i -= i / (len(models)/2 + 1); err == nil {
				committed++
				assert.Equal(b.t, days[i:i+1], b.days(sim.DayFilter{JobID: "j1", Model: models[i]}))
				continue
			}
			b.refused(sim.KindFenced, err)
			assert.Equal(b.t, sim.ModelDayRunning, b.modelDay("j1", models[i], dates[0]).Status)
		}
		assert.Len(b.t, b.days(sim.DayFilter{JobID: "j1"}), committed)
	}},
	{"many books written through two handles are all exact", func(b *bench) {
		handles := []*bench{b, b.again()}
		var models []string
		for i := range 8 {
			models = append(models, fmt.Sprintf("m%d", i))
		}
		b.create("j1", plan(0, 9, models...))
		errs := together(4*len(models), func(i int) error {
			return raceThrough(handles[i%2], "j1", models[i%len(models)], dates[:10])
		})
		for _, err := range errs {
			b.ok(err)
		}
		for _, m := range models {
			days := b.days(sim.DayFilter{Experiment: experiment, Model: m})
			require.Len(b.t, days, 10, m)
			ledger := sim.NewLedger(initialCash)
			prev := sim.DayRef{}
			for i, d := range days {
				assert.Equal(b.t, dates[i], d.Ref.Date)
				assert.Equal(b.t, prev, d.Prev)
				assert.Equal(b.t, ledger, d.Opening)
				folded, err := sim.Fold(d.Opening, d.Entries)
				b.ok(err)
				assert.Equal(b.t, folded, d.Closing)
				prev, ledger = d.Ref, d.Closing
			}
			assert.Equal(b.t, 10*sim.Share, ledger.Holdings["AAPL"])
		}
	}},
}

// together calls a function n times at once and returns the errors.
func together(n int, call func(i int) error) []error {
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

// raceThrough closes the dates of a model, each with one share bought, while
// others do the same: what they hold or have closed is left to them.
func raceThrough(b *bench, job, model string, dates []sim.Date) error {
	for _, d := range dates {
		for {
			r := b.request(job, model, d)
			r.Claimant.Until = r.Claimant.Now.Add(1000 * time.Hour) // the clock runs fast here
			g, err := b.Store.Claim(b.ctx, r)
			if sim.IsKind(err, sim.KindBusy) {
				continue
			}
			if err != nil {
				return err
			}
			if g.Done == nil {
				if err := b.Store.Commit(b.ctx, g, b.day(g, buy("AAPL", 1, sim.Dollar)), transcript(g)); err != nil {
					return err
				}
			}
			break
		}
	}
	return nil
}
