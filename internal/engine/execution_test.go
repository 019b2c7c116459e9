package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

func (w *world) next(jobID string, ran sim.Date) engine.Step {
	w.t.Helper()
	step, err := w.engine.Next(w.t.Context(), jobID, ran)
	require.NoError(w.t, err)
	return step
}

func (w *world) runDay(jobID, model string, d sim.Date) engine.DayResult {
	w.t.Helper()
	result, err := w.engine.RunDay(w.t.Context(), sim.ModelDayKey{JobID: jobID, Date: d, Model: model})
	require.NoError(w.t, err)
	return result
}

// claim takes a model-day as another process would, and never comes back.
func (w *world) claim(job sim.Job, model string, d sim.Date) sim.Grant {
	w.t.Helper()
	grant, err := w.store.Claim(w.t.Context(), sim.ClaimRequest{
		Key: sim.ModelDayKey{JobID: job.ID, Date: d, Model: model}, Experiment: job.Experiment,
		Claimant: sim.Claimant{JobID: job.ID, Date: d, Holder: "other", Now: w.clock.Now(), Until: w.clock.Now().Add(time.Hour)},
	})
	require.NoError(w.t, err)
	require.Nil(w.t, grant.Done)
	return grant
}

func TestNextWalksTheDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(span(0, 1, "a"))
	job := w.trigger(span(1, 3, "a", "b"))
	step := w.next(job.ID, 0)
	assert.Equal(t, engine.Step{Date: dates[1], Models: []string{"b"}, Status: sim.JobRunning, Parallel: 3}, step, "a begins later")
	assert.Equal(t, step, w.next(job.ID, 0), "asking again changes nothing")
	assert.Equal(t, sim.JobRunning, w.job(job.ID).Status)
	w.runDay(job.ID, "b", dates[1])

	step = w.next(job.ID, dates[1])
	assert.Equal(t, []string{"a", "b"}, step.Models)
	assert.Equal(t, dates[2], step.Date)
	assert.Equal(t, step, w.next(job.ID, dates[1]), "the date that ran can be named again")
	assert.Equal(t, dates[1], w.job(job.ID).ClosedThrough)
	w.runDay(job.ID, "a", dates[2])
	assert.Equal(t, engine.Step{Date: dates[2], Models: []string{"b"}, Status: sim.JobRunning, Parallel: 3}, w.next(job.ID, 0),
		"without a date, as after a restart, it names what is left of the date")
	w.runDay(job.ID, "b", dates[2])
	assert.Equal(t, dates[3], w.next(job.ID, 0).Date, "a date on which all is over is closed on the way")
	w.runDay(job.ID, "a", dates[3])
	w.runDay(job.ID, "b", dates[3])
	assert.Equal(t, engine.Step{Done: true, Status: sim.JobCompleted}, w.next(job.ID, dates[3]))
	assert.Equal(t, engine.Step{Done: true, Status: sim.JobCompleted}, w.next(job.ID, dates[3]))
	assert.Equal(t, engine.Step{Done: true, Status: sim.JobCompleted}, w.next(job.ID, 0))
	_, err := w.engine.Next(t.Context(), "none", 0)
	refused(t, sim.KindNotFound, err)
}

func TestNextFailsWhatWasLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 1, "a", "b"))
	w.next(job.ID, 0)
	grant := w.claim(job, "a", dates[0])
	w.runDay(job.ID, "b", dates[0])
	step := w.next(job.ID, dates[0])
	assert.Equal(t, []string{"a", "b"}, step.Models, "the other date is free for both")
	lost := w.modelDay(job.ID, "a", dates[0])
	assert.Equal(t, sim.ModelDayFailed, lost.Status)
	assert.Contains(t, lost.Error, "lost:")
	err := w.store.Commit(t.Context(), grant, sim.Day{
		Book: grant.Book, Ref: sim.DayRef{Date: dates[0]}, JobID: job.ID, Attempt: 1,
		Opening: sim.NewLedger(cash), Closing: sim.NewLedger(cash),
	}, nil)
	refused(t, sim.KindFenced, err)
	w.runDay(job.ID, "a", dates[1])
	w.runDay(job.ID, "b", dates[1])
	assert.Equal(t, sim.JobPartial, w.next(job.ID, dates[1]).Status)
	assert.Len(t, w.days("a"), 1)
}

func TestNextEndsACancelledJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 1, "a", "b"))
	w.next(job.ID, 0)
	w.runDay(job.ID, "b", dates[0])
	cancelled, err := w.jobs.Cancel(t.Context(), job.ID)
	require.NoError(t, err)
	assert.True(t, cancelled.CancelRequested)
	assert.Equal(t, []string{job.ID}, w.started.stopped)
	_, err = w.engine.RunDay(t.Context(), sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
	refused(t, sim.KindFenced, err)
	assert.Equal(t, engine.Step{Done: true, Status: sim.JobCancelled}, w.next(job.ID, dates[0]))
	assert.Len(t, w.days("b"), 1, "what was closed stays")
	_, err = w.jobs.Cancel(t.Context(), job.ID)
	refused(t, sim.KindConflict, err)
	_, err = w.jobs.Cancel(t.Context(), "none")
	refused(t, sim.KindNotFound, err)
}

func TestRunDayClosesTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 1, "a"))
	result := w.runDay(job.ID, "a", dates[0])
	assert.Equal(t, engine.DayResult{Status: sim.ModelDayCompleted, StopReason: sim.StopSignal}, result)
	day := w.days("a")[0]
	assert.Equal(t, cash-100*sim.Dollar, day.Closing.Cash)
	assert.Equal(t, map[string]sim.Quantity{"AAA": sim.Share}, day.Closing.Holdings)
	assert.NotEmpty(t, day.Prices)
	first := w.trader.last(t, "a")
	assert.True(t, first.FirstDay)
	assert.Equal(t, cash, first.Opening.Cash)
	assert.Equal(t, dates[0], first.View.Date())
	assert.Equal(t, "test/a", first.Model.BaseModel)

	assert.Equal(t, result, w.runDay(job.ID, "a", dates[0]), "a closed day answers what is stored")
	assert.Equal(t, 1, w.trader.calls("a", dates[0]), "and calls no model")
	messages, err := w.store.Transcript(t.Context(), day.Book, day.Ref)
	require.NoError(t, err)
	assert.Len(t, messages, 1)

	w.runDay(job.ID, "a", dates[1])
	second := w.trader.last(t, "a")
	assert.False(t, second.FirstDay)
	assert.True(t, second.Opening.Equal(day.Closing))
}

func TestRunDayRefusesWhatIsNoPartOfTheJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 1, "a"))
	for _, key := range []sim.ModelDayKey{
		{JobID: job.ID, Date: dates[0], Model: "b"},
		{JobID: job.ID, Date: dates[2], Model: "a"},
	} {
		_, err := w.engine.RunDay(t.Context(), key)
		refused(t, sim.KindInvalid, err, "not part of job")
	}
	_, err := w.engine.RunDay(t.Context(), sim.ModelDayKey{JobID: "none", Date: dates[0], Model: "a"})
	refused(t, sim.KindNotFound, err)
}

func TestAFailedDayLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		play  play
		error string
	}{
		"refused": {breaks, "the provider refused the request"},
		"panic": {func(context.Context, engine.Assignment) (sim.Outcome, error) { panic("secret") },
			"internal: the model-day broke; the log says why"},
		"unknown": {func(context.Context, engine.Assignment) (sim.Outcome, error) {
			return sim.Outcome{}, errors.New("secret")
		}, "internal: the model-day broke; the log says why"},
		"internal": {func(context.Context, engine.Assignment) (sim.Outcome, error) {
			return sim.Outcome{}, sim.Errorf(sim.KindInternal, "secret")
		}, "internal: the model-day broke; the log says why"},
		"short of one": {lies(func(e *sim.Entry) { e.CashAfter-- }), "internal: the model-day broke; the log says why"},
		"too dear":     {lies(func(e *sim.Entry) { e.Quantity = 1000 * sim.Share }), "internal: the model-day broke; the log says why"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.trader.on("a", dates[1], c.play)
			job := w.run(span(0, 2, "a", "b"))
			assert.Equal(t, sim.JobPartial, job.Status)
			failed := w.modelDay(job.ID, "a", dates[1])
			assert.Equal(t, sim.ModelDayFailed, failed.Status)
			assert.Equal(t, c.error, failed.Error)
			days := w.days("a")
			require.Len(t, days, 2)
			assert.Equal(t, dates[2], days[1].Ref.Date)
			assert.Equal(t, days[0].Ref, days[1].Prev, "the next day continues from the last close")
			assert.True(t, days[1].Opening.Equal(days[0].Closing))
			assert.Len(t, w.days("b"), 3, "no other model is stopped")
		})
	}
}

// lies makes a trader whose account does not follow from the ledger.
func lies(change func(*sim.Entry)) play {
	return func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		o, err := buyOne(ctx, a)
		change(&o.Fills[0])
		return o, err
	}
}

func TestAllFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trader.on("a", 0, breaks)
	job := w.run(span(0, 2, "a"))
	assert.Equal(t, sim.JobFailed, job.Status)
	assert.Equal(t, "no model-day was completed", job.Error)
	assert.Empty(t, w.days("a"))
}

func TestADeadlineFailsTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trader.on("a", 0, func(ctx context.Context, _ engine.Assignment) (sim.Outcome, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			return sim.Outcome{}, errors.New("the day has no deadline")
		}
		return sim.Outcome{}, fmt.Errorf("step 3: %w", context.DeadlineExceeded)
	})
	job := w.trigger(span(0, 0, "a"))
	result := w.runDay(job.ID, "a", dates[0])
	assert.Equal(t, engine.DayResult{Status: sim.ModelDayFailed, Error: "deadline: the model-day took too long"}, result)
	assert.Zero(t, w.head("a").Lease, "the lease is given back")
}

// A lease ends with the process that runs the day: what a killed process has left is free
// soon after its deadline.
func TestALeaseLastsAsLongAsItsDayCan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engine.DayTimeout = time.Hour
	var lease sim.Lease
	w.trader.on("a", 0, func(context.Context, engine.Assignment) (sim.Outcome, error) {
		lease = w.head("a").Lease
		return sim.Outcome{}, nil
	})
	job := w.trigger(span(0, 0, "a"))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	_, err := w.engine.RunDay(ctx, sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
	require.NoError(t, err)
	assert.WithinRange(t, lease.Until, w.clock.Now().Add(4*time.Minute), w.clock.Now().Add(5*time.Minute+30*time.Second))
}

func TestWhatIsStoppedFromOutsideStaysOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	w.trader.on("a", 0, func(ctx context.Context, _ engine.Assignment) (sim.Outcome, error) {
		stop()
		<-ctx.Done()
		return sim.Outcome{}, ctx.Err()
	})
	job := w.trigger(span(0, 0, "a"))
	_, err := w.engine.RunDay(ctx, sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, sim.ModelDayRunning, w.modelDay(job.ID, "a", dates[0]).Status)
	assert.Empty(t, w.days("a"))
}

// The model has spent its day: what it did is kept, though no caller waits any more.
func TestAFinishedSessionIsCommittedThoughItsCallerIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	w.trader.on("a", 0, func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		defer stop()
		return buyOne(ctx, a)
	})
	job := w.trigger(span(0, 0, "a"))
	_, err := w.engine.RunDay(ctx, sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
	require.NoError(t, err)
	assert.Len(t, w.days("a"), 1)
}

