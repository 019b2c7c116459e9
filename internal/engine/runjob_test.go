package engine_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
	"aitrader/internal/storetest"
)

// Each model of a date waits until all of them are there: that ends only if they
// run in parallel. None of the next date may be there before.
func TestDatesInOrderModelsInParallel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	arrived := map[sim.Date]*sync.WaitGroup{}
	for _, d := range dates[:3] {
		arrived[d] = new(sync.WaitGroup)
		arrived[d].Add(3)
	}
	left := map[sim.Date]int{}
	for _, model := range w.config.models {
		w.trader.on(model, 0, func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
			d := a.Key.Date
			arrived[d].Done()
			arrived[d].Wait()
			mu.Lock()
			defer mu.Unlock()
			if d > dates[0] && left[sim.DefaultMarket.PrevBar(d)] != 3 {
				return sim.Outcome{}, errors.New("the date before is not over")
			}
			left[d]++
			return buyOne(ctx, a)
		})
	}
	assert.Equal(t, sim.JobCompleted, w.run(span(0, 2)).Status)
}

func TestAJobGoesOnAfterAStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, stop := context.WithCancelCause(t.Context())
	why := errors.New("the machine is switched off")
	w.trader.on("b", dates[1], func(ctx context.Context, _ engine.Assignment) (sim.Outcome, error) {
		stop(why)
		<-ctx.Done()
		return sim.Outcome{}, ctx.Err()
	})
	job := w.trigger(span(0, 3, "a", "b"))
	require.ErrorIs(t, w.engine.RunJob(ctx, job.ID), why)
	assert.Equal(t, sim.JobRunning, w.job(job.ID).Status)
	assert.Equal(t, sim.ModelDayRunning, w.modelDay(job.ID, "b", dates[1]).Status)

	// The next process holds the lock, so that the leases of the one before are void.
	w.trader.on("b", dates[1], buyOne)
	again := w.newEngine(w.store)
	again.Holder, again.Exclusive = "the next process", true
	require.NoError(t, again.RunJob(t.Context(), job.ID))
	assert.Equal(t, sim.JobCompleted, w.job(job.ID).Status)
	assert.Equal(t, 1, w.trader.calls("a", dates[0]), "a closed day is not run again")
	assert.Equal(t, 2, w.modelDay(job.ID, "b", dates[1]).Attempt)
	assert.Len(t, w.days("b"), 4)
	require.NoError(t, again.RunJob(t.Context(), job.ID), "a job that has ended stays as it is")
	require.Error(t, again.RunJob(t.Context(), "none"))
}

// The request to cancel comes by the store alone, as from another process. The
// model ignores its context and answers late.
func TestCancelFromElsewhereStopsSessionsInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begun, stopped := make(chan struct{}), make(chan error, 1)
	w.trader.on("a", 0, func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		close(begun)
		<-ctx.Done()
		stopped <- context.Cause(ctx)
		return buyOne(ctx, a)
	})
	job := w.trigger(span(0, 3, "a"))
	ended := make(chan error, 1)
	go func() { ended <- w.engine.RunJob(t.Context(), job.ID) }()
	<-begun
	_, err := w.store.RequestCancel(t.Context(), job.ID, w.clock.Now())
	require.NoError(t, err)
	require.NoError(t, <-ended)
	require.ErrorContains(t, <-stopped, "cancelled")
	job = w.job(job.ID)
	assert.Equal(t, sim.JobCancelled, job.Status)
	assert.Empty(t, w.days("a"))
	assert.Equal(t, "cancelled: the job was cancelled before the day was closed", w.modelDay(job.ID, "a", dates[0]).Error)
	assert.Equal(t, sim.TriggerAccepted, w.triggerOutcome(span(0, 0, "a")), "nothing is blocked")
}

// On AWS each model-day runs alone.
func TestCancelFromElsewhereStopsAModelDayThatRunsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begun := make(chan struct{})
	w.trader.on("a", 0, func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		close(begun)
		<-ctx.Done()
		return buyOne(ctx, a)
	})
	job := w.trigger(span(0, 3, "a"))
	ended := make(chan error, 1)
	go func() {
		_, err := w.engine.RunDay(t.Context(), sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
		ended <- err
	}()
	<-begun
	_, err := w.store.RequestCancel(t.Context(), job.ID, w.clock.Now())
	require.NoError(t, err)
	refused(t, sim.KindFenced, <-ended)
	assert.Empty(t, w.days("a"))
}

