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
	{"a job is created with its callback, or without", func(b *bench) {
		b.createTelling("j1", experiment, firstURL)
		b.createIn("other", "j2", plan(0, 0, "a"))
		for _, handle := range []*bench{b, b.again()} {
			assert.Equal(b.t, []sim.Callback{{JobID: "j1", URL: firstURL}}, handle.callbacks("j1"))
			assert.Equal(b.t, []sim.Callback{{JobID: "j1", URL: firstURL}}, handle.callbacks(""))
			assert.Empty(b.t, handle.callbacks("j2"))
		}
		assert.Empty(b.t, b.callbacks("none"))
	}},
	{"an active job can be given more callbacks, each of them once", func(b *bench) {
		b.createTelling("j1", experiment, firstURL)
		before, err := b.Store.Job(b.ctx, "j1")
		b.ok(err)
		for range 2 {
			b.ok(b.Store.AddCallback(b.ctx, "j1", firstURL))
			b.ok(b.Store.AddCallback(b.ctx, "j1", secondURL))
		}
		assert.ElementsMatch(b.t, []sim.Callback{{JobID: "j1", URL: firstURL}, {JobID: "j1", URL: secondURL}}, b.callbacks("j1"))
		after, err := b.Store.Job(b.ctx, "j1")
		b.ok(err)
		assert.Equal(b.t, before, after, "the job is the same")
	}},
	{"a job that has ended takes no callback, and keeps those that it has", func(b *bench) {
		b.createTelling("j1", experiment, firstURL)
		b.finish("j1", sim.JobFailed)
		b.refused(sim.KindStale, b.Store.AddCallback(b.ctx, "j1", secondURL))
		assert.Equal(b.t, []sim.Callback{{JobID: "j1", URL: firstURL}}, b.callbacks(""))
		b.refused(sim.KindNotFound, b.Store.AddCallback(b.ctx, "none", secondURL))
	}},
	{"the callbacks of all jobs are in order of the job", func(b *bench) {
		// One id is the beginning of another one.
		for _, id := range []string{"j2", "j10", "j1", "j1#x"} {
			b.createTelling(id, "exp-"+id[1:2]+id[len(id)-1:], firstURL)
		}
		var ids []string
		for _, c := range b.callbacks("") {
			ids = append(ids, c.JobID)
		}
		assert.ElementsMatch(b.t, []string{"j1", "j1#x", "j10", "j2"}, ids)
		for _, id := range ids {
			assert.Equal(b.t, []sim.Callback{{JobID: id, URL: firstURL}}, b.callbacks(id), id)
		}
	}},
	{"a callback that fails is kept with its count until it is dropped", func(b *bench) {
		b.createTelling("j1", experiment, firstURL)
		b.ok(b.Store.AddCallback(b.ctx, "j1", secondURL))
		b.finish("j1", sim.JobFailed)
		failed := sim.Callback{JobID: "j1", URL: firstURL, Attempts: 3, NextAt: b.now().Add(time.Hour)}
		for range 2 {
			b.ok(b.Store.DeferCallback(b.ctx, failed))
			assert.ElementsMatch(b.t, []sim.Callback{failed, {JobID: "j1", URL: secondURL}}, b.again().callbacks("j1"))
		}
		for range 2 {
			b.ok(b.Store.DropCallback(b.ctx, failed))
			assert.Equal(b.t, []sim.Callback{{JobID: "j1", URL: secondURL}}, b.again().callbacks("j1"))
		}
		b.ok(b.Store.DeferCallback(b.ctx, failed))
		assert.Equal(b.t, []sim.Callback{{JobID: "j1", URL: secondURL}}, b.callbacks(""), "what was dropped stays so")
	}},
	{"creating again adds no callback", func(b *bench) {
		j := b.newJob("j1", experiment, plan(0, 0, "a"))
		n := sim.NewJob{Job: j, Books: b.bookPlans(j), Callback: firstURL}
		for range 2 {
			_, err := b.Store.CreateJob(b.ctx, n)
			b.ok(err)
		}
		assert.Len(b.t, b.callbacks("j1"), 1)
		b.ok(b.Store.DropCallback(b.ctx, sim.Callback{JobID: "j1", URL: firstURL}))
		_, err := b.Store.CreateJob(b.ctx, n)
		b.ok(err)
		assert.Empty(b.t, b.callbacks("j1"))
	}},
	{"a job that is refused leaves no callback", func(b *bench) {
		b.create("j1", plan(0, 0, "a"))
		j := b.newJob("j2", experiment, plan(0, 0, "b"))
		_, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j), Callback: firstURL})
		b.refused(sim.KindConflict, err)
		assert.Empty(b.t, b.callbacks(""))
	}},
}

// createTelling creates a job with a callback.
func (b *bench) createTelling(id, experiment string, url sim.CallbackURL) {
	b.t.Helper()
	j := b.newJob(id, experiment, plan(0, 0, "a"))
	_, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j), Callback: url})
	b.ok(err)
}

// callbacks returns the callbacks of a job, or of all jobs.
func (b *bench) callbacks(id string) []sim.Callback {
	b.t.Helper()
	found, err := b.Store.Callbacks(b.ctx, id)
	b.ok(err)
	return found
}
