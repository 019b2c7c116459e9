package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

var jobTests = []test{
	{"a created job is read back as it was", func(h *harness) {
		j := h.newJob("j1", experiment, plan(0, 2, "a", "b"))
		created, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j)})
		h.ok(err)
		assert.Equal(h.t, j, created)
		for _, handle := range []*harness{h, h.again()} {
			stored, err := handle.Store.Job(h.ctx, "j1")
			h.ok(err)
			assert.Equal(h.t, j, stored)
			active, ok, err := handle.Store.ActiveJob(h.ctx, experiment)
			h.ok(err)
			assert.True(h.t, ok)
			assert.Equal(h.t, j, active)
		}
	}},
	{"a job without any optional field is read back as it was", func(h *harness) {
		j := sim.Job{ID: "bare", Experiment: experiment, Status: sim.JobPending, Plan: plan(0, 0, "a"), CreatedAt: h.now()}
		_, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j)})
		h.ok(err)
		stored, err := h.Store.Job(h.ctx, "bare")
		h.ok(err)
		assert.Equal(h.t, j, stored)
	}},
	{"creating gives the books to the job and raises their fences", func(h *harness) {
		h.create("j1", plan(0, 2, "a", "b"))
		for _, model := range []string{"a", "b"} {
			head := h.head(model)
			assert.Equal(h.t, sim.Head{Book: sim.BookKey{Experiment: experiment, Model: model}, Job: "j1", Fence: 1}, head)
		}
	}},
	{"creating again with the same id returns the stored job and changes nothing", func(h *harness) {
		j := h.newJob("j1", experiment, plan(0, 2, "a"))
		n := sim.NewJob{Job: j, Books: h.bookPlans(j)}
		_, err := h.Store.CreateJob(h.ctx, n)
		h.ok(err)
		h.claim("j1", "a", dates[0])
		unchanged := h.checkpoint("j1")
		again, err := h.Store.CreateJob(h.ctx, n)
		h.ok(err)
		assert.Equal(h.t, j.ID, again.ID)
		unchanged()
		h.finish("j1", sim.JobFailed)
		again, err = h.Store.CreateJob(h.ctx, n)
		h.ok(err)
		assert.Equal(h.t, sim.JobFailed, again.Status, "the stored job, also when it has ended")
	}},
	{"creating conflicts with the active job of the experiment, and names it", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		j := h.newJob("j2", experiment, plan(0, 2, "b"))
		_, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j)})
		h.refused(sim.KindConflict, err)
		var e *sim.Error
		require.ErrorAs(h.t, err, &e)
		assert.Equal(h.t, "j1", e.Fields["current_job_id"])
		_, err = h.Store.Job(h.ctx, "j2")
		h.refused(sim.KindNotFound, err)
		assert.Zero(h.t, h.head("b").Fence, "the book of a refused job was touched")
	}},
	{"experiments do not affect each other", func(h *harness) {
		h.create("j1", plan(0, 2, "a"))
		h.createIn("other", "j2", plan(0, 2, "a"))
		for experiment, id := range map[string]string{experiment: "j1", "other": "j2"} {
			active, ok, err := h.Store.ActiveJob(h.ctx, experiment)
			h.ok(err)
			assert.True(h.t, ok)
			assert.Equal(h.t, id, active.ID)
		}
		books, err := h.Store.Books(h.ctx, "other")
		h.ok(err)
		require.Len(h.t, books, 1)
		assert.Equal(h.t, "j2", books[0].Job)
	}},
	{"a plan from an old head is stale, and nothing of the job remains", func(h *harness) {
		j := h.newJob("j2", experiment, plan(2, 3, "b", "a"))
		old := h.bookPlans(j)
		h.finished("j1", plan(0, 1, "a"))
		n := sim.NewJob{Job: j, Books: old, Idempotency: sim.IdempotencyKey{Key: "k", Request: "r", Expires: h.now().Add(time.Hour)}}
		_, err := h.Store.CreateJob(h.ctx, n)
		h.refused(sim.KindStale, err)
		_, err = h.Store.Job(h.ctx, "j2")
		h.refused(sim.KindNotFound, err)
		_, ok, err := h.Store.ActiveJob(h.ctx, experiment)
		h.ok(err)
		assert.False(h.t, ok, "a lock was left behind")
		assert.Zero(h.t, h.head("b").Fence, "a neighbour's book was touched")
		_, ok, err = h.Store.JobByIdempotencyKey(h.ctx, n.Idempotency, h.now())
		h.ok(err)
		assert.False(h.t, ok, "a key was left behind")
		n.Books = h.bookPlans(j)
		_, err = h.Store.CreateJob(h.ctx, n)
		h.ok(err)
	}},
	{"an unknown job is not found", func(h *harness) {
		_, err := h.Store.Job(h.ctx, "none")
		h.refused(sim.KindNotFound, err)
		_, err = h.Store.JobState(h.ctx, "none")
		h.refused(sim.KindNotFound, err)
		_, ok, err := h.Store.ActiveJob(h.ctx, experiment)
		h.ok(err)
		assert.False(h.t, ok)
		_, err = h.Store.RequestCancel(h.ctx, "none", h.now())
		h.refused(sim.KindNotFound, err)
		h.refused(sim.KindNotFound, h.Store.Heartbeat(h.ctx, "none", h.now()))
		h.refused(sim.KindNotFound, h.Store.CloseDate(h.ctx, "none", dates[0], "lost", h.now()))
		_, err = h.Store.FinishJob(h.ctx, "none", sim.Finish{Status: sim.JobFailed, Now: h.now()})
		h.refused(sim.KindNotFound, err)
		_, err = h.Store.ModelDays(h.ctx, "none", sim.ModelDayFilter{})
		h.refused(sim.KindNotFound, err)
		_, err = h.Store.Counts(h.ctx, "none")
		h.refused(sim.KindNotFound, err)
		_, err = h.Store.Claim(h.ctx, h.request("none", "a", dates[0]))
		h.refused(sim.KindNotFound, err)
	}},
	{"jobs are listed newest first, in pages, by experiment and status", listJobs},
	{"a list continues only from a cursor of an answer", func(h *harness) {
		for _, cursor := range []string{"nonsense", "~", "2025-10-01~j1"} {
			_, _, err := h.Store.Jobs(h.ctx, sim.JobFilter{After: cursor})
			h.refused(sim.KindInvalid, err)
		}
	}},
	{"a job of the largest size is stored", func(h *harness) {
		var models []string
		for i := range 40 {
			models = append(models, fmt.Sprintf("model-%02d", i))
		}
		long := sim.DefaultMarket.Bars(sim.MustParseDate("2019-01-02"), sim.MustParseDate("2025-05-01"))[:1590]
		p := sim.Plan{Dates: long}
		for _, m := range models {
			p.Models = append(p.Models, sim.PlannedSpan{Model: m, From: long[0], To: long[len(long)-1]})
		}
		j := h.create("large", p)
		stored, err := h.Store.Job(h.ctx, "large")
		h.ok(err)
		assert.Equal(h.t, j, stored)
		assert.Equal(h.t, 40*1590, stored.Plan.Total())
	}},
}

