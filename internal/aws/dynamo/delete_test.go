package dynamo_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/sim"
)

// TestADeletionThatWasStoppedGoesOn stops the removal of a job at each of its
// requests. The job has vanished for everybody, or nothing has happened; and
// the next call leaves nothing behind.
func TestADeletionThatWasStoppedGoesOn(t *testing.T) {
	for request := int64(0); ; request++ {
		var armed atomic.Bool
		var seen atomic.Int64
		store, server := newStore(t, func(string, int) dynamotest.Fault {
			if armed.Load() && seen.Add(1) > request {
				return dynamotest.Lost
			}
			return dynamotest.NoFault
		}, hasty(1))
		told := teller{t, store}
		told.create("old", storyPlan(storyDates[:2], "a", "b"), false)
		for _, m := range []string{"a", "b"} {
			told.commit(told.claim("old", m, storyDates[0]), said("long"))
			told.commit(told.claim("old", m, storyDates[1]), said("short"))
		}
		told.finish("old")
		told.create("new", storyPlan(storyDates[:2], "a", "b"), true)
		told.finish("new")

		armed.Store(true)
		err := store.DeleteJob(t.Context(), "old")
		armed.Store(false)
		if err == nil {
			require.Greater(t, request, int64(8), "a deletion takes more requests")
			return
		}
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
		told.halfDeleted()
		if err := store.DeleteJob(t.Context(), "old"); !sim.IsKind(err, sim.KindNotFound) {
			require.NoError(t, err)
		}
		_, err = store.Job(t.Context(), "old")
		assert.Equal(t, sim.KindNotFound, sim.KindOf(err))
		// The experiment, two heads, two keys, and the three items of the new job.
		assert.Equal(t, 8, server.Items(), "stopped at request %d", request)
	}
}

// halfDeleted looks at a job whose deletion was stopped.
func (t teller) halfDeleted() {
	t.Helper()
	ctx := t.Context()
	days, err := t.store.Days(ctx, sim.DayFilter{JobID: "old"})
	t.ok(err)
	jobs, _, err := t.store.Jobs(ctx, sim.JobFilter{})
	t.ok(err)
	_, found, err := t.store.JobByIdempotencyKey(ctx, sim.IdempotencyKey{Key: "key of old", Request: "request"}, storyNow)
	t.ok(err)
	if _, err := t.store.Job(ctx, "old"); err == nil {
		assert.Len(t, days, 4, "nothing has happened")
		assert.Len(t, jobs, 2)
		assert.True(t, found)
		return
	}
	assert.Empty(t, days)
	assert.Len(t, jobs, 1)
	assert.False(t, found)
	_, err = t.store.ModelDays(ctx, "old", sim.ModelDayFilter{})
	assert.Equal(t, sim.KindNotFound, sim.KindOf(err))
	_, err = t.tryClaim("old", "a", storyDates[0])
	assert.Equal(t, sim.KindNotFound, sim.KindOf(err))
	current, err := t.store.Days(ctx, sim.DayFilter{Experiment: "main"})
	t.ok(err)
	assert.Empty(t, current)
}
