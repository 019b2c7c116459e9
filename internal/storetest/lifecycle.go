package storetest

import (
	"slices"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

var lifecycleTests = []test{
	{"starting a date makes the job run and beats its heart", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		first := b.now()
		b.ok(b.Store.Heartbeat(b.ctx, "j1", first))
		j, err := b.Store.Job(b.ctx, "j1")
		b.ok(err)
		assert.Equal(b.t, sim.JobRunning, j.Status)
		assert.Equal(b.t, first, j.StartedAt)
		assert.Equal(b.t, first, j.UpdatedAt)
		second := b.now()
		b.ok(b.Store.Heartbeat(b.ctx, "j1", second))
		j, err = b.Store.Job(b.ctx, "j1")
		b.ok(err)
		assert.Equal(b.t, first, j.StartedAt, "the start stays")
		assert.Equal(b.t, second, j.UpdatedAt)
	}},
	{"the state of a job follows it", func(b *bench) {
		state := func(want sim.JobState) {
			b.t.Helper()
			got, err := b.Store.JobState(b.ctx, "j1")
			b.ok(err)
			assert.Equal(b.t, want, got)
			j, err := b.Store.Job(b.ctx, "j1")
			b.ok(err)
			assert.Equal(b.t, want, j.State())
		}
		b.create("j1", plan(0, 2, "a"))
		state(sim.JobState{Status: sim.JobPending})
		b.ok(b.Store.Heartbeat(b.ctx, "j1", b.now()))
		state(sim.JobState{Status: sim.JobRunning})
		b.ok(b.Store.CloseDate(b.ctx, "j1", dates[0], "lost: gone", b.now()))
		state(sim.JobState{Status: sim.JobRunning, ClosedThrough: dates[0]})
		_, err := b.Store.RequestCancel(b.ctx, "j1", b.now())
		b.ok(err)
		state(sim.JobState{Status: sim.JobRunning, CancelRequested: true, ClosedThrough: dates[0]})
		b.finish("j1", sim.JobCancelled)
		state(sim.JobState{Status: sim.JobCancelled, CancelRequested: true, ClosedThrough: dates[0]})
	}},
	{"starting a date adds warnings to those of the job, each once", func(b *bench) {
		planned := b.create("j1", plan(0, 2, "a")).Warnings
		for range 2 {
			b.ok(b.Store.Heartbeat(b.ctx, "j1", b.now(), "late", planned[0], "later"))
		}
		b.ok(b.Store.Heartbeat(b.ctx, "j1", b.now()))
		j, err := b.Store.Job(b.ctx, "j1")
		b.ok(err)
		assert.Equal(b.t, append(slices.Clip(planned), "late", "later"), j.Warnings)
		jobs, _, err := b.Store.Jobs(b.ctx, sim.JobFilter{})
		b.ok(err)
		assert.Equal(b.t, j.Warnings, jobs[0].Warnings)
	}},
	{"closing a date fails the model-days that were lost there, and only those", closeDate},
	{"closing a date leaves the lease of another date alone", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		b.claim("j1", "a", dates[0])
		b.pass(2 * leaseTime)
		later := b.claim("j1", "a", dates[1])
		b.ok(b.Store.CloseDate(b.ctx, "j1", dates[0], "lost: gone", b.now()))
		assert.Equal(b.t, sim.ModelDayFailed, b.modelDay("j1", "a", dates[0]).Status)
		b.commit(later)
	}},
	{"finishing ends the job, its leases and its lock", finishJob},
	{"finishing again returns the job as it is", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		ended := b.finish("j1", sim.JobCancelled)
		unchanged := b.checkpoint("j1")
		assert.Equal(b.t, ended, b.finish("j1", sim.JobCompleted))
		unchanged()
	}},
	{"finishing does not touch the next job of the experiment", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		b.finish("j1", sim.JobFailed)
		b.create("j2", plan(0, 2, "a"))
		g := b.claim("j2", "a", dates[0])
		unchanged := b.checkpoint("j2")
		b.finish("j1", sim.JobFailed)
		unchanged()
		b.commit(g)
	}},
	{"a job ends only in a terminal status", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		unchanged := b.checkpoint("j1")
		_, err := b.Store.FinishJob(b.ctx, "j1", sim.Finish{Status: sim.JobRunning, Now: b.now()})
		b.refused(sim.KindInvalid, err)
		unchanged()
	}},
	{"cancelling marks the job and takes its books away", cancelJob},
	{"an ended job cannot be cancelled, started or closed", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		b.finish("j1", sim.JobFailed)
		unchanged := b.checkpoint("j1")
		_, err := b.Store.RequestCancel(b.ctx, "j1", b.now())
		b.refused(sim.KindConflict, err)
		b.refused(sim.KindConflict, b.Store.Heartbeat(b.ctx, "j1", b.now()))
		b.ok(b.Store.CloseDate(b.ctx, "j1", dates[2], "lost", b.now()))
		unchanged()
	}},
	{"a store can be asked whether it is there, until it is closed", func(b *bench) {
		other := b.again()
		b.ok(other.Store.Ping(b.ctx))
		b.ok(other.Store.Close())
		b.refused(sim.KindUnavailable, other.Store.Ping(b.ctx))
		_, err := other.Store.RequestCancel(b.ctx, "j1", b.now())
		b.refused(sim.KindUnavailable, err)
		b.ok(other.Store.Close())
		b.ok(b.Store.Ping(b.ctx))
	}},
}