func listJobs(h *harness) {
	// Two jobs are made at the same time, so that the order needs more than it.
	same := h.now()
	var ids []string
	for i := range 7 {
		id := fmt.Sprintf("job-%d", i)
		j := h.newJob(id, []string{experiment, "other"}[i%2], plan(0, 0, "a"))
		if i >= 5 {
			j.CreatedAt = same.Add(time.Hour)
		}
		_, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j)})
		h.ok(err)
		if i < 5 {
			h.finish(id, []sim.JobStatus{sim.JobCompleted, sim.JobFailed, sim.JobCancelled}[i%3])
		}
		ids = append(ids, id)
	}
	all, next, err := h.Store.Jobs(h.ctx, sim.JobFilter{})
	h.ok(err)
	assert.Empty(h.t, next)
	assert.ElementsMatch(h.t, ids, jobIDs(all))
	assert.Equal(h.t, []string{"job-4", "job-3", "job-2", "job-1", "job-0"}, jobIDs(all)[2:])
	assert.ElementsMatch(h.t, []string{"job-5", "job-6"}, jobIDs(all)[:2])

	for limit := 1; limit <= 8; limit++ {
		var paged []string
		f := sim.JobFilter{Limit: limit}
		for {
			page, next, err := h.Store.Jobs(h.ctx, f)
			h.ok(err)
			assert.LessOrEqual(h.t, len(page), limit)
			paged = append(paged, jobIDs(page)...)
			if f.After = next; next == "" {
				break
			}
			require.Less(h.t, len(paged), 20, "the pages do not end")
		}
		assert.Equal(h.t, jobIDs(all), paged, "pages of %d", limit)
	}
	for _, c := range []struct {
		filter sim.JobFilter
		want   []string
	}{
		{sim.JobFilter{Experiment: experiment}, []string{"job-6", "job-4", "job-2", "job-0"}},
		{sim.JobFilter{Experiment: "other"}, []string{"job-5", "job-3", "job-1"}},
		{sim.JobFilter{Experiment: "unknown"}, nil},
		{sim.JobFilter{Statuses: []sim.JobStatus{sim.JobFailed}}, []string{"job-4", "job-1"}},
		{sim.JobFilter{Statuses: []sim.JobStatus{sim.JobFailed, sim.JobCancelled}}, []string{"job-4", "job-2", "job-1"}},
		{sim.JobFilter{Experiment: experiment, Statuses: []sim.JobStatus{sim.JobPending}}, []string{"job-6"}},
	} {
		got, _, err := h.Store.Jobs(h.ctx, c.filter)
		h.ok(err)
		assert.Equal(h.t, c.want, jobIDs(got), "%+v", c.filter)
	}
}

