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
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/clocktest"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/sqlitetest"
)

const canary = "/resume/canary-8b1d?token=canary-77"

// fixture is a Deliverer with a store of its own, a receiver, and a clock that a
// test moves.
type fixture struct {
	*Deliverer
	clock    *clocktest.Clock
	t        *testing.T
	store    *sqlite.Store
	receiver *httptest.Server
	log      bytes.Buffer

	mu     sync.Mutex
	answer []int // statuses of the next calls; none left: 200
	got    []string
	waits  []time.Duration
	woken  chan time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: clocktest.New(time.Date(2025, 10, 15, 12, 0, 0, 0, time.UTC)), woken: make(chan time.Time)}
	f.store = sqlitetest.Open(t)
	f.receiver = httptest.NewUnstartedServer(f)
	f.receiver.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.receiver.StartTLS()
	t.Cleanup(f.receiver.Close)
	roots := x509.NewCertPool()
	roots.AddCert(f.receiver.Certificate())
	hosts, err := ParseHosts(f.receiver.Listener.Addr().String())
	require.NoError(t, err)
	f.Deliverer = &Deliverer{
		Store: f.store, Now: f.clock.Now, After: f.after, Log: slog.New(slog.NewTextHandler(&f.log, nil)),
		Body: func(_ context.Context, job sim.Job) ([]byte, error) {
			return json.Marshal(map[string]any{"job_id": job.ID, "status": job.Status})
		},
		Sender: NewSender(SenderOptions{
			Hosts: hosts, Roots: roots, Now: f.clock.Now,
			Secret: func(context.Context) (SigningSecret, error) { return ParseSigningSecret(secretText) },
		}),
	}
	return f
}

func (f *fixture) after(d time.Duration) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waits = append(f.waits, d)
	return f.woken
}

// ServeHTTP is the receiver.
func (f *fixture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	assert.NoError(f.t, err)
	var got struct {
		JobID  string `json:"job_id"`
		Status string `json:"status"`
	}
	assert.NoError(f.t, json.Unmarshal(body, &got))
	assert.Equal(f.t, got.JobID, r.Header.Get("webhook-id"))
	assert.Equal(f.t, canary, r.URL.RequestURI())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, got.JobID+" "+got.Status)
	if len(f.answer) > 0 {
		w.WriteHeader(f.answer[0])
		f.answer = f.answer[1:]
	}
}

func (f *fixture) received() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.got
	f.got = nil
	return out
}

func (f *fixture) answers(status ...int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = status
}

func (f *fixture) url() sim.CallbackURL { return sim.CallbackURL(f.receiver.URL + canary) }

// job creates a job of an experiment of its own, with the receiver as its callback.
func (f *fixture) job(id string) sim.Job {
	f.t.Helper()
	date := sim.MustParseDate("2025-10-01")
	job, err := f.store.CreateJob(f.t.Context(), sim.NewJob{Callback: f.url(), Job: sim.Job{
		ID: id, Experiment: id, Status: sim.JobPending, CreatedAt: f.clock.Now(), UpdatedAt: f.clock.Now(),
		Plan: sim.Plan{Dates: []sim.Date{date}, Models: []sim.PlannedSpan{{Model: "a", From: date, To: date}}},
	}})
	require.NoError(f.t, err)
	return job
}

func (f *fixture) end(id string) sim.Job {
	f.t.Helper()
	job, err := f.store.FinishJob(f.t.Context(), id, sim.Finish{Status: sim.JobPartial, Now: f.clock.Now()})
	require.NoError(f.t, err)
	return job
}

// waiting returns the callbacks that are still to be got.
func (f *fixture) pending() []sim.Callback {
	f.t.Helper()
	found, err := f.store.Callbacks(f.t.Context(), "")
	require.NoError(f.t, err)
	return found
}

func (f *fixture) keepsTheSecret() {
	f.t.Helper()
	assert.NotContains(f.t, f.log.String(), "canary")
	assert.Contains(f.t, f.log.String(), "job_id=")
}

func TestACallbackIsDeliveredOnceAfterTheJobHasEnded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.Accept(t.Context(), f.url()))
	job := f.job("j1")
	require.NoError(t, f.Deliver(t.Context(), job))
	assert.Zero(t, f.DeliverDue(t.Context()))
	assert.Empty(t, f.received(), "the job is active")
	job = f.end("j1")
	assert.Zero(t, f.DeliverDue(t.Context()))
	assert.Equal(t, []string{"j1 partial"}, f.received())
	assert.Empty(t, f.pending(), "the address is removed")
	require.NoError(t, f.Deliver(t.Context(), job))
	assert.Zero(t, f.DeliverDue(t.Context()))
	assert.Empty(t, f.received())
	f.keepsTheSecret()
}

