package engine_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/storetest"
)

func TestTriggerMakesAJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	result, err := w.jobs.Trigger(t.Context(), span(0, 2))
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerAccepted, result.Outcome)
	job := w.job(result.Job.ID)
	assert.Equal(t, sim.JobPending, job.Status)
	assert.Equal(t, "main", job.Experiment)
	assert.Equal(t, dates[:3], job.Plan.Dates)
	assert.Equal(t, []string{"a", "b", "c"}, job.Plan.Signatures())
	assert.Equal(t, "default", job.Settings.Config)
	assert.Equal(t, w.clock.Now(), job.CreatedAt)
	assert.Equal(t, []string{job.ID}, w.started.started)
	for _, model := range job.Plan.Signatures() {
		assert.Equal(t, job.ID, w.head(model).Job)
	}
}

func TestTriggerRefusesWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		request sim.TriggerRequest
		words   []string
	}{
		"experiment":    {sim.TriggerRequest{Experiment: "Main"}, []string{`"Main"`, "a-z"}},
		"long name":     {sim.TriggerRequest{Experiment: strings.Repeat("x", 41)}, []string{"1 to 40"}},
		"long key":      {sim.TriggerRequest{IdempotencyKey: strings.Repeat("x", 256)}, []string{"256", "at most 255"}},
		"twice":         {sim.TriggerRequest{Models: []string{"a", "b", "a"}}, []string{`"a" is named twice`}},
		"configuration": {sim.TriggerRequest{Config: "other"}, []string{`"other"`}},
		"range":         {sim.TriggerRequest{Start: dates[2], End: dates[0]}, []string{"is before start_date"}},
		"weekend":       {sim.TriggerRequest{Start: dates[2].AddDays(1), End: dates[2].AddDays(2)}, []string{"no trading day"}},
		"future":        {sim.TriggerRequest{End: sim.MustParseDate("2025-10-16")}, []string{"after today"}},
	} {
		_, err := w.jobs.Trigger(t.Context(), c.request)
		t.Run(name, func(t *testing.T) { refused(t, sim.KindInvalid, err, c.words...) })
	}
	_, _, err := w.store.ActiveJob(t.Context(), "main")
	require.NoError(t, err)
	assert.Empty(t, w.started.started)
}

func TestDryRunCreatesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := span(0, 2)
	r.DryRun, r.IdempotencyKey = true, "key"
	result, err := w.jobs.Trigger(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerDryRun, result.Outcome)
	assert.Equal(t, 9, result.Job.Plan.Total())
	_, active, err := w.store.ActiveJob(t.Context(), "main")
	require.NoError(t, err)
	assert.False(t, active)
	w.trigger(span(0, 1))
	result, err = w.jobs.Trigger(t.Context(), r)
	require.NoError(t, err, "an active job is no reason to refuse a dry run")
	assert.Equal(t, sim.TriggerDryRun, result.Outcome)
}

func TestWhatAnActiveJobAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	active := w.trigger(span(0, 3, "a", "b"))
	for name, r := range map[string]sim.TriggerRequest{
		"the same":                  span(0, 3, "a", "b"),
		"in other order":            span(0, 3, "b", "a"),
		"some of its models":        span(0, 3, "b"),
		"its models, without dates": {End: dates[3], Models: []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := w.jobs.Trigger(t.Context(), r)
			require.NoError(t, err)
			assert.Equal(t, sim.TriggerSame, result.Outcome)
			assert.Equal(t, active.ID, result.Job.ID)
		})
	}
	replace := span(1, 2, "b")
	replace.Replace = true
	for name, r := range map[string]sim.TriggerRequest{
		"more dates":       span(0, 4, "a", "b"),
		"another model":    span(0, 3, "c"),
		"a replaced part":  replace,
		"its middle":       span(1, 2, "a", "b"),
		"its beginning":    span(0, 2, "a", "b"),
		"its first date":   span(0, 0, "a"),
		"its end":          span(1, 3, "b"),
		"an early end":     {End: dates[2], Models: []string{"a", "b"}},
		"all of the rest":  {},
		"overlap and more": span(2, 5, "a"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.jobs.Trigger(t.Context(), r)
			refused(t, sim.KindConflict, err, active.ID)
			var e *sim.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, active.ID, e.Fields["current_job_id"])
			assert.Equal(t, active.Plan.Dates, e.Fields["current_date_range"])
		})
	}
	other := span(0, 0, "a")
	other.Experiment = "other"
	assert.NotEqual(t, active.ID, w.trigger(other).ID, "experiments do not stand in each other's way")
}