func (w *world) triggerOutcome(r sim.TriggerRequest) sim.TriggerOutcome {
	w.t.Helper()
	result, err := w.jobs.Trigger(w.t.Context(), r)
	require.NoError(w.t, err)
	return result.Outcome
}

// An execution that died between its last model-day and the end of the job has
// done all its work.
func TestFinaliseOfAllThatIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 0, "a"))
	w.runDay(job.ID, "a", dates[0])
	ended, err := w.engine.Finalise(t.Context(), job.ID, "")
	require.NoError(t, err)
	assert.Equal(t, sim.JobCompleted, ended.Status)
	assert.Empty(t, ended.Error)
	again, err := w.engine.Finalise(t.Context(), job.ID, "broken")
	require.NoError(t, err)
	assert.Equal(t, ended, again)
}

func TestRetryFillsWhatCanStillBeFilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, d := range []sim.Date{dates[0], dates[2], dates[3]} {
		w.trader.on("a", d, breaks)
	}
	w.trader.on("b", dates[3], breaks)
	old := w.run(span(0, 3, "a", "b"))
	assert.Equal(t, sim.JobPartial, old.Status)
	for _, d := range dates[:4] {
		w.trader.on("a", d, buyOne)
		w.trader.on("b", d, buyOne)
	}
	w.config.models = []string{"c"} // the job's own settings count, not today's

	result, err := w.jobs.Retry(t.Context(), old.ID, "windmill")
	require.NoError(t, err)
	require.Equal(t, sim.TriggerAccepted, result.Outcome)
	job := result.Job
	assert.Equal(t, dates[2:4], job.Plan.Dates)
	assert.Equal(t, []sim.PlannedSpan{{Model: "a", From: dates[2], To: dates[3]}, {Model: "b", From: dates[3], To: dates[3]}}, job.Plan.Models,
		"the failed first day of a lies before its last close")

	same, err := w.jobs.Retry(t.Context(), old.ID, "windmill")
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerSame, same.Outcome)
	assert.Equal(t, job.ID, same.Job.ID)
	_, err = w.jobs.Retry(t.Context(), job.ID, "windmill")
	refused(t, sim.KindConflict, err, "is active")
	_, err = w.jobs.Trigger(t.Context(), span(4, 4, "c"))
	refused(t, sim.KindConflict, err)

	require.NoError(t, w.engine.RunJob(t.Context(), job.ID))
	assert.Equal(t, sim.JobCompleted, w.job(job.ID).Status)
	assert.Len(t, w.days("a"), 3)
	assert.Len(t, w.days("b"), 4)
	done, err := w.jobs.Retry(t.Context(), old.ID, "windmill")
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, done.Outcome)
	assert.Equal(t, dates[3], done.LastDate)
	_, err = w.jobs.Retry(t.Context(), "none", "windmill")
	refused(t, sim.KindNotFound, err)
}

// A day that was run again, and failed, does not stand on a day that was
// superseded.
func TestAReplacedDayThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(span(0, 3, "a"))
	w.trader.on("a", dates[1], breaks)
	r := span(1, 3, "a")
	r.Replace = true
	job := w.run(r)
	assert.Equal(t, sim.JobPartial, job.Status)
	days := w.days("a")
	require.Len(t, days, 3)
	assert.Equal(t, dates[2], days[1].Ref.Date)
	assert.Equal(t, days[0].Ref, days[1].Prev)
	assert.Equal(t, 2*sim.Share, days[1].Closing.Holdings["AAA"])
}

// The turn from one date to the next is one write.
func TestATurnOfADateIsOneWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.models = []string{"a"}
	counting := storetest.NewFaulty(w.store, nil)
	w.jobs, w.engine = w.newJobs(counting), w.newEngine(counting)
	job := w.trigger(span(0, 2, "a"))
	require.NoError(t, w.engine.RunJob(t.Context(), job.ID))
	writes := counting.Writes()
	require.Len(t, writes, 12)
	assert.Equal(t, "CreateJob", writes[0])
	for i, turn := range []string{"Heartbeat", "CloseDate", "CloseDate"} {
		date := writes[1+3*i : 4+3*i]
		assert.ElementsMatch(t, []string{turn, "Claim", "Commit"}, date)
		assert.Less(t, slices.Index(date, "Claim"), slices.Index(date, "Commit"))
	}
	assert.Equal(t, []string{"CloseDate", "FinishJob"}, writes[10:])
}