func TestAFailedCallbackIsRetriedWithGrowingDelays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.job("j1")
	f.end("j1")
	ended := f.clock.Now()
	for i, delay := range retryDelays {
		f.answers(500)
		due := f.DeliverDue(t.Context())
		assert.Equal(t, []string{"j1 partial"}, f.received())
		assert.Equal(t, f.clock.Now().Add(delay), due)
		assert.Equal(t, []sim.Callback{{JobID: "j1", URL: f.url(), Attempts: i + 1, NextAt: due}}, f.pending())
		f.clock.Pass(delay - time.Second)
		assert.Equal(t, due, f.DeliverDue(t.Context()))
		assert.Empty(t, f.received(), "the callback is not due")
		f.clock.Pass(time.Second)
	}
	assert.Equal(t, 18*time.Hour+42*time.Minute+35*time.Second, f.clock.Now().Sub(ended))
	f.answers(302)
	assert.Zero(t, f.DeliverDue(t.Context()))
	assert.Empty(t, f.pending(), "the callback is given up")
	assert.Contains(t, f.log.String(), `msg="callback given up" job_id=j1 attempts=10`)
	f.keepsTheSecret()
}

func TestACallbackIsDroppedWhenTheReceiverIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.job("j1")
	f.end("j1")
	f.answers(410)
	assert.Zero(t, f.DeliverDue(t.Context()))
	assert.Empty(t, f.pending())
	assert.Contains(t, f.log.String(), "callback dropped")
	f.keepsTheSecret()
}

func TestAFailureOfOneReceiverDoesNotDelayTheOthers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, id := range []string{"j1", "j2", "j3"} {
		f.job(id)
	}
	f.end("j1")
	f.end("j2")
	f.answers(503)
	assert.Equal(t, f.clock.Now().Add(retryDelays[0]), f.DeliverDue(t.Context()))
	assert.Equal(t, []string{"j1 partial", "j2 partial"}, f.received())
	assert.Len(t, f.pending(), 2, "j1 failed, and j3 is active")
}

func TestTheLoopDeliversAtTheStartWhenWokenAndWhenDue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.job("j1")
	f.end("j1")
	f.job("j2")
	f.answers(500)
	wake, ended := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		f.Run(ctx, wake)
	}()
	wake <- struct{}{} // the first round is over
	assert.Equal(t, []string{"j1 partial"}, f.received())
	f.end("j2")
	wake <- struct{}{} // the round of the first wake is over
	f.woken <- f.clock.Now()
	f.clock.Pass(retryDelays[0])
	f.woken <- f.clock.Now()
	f.woken <- f.clock.Now()
	stop()
	<-ended
	assert.Equal(t, []string{"j2 partial", "j1 partial"}, f.received())
	assert.Empty(t, f.pending())
	assert.Equal(t, retryDelays[0], f.waits[0], "until the next one is due")
	assert.Equal(t, pollInterval, f.waits[len(f.waits)-1])
}

// On AWS the event that an execution has ended delivers until its time runs out;
// a failure then is the error of the event.
func TestDeliveryIsRetriedUntilTheDeadline(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.job("j1")
	job = f.end(job.ID)
	f.answers(500, 500)
	require.ErrorContains(t, f.Deliver(t.Context(), job), "answers 500")
	require.ErrorContains(t, f.DeliverUntilDeadline(t.Context(), job), "answers 500", "without a deadline there is one attempt")
	assert.Equal(t, 2, f.pending()[0].Attempts)
	assert.Len(t, f.received(), 2)

	close(f.woken) // every wait ends at once
	f.answers(500, 500)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, f.DeliverUntilDeadline(ctx, job))
	assert.Len(t, f.received(), 3)
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second}, f.waits)
	assert.Empty(t, f.pending())

	job = f.job("j2")
	job = f.end(job.ID)
	f.answers(500, 500)
	ctx, cancel = context.WithTimeout(t.Context(), SendTimeout)
	defer cancel()
	require.ErrorContains(t, f.DeliverUntilDeadline(ctx, job), "answers 500")
	assert.Len(t, f.received(), 1, "no time is left for another attempt")
	f.keepsTheSecret()
}

func TestFailuresOfTheStoreAreLogged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.job("j1")
	job = f.end(job.ID)
	require.NoError(t, f.store.Close())
	assert.Zero(t, f.DeliverDue(t.Context()))
	assert.Contains(t, f.log.String(), "callbacks could not be listed")
	require.Error(t, f.Deliver(t.Context(), job))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	before := f.log.Len()
	assert.Zero(t, f.DeliverDue(ctx))
	assert.Equal(t, before, f.log.Len(), "a shutdown is not a failure")
	assert.Empty(t, f.received())
}
