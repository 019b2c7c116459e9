package storetest

import (
	"slices"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

var lifecycleTests = []test{
	{"starting a date makes the job run and beats its heart", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		first := h.now()
		h.ok(h.Store.Heartbeat(h.ctx, "j1", first))
		j, err := h.Store.Job(h.ctx, "j1")
		h.ok(err)
		assert.Equal(h.t, sim.JobRunning, j.Status)
		assert.Equal(h.t, first, j.StartedAt)
		assert.Equal(h.t, first, j.UpdatedAt)
		second := h.now()
		h.ok(h.Store.Heartbeat(h.ctx, "j1", second))
		j, err = h.Store.Job(h.ctx, "j1")
		h.ok(err)
		assert.Equal(h.t, first, j.StartedAt, "the start stays")
		assert.Equal(h.t, second, j.UpdatedAt)
	}},
	{"the state of a job follows it", func(h *harness) {
		state := func(want sim.JobState) {
			h.t.Helper()
			got, err := h.Store.JobState(h.ctx, "j1")
			h.ok(err)
			assert.Equal(h.t, want, got)
			j, err := h.Store.Job(h.ctx, "j1")
			h.ok(err)
			assert.Equal(h.t, want, j.State())
		}
		h.create("j1", plan(0, 2, "a"))
		state(sim.JobState{Status: sim.JobPending})
		h.ok(h.Store.Heartbeat(h.ctx, "j1", h.now()))
		state(sim.JobState{Status: sim.JobRunning})
		h.ok(h.Store.CloseDate(h.ctx, "j1", dates[0], "lost: gone", h.now()))
		state(sim.JobState{Status: sim.JobRunning, ClosedThrough: dates[0]})
		_, err := h.Store.RequestCancel(h.ctx, "j1", h.now())
		h.ok(err)
		state(sim.JobState{Status: sim.JobRunning, CancelRequested: true, ClosedThrough: dates[0]})
		h.finish("j1", sim.JobCancelled)
		state(sim.JobState{Status: sim.JobCancelled, CancelRequested: true, ClosedThrough: dates[0]})
	}},
	{"starting a date adds warnings to those of the job, each once", func(h *harness) {
		planned := h.create("j1", plan(0, 2, "a")).Warnings
		for range 2 {
			h.ok(h.Store.Heartbeat(h.ctx, "j1", h.now(), "late", planned[0], "later"))
		}
		h.ok(h.Store.Heartbeat(h.ctx, "j1", h.now()))
		j, err := h.Store.Job(h.ctx, "j1")
		h.ok(err)
		assert.Equal(h.t, append(slices.Clip(planned), "late", "later"), j.Warnings)
		jobs, _, err := h.Store.Jobs(h.ctx, sim.JobFilter{})
		h.ok(err)
		assert.Equal(h.t, j.Warnings, jobs[0].Warnings)
	}},
	{"closing a date fails the model-days that were lost there, and only those", closeDate},
	{"closing a date leaves the lease of another date alone", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		h.claim("j1", "a", dates[0])
		h.pass(2 * leaseTime)
		later := h.claim("j1", "a", dates[1])
		h.ok(h.Store.CloseDate(h.ctx, "j1", dates[0], "lost: gone", h.now()))
		assert.Equal(h.t, sim.ModelDayFailed, h.modelDay("j1", "a", dates[0]).Status)
		h.commit(later)
	}},
	{"finishing ends the job, its leases and its lock", finishJob},
	{"finishing again returns the job as it is", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		ended := h.finish("j1", sim.JobCancelled)
		unchanged := h.checkpoint("j1")
		assert.Equal(h.t, ended, h.finish("j1", sim.JobCompleted))
		unchanged()
	}},
	{"a job that is to be cancelled ends as cancelled, whatever was decided before", func(h *harness) {
		h.create("j1", plan(0, 0, "a"))
		h.close("j1", "a", dates[0])
		_, err := h.Store.RequestCancel(h.ctx, "j1", h.now())
		h.ok(err)
		assert.Equal(h.t, sim.JobCancelled, h.finish("j1", sim.JobCompleted).Status)
		stored, err := h.Store.Job(h.ctx, "j1")
		h.ok(err)
		assert.Equal(h.t, sim.JobCancelled, stored.Status)
	}},
	{"finishing does not touch the next job of the experiment", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		h.finish("j1", sim.JobFailed)
		h.create("j2", plan(0, 2, "a"))
		g := h.claim("j2", "a", dates[0])
		unchanged := h.checkpoint("j2")
		h.finish("j1", sim.JobFailed)
		unchanged()
		h.commit(g)
	}},
	{"a job ends only in a terminal status", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		unchanged := h.checkpoint("j1")
		_, err := h.Store.FinishJob(h.ctx, "j1", sim.Finish{Status: sim.JobRunning, Now: h.now()})
		h.refused(sim.KindInvalid, err)
		unchanged()
	}},
	{"cancelling marks the job and takes its books away", cancelJob},
	{"an ended job cannot be cancelled, started or closed", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		h.finish("j1", sim.JobFailed)
		unchanged := h.checkpoint("j1")
		_, err := h.Store.RequestCancel(h.ctx, "j1", h.now())
		h.refused(sim.KindConflict, err)
		h.refused(sim.KindConflict, h.Store.Heartbeat(h.ctx, "j1", h.now()))
		h.ok(h.Store.CloseDate(h.ctx, "j1", dates[2], "lost", h.now()))
		unchanged()
	}},
	{"a store can be asked whether it is there, until it is closed", func(h *harness) {
		other := h.again()
		h.ok(other.Store.Ping(h.ctx))
		h.ok(other.Store.Close())
		h.refused(sim.KindUnavailable, other.Store.Ping(h.ctx))
		_, err := other.Store.RequestCancel(h.ctx, "j1", h.now())
		h.refused(sim.KindUnavailable, err)
		h.ok(other.Store.Close())
		h.ok(h.Store.Ping(h.ctx))
	}},
}