// holding is a store that calls a function before it closes a date.
type holding struct {
	sim.Store
	before func(sim.Date) error
}

func (h holding) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	if err := h.before(d); err != nil {
		return err
	}
	return h.Store.CloseDate(ctx, id, d, lost, now)
}

// The models of a date do not wait until the one before, whose model-days are all
// over, has been closed.
func TestADateBeginsWhileTheOneBeforeIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begun := make(chan struct{})
	w.engine = w.newEngine(holding{w.store, func(sim.Date) error {
		select {
		case <-begun:
			return nil
		case <-time.After(20 * time.Second):
			return errors.New("the day never began")
		}
	}})
	w.trader.on("a", dates[1], func(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
		close(begun)
		return buyOne(ctx, a)
	})
	assert.Equal(t, sim.JobCompleted, w.run(span(0, 2, "a")).Status)
}

// A date of which a model-day is not over is closed first: that gives the model its
// book back.
func TestALostDayCostsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.models = []string{"a", "b"}
	job := w.trigger(span(0, 2, "a", "b"))
	w.claim(job, "a", dates[0]) // by a process that does not come back
	w.engine = w.newEngine(holding{w.store, func(sim.Date) error {
		for range 200_000 { // a claim that does not wait goes first
			runtime.Gosched()
		}
		return nil
	}})
	require.NoError(t, w.engine.RunJob(t.Context(), job.ID))
	assert.Equal(t, sim.ModelDayFailed, w.modelDay(job.ID, "a", dates[0]).Status)
	for _, d := range dates[1:3] {
		assert.Equal(t, sim.ModelDayCompleted, w.modelDay(job.ID, "a", d).Status, d)
	}
	assert.Len(t, w.days("b"), 3)
}

// Whichever write of a job is lost, or its answer: the books are those of an
// undisturbed run. What the engine cannot repeat, its executor repeats.
func TestEveryLostWriteIsHarmless(t *testing.T) {
	t.Parallel()
	undisturbed := newWorld(t)
	counting := storetest.NewFaulty(undisturbed.store, nil)
	runDisturbed(t, undisturbed, counting)
	want := books(undisturbed)
	writes := counting.Writes()
	require.Greater(t, len(writes), 15)
	for i, method := range writes {
		n := storetest.Count(writes[:i], method)
		if n > 0 && !rounds.Long() {
			continue // in a short run, the first write of each kind
		}
		for _, fault := range []storetest.Fault{storetest.Lost, storetest.Unanswered} {
			t.Run(fmt.Sprintf("%s %d %d", method, n, fault), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				faulty := storetest.NewFaulty(w.store, storetest.At(method, n, fault))
				runDisturbed(t, w, faulty)
				assert.Equal(t, want, books(w))
				assert.Greater(t, storetest.Count(faulty.Writes(), method), n, "the write has been disturbed")
			})
		}
	}
}

// runDisturbed runs one job over a store that loses a write. RunJob is called
// again, as an executor does, as long as it says that it cannot go on.
func runDisturbed(t *testing.T, w *world, store sim.Store) {
	t.Helper()
	w.jobs, w.engine = w.newJobs(store), w.newEngine(store)
	w.engine.Exclusive = true
	w.trader.on("b", dates[1], breaks)
	job := w.trigger(span(0, 2, "a", "b"))
	for tries := 0; w.engine.RunJob(t.Context(), job.ID) != nil; tries++ {
		require.Less(t, tries, 3)
		w.engine.Holder = "the next process"
	}
	require.Equal(t, sim.JobPartial, w.job(job.ID).Status)
}

// books is what counts of all books: what was traded, when and on what.
func books(w *world) map[string][]string {
	w.t.Helper()
	out := map[string][]string{}
	for _, model := range w.config.models {
		for _, d := range w.days(model) {
			out[model] = append(out[model], fmt.Sprint(d.Ref, d.Prev, d.Entries, d.Closing))
		}
	}
	return out
}

// A store that is down for good ends a job's run with its error, and leaves the
// job to be continued.
func TestAStoreThatIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 1, "a"))
	down := storetest.NewFaulty(w.store, func(int, string) storetest.Fault { return storetest.Lost })
	w.engine = w.newEngine(down)
	refused(t, sim.KindUnavailable, w.engine.RunJob(t.Context(), job.ID))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := w.engine.RunDay(ctx, sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
	refused(t, sim.KindUnavailable, err)
	assert.Equal(t, sim.JobPending, w.job(job.ID).Status)
}
