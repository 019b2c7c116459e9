package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestTheStatusOfARunningJobShowsItsModelDays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dates := marketDates[:3]
	job := f.job("job-1", "main", dates, "beta", "alpha")
	pending := f.ok("/simulate/status/job-1")
	assert.Equal(t, "pending", pending["status"])
	assert.Nil(t, pending["started_at"])

	require.NoError(t, f.store.Heartbeat(t.Context(), job.ID, f.now.Add(time.Second)))
	f.close(job, "alpha", dates[0])
	f.close(job, "beta", dates[0])
	require.NoError(t, f.store.CloseDate(t.Context(), job.ID, dates[0], "lost", f.now.Add(2*time.Second)))
	f.close(job, "alpha", dates[1])
	f.claim(job, "beta", dates[1])
	got := f.ok("/simulate/status/job-1")
	assert.Equal(t, "running", got["status"])
	assert.Equal(t, []any{"2025-10-01", "2025-10-02", "2025-10-03"}, got["date_range"])
	assert.Equal(t, []any{"beta", "alpha"}, got["models"])
	assert.Equal(t, "2025-10-15T12:00:01Z", got["started_at"])
	assert.Equal(t, []any{}, got["warnings"])
	for _, name := range []string{"completed_at", "total_duration_seconds", "error"} {
		assert.Contains(t, got, name)
		assert.Nil(t, got[name], name)
	}
	progress := got["progress"].(map[string]any)
	details := progress["details"].([]any)
	delete(progress, "details")
	assert.Equal(t, map[string]any{
		"total_model_days": number("6"), "completed": number("3"), "failed": number("0"), "running": number("1"),
		"pending": number("2"), "skipped": number("0"), "broken": number("0"),
		"current": map[string]any{"date": "2025-10-02", "model": "beta"},
	}, progress)
	require.Len(t, details, 6)
	for i, want := range []string{
		"2025-10-01 alpha completed", "2025-10-01 beta completed", "2025-10-02 alpha completed",
		"2025-10-02 beta running", "2025-10-03 alpha pending", "2025-10-03 beta pending",
	} {
		d := details[i]
		assert.Equal(t, want, fmt.Sprint(at(d, "date"), " ", at(d, "model"), " ", at(d, "status")))
	}
	assert.Equal(t, map[string]any{
		"date": "2025-10-01", "model": "alpha", "status": "completed", "started_at": "2025-10-15T12:00:00Z",
		"completed_at":     "2025-10-15T12:00:01.5Z",
		"duration_seconds": number("1.5"), "attempt": number("1"), "error": nil, "stop_reason": "finish_signal",
	}, details[0])
	assert.Equal(t, number("0"), at(details[4], "attempt"))
	assert.NotContains(t, f.ok("/simulate/status/job-1?details=false")["progress"], "details")
}

func TestTheStatusOfAnEndedJobIsFinal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	got := f.ok("/simulate/status/job-1")
	assert.Equal(t, "partial", got["status"])
	assert.Equal(t, number("60"), got["total_duration_seconds"])
	assert.Equal(t, number("1"), at(got, "progress", "failed"))
	failed := at(got, "progress", "details").([]any)[5]
	assert.Equal(t, "failed", at(failed, "status"))
	assert.Equal(t, "model_error: it broke", at(failed, "error"))

	cancelled := f.job("job-2", "main", marketDates[5:7], "alpha")
	f.finish(cancelled, sim.JobCancelled)
	got = f.ok("/simulate/status/job-2")
	assert.Equal(t, number("2"), at(got, "progress", "skipped"), "they will never be claimed")
	assert.Equal(t, "skipped", at(at(got, "progress", "details").([]any)[0], "status"))
}

func TestAnUnknownJobIsNotFound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.get("/simulate/status/nope")
	p := refused(t, r, http.StatusNotFound, "not_found")
	assert.Equal(t, "nope", p["job_id"])
	conforms(t, f.api, http.MethodGet, "/simulate/status/nope", r)
	refused(t, f.get("/simulate/current"), http.StatusNotFound, "not_found", `"main"`)
}

func TestStatusIsConditional(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.job("job-1", "main", marketDates[:1], "alpha")
	for _, path := range []string{"/simulate/status/job-1", "/simulate/current"} {
		tag := f.get(path).header.Get("ETag")
		require.Regexp(t, `^"[0-9a-f]{32}"$`, tag)
		same := f.get(path, "If-None-Match", `"other", W/`+tag)
		assert.Equal(t, http.StatusNotModified, same.status)
		assert.Empty(t, same.body)
		assert.Equal(t, tag, same.header.Get("ETag"))
		conforms(t, f.api, http.MethodGet, path, same)
		assert.Equal(t, http.StatusNotModified, f.get(path, "If-None-Match", "*").status)
		assert.Equal(t, http.StatusOK, f.get(path, "If-None-Match", `"other"`).status)
		head := f.do(http.MethodHead, path, "")
		assert.Equal(t, http.StatusOK, head.status)
		assert.Equal(t, tag, head.header.Get("ETag"))
		assert.Empty(t, head.body)
	}
	tag := f.get("/simulate/status/job-1").header.Get("ETag")
	f.close(job, "alpha", marketDates[0])
	assert.Equal(t, http.StatusOK, f.get("/simulate/status/job-1", "If-None-Match", tag).status)
}