// The answer does not depend on how far the job has come.
func TestAPartOfAnActiveJobIsAConflictAlsoOnceItIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(span(0, 1, "a"))
	active := w.trigger(span(2, 5, "a"))
	for _, d := range dates[2:4] {
		_, err := w.engine.RunDay(t.Context(), sim.ModelDayKey{JobID: active.ID, Date: d, Model: "a"})
		require.NoError(t, err)
	}
	for name, r := range map[string]sim.TriggerRequest{
		"what is closed":            span(2, 3, "a"),
		"what is open":              span(4, 5, "a"),
		"some of both":              span(3, 4, "a"),
		"what an earlier job began": span(1, 3, "a"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.jobs.Trigger(t.Context(), r)
			refused(t, sim.KindConflict, err, active.ID)
		})
	}
	for name, r := range map[string]sim.TriggerRequest{"the same": span(2, 5, "a"), "all up to its end": span(0, 5, "a")} {
		t.Run(name, func(t *testing.T) {
			result, err := w.jobs.Trigger(t.Context(), r)
			require.NoError(t, err)
			assert.Equal(t, sim.TriggerSame, result.Outcome)
			assert.Equal(t, active.ID, result.Job.ID)
		})
	}
	result, err := w.jobs.Trigger(t.Context(), span(0, 1, "a"))
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, result.Outcome, "the job has no part in these dates")
}

func TestOnlyTheSameReplacementIsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(span(0, 3, "a"))
	r := span(1, 2, "a")
	r.Replace = true
	job := w.trigger(r)
	result, err := w.jobs.Trigger(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerSame, result.Outcome)
	assert.Equal(t, job.ID, result.Job.ID)
}

func TestCurrentWhenNothingIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(sim.TriggerRequest{Start: dates[0]})
	result, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{})
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, result.Outcome)
	assert.Equal(t, dates[len(dates)-1], result.LastDate)
	assert.Equal(t, sim.MustParseDate("2025-10-15"), result.NextDate)

	result, err = w.jobs.Trigger(t.Context(), span(0, 3))
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, result.Outcome)
	assert.Len(t, result.Warnings, 3, "each model is said to be closed: %v", result.Warnings)
	assert.Equal(t, 1, w.trader.calls("a", dates[0]), "nothing ran again")
}

func TestResumeGoesOnAfterEachModelsLastClose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.initDate = dates[1]
	w.run(span(0, 4, "a"))
	w.run(span(0, 2, "b"))
	job := w.trigger(sim.TriggerRequest{})
	assert.Equal(t, dates[1:], job.Plan.Dates)
	assert.Equal(t, map[string]sim.Date{"a": dates[4].AddDays(1), "b": dates[2].AddDays(1), "c": dates[1]}, map[string]sim.Date{
		"a": job.Plan.Models[0].From, "b": job.Plan.Models[1].From, "c": job.Plan.Models[2].From,
	})
	require.NoError(t, w.engine.RunJob(t.Context(), job.ID))
	assert.Equal(t, sim.JobCompleted, w.job(job.ID).Status)
	assert.Len(t, w.days("a"), len(dates))
	assert.Len(t, w.days("c"), len(dates)-1)
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := span(0, 1)
	r.IdempotencyKey, r.Caller = "monday", "windmill"
	job := w.run(r)
	require.Equal(t, sim.JobCompleted, job.Status)

	again, err := w.jobs.Trigger(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerAccepted, again.Outcome)
	assert.Equal(t, job.ID, again.Job.ID, "the same job, though it has ended")
	assert.Equal(t, []string{job.ID}, w.started.started, "what has ended is not started again")

	other := r
	other.End = dates[2]
	_, err = w.jobs.Trigger(t.Context(), other)
	refused(t, sim.KindIdempotencyMismatch, err)

	dry := r
	dry.DryRun = true
	_, err = w.jobs.Trigger(t.Context(), dry)
	refused(t, sim.KindIdempotencyMismatch, err)

	other.Caller = "cron"
	assert.NotEqual(t, job.ID, w.trigger(other).ID, "each caller has keys of its own")

	w.clock.Pass(24*time.Hour + time.Second)
	r.End = dates[2]
	result, err := w.jobs.Trigger(t.Context(), r)
	require.NoError(t, err, "after a day the key is forgotten")
	assert.Equal(t, sim.TriggerSame, result.Outcome)
}

func TestAStartThatFailsLeavesAPendingJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.started.is(engine.ExecutionAbsent, errors.New("throttled"))
	job := w.trigger(span(0, 1))
	assert.Equal(t, sim.JobPending, w.job(job.ID).Status)
	assert.Empty(t, w.started.started)
	w.started.is(engine.ExecutionAbsent, nil)
	looked, err := w.jobs.Reconcile(t.Context(), job)
	require.NoError(t, err)
	assert.Equal(t, sim.JobPending, looked.Status)
	assert.Equal(t, []string{job.ID}, w.started.started)
}

