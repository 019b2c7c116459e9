package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

func TestReconcileActsOnTheStateOfTheExecution(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 1, "a"))
	reconcile := func() sim.Job {
		t.Helper()
		reconciled, err := w.jobs.Reconcile(t.Context(), job)
		require.NoError(t, err)
		return reconciled
	}
	assert.Equal(t, sim.JobPending, reconcile().Status, "it is alive")

	unknown := errors.New("throttled")
	w.started.is(engine.ExecutionAlive, unknown)
	_, err := w.jobs.Reconcile(t.Context(), job)
	require.ErrorIs(t, err, unknown)
	assert.False(t, w.job(job.ID).Status.Terminal(), "an unknown state does not end it")

	w.runDay(job.ID, "a", dates[0])
	w.started.is(engine.ExecutionEnded, nil)
	ended := reconcile()
	assert.Equal(t, sim.JobPartial, ended.Status)
	assert.Equal(t, "the execution ended before the job", ended.Error)
	job = ended
	assert.Equal(t, ended, reconcile())

	w.started.is(engine.ExecutionAbsent, nil)
	job = w.trigger(span(1, 2, "a"))
	cancelled, err := w.jobs.Cancel(t.Context(), job.ID)
	require.NoError(t, err)
	assert.Equal(t, sim.JobCancelled, cancelled.Status, "a job to be cancelled is not started any more")
}

func TestRefreshReconcilesAJobWithAStaleHeartbeat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log bytes.Buffer
	w.jobs.Log = slog.New(slog.NewTextHandler(&log, nil))
	job := w.trigger(span(0, 0, "a"))
	refresh := func() sim.Job {
		t.Helper()
		refreshed, err := w.jobs.Refresh(t.Context(), job)
		require.NoError(t, err)
		return refreshed
	}
	w.started.is(engine.ExecutionEnded, nil)
	w.clock.Pass(2 * time.Minute)
	assert.Equal(t, sim.JobPending, refresh().Status, "the heartbeat is not stale yet")

	w.clock.Pass(time.Second)
	w.started.is(engine.ExecutionEnded, sim.Errorf(sim.KindUnavailable, "the state machine does not answer"))
	assert.Equal(t, job, refresh(), "the stored job is better than no answer")
	assert.Contains(t, log.String(), "the state machine does not answer")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.jobs.Refresh(ctx, job)
	require.ErrorIs(t, err, context.Canceled)

	w.started.is(engine.ExecutionEnded, nil)
	ended := refresh()
	assert.Equal(t, sim.JobFailed, ended.Status)
	assert.Equal(t, "the execution ended before the job", ended.Error)
	job = ended
	assert.Equal(t, ended, refresh(), "an ended job is left alone")
}

func TestRefreshReconcilesACancelledJobAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 0, "a"))
	job, err := w.store.RequestCancel(t.Context(), job.ID, w.clock.Now())
	require.NoError(t, err)
	w.started.is(engine.ExecutionEnded, nil)
	refreshed, err := w.jobs.Refresh(t.Context(), job)
	require.NoError(t, err)
	assert.Equal(t, sim.JobCancelled, refreshed.Status)
}

// endCounter counts the jobs that ended, by status.
type endCounter struct {
	mu   sync.Mutex
	jobs map[sim.JobStatus]int
	took time.Duration
}

func (c *endCounter) DayEnded(engine.DayAccount) {}

func (c *endCounter) JobEnded(status sim.JobStatus, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.jobs == nil {
		c.jobs = map[sim.JobStatus]int{}
	}
	c.jobs[status]++
	c.took = took
}

func TestTheObserverCountsAJobOnceWhicheverWayItEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	counter := &endCounter{}
	w.engine.Observer, w.jobs.Observer = counter, counter

	job := w.run(span(0, 0, "a"))
	assert.Equal(t, map[sim.JobStatus]int{sim.JobCompleted: 1}, counter.jobs)
	require.NoError(t, w.engine.RunJob(t.Context(), job.ID))
	_, err := w.engine.Finalise(t.Context(), job.ID, "")
	require.NoError(t, err)
	assert.Equal(t, map[sim.JobStatus]int{sim.JobCompleted: 1}, counter.jobs, "it had ended")

	job = w.trigger(span(1, 1, "a"))
	w.clock.Pass(3 * time.Minute)
	w.started.is(engine.ExecutionEnded, nil)
	for range 2 { // the caller's copy of the job is as old the second time
		_, err = w.jobs.Refresh(t.Context(), job)
		require.NoError(t, err)
	}
	assert.Equal(t, map[sim.JobStatus]int{sim.JobCompleted: 1, sim.JobFailed: 1}, counter.jobs)
	assert.Equal(t, 3*time.Minute, counter.took)

	job = w.trigger(span(1, 1, "a"))
	_, err = w.engine.Finalise(t.Context(), job.ID, "the state machine failed")
	require.NoError(t, err)
	assert.Equal(t, 2, counter.jobs[sim.JobFailed])
}

// endedFirst is a store in which another caller ends the job just before.
type endedFirst struct {
	sim.Store
	at time.Time
}

func (s endedFirst) FinishJob(ctx context.Context, id string, f sim.Finish) (sim.Job, error) {
	first := f
	first.Now = s.at
	if _, err := s.Store.FinishJob(ctx, id, first); err != nil {
		return sim.Job{}, err
	}
	return s.Store.FinishJob(ctx, id, f)
}

func TestAJobThatAnotherCallerEndedFirstIsNotCountedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.trigger(span(0, 0, "a"))
	w.started.is(engine.ExecutionEnded, nil)
	jobs, counter := w.newJobs(endedFirst{w.store, w.clock.Now().Add(-time.Second)}), &endCounter{}
	jobs.Observer = counter
	ended, err := jobs.Reconcile(t.Context(), job)
	require.NoError(t, err)
	assert.Equal(t, sim.JobFailed, ended.Status)
	assert.Empty(t, counter.jobs)
}
