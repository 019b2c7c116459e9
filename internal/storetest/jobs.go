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
	{"a created job is read back as it was", func(b *bench) {
		j := b.newJob("j1", experiment, plan(0, 2, "a", "b"))
		created, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j)})
		b.ok(err)
		assert.Equal(b.t, j, created)
		for _, handle := range []*bench{b, b.again()} {
			stored, err := handle.Store.Job(b.ctx, "j1")
			b.ok(err)
			assert.Equal(b.t, j, stored)
			active, ok, err := handle.Store.ActiveJob(b.ctx, experiment)
			b.ok(err)
			assert.True(b.t, ok)
			assert.Equal(b.t, j, active)
		}
	}},
	{"a job without any optional field is read back as it was", func(b *bench) {
		j := sim.Job{ID: "bare", Experiment: experiment, Status: sim.JobPending, Plan: plan(0, 0, "a"), CreatedAt: b.now()}
		_, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j)})
		b.ok(err)
		stored, err := b.Store.Job(b.ctx, "bare")
		b.ok(err)
		assert.Equal(b.t, j, stored)
	}},
	{"creating gives the books to the job and raises their fences", func(b *bench) {
		b.create("j1", plan(0, 2, "a", "b"))
		for _, model := range []string{"a", "b"} {
			h := b.head(model)
			assert.Equal(b.t, sim.Head{Book: sim.BookKey{Experiment: experiment, Model: model}, Job: "j1", Fence: 1}, h)
		}
	}},
	{"creating again with the same id returns the stored job and changes nothing", func(b *bench) {
		j := b.newJob("j1", experiment, plan(0, 2, "a"))
		n := sim.NewJob{Job: j, Books: b.bookPlans(j)}
		_, err := b.Store.CreateJob(b.ctx, n)
		b.ok(err)
		b.claim("j1", "a", dates[0])
		unchanged := b.checkpoint("j1")
		again, err := b.Store.CreateJob(b.ctx, n)
		b.ok(err)
		assert.Equal(b.t, j.ID, again.ID)
		unchanged()
		b.finish("j1", sim.JobFailed)
		again, err = b.Store.CreateJob(b.ctx, n)
		b.ok(err)
		assert.Equal(b.t, sim.JobFailed, again.Status, "the stored job, also when it has ended")
	}},
	{"creating conflicts with the active job of the experiment, and names it", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		j := b.newJob("j2", experiment, plan(0, 2, "b"))
		_, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j)})
		b.refused(sim.KindConflict, err)
		var e *sim.Error
		require.ErrorAs(b.t, err, &e)
		assert.Equal(b.t, "j1", e.Fields["current_job_id"])
		_, err = b.Store.Job(b.ctx, "j2")
		b.refused(sim.KindNotFound, err)
		assert.Zero(b.t, b.head("b").Fence, "the book of a refused job was touched")
	}},
	{"experiments do not stand in each other's way", func(b *bench) {
		b.create("j1", plan(0, 2, "a"))
		b.createIn("other", "j2", plan(0, 2, "a"))
		for experiment, id := range map[string]string{experiment: "j1", "other": "j2"} {
			active, ok, err := b.Store.ActiveJob(b.ctx, experiment)
			b.ok(err)
			assert.True(b.t, ok)
			assert.Equal(b.t, id, active.ID)
		}
		books, err := b.Store.Books(b.ctx, "other")
		b.ok(err)
		require.Len(b.t, books, 1)
		assert.Equal(b.t, "j2", books[0].Job)
	}},
	{"a plan from an old head is stale, and nothing of the job remains", func(b *bench) {
		j := b.newJob("j2", experiment, plan(2, 3, "b", "a"))
		old := b.bookPlans(j)
		b.finished("j1", plan(0, 1, "a"))
		n := sim.NewJob{Job: j, Books: old, Idempotency: sim.IdempotencyKey{Key: "k", Request: "r", Expires: b.now().Add(time.Hour)}}
		_, err := b.Store.CreateJob(b.ctx, n)
		b.refused(sim.KindStale, err)
		_, err = b.Store.Job(b.ctx, "j2")
		b.refused(sim.KindNotFound, err)
		_, ok, err := b.Store.ActiveJob(b.ctx, experiment)
		b.ok(err)
		assert.False(b.t, ok, "a lock was left behind")
		assert.Zero(b.t, b.head("b").Fence, "a neighbour's book was touched")
		_, ok, err = b.Store.JobByIdempotencyKey(b.ctx, n.Idempotency, b.now())
		b.ok(err)
		assert.False(b.t, ok, "a key was left behind")
		n.Books = b.bookPlans(j)
		_, err = b.Store.CreateJob(b.ctx, n)
		b.ok(err)
	}},
	{"an unknown job is not found", func(b *bench) {
		_, err := b.Store.Job(b.ctx, "none")
		b.refused(sim.KindNotFound, err)
		_, err = b.Store.JobState(b.ctx, "none")
		b.refused(sim.KindNotFound, err)
		_, ok, err := b.Store.ActiveJob(b.ctx, experiment)
		b.ok(err)
		assert.False(b.t, ok)
		_, err = b.Store.RequestCancel(b.ctx, "none", b.now())
		b.refused(sim.KindNotFound, err)
		b.refused(sim.KindNotFound, b.Store.Heartbeat(b.ctx, "none", b.now()))
		b.refused(sim.KindNotFound, b.Store.CloseDate(b.ctx, "none", dates[0], "lost", b.now()))
		_, err = b.Store.FinishJob(b.ctx, "none", sim.Finish{Status: sim.JobFailed, Now: b.now()})
		b.refused(sim.KindNotFound, err)
		_, err = b.Store.ModelDays(b.ctx, "none", sim.ModelDayFilter{})
		b.refused(sim.KindNotFound, err)
		_, err = b.Store.Counts(b.ctx, "none")
		b.refused(sim.KindNotFound, err)
		_, err = b.Store.Claim(b.ctx, b.request("none", "a", dates[0]))
		b.refused(sim.KindNotFound, err)
	}},
	{"jobs are listed newest first, in pages, by experiment and status", listJobs},
	{"a list continues only from a cursor of an answer", func(b *bench) {
		for _, cursor := range []string{"nonsense", "~", "2025-10-01~j1"} {
			_, _, err := b.Store.Jobs(b.ctx, sim.JobFilter{After: cursor})
			b.refused(sim.KindInvalid, err)
		}
	}},
	{"a job of the largest size is stored", func(b *bench) {
		var models []string
		for i := range 40 {
			models = append(models, fmt.Sprintf("model-%02d", i))
		}
		long := sim.TradingDays(sim.MustParseDate("2019-01-02"), sim.MustParseDate("2025-05-01"))[:1590]
		p := sim.Plan{Dates: long}
		for _, m := range models {
			p.Models = append(p.Models, sim.PlannedSpan{Model: m, From: long[0], To: long[len(long)-1]})
		}
		j := b.create("large", p)
		stored, err := b.Store.Job(b.ctx, "large")
		b.ok(err)
		assert.Equal(b.t, j, stored)
		assert.Equal(b.t, 40*1590, stored.Plan.Total())
	}},
}