func TestWaitReturnsWhenSomethingChanges(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(*Options){
		"polling": func(*Options) {},
		"woken": func(o *Options) {
			o.Poll = time.Hour // only a wake-up finds the change
			o.Wake = func() <-chan struct{} {
				c := make(chan struct{})
				time.AfterFunc(time.Millisecond, func() { close(c) })
				return c
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var reads *callers
			f := newFixture(t, adjust, func(o *Options) {
				reads = &callers{Store: o.Store, waiting: make(chan struct{}), want: 2}
				o.Store = reads
			})
			job := f.job("job-1", "main", marketDates[:1], "alpha")
			tag := f.get("/simulate/status/job-1").header.Get("ETag")
			changed := f.get("/simulate/status/job-1?wait=20", "If-None-Match", `"older"`)
			assert.Equal(t, http.StatusOK, changed.status, "what the caller has is old already")
			assert.Equal(t, tag, changed.header.Get("ETag"))

			answers := make(chan reply, 2)
			go func() { answers <- f.get("/simulate/status/job-1?wait=25", "If-None-Match", tag) }()
			go func() { answers <- f.get("/simulate/status/job-1?wait=25") }()
			select {
			case r := <-answers:
				t.Fatalf("answered before anything changed: %s", r.body)
			case <-reads.waiting:
			}
			f.claim(job, "alpha", marketDates[0])
			for range 2 {
				r := <-answers
				assert.Equal(t, http.StatusOK, r.status)
				assert.Equal(t, number("1"), at(r.json(t), "progress", "running"))
			}
		})
	}
}

// callers is a store that says when as many requests wait as are wanted: a request
// that reads its job again has read it whole before.
type callers struct {
	sim.Store
	want    int
	waiting chan struct{}

	mu    sync.Mutex
	reads map[<-chan struct{}]int // by the Done channel of the request
}

func (c *callers) Job(ctx context.Context, id string) (sim.Job, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reads == nil {
		c.reads = map[<-chan struct{}]int{}
	}
	c.reads[ctx.Done()]++
	if c.reads[ctx.Done()] == 2 {
		if c.want--; c.want == 0 {
			close(c.waiting)
		}
	}
	return c.Store.Job(ctx, id)
}

func TestWaitTimesOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.job("job-1", "main", marketDates[:1], "alpha")
	first := f.get("/simulate/status/job-1")
	began := time.Now()
	r := f.get("/simulate/status/job-1?wait=1", "If-None-Match", first.header.Get("ETag"))
	assert.Equal(t, http.StatusNotModified, r.status)
	assert.GreaterOrEqual(t, time.Since(began), time.Second)
	f.finish(job, sim.JobCancelled)
	began = time.Now()
	ended := f.get("/simulate/status/job-1?wait=25")
	assert.Equal(t, "cancelled", ended.json(t)["status"])
	assert.Less(t, time.Since(began), 10*time.Second, "nothing will change any more")
}

func TestStatusShowsTheRefreshedJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.job("job-1", "main", marketDates[:1], "alpha")
	assert.Equal(t, "pending", f.ok("/simulate/status/job-1")["status"])
	job.Status, job.Error = sim.JobFailed, "the execution ended before the job"
	f.jobs.job = job
	for _, path := range []string{"/simulate/status/job-1", "/simulate/current"} {
		got := f.ok(path)
		assert.Equal(t, "failed", got["status"], path)
		assert.Equal(t, "the execution ended before the job", got["error"], path)
	}
}

func TestDetailsComeInPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	models := make([]string, 25)
	for i := range models {
		models[i] = fmt.Sprintf("m%02d", i)
	}
	dates := sim.DefaultMarket.Bars(date("2025-01-02"), date("2025-03-20"))
	job := f.job("job-1", "main", dates, models...)
	f.close(job, "m03", dates[0])
	f.close(job, "m24", dates[0])
	var got []string
	next := ""
	for range 3 {
		path := "/simulate/status/job-1"
		if next != "" {
			path += "?details_next=" + next
		}
		page := f.ok(path)
		for _, d := range at(page, "progress", "details").([]any) {
			got = append(got, fmt.Sprint(at(d, "date"), at(d, "model"), at(d, "status")))
		}
		next, _ = page["details_next"].(string)
		if next == "" {
			break
		}
	}
	require.Len(t, got, len(dates)*25)
	assert.Equal(t, "2025-01-02m03completed", got[3])
	assert.Equal(t, "2025-01-02m24completed", got[24])
	for i := range got {
		assert.True(t, strings.HasPrefix(got[i], dates[i/25].String()+models[i%25]), "%d: %s", i, got[i])
	}
}

func TestCurrentIsTheNewestJobOfTheList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	f.now = f.now.Add(time.Hour)
	f.job("job-2", "other", marketDates[:1], "alpha")
	assert.Equal(t, "job-1", f.ok("/simulate/current")["job_id"])
	other := f.ok("/simulate/current?experiment=other")
	assert.Equal(t, "job-2", other["job_id"])
	assert.NotContains(t, other["progress"], "details")

	ids := func(path string) (out []string) {
		for _, j := range f.ok(path)["jobs"].([]any) {
			out = append(out, at(j, "job_id").(string))
		}
		return out
	}
	assert.Equal(t, []string{"job-2", "job-1"}, ids("/simulate/jobs"))
	assert.Equal(t, []string{"job-1"}, ids("/simulate/jobs?experiment=main"))
	assert.Equal(t, []string{"job-2"}, ids("/simulate/jobs?status=pending"))
	assert.Empty(t, ids("/simulate/jobs?status=failed"))
	first := f.ok("/simulate/jobs?limit=1")
	assert.Equal(t, []string{"job-1"}, ids("/simulate/jobs?limit=1&next="+first["next"].(string)))
	refused(t, f.get("/simulate/jobs?next=garbage"), http.StatusBadRequest, "invalid_request")
}
