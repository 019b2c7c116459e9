package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestReplicasAreBooksOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := span(0, 1, "a", "b")
	r.Replicas = 3
	w.trader.on("a~2", dates[1], breaks)
	job := w.run(r)
	assert.Equal(t, sim.JobPartial, job.Status)
	assert.Equal(t, []string{"a", "a~2", "a~3", "b", "b~2", "b~3"}, job.Plan.Signatures())
	assert.Len(t, w.days("a~3"), 2)
	assert.Len(t, w.days("a~2"), 1)
	assert.Equal(t, "test/a", w.trader.last(t, "a~3").Model.BaseModel)

	r.Replicas = 14
	r.Models = nil
	_, err := w.jobs.Trigger(t.Context(), r)
	refused(t, sim.KindInvalid, err, "42")
	require.Equal(t, "a", sim.ReplicaOf("a~12"))
	require.Equal(t, "a", sim.Replica("a", 1))
}
