package storetest

import (
	"time"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

const (
	firstURL  sim.CallbackURL = "https://flows.example/resume/1?signature=a%2Fb#x"
	secondURL sim.CallbackURL = "https://flows.example/resume/2"
)

var callbackTests = []test{
	{"a job is created with its callback, or without", func(h *harness) {
		h.createTelling("j1", experiment, firstURL)
		h.createIn("other", "j2", plan(0, 0, "a"))
		for _, handle := range []*harness{h, h.again()} {
			assert.Equal(h.t, []sim.Callback{{JobID: "j1", URL: firstURL}}, handle.callbacks("j1"))
			assert.Equal(h.t, []sim.Callback{{JobID: "j1", URL: firstURL}}, handle.callbacks(""))
			assert.Empty(h.t, handle.callbacks("j2"))
		}
		assert.Empty(h.t, h.callbacks("none"))
	}},
	{"an active job can be given more callbacks, each of them once", func(h *harness) {
		h.createTelling("j1", experiment, firstURL)
		before, err := h.Store.Job(h.ctx, "j1")
		h.ok(err)
		for range 2 {
			h.ok(h.Store.AddCallback(h.ctx, "j1", firstURL))
			h.ok(h.Store.AddCallback(h.ctx, "j1", secondURL))
		}
		assert.ElementsMatch(h.t, []sim.Callback{{JobID: "j1", URL: firstURL}, {JobID: "j1", URL: secondURL}}, h.callbacks("j1"))
		after, err := h.Store.Job(h.ctx, "j1")
		h.ok(err)
		assert.Equal(h.t, before, after, "the job is the same")
	}},
	{"a job that has ended takes no callback, and keeps those that it has", func(h *harness) {
		h.createTelling("j1", experiment, firstURL)
		h.finish("j1", sim.JobFailed)
		h.refused(sim.KindStale, h.Store.AddCallback(h.ctx, "j1", secondURL))
		assert.Equal(h.t, []sim.Callback{{JobID: "j1", URL: firstURL}}, h.callbacks(""))
		h.refused(sim.KindNotFound, h.Store.AddCallback(h.ctx, "none", secondURL))
	}},
	{"the callbacks of all jobs are in order of the job", func(h *harness) {
		// One id is the beginning of another one.
		for _, id := range []string{"j2", "j10", "j1", "j1#x"} {
			h.createTelling(id, "exp-"+id[1:2]+id[len(id)-1:], firstURL)
		}
		var ids []string
		for _, c := range h.callbacks("") {
			ids = append(ids, c.JobID)
		}
		assert.ElementsMatch(h.t, []string{"j1", "j1#x", "j10", "j2"}, ids)
		for _, id := range ids {
			assert.Equal(h.t, []sim.Callback{{JobID: id, URL: firstURL}}, h.callbacks(id), id)
		}
	}},
	{"a callback that fails is kept with its count until it is dropped", func(h *harness) {
		h.createTelling("j1", experiment, firstURL)
		h.ok(h.Store.AddCallback(h.ctx, "j1", secondURL))
		h.finish("j1", sim.JobFailed)
		failed := sim.Callback{JobID: "j1", URL: firstURL, Attempts: 3, NextAt: h.now().Add(time.Hour)}
		for range 2 {
			h.ok(h.Store.DeferCallback(h.ctx, failed))
			assert.ElementsMatch(h.t, []sim.Callback{failed, {JobID: "j1", URL: secondURL}}, h.again().callbacks("j1"))
		}
		for range 2 {
			h.ok(h.Store.DropCallback(h.ctx, failed))
			assert.Equal(h.t, []sim.Callback{{JobID: "j1", URL: secondURL}}, h.again().callbacks("j1"))
		}
		h.ok(h.Store.DeferCallback(h.ctx, failed))
		assert.Equal(h.t, []sim.Callback{{JobID: "j1", URL: secondURL}}, h.callbacks(""), "what was dropped stays so")
	}},
	{"creating again adds no callback", func(h *harness) {
		j := h.newJob("j1", experiment, plan(0, 0, "a"))
		n := sim.NewJob{Job: j, Books: h.bookPlans(j), Callback: firstURL}
		for range 2 {
			_, err := h.Store.CreateJob(h.ctx, n)
			h.ok(err)
		}
		assert.Len(h.t, h.callbacks("j1"), 1)
		h.ok(h.Store.DropCallback(h.ctx, sim.Callback{JobID: "j1", URL: firstURL}))
		_, err := h.Store.CreateJob(h.ctx, n)
		h.ok(err)
		assert.Empty(h.t, h.callbacks("j1"))
	}},
	{"a job that is refused leaves no callback", func(h *harness) {
		h.create("j1", plan(0, 0, "a"))
		j := h.newJob("j2", experiment, plan(0, 0, "b"))
		_, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j), Callback: firstURL})
		h.refused(sim.KindConflict, err)
		assert.Empty(h.t, h.callbacks(""))
	}},
}

// createTelling creates a job with a callback.
func (h *harness) createTelling(id, experiment string, url sim.CallbackURL) {
	h.t.Helper()
	j := h.newJob(id, experiment, plan(0, 0, "a"))
	_, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j), Callback: url})
	h.ok(err)
}

// callbacks returns the callbacks of a job, or of all jobs.
func (h *harness) callbacks(id string) []sim.Callback {
	h.t.Helper()
	found, err := h.Store.Callbacks(h.ctx, id)
	h.ok(err)
	return found
}