func TestALateAnswerWritesNothing(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]func(w *world, job sim.Job){
		"cancelled": func(w *world, job sim.Job) {
			_, err := w.jobs.Cancel(w.t.Context(), job.ID)
			require.NoError(w.t, err)
		},
		"date closed": func(w *world, job sim.Job) { w.next(job.ID, dates[0]) },
		"finalised": func(w *world, job sim.Job) {
			_, err := w.engine.Finalise(w.t.Context(), job.ID, "broken")
			require.NoError(w.t, err)
		},
	} {
		for outcome, after := range map[string]play{"closes": buyOne, "fails": breaks} {
			t.Run(name+" "+outcome, func(t *testing.T) {
				w := newWorld(t)
				job := w.trigger(span(0, 1, "a"))
				w.next(job.ID, 0)
				w.trader.on("a", 0, func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
					revoke(w, job)
					return after(ctx, a)
				})
				_, err := w.engine.RunDay(t.Context(), sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
				refused(t, sim.KindFenced, err)
				assert.Empty(t, w.days("a"))
			})
		}
	}
}

func TestBusyWhileSomebodyElseRunsTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 0, "a"))
	w.claim(job, "a", dates[0])
	key := sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"}
	_, err := w.engine.RunDay(t.Context(), key)
	refused(t, sim.KindBusy, err)
	assert.Zero(t, w.trader.calls("a", dates[0]))

	w.engine.Exclusive = true
	assert.Equal(t, sim.ModelDayCompleted, w.runDay(job.ID, "a", dates[0]).Status, "who holds the lock does not wait for a lease")

	require.True(t, w.next(job.ID, dates[0]).Done)
	job = w.trigger(span(1, 1, "a"))
	w.engine.Exclusive = false
	w.claim(job, "a", dates[1])
	w.clock.Pass(2 * time.Hour)
	assert.Equal(t, sim.ModelDayCompleted, w.runDay(job.ID, "a", dates[1]).Status, "a lease that has expired is taken over")
	assert.Equal(t, 2, w.modelDay(job.ID, "a", dates[1]).Attempt)
}

func TestCorporateActionsComeBeforeTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.putPrices(nil,
		[]sim.Split{{Symbol: "AAA", ExDate: dates[2], Numerator: 3, Denominator: 2}},
		[]sim.Dividend{{Symbol: "AAA", ExDate: dates[2], Amount: 50_000_000}}) // 0.5 USD
	nothing := func(context.Context, engine.Assignment) (sim.Outcome, error) { return outcome(), nil }
	w.trader.on("a", dates[1], breaks)
	w.trader.on("a", dates[2], nothing)
	w.run(span(0, 2, "a"))
	a := w.trader.last(t, "a")
	require.Len(t, a.Actions, 2)
	assert.Equal(t, sim.EntryDividend, a.Actions[0].Kind)
	assert.Equal(t, sim.EntrySplit, a.Actions[1].Kind)
	// 1 share at 100; 0.5 USD dividend; 3:2 leaves 1 share and half a share paid at 120.
	assert.Equal(t, cash-100*sim.Dollar+sim.Dollar/2+60*sim.Dollar, a.Opening.Cash)
	assert.Equal(t, sim.Share, a.Opening.Holdings["AAA"])
	day := w.days("a")[1]
	assert.Equal(t, a.Actions, day.Entries)
	assert.True(t, day.Closing.Equal(a.Opening))
	assert.Equal(t, cash-100*sim.Dollar, day.Opening.Cash, "the day opens with the last close")
}

func TestAfterAWeekendTheHoldingsAreStillThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(span(2, 2, "a")) // a Friday
	w.run(span(3, 3, "a"))
	assert.True(t, w.trader.last(t, "a").Opening.Equal(w.days("a")[0].Closing))
	assert.Equal(t, 2*sim.Share, w.days("a")[1].Closing.Holdings["AAA"])
}

func TestAGapIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 2, "a"))
	w.runDay(job.ID, "a", dates[1])
	result := w.runDay(job.ID, "a", dates[0])
	assert.Equal(t, sim.ModelDaySkipped, result.Status)
	assert.Contains(t, result.Error, "before_last_close")
}