func closeDate(h *harness) {
	h.create("j1", plan(0, 2, "a", "b", "c", "d"))
	h.close("j1", "a", dates[0])
	lost := h.claim("j1", "b", dates[0])
	failed := h.claim("j1", "c", dates[0])
	h.ok(h.Store.Fail(h.ctx, failed, sim.Failure{Error: "model: no answer"}, h.now()))
	ahead := h.claim("j1", "d", dates[1])

	closed := h.now()
	h.ok(h.Store.CloseDate(h.ctx, "j1", dates[0], "lost: gone", closed))
	j, err := h.Store.Job(h.ctx, "j1")
	h.ok(err)
	assert.Equal(h.t, dates[0], j.ClosedThrough)
	assert.Equal(h.t, closed, j.UpdatedAt)
	assert.Equal(h.t, sim.ModelDayCompleted, h.modelDay("j1", "a", dates[0]).Status)
	md := h.modelDay("j1", "b", dates[0])
	assert.Equal(h.t, sim.ModelDayFailed, md.Status)
	assert.Equal(h.t, "lost: gone", md.Error)
	assert.Equal(h.t, closed, md.CompletedAt)
	assert.Equal(h.t, "model: no answer", h.modelDay("j1", "c", dates[0]).Error)

	assert.Zero(h.t, h.head("b").Lease)
	assert.Equal(h.t, lost.Fence+1, h.head("b").Fence)
	h.refused(sim.KindFenced, h.Store.Commit(h.ctx, lost, h.day(lost), nil))
	h.refused(sim.KindFenced, h.Store.Fail(h.ctx, lost, sim.Failure{Error: "late"}, h.now()))

	unchanged := h.checkpoint("j1")
	h.ok(h.Store.CloseDate(h.ctx, "j1", dates[0], "lost: again", h.now()))
	unchanged()
	h.commit(ahead)
}

func finishJob(h *harness) {
	h.create("j1", plan(0, 2, "a", "b"))
	h.ok(h.Store.Heartbeat(h.ctx, "j1", h.now()))
	h.close("j1", "a", dates[0])
	late := h.claim("j1", "b", dates[0])
	at := h.now()
	j, err := h.Store.FinishJob(h.ctx, "j1", sim.Finish{Status: sim.JobPartial, Error: "why", Lost: "lost: ended", Now: at})
	h.ok(err)
	stored, err := h.Store.Job(h.ctx, "j1")
	h.ok(err)
	assert.Equal(h.t, j, stored)
	assert.Equal(h.t, sim.JobPartial, j.Status)
	assert.Equal(h.t, "why", j.Error)
	assert.Equal(h.t, at, j.CompletedAt)
	assert.Equal(h.t, at, j.UpdatedAt)

	md := h.modelDay("j1", "b", dates[0])
	assert.Equal(h.t, sim.ModelDayFailed, md.Status)
	assert.Equal(h.t, "lost: ended", md.Error)
	assert.Equal(h.t, at, md.CompletedAt)
	for _, model := range []string{"a", "b"} {
		head := h.head(model)
		assert.Empty(h.t, head.Job)
		assert.Zero(h.t, head.Lease)
	}
	assert.Greater(h.t, h.head("b").Fence, late.Fence)
	unchanged := h.checkpoint("j1")
	h.refused(sim.KindFenced, h.Store.Commit(h.ctx, late, h.day(late), nil))
	h.refused(sim.KindFenced, h.Store.Fail(h.ctx, late, sim.Failure{Error: "late"}, h.now()))
	_, err = h.Store.Claim(h.ctx, h.request("j1", "a", dates[1]))
	h.refused(sim.KindFenced, err)
	unchanged()

	_, ok, err := h.Store.ActiveJob(h.ctx, experiment)
	h.ok(err)
	assert.False(h.t, ok)
	h.create("j2", plan(1, 2, "a", "b"))
}

func cancelJob(h *harness) {
	h.create("j1", plan(0, 2, "a", "b"))
	h.close("j1", "a", dates[0])
	flying := h.claim("j1", "b", dates[0])
	at := h.now()
	j, err := h.Store.RequestCancel(h.ctx, "j1", at)
	h.ok(err)
	assert.True(h.t, j.CancelRequested)
	assert.Equal(h.t, sim.JobPending, j.Status, "it ends with FinishJob")
	for _, model := range []string{"a", "b"} {
		assert.Empty(h.t, h.head(model).Job)
	}

	unchanged := h.checkpoint("j1")
	again, err := h.Store.RequestCancel(h.ctx, "j1", h.now())
	h.ok(err)
	assert.Equal(h.t, j, again)
	_, err = h.Store.Claim(h.ctx, h.request("j1", "a", dates[1]))
	h.refused(sim.KindFenced, err)
	h.refused(sim.KindFenced, h.Store.Commit(h.ctx, flying, h.day(flying), nil))
	unchanged()

	other := h.newJob("j2", experiment, plan(0, 2, "a"))
	_, err = h.Store.CreateJob(h.ctx, sim.NewJob{Job: other, Books: h.bookPlans(other)})
	h.refused(sim.KindConflict, err)
	h.finish("j1", sim.JobCancelled)
	assert.Equal(h.t, sim.ModelDayFailed, h.modelDay("j1", "b", dates[0]).Status)
	h.create("j3", plan(1, 2, "a"))
}