// However many callers trigger at the same time, through however many handles
// on the store, one job is made.
func TestSimultaneousTriggersMakeOneJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := openAgain(t, w)
	handles := []*engine.Jobs{w.jobs, w.newJobs(second)}
	callers := rounds.Of(t, 100, 1000)
	results := make([]sim.TriggerResult, callers)
	errs := make([]error, callers)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			<-begin
			results[i], errs[i] = handles[i%2].Trigger(context.Background(), span(0, 2))
		})
	}
	close(begin)
	all.Wait()
	accepted := 0
	for i := range callers {
		require.NoError(t, errs[i])
		require.Equal(t, results[0].Job.ID, results[i].Job.ID)
		if results[i].Outcome == sim.TriggerAccepted {
			accepted++
		}
	}
	assert.Equal(t, 1, accepted)
	jobs, _, err := w.store.Jobs(t.Context(), sim.JobFilter{})
	require.NoError(t, err)
	assert.Len(t, jobs, 1)
}

func openAgain(t *testing.T, w *world) *sqlite.Store {
	t.Helper()
	file := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, w.store.Backup(t.Context(), file))
	first, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	second, err := sqlite.Open(t.Context(), file)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, first.Close())
		require.NoError(t, second.Close())
	})
	w.store, w.jobs = first, w.newJobs(first)
	w.jobs.Prices = first
	return second
}

// A book that moves between the reading and the writing is read again.
func TestATriggerPlansAgainWhenBooksMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	moved := false
	w.jobs.Store = meddling{w.store, func() {
		if !moved {
			moved = true
			w.run(span(0, 1, "a"))
		}
	}}
	w.jobs.NewID = func() string { return fmt.Sprintf("late-%d", w.clock.Now().UnixNano()) }
	meanwhile := w.newJobs(w.store)
	w.jobs, meanwhile = meanwhile, w.jobs
	result, err := meanwhile.Trigger(t.Context(), span(0, 2, "a"))
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerAccepted, result.Outcome)
	assert.Equal(t, dates[2:3], result.Job.Plan.Dates, "the plan knows what was closed meanwhile")
}

// meddling does something before a job is created.
type meddling struct {
	sim.Store
	before func()
}

func (m meddling) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	m.before()
	return m.Store.CreateJob(ctx, n)
}

// A book that never stands still ends in the store's own refusal.
func TestATriggerGivesUpWhenBooksNeverStandStill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tries := 0
	w.jobs.Store = refusing{w.store, func() error {
		tries++
		return sim.Errorf(sim.KindStale, "moved")
	}}
	_, err := w.jobs.Trigger(t.Context(), span(0, 2, "a"))
	refused(t, sim.KindStale, err)
	assert.Equal(t, 10, tries)
	w.jobs.Store = refusing{w.store, func() error { return sim.Errorf(sim.KindInternal, "broken") }}
	_, err = w.jobs.Trigger(t.Context(), span(0, 2, "a"))
	refused(t, sim.KindInternal, err)
}

type refusing struct {
	sim.Store
	create func() error
}

func (r refusing) CreateJob(context.Context, sim.NewJob) (sim.Job, error) {
	return sim.Job{}, r.create()
}

func TestALostTriggerIsRepeated(t *testing.T) {
	t.Parallel()
	for _, fault := range []storetest.Fault{storetest.Lost, storetest.Unanswered} {
		w := newWorld(t)
		w.jobs.Store = storetest.NewFaulty(w.store, storetest.At("CreateJob", 0, fault))
		job := w.trigger(span(0, 1))
		assert.Equal(t, job.ID, w.job(job.ID).ID)
		jobs, _, err := w.store.Jobs(t.Context(), sim.JobFilter{})
		require.NoError(t, err)
		assert.Len(t, jobs, 1)
	}
}

func TestReplaceListsWhatItSupersedes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.run(span(0, 4, "a", "b"))
	r := span(1, 2, "a")
	r.Replace = true
	second := w.trigger(r)
	var want []sim.SupersededDay
	for _, d := range dates[1:5] {
		want = append(want, sim.SupersededDay{Model: "a", Date: d, JobID: first.ID})
	}
	assert.Equal(t, want, second.Superseded, "later days too: they stood on the replaced ones")
	assert.Equal(t, dates[0], w.head("a").Last.Date)
	assert.Equal(t, dates[4], w.head("b").Last.Date)
	require.NoError(t, w.engine.RunJob(t.Context(), second.ID))
	assert.Len(t, w.days("a"), 3)
	old, err := w.store.Days(t.Context(), sim.DayFilter{JobID: first.ID, Model: "a"})
	require.NoError(t, err)
	assert.Len(t, old, 5, "superseded days stay readable by their job")
	assert.Equal(t, 2, w.trader.calls("a", dates[1]))
}
