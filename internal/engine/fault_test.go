package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// fails is a model whose error is marked with what it means.
func fails(text string, fault sim.StopReason) play {
	return func(context.Context, engine.Assignment) (sim.Outcome, error) {
		err := sim.Errorf(sim.KindInvalid, "%s", text).Stopping(fault)
		return sim.Outcome{}, fmt.Errorf("the trader: %w", sim.Errorf(sim.KindInvalid, "%w", err))
	}
}

func TestAFaultThatLastsStopsItsModelForTheRestOfTheJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trader.on("b", dates[1], fails("model_http_401: wrong key", sim.StopFault))
	job := w.run(span(0, 4))
	assert.Equal(t, sim.JobPartial, job.Status)
	assert.Equal(t, sim.StopSignal, w.modelDay(job.ID, "b", dates[0]).StopReason)
	first := w.modelDay(job.ID, "b", dates[1])
	assert.Equal(t, sim.StopFault, first.StopReason)
	assert.Equal(t, "model_http_401: wrong key", first.Error)
	for _, d := range dates[2:5] {
		assert.Zero(t, w.trader.calls("b", d), d)
		md := w.modelDay(job.ID, "b", d)
		assert.Equal(t, sim.ModelDayFailed, md.Status)
		assert.Equal(t, sim.StopNotAsked, md.StopReason)
		assert.Equal(t, "model_not_asked: not asked after the fault of 2025-10-02: model_http_401: wrong key", md.Error)
	}
	assert.Len(t, w.days("a"), 5, "the others continue")
	assert.Empty(t, w.head("b").Lease)

	// A retry is a new job, which asks again.
	w.trader.on("b", dates[1], buyOne)
	result, err := w.jobs.Retry(t.Context(), job.ID, "")
	require.NoError(t, err)
	require.NoError(t, w.engine.RunJob(t.Context(), result.Job.ID))
	assert.Equal(t, sim.JobCompleted, w.job(result.Job.ID).Status)
	assert.Len(t, w.days("b"), 5)
}

func TestAnotherFailureDoesNotStopAModel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trader.on("b", 0, fails("model_http_500: busy", ""))
	job := w.run(span(0, 3))
	for _, d := range dates[:4] {
		assert.Equal(t, 1, w.trader.calls("b", d))
		assert.Empty(t, w.modelDay(job.ID, "b", d).StopReason)
	}
}

func TestAnUnreachableAddressStopsItsModelAfterTwoDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trader.on("a", dates[1], fails("model_unreachable: refused", sim.StopUnreachable)) // it restarts
	w.trader.on("a", dates[3], fails("model_unreachable: refused", sim.StopUnreachable))
	w.trader.on("b", 0, fails("model_unreachable: refused", sim.StopUnreachable))
	job := w.run(span(0, 4))
	assert.Len(t, w.days("a"), 3)
	assert.Equal(t, sim.StopUnreachable, w.modelDay(job.ID, "b", dates[0]).StopReason)
	assert.Equal(t, sim.StopFault, w.modelDay(job.ID, "b", dates[1]).StopReason)
	assert.Equal(t, 1, w.trader.calls("b", dates[1]))
	for _, d := range dates[2:5] {
		assert.Zero(t, w.trader.calls("b", d))
		assert.Contains(t, w.modelDay(job.ID, "b", d).Error, "after the fault of 2025-10-02: model_unreachable: refused")
	}
}

// On AWS every model-day is a call of its own, in any process: the store alone says what
// became of the date before.
func TestEveryProcessKnowsThatAModelIsStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trader.on("a", 0, fails("model_http_404: no such model", sim.StopFault))
	job := w.trigger(span(0, 3, "a"))
	ran := sim.Date(0)
	for _, d := range dates[:4] {
		w.engine = w.newEngine(w.store)
		step, err := w.engine.Next(t.Context(), job.ID, ran)
		require.NoError(t, err)
		require.Equal(t, d, step.Date)
		for range 2 { // a state machine may repeat a step
			result, err := w.engine.RunDay(t.Context(), sim.ModelDayKey{JobID: job.ID, Date: d, Model: "a"})
			require.NoError(t, err)
			assert.Equal(t, sim.ModelDayFailed, result.Status)
		}
		ran = d
	}
	step, err := w.engine.Next(t.Context(), job.ID, ran)
	require.NoError(t, err)
	assert.True(t, step.Done)
	assert.Equal(t, sim.JobFailed, step.Status)
	assert.Equal(t, 1, w.trader.calls("a", dates[0]))
	for _, d := range dates[1:4] {
		assert.Zero(t, w.trader.calls("a", d))
	}
}
