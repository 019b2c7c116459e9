package callback

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/webhook"
)

const canary = "/resume/canary-8b1d?token=canary-77"

// office is a courier with a store of its own, a receiver, and a clock that a test
// moves.
type office struct {
	*Courier
	t        *testing.T
	store    *sqlite.Store
	receiver *httptest.Server
	log      bytes.Buffer

	mu     sync.Mutex
	now    time.Time
	answer []int // statuses of the next calls; none left: 200
	got    []string
	rests  []time.Duration
	woken  chan time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2025, 10, 15, 12, 0, 0, 0, time.UTC), woken: make(chan time.Time)}
	var err error
	o.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.store.Close()) })
	o.receiver = httptest.NewUnstartedServer(o)
	o.receiver.Config.ErrorLog = log.New(io.Discard, "", 0)
	o.receiver.StartTLS()
	t.Cleanup(o.receiver.Close)
	roots := x509.NewCertPool()
	roots.AddCert(o.receiver.Certificate())
	hosts, err := webhook.ParseHosts(o.receiver.Listener.Addr().String())
	require.NoError(t, err)
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	o.Courier = &Courier{
		Store: o.store, Now: o.clock, After: o.after, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
		Sender: webhook.NewSender(webhook.Options{
			Hosts: hosts, Roots: roots, Now: o.clock, Secret: func(context.Context) (webhook.Secret, error) { return secret, nil },
		}),
	}
	return o
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func (o *office) after(d time.Duration) <-chan time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rests = append(o.rests, d)
	return o.woken
}

// ServeHTTP is the receiver.
func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	assert.NoError(o.t, err)
	var told struct {
		JobID  string `json:"job_id"`
		Status string `json:"status"`
	}
	assert.NoError(o.t, json.Unmarshal(body, &told))
	assert.Equal(o.t, told.JobID, r.Header.Get("webhook-id"))
	assert.Equal(o.t, canary, r.URL.RequestURI())
	o.mu.Lock()
	defer o.mu.Unlock()
	o.got = append(o.got, told.JobID+" "+told.Status)
	if len(o.answer) > 0 {
		w.WriteHeader(o.answer[0])
		o.answer = o.answer[1:]
	}
}

func (o *office) received() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := o.got
	o.got = nil
	return out
}

func (o *office) answers(status ...int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = status
}

func (o *office) url() sim.CallbackURL { return sim.CallbackURL(o.receiver.URL + canary) }

// job creates a job of an experiment of its own, with the receiver as its callback.
func (o *office) job(id string) sim.Job {
	o.t.Helper()
	date := sim.MustParseDate("2025-10-01")
	job, err := o.store.CreateJob(o.t.Context(), sim.NewJob{Callback: o.url(), Job: sim.Job{
		ID: id, Experiment: id, Status: sim.JobPending, CreatedAt: o.now, UpdatedAt: o.now,
		Plan: sim.Plan{Dates: []sim.Date{date}, Models: []sim.PlannedSpan{{Model: "a", From: date, To: date}}},
	}})
	require.NoError(o.t, err)
	return job
}

func (o *office) end(id string) sim.Job {
	o.t.Helper()
	job, err := o.store.FinishJob(o.t.Context(), id, sim.Finish{Status: sim.JobPartial, Now: o.clock()})
	require.NoError(o.t, err)
	return job
}

// waiting returns the callbacks that are still to be told.
func (o *office) waiting() []sim.Callback {
	o.t.Helper()
	found, err := o.store.Callbacks(o.t.Context(), "")
	require.NoError(o.t, err)
	return found
}

func (o *office) keepsTheSecret() {
	o.t.Helper()
	assert.NotContains(o.t, o.log.String(), "canary")
	assert.Contains(o.t, o.log.String(), "job_id=")
}

func TestACallbackIsToldOnceWhenTheJobHasEnded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.Accept(t.Context(), o.url()))
	job := o.job("j1")
	require.NoError(t, o.Deliver(t.Context(), job))
	assert.Zero(t, o.DeliverDue(t.Context()))
	assert.Empty(t, o.received(), "it has not ended")
	job = o.end("j1")
	assert.Zero(t, o.DeliverDue(t.Context()))
	assert.Equal(t, []string{"j1 partial"}, o.received())
	assert.Empty(t, o.waiting(), "the address is forgotten")
	require.NoError(t, o.Deliver(t.Context(), job))
	assert.Zero(t, o.DeliverDue(t.Context()))
	assert.Empty(t, o.received())
	o.keepsTheSecret()
}

func TestACallbackThatFailsIsToldAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.job("j1")
	o.end("j1")
	ended := o.clock()
	for i, delay := range delays {
		o.answers(500)
		due := o.DeliverDue(t.Context())
		assert.Equal(t, []string{"j1 partial"}, o.received())
		assert.Equal(t, o.clock().Add(delay), due)
		assert.Equal(t, []sim.Callback{{JobID: "j1", URL: o.url(), Attempts: i + 1, NextAt: due}}, o.waiting())
		o.pass(delay - time.Second)
		assert.Equal(t, due, o.DeliverDue(t.Context()))
		assert.Empty(t, o.received(), "it is not due")
		o.pass(time.Second)
	}
	assert.Equal(t, 18*time.Hour+42*time.Minute+35*time.Second, o.clock().Sub(ended))
	o.answers(302)
	assert.Zero(t, o.DeliverDue(t.Context()))
	assert.Empty(t, o.waiting(), "it is given up")
	assert.Contains(t, o.log.String(), `msg="callback given up" job_id=j1 attempts=10`)
	o.keepsTheSecret()
}

func TestAReceiverThatIsGone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.job("j1")
	o.end("j1")
	o.answers(410)
	assert.Zero(t, o.DeliverDue(t.Context()))
	assert.Empty(t, o.waiting())
	assert.Contains(t, o.log.String(), "callback dropped")
	o.keepsTheSecret()
}

// One receiver's trouble is not another one's.
func TestCallbacksOfSeveralJobs(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, id := range []string{"j1", "j2", "j3"} {
		o.job(id)
	}
	o.end("j1")
	o.end("j2")
	o.answers(503)
	assert.Equal(t, o.clock().Add(delays[0]), o.DeliverDue(t.Context()))
	assert.Equal(t, []string{"j1 partial", "j2 partial"}, o.received())
	assert.Len(t, o.waiting(), 2, "j1 failed, and j3 runs")
}

// The loop looks when it begins, when it is woken, and when something is due.
func TestRun(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.job("j1")
	o.end("j1")
	o.job("j2")
	o.answers(500)
	wake, ended := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		o.Run(ctx, wake)
	}()
	wake <- struct{}{} // it looked at the beginning
	assert.Equal(t, []string{"j1 partial"}, o.received())
	o.end("j2")
	wake <- struct{}{} // it looked because it was woken before
	o.woken <- o.clock()
	o.pass(delays[0])
	o.woken <- o.clock()
	o.woken <- o.clock()
	stop()
	<-ended
	assert.Equal(t, []string{"j2 partial", "j1 partial"}, o.received())
	assert.Empty(t, o.waiting())
	assert.Equal(t, delays[0], o.rests[0], "until the next is due")
	assert.Equal(t, look, o.rests[len(o.rests)-1])
}

// On AWS the event of the end tells, as often as its time allows; what is left is
// the error of the event.
func TestDeliverAndInsist(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	job := o.job("j1")
	job = o.end(job.ID)
	o.answers(500, 500)
	require.ErrorContains(t, o.Deliver(t.Context(), job), "answers 500")
	require.ErrorContains(t, o.Insist(t.Context(), job), "answers 500", "without a deadline it does not insist")
	assert.Equal(t, 2, o.waiting()[0].Attempts)
	assert.Len(t, o.received(), 2)

	close(o.woken) // nobody waits
	o.answers(500, 500)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, o.Insist(ctx, job))
	assert.Len(t, o.received(), 3)
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second}, o.rests)
	assert.Empty(t, o.waiting())

	job = o.job("j2")
	job = o.end(job.ID)
	o.answers(500, 500)
	ctx, cancel = context.WithTimeout(t.Context(), webhook.Timeout)
	defer cancel()
	require.ErrorContains(t, o.Insist(ctx, job), "answers 500")
	assert.Len(t, o.received(), 1, "there is no time for one more")
	o.keepsTheSecret()
}

func TestTroubleWithTheStore(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	job := o.job("j1")
	job = o.end(job.ID)
	require.NoError(t, o.store.Close())
	assert.Zero(t, o.DeliverDue(t.Context()))
	assert.Contains(t, o.log.String(), "callbacks could not be listed")
	require.Error(t, o.Deliver(t.Context(), job))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	before := o.log.Len()
	assert.Zero(t, o.DeliverDue(ctx))
	assert.Equal(t, before, o.log.Len(), "that everything ends is no trouble")
	assert.Empty(t, o.received())
}