func jobIDs(jobs []sim.Job) []string {
	var ids []string
	for j := range slices.Values(jobs) {
		ids = append(ids, j.ID)
	}
	return ids
}

var idempotencyTests = []test{
	{"a key finds its job until it expires", func(h *harness) {
		j := h.newJob("j1", experiment, plan(0, 1, "a"))
		key := sim.IdempotencyKey{Key: "key", Request: "request", Expires: h.now().Add(24 * time.Hour)}
		_, ok, err := h.Store.JobByIdempotencyKey(h.ctx, key, h.now())
		h.ok(err)
		assert.False(h.t, ok)
		_, err = h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j), Idempotency: key})
		h.ok(err)
		found, ok, err := h.again().Store.JobByIdempotencyKey(h.ctx, key, h.now())
		h.ok(err)
		assert.True(h.t, ok)
		assert.Equal(h.t, j, found)
		h.finish("j1", sim.JobFailed)
		found, ok, err = h.Store.JobByIdempotencyKey(h.ctx, key, h.now())
		h.ok(err)
		assert.True(h.t, ok, "a job is remembered after its end")
		assert.Equal(h.t, sim.JobFailed, found.Status)
		_, ok, err = h.Store.JobByIdempotencyKey(h.ctx, key, key.Expires.Add(time.Second))
		h.ok(err)
		assert.False(h.t, ok, "the key has expired")
	}},
	{"a key with another request is a mismatch", func(h *harness) {
		j := h.newJob("j1", experiment, plan(0, 1, "a"))
		key := sim.IdempotencyKey{Key: "key", Request: "request", Expires: h.now().Add(time.Hour)}
		_, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j), Idempotency: key})
		h.ok(err)
		other := key
		other.Request = "another request"
		_, _, err = h.Store.JobByIdempotencyKey(h.ctx, other, h.now())
		h.refused(sim.KindIdempotencyMismatch, err)
		_, ok, err := h.Store.JobByIdempotencyKey(h.ctx, other, key.Expires.Add(time.Second))
		h.ok(err)
		assert.False(h.t, ok, "the key has expired")
	}},
	{"a zero key is not remembered", func(h *harness) {
		h.create("j1", plan(0, 1, "a"))
		_, ok, err := h.Store.JobByIdempotencyKey(h.ctx, sim.IdempotencyKey{}, h.now())
		h.ok(err)
		assert.False(h.t, ok)
	}},
	{"a key that was used meanwhile makes a plan stale, an expired one can be used again", func(h *harness) {
		key := sim.IdempotencyKey{Key: "key", Request: "request", Expires: h.now().Add(time.Hour)}
		j := h.newJob("j1", experiment, plan(0, 1, "a"))
		_, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j), Idempotency: key})
		h.ok(err)
		h.finish("j1", sim.JobFailed)
		j = h.newJob("j2", experiment, plan(0, 1, "a"))
		_, err = h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j), Idempotency: key})
		h.refused(sim.KindStale, err)
		h.pass(2 * time.Hour)
		key.Request, key.Expires = "another", h.now().Add(time.Hour)
		j = h.newJob("j3", experiment, plan(0, 1, "a"))
		_, err = h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j), Idempotency: key})
		h.ok(err)
		found, ok, err := h.Store.JobByIdempotencyKey(h.ctx, key, h.now())
		h.ok(err)
		assert.True(h.t, ok)
		assert.Equal(h.t, "j3", found.ID)
	}},
}
