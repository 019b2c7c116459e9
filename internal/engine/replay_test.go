package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestAReplayIsTheSameJobElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trader.on("b", dates[1], breaks)
	original := w.run(span(0, 2, "a", "b"))
	result, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: original.ID})
	require.NoError(t, err)
	job := result.Job
	assert.Equal(t, original.Plan, job.Plan)
	assert.Equal(t, original.ID, job.Settings.ReplayOf)
	assert.Regexp(t, "^replay-[0-9a-z]+$", job.Experiment)
	want := original.Settings
	want.ReplayOf = original.ID
	assert.Equal(t, want, job.Settings)
	err = w.engine.RunJob(t.Context(), job.ID)
	require.NoError(t, err)
	days, err := w.store.Days(t.Context(), sim.DayFilter{Experiment: job.Experiment, Model: "a", Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, sim.NewLedger(cash), days[0].Opening, "its books begin anew")

	again, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: original.ID})
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, again.Outcome)
}

func TestWhatCannotBeRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.run(span(0, 1, "a"))
	second := w.run(span(2, 3, "a"))
	for _, r := range []sim.TriggerRequest{
		{ReplayOf: first.ID, Start: dates[0]}, {ReplayOf: first.ID, End: dates[0]}, {ReplayOf: first.ID, Models: []string{"a"}},
		{ReplayOf: first.ID, Config: "default"}, {ReplayOf: first.ID, Budget: sim.Dollar},
	} {
		_, err := w.jobs.Trigger(t.Context(), r)
		refused(t, sim.KindInvalid, err, "replay_of", "cannot be given with it")
	}
	_, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: first.ID, Experiment: "main"})
	refused(t, sim.KindInvalid, err, "another experiment is expected")
	_, err = w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: second.ID})
	refused(t, sim.KindInvalid, err, "continued the book of a after "+dates[1].String())
	_, err = w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: "gone"})
	refused(t, sim.KindNotFound, err, "gone")
	result, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: first.ID})
	require.NoError(t, err)
	_, err = w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: result.Job.ID, Experiment: "third"})
	refused(t, sim.KindConflict, err, "when it has ended")
	err = w.engine.RunJob(t.Context(), result.Job.ID)
	require.NoError(t, err)
	_, err = w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: result.Job.ID, Experiment: "third"})
	refused(t, sim.KindInvalid, err, "a repetition itself", first.ID)
	same, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{ReplayOf: first.ID})
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerCurrent, same.Outcome)
}