func listJobs(b *bench) {
	// Two jobs are made at the same time, so that the order needs more than it.
	same := b.now()
	var ids []string
	for i := range 7 {
		id := fmt.Sprintf("job-%d", i)
		j := b.newJob(id, []string{experiment, "other"}[i%2], plan(0, 0, "a"))
		if i >= 5 {
			j.CreatedAt = same.Add(time.Hour)
		}
		_, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j)})
		b.ok(err)
		if i < 5 {
			b.finish(id, []sim.JobStatus{sim.JobCompleted, sim.JobFailed, sim.JobCancelled}[i%3])
		}
		ids = append(ids, id)
	}
	all, next, err := b.Store.Jobs(b.ctx, sim.JobFilter{})
	b.ok(err)
	assert.Empty(b.t, next)
	assert.ElementsMatch(b.t, ids, jobIDs(all))
	assert.Equal(b.t, []string{"job-4", "job-3", "job-2", "job-1", "job-0"}, jobIDs(all)[2:])
	assert.ElementsMatch(b.t, []string{"job-5", "job-6"}, jobIDs(all)[:2])

	for limit := 1; limit <= 8; limit++ {
		var paged []string
		f := sim.JobFilter{Limit: limit}
		for {
			page, next, err := b.Store.Jobs(b.ctx, f)
			b.ok(err)
			assert.LessOrEqual(b.t, len(page), limit)
			paged = append(paged, jobIDs(page)...)
			if f.After = next; next == "" {
				break
			}
			require.Less(b.t, len(paged), 20, "the pages do not end")
		}
		assert.Equal(b.t, jobIDs(all), paged, "pages of %d", limit)
	}
	for _, c := range []struct {
		filter sim.JobFilter
		want   []string
	}{
		{sim.JobFilter{Experiment: experiment}, []string{"job-6", "job-4", "job-2", "job-0"}},
		{sim.JobFilter{Experiment: "other"}, []string{"job-5", "job-3", "job-1"}},
		{sim.JobFilter{Experiment: "nobody"}, nil},
		{sim.JobFilter{Statuses: []sim.JobStatus{sim.JobFailed}}, []string{"job-4", "job-1"}},
		{sim.JobFilter{Statuses: []sim.JobStatus{sim.JobFailed, sim.JobCancelled}}, []string{"job-4", "job-2", "job-1"}},
		{sim.JobFilter{Experiment: experiment, Statuses: []sim.JobStatus{sim.JobPending}}, []string{"job-6"}},
	} {
		got, _, err := b.Store.Jobs(b.ctx, c.filter)
		b.ok(err)
		assert.Equal(b.t, c.want, jobIDs(got), "%+v", c.filter)
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
	{"a key finds its job until it expires", func(b *bench) {
		j := b.newJob("j1", experiment, plan(0, 1, "a"))
		key := sim.IdempotencyKey{Key: "key", Request: "request", Expires: b.now().Add(24 * time.Hour)}
		_, ok, err := b.Store.JobByIdempotencyKey(b.ctx, key, b.now())
		b.ok(err)
		assert.False(b.t, ok)
		_, err = b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j), Idempotency: key})
		b.ok(err)
		found, ok, err := b.again().Store.JobByIdempotencyKey(b.ctx, key, b.now())
		b.ok(err)
		assert.True(b.t, ok)
		assert.Equal(b.t, j, found)
		b.finish("j1", sim.JobFailed)
		found, ok, err = b.Store.JobByIdempotencyKey(b.ctx, key, b.now())
		b.ok(err)
		assert.True(b.t, ok, "a job is remembered after its end")
		assert.Equal(b.t, sim.JobFailed, found.Status)
		_, ok, err = b.Store.JobByIdempotencyKey(b.ctx, key, key.Expires.Add(time.Second))
		b.ok(err)
		assert.False(b.t, ok, "the key has expired")
	}},
	{"a key with another request is a mismatch", func(b *bench) {
		j := b.newJob("j1", experiment, plan(0, 1, "a"))
		key := sim.IdempotencyKey{Key: "key", Request: "request", Expires: b.now().Add(time.Hour)}
		_, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j), Idempotency: key})
		b.ok(err)
		other := key
		other.Request = "another request"
		_, _, err = b.Store.JobByIdempotencyKey(b.ctx, other, b.now())
		b.refused(sim.KindIdempotencyMismatch, err)
		_, ok, err := b.Store.JobByIdempotencyKey(b.ctx, other, key.Expires.Add(time.Second))
		b.ok(err)
		assert.False(b.t, ok, "the key has expired")
	}},
	{"a zero key is not remembered", func(b *bench) {
		b.create("j1", plan(0, 1, "a"))
		_, ok, err := b.Store.JobByIdempotencyKey(b.ctx, sim.IdempotencyKey{}, b.now())
		b.ok(err)
		assert.False(b.t, ok)
	}},
	{"a key that was used meanwhile makes a plan stale, an expired one can be used again", func(b *bench) {
		key := sim.IdempotencyKey{Key: "key", Request: "request", Expires: b.now().Add(time.Hour)}
		j := b.newJob("j1", experiment, plan(0, 1, "a"))
		_, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j), Idempotency: key})
		b.ok(err)
		b.finish("j1", sim.JobFailed)
		j = b.newJob("j2", experiment, plan(0, 1, "a"))
		_, err = b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j), Idempotency: key})
		b.refused(sim.KindStale, err)
		b.pass(2 * time.Hour)
		key.Request, key.Expires = "another", b.now().Add(time.Hour)
		j = b.newJob("j3", experiment, plan(0, 1, "a"))
		_, err = b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j), Idempotency: key})
		b.ok(err)
		found, ok, err := b.Store.JobByIdempotencyKey(b.ctx, key, b.now())
		b.ok(err)
		assert.True(b.t, ok)
		assert.Equal(b.t, "j3", found.ID)
	}},
}