func closeDate(b *bench) {
	b.create("j1", plan(0, 2, "a", "b", "c", "d"))
	b.close("j1", "a", dates[0])
	lost := b.claim("j1", "b", dates[0])
	failed := b.claim("j1", "c", dates[0])
	b.ok(b.Store.Fail(b.ctx, failed, "model: no answer", b.now()))
	ahead := b.claim("j1", "d", dates[1])

	closed := b.now()
	b.ok(b.Store.CloseDate(b.ctx, "j1", dates[0], "lost: gone", closed))
	j, err := b.Store.Job(b.ctx, "j1")
	b.ok(err)
	assert.Equal(b.t, dates[0], j.ClosedThrough)
	assert.Equal(b.t, closed, j.UpdatedAt)
	assert.Equal(b.t, sim.ModelDayCompleted, b.modelDay("j1", "a", dates[0]).Status)
	md := b.modelDay("j1", "b", dates[0])
	assert.Equal(b.t, sim.ModelDayFailed, md.Status)
	assert.Equal(b.t, "lost: gone", md.Error)
	assert.Equal(b.t, closed, md.CompletedAt)
	assert.Equal(b.t, "model: no answer", b.modelDay("j1", "c", dates[0]).Error)

	assert.Zero(b.t, b.head("b").Lease)
	assert.Equal(b.t, lost.Fence+1, b.head("b").Fence)
	b.refused(sim.KindFenced, b.Store.Commit(b.ctx, lost, b.day(lost), nil))
	b.refused(sim.KindFenced, b.Store.Fail(b.ctx, lost, "late", b.now()))

	unchanged := b.checkpoint("j1")
	b.ok(b.Store.CloseDate(b.ctx, "j1", dates[0], "lost: again", b.now()))
	unchanged()
	b.commit(ahead)
}

func finishJob(b *bench) {
	b.create("j1", plan(0, 2, "a", "b"))
	b.ok(b.Store.Heartbeat(b.ctx, "j1", b.now()))
	b.close("j1", "a", dates[0])
	late := b.claim("j1", "b", dates[0])
	at := b.now()
	j, err := b.Store.FinishJob(b.ctx, "j1", sim.Finish{Status: sim.JobPartial, Error: "why", Lost: "lost: ended", Now: at})
	b.ok(err)
	stored, err := b.Store.Job(b.ctx, "j1")
	b.ok(err)
	assert.Equal(b.t, j, stored)
	assert.Equal(b.t, sim.JobPartial, j.Status)
	assert.Equal(b.t, "why", j.Error)
	assert.Equal(b.t, at, j.CompletedAt)
	assert.Equal(b.t, at, j.UpdatedAt)

	md := b.modelDay("j1", "b", dates[0])
	assert.Equal(b.t, sim.ModelDayFailed, md.Status)
	assert.Equal(b.t, "lost: ended", md.Error)
	assert.Equal(b.t, at, md.CompletedAt)
	for _, model := range []string{"a", "b"} {
		h := b.head(model)
		assert.Empty(b.t, h.Job)
		assert.Zero(b.t, h.Lease)
	}
	assert.Greater(b.t, b.head("b").Fence, late.Fence)
	unchanged := b.checkpoint("j1")
	b.refused(sim.KindFenced, b.Store.Commit(b.ctx, late, b.day(late), nil))
	b.refused(sim.KindFenced, b.Store.Fail(b.ctx, late, "late", b.now()))
	_, err = b.Store.Claim(b.ctx, b.request("j1", "a", dates[1]))
	b.refused(sim.KindFenced, err)
	unchanged()

	_, ok, err := b.Store.ActiveJob(b.ctx, experiment)
	b.ok(err)
	assert.False(b.t, ok)
	b.create("j2", plan(1, 2, "a", "b"))
}

func cancelJob(b *bench) {
	b.create("j1", plan(0, 2, "a", "b"))
	b.close("j1", "a", dates[0])
	flying := b.claim("j1", "b", dates[0])
	at := b.now()
	j, err := b.Store.RequestCancel(b.ctx, "j1", at)
	b.ok(err)
	assert.True(b.t, j.CancelRequested)
	assert.Equal(b.t, sim.JobPending, j.Status, "it ends with FinishJob")
	for _, model := range []string{"a", "b"} {
		assert.Empty(b.t, b.head(model).Job)
	}

	unchanged := b.checkpoint("j1")
	again, err := b.Store.RequestCancel(b.ctx, "j1", b.now())
	b.ok(err)
	assert.Equal(b.t, j, again)
	_, err = b.Store.Claim(b.ctx, b.request("j1", "a", dates[1]))
	b.refused(sim.KindFenced, err)
	b.refused(sim.KindFenced, b.Store.Commit(b.ctx, flying, b.day(flying), nil))
	unchanged()

	other := b.newJob("j2", experiment, plan(0, 2, "a"))
	_, err = b.Store.CreateJob(b.ctx, sim.NewJob{Job: other, Books: b.bookPlans(other)})
	b.refused(sim.KindConflict, err)
	b.finish("j1", sim.JobCancelled)
	assert.Equal(b.t, sim.ModelDayFailed, b.modelDay("j1", "b", dates[0]).Status)
	b.create("j3", plan(1, 2, "a"))
}
