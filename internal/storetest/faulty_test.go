package storetest_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/storetest"
)

func TestFaulty(t *testing.T) {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	n := sim.NewJob{Job: sim.Job{ID: "j", Experiment: "main", Status: sim.JobPending, CreatedAt: time.Now()}}

	lost := storetest.NewFaulty(store, storetest.At("CreateJob", 0, storetest.Lost))
	_, err = lost.CreateJob(ctx, n)
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	_, err = lost.Job(ctx, "j")
	assert.Equal(t, sim.KindNotFound, sim.KindOf(err), "a lost write is not done")
	job, err := lost.CreateJob(ctx, n)
	require.NoError(t, err)
	assert.Equal(t, "j", job.ID, "only the write that was named is disturbed")

	unanswered := storetest.NewFaulty(store, func(_ int, method string) storetest.Fault {
		if method == "FinishJob" {
			return storetest.Unanswered
		}
		return storetest.NoFault
	})
	require.NoError(t, unanswered.Heartbeat(ctx, "j", time.Now()))
	ended, err := unanswered.FinishJob(ctx, "j", sim.Finish{Status: sim.JobFailed, Now: time.Now()})
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	assert.Zero(t, ended, "the answer is lost too")
	job, err = unanswered.Job(ctx, "j")
	require.NoError(t, err)
	assert.Equal(t, sim.JobFailed, job.Status, "an unanswered write is done")
	assert.Equal(t, []string{"Heartbeat", "FinishJob"}, unanswered.Writes())
}
