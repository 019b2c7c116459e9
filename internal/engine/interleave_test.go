package engine_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/engine"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

// Each check of the property runs many jobs.
func TestMain(m *testing.M) {
	rounds.Checks(3, 20)
	os.Exit(m.Run())
}

// chaos drives a world at random: jobs are triggered, replaced, run, cancelled
// and retried in any order, models fail and processes die. One after the other,
// as in real life, because the store puts them in an order anyway.
type chaos struct {
	*world
	runs int
}

var (
	anyDay   = rapid.IntRange(0, 4)
	anyModel = rapid.SampledFrom([]string{"a", "b"})
)

// run executes the active job, if there is one, in a new process.
func (c *chaos) run(r *rapid.T) {
	c.runIn(c.t.Context(), r, buyOne)
}

// crash executes the active job until the process dies on some date.
func (c *chaos) crash(r *rapid.T) {
	at := dates[anyDay.Draw(r, "crash")]
	ctx, die := context.WithCancel(c.t.Context())
	defer die()
	c.runIn(ctx, r, func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		if a.Key.Date < at {
			return buyOne(ctx, a)
		}
		die()
		<-ctx.Done()
		return sim.Outcome{}, ctx.Err()
	})
}

// fail executes the active job while a model fails on some date.
func (c *chaos) fail(r *rapid.T) {
	model, on := anyModel.Draw(r, "model"), dates[anyDay.Draw(r, "on")]
	c.runIn(c.t.Context(), r, func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		if a.Key.Model == model && a.Key.Date == on {
			return breaks(ctx, a)
		}
		return buyOne(ctx, a)
	})
}

func (c *chaos) runIn(ctx context.Context, r *rapid.T, p play) {
	job, active, err := c.store.ActiveJob(c.t.Context(), "main")
	require.NoError(r, err)
	if !active {
		return
	}
	c.runs++
	c.engine.Holder, c.engine.Exclusive = fmt.Sprint("process ", c.runs), true
	for _, model := range []string{"a", "b"} {
		c.trader.on(model, 0, p)
	}
	if err := c.engine.RunJob(ctx, job.ID); err != nil {
		require.ErrorIs(r, err, context.Canceled)
	}
}

func (c *chaos) trigger(r *rapid.T, replace bool) {
	from, to := anyDay.Draw(r, "from"), anyDay.Draw(r, "to")
	request := span(min(from, to), max(from, to))
	request.Replace = replace
	if _, err := c.jobs.Trigger(c.t.Context(), request); err != nil {
		require.Equal(r, sim.KindConflict, sim.KindOf(err), "%v", err)
	}
}

func (c *chaos) cancel(r *rapid.T) {
	job, active, err := c.store.ActiveJob(c.t.Context(), "main")
	require.NoError(r, err)
	if active {
		_, err := c.jobs.Cancel(c.t.Context(), job.ID)
		require.NoError(r, err)
	}
}

func (c *chaos) retry(r *rapid.T) {
	jobs, _, err := c.store.Jobs(c.t.Context(), sim.JobFilter{})
	require.NoError(r, err)
	if len(jobs) == 0 {
		return
	}
	if _, err := c.jobs.Retry(c.t.Context(), jobs[0].ID, ""); err != nil {
		require.Equal(r, sim.KindConflict, sim.KindOf(err), "%v", err)
	}
}

// check proves that each book is one chain that folds, and that its cash is what
// the opens of its dates say.
func (c *chaos) check(r *rapid.T) {
	for _, model := range []string{"a", "b"} {
		prev, left := sim.DayRef{}, cash
		for _, d := range c.days(model) {
			require.Equal(r, prev, d.Prev)
			folded, err := sim.Fold(d.Opening, d.Entries)
			require.NoError(r, err)
			require.True(r, folded.Equal(d.Closing))
			for i, date := range dates {
				if date == d.Ref.Date {
					left -= sim.Money(100+10*i) * sim.Dollar
				}
			}
			require.Equal(r, left, d.Closing.Cash)
			prev = d.Ref
		}
		require.Equal(r, prev, c.head(model).Last)
	}
}

// Whatever happens in whatever order: the books stay exact, and in the end
// nothing stands in the way of running all of it again.
func TestAnyOrderOfEventsKeepsTheBooks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		w.config.models = []string{"a", "b"}
		c := &chaos{world: w}
		r.Repeat(map[string]func(*rapid.T){
			"trigger": func(r *rapid.T) { c.trigger(r, false) },
			"replace": func(r *rapid.T) { c.trigger(r, true) },
			"run":     c.run,
			"crash":   c.crash,
			"fail":    c.fail,
			"cancel":  c.cancel,
			"retry":   c.retry,
			"":        c.check,
		})
		c.run(r)
		everything := span(0, 4)
		everything.Replace = true
		result, err := c.jobs.Trigger(t.Context(), everything)
		require.NoError(r, err)
		c.run(r)
		require.Equal(r, sim.JobCompleted, c.job(result.Job.ID).Status)
		c.check(r)
	})
}
