package engine_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// notifier accepts addresses of flows.example.
type notifier struct{ told []string }

func (n *notifier) Accept(_ context.Context, url sim.CallbackURL) error {
	if url == toldURL || url == otherURL {
		return nil
	}
	return sim.Errorf(sim.KindInvalid, "its host is not allowed")
}

func (n *notifier) JobEnded(_ context.Context, job sim.Job) {
	n.told = append(n.told, job.ID+" "+string(job.Status))
}

const (
	toldURL  sim.CallbackURL = "https://flows.example/resume/1"
	otherURL sim.CallbackURL = "https://flows.example/resume/2"
)

func (w *world) callbacks(id string) []sim.CallbackURL {
	w.t.Helper()
	found, err := w.store.Callbacks(w.t.Context(), id)
	require.NoError(w.t, err)
	var urls []sim.CallbackURL
	for _, c := range found {
		urls = append(urls, c.URL)
	}
	return urls
}

func telling(r sim.TriggerRequest, url sim.CallbackURL) sim.TriggerRequest {
	r.CallbackURL = url
	return r
}

func TestACallbackIsRefusedWhereNobodyWouldBeTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.jobs.Trigger(t.Context(), telling(span(0, 2), toldURL))
	refused(t, sim.KindInvalid, err, "callback_url")
	w.jobs.Notifier = &notifier{}
	_, err = w.jobs.Trigger(t.Context(), telling(span(0, 2), "https://evil.example/canary"))
	refused(t, sim.KindInvalid, err, "callback_url: its host is not allowed")
	assert.NotContains(t, err.Error(), "canary")
	_, busy, err := w.store.ActiveJob(t.Context(), "main")
	require.NoError(t, err)
	assert.False(t, busy)
}

func TestTheSameJobTellsEverybodyWhoAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.jobs.Notifier = &notifier{}
	job := w.trigger(telling(span(0, 2), toldURL))
	assert.Equal(t, []sim.CallbackURL{toldURL}, w.callbacks(job.ID))
	for _, r := range []sim.TriggerRequest{
		telling(span(0, 2), toldURL), telling(span(0, 2), otherURL), telling(span(0, 2, "a"), otherURL), span(0, 2),
	} {
		result, err := w.jobs.Trigger(t.Context(), r)
		require.NoError(t, err)
		assert.Equal(t, sim.TriggerSame, result.Outcome)
	}
	assert.ElementsMatch(t, []sim.CallbackURL{toldURL, otherURL}, w.callbacks(job.ID))
	_, err := w.jobs.Trigger(t.Context(), telling(span(0, 5), "https://flows.example/resume/2"))
	refused(t, sim.KindConflict, err, "is active")
}

func TestNothingIsToldWhereNothingEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.jobs.Notifier = &notifier{}
	dry := telling(span(0, 2), toldURL)
	dry.DryRun = true
	_, err := w.jobs.Trigger(t.Context(), dry)
	require.NoError(t, err)
	job := w.trigger(sim.TriggerRequest{})
	require.NoError(t, w.engine.RunJob(t.Context(), job.ID))
	result, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{CallbackURL: toldURL})
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, result.Outcome)
	assert.Empty(t, w.callbacks(""))
}

// The callback is of the body that a key stands for, and not of what a job does.
func TestCallbacksAndIdempotencyKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.jobs.Notifier = &notifier{}
	r := telling(span(0, 2), toldURL)
	r.IdempotencyKey = "key"
	job := w.trigger(r)
	assert.Equal(t, job.ID, w.trigger(r).ID)
	_, err := w.jobs.Trigger(t.Context(), telling(r, otherURL))
	refused(t, sim.KindIdempotencyMismatch, err)
	_, err = w.jobs.Trigger(t.Context(), telling(r, ""))
	refused(t, sim.KindIdempotencyMismatch, err)
	assert.Equal(t, []sim.CallbackURL{toldURL}, w.callbacks(job.ID))
}

// endedMeanwhile is a store in which the active job ends just before a caller
// wants to be told of it.
type endedMeanwhile struct {
	sim.Store
	w *world
}

func (s endedMeanwhile) AddCallback(ctx context.Context, id string, url sim.CallbackURL) error {
	if err := s.w.engine.RunJob(ctx, id); err != nil {
		return err
	}
	return s.Store.AddCallback(ctx, id, url)
}

func TestAJobThatEndsBeforeItHasTheCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trigger(span(0, 2))
	jobs := w.newJobs(endedMeanwhile{w.store, w})
	jobs.Notifier = &notifier{}
	result, err := jobs.Trigger(t.Context(), telling(span(0, 2), toldURL))
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, result.Outcome, "it plans again")
	assert.Empty(t, w.callbacks(""))
}

func TestWhoEndsAJobByALookTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := &notifier{}
	w.jobs.Notifier = n
	job := w.trigger(telling(span(0, 2), toldURL))
	_, err := w.jobs.Reconcile(t.Context(), job)
	require.NoError(t, err)
	assert.Empty(t, n.told, "it is at work")
	w.started.state = engine.ExecutionEnded
	_, err = w.jobs.Reconcile(t.Context(), job)
	require.NoError(t, err)
	assert.Equal(t, []string{job.ID + " failed"}, n.told)
}
