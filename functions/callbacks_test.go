package functions_test

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/runtimetest"
)

const (
	webhookSecretAt = "/aitrader/webhook"
	webhookSecret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	callbackCanary  = "canary-Resume-5a0e"
)

// telling is a cloud whose functions may call a receiver on loopback, with TLS.
type telling struct {
	*cloud
	url  string
	got  chan string // the id of each message
	down atomic.Bool // it answers 500
}

func openTelling(t *testing.T) *telling {
	t.Helper()
	s := &telling{got: make(chan string, 10)}
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			http.Error(w, r.URL.Path, http.StatusInternalServerError)
		}
		s.got <- r.Header.Get("webhook-id")
	}))
	t.Cleanup(receiver.Close)
	certificate := filepath.Join(t.TempDir(), "receiver.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: receiver.Certificate().Raw})
	require.NoError(t, os.WriteFile(certificate, text, 0o600))
	s.url = receiver.URL + "/resume/" + callbackCanary
	s.cloud = openCloud(t, "SSL_CERT_FILE="+certificate,
		"AITRADER_CALLBACK_HOSTS="+receiver.Listener.Addr().String(), "AITRADER_WEBHOOK_SECRET_PARAMETER="+webhookSecretAt)
	s.secrets[webhookSecretAt] = webhookSecret
	return s
}

// trigger triggers a job of one date with the receiver as its callback.
func (s *telling) trigger() string {
	s.t.Helper()
	code, job := s.ask("trigger", http.MethodPost, "/simulate/trigger",
		`{"start_date":"2025-10-01","end_date":"2025-10-01","callback_url":"`+s.url+`"}`)
	require.Equal(s.t, http.StatusAccepted, code, job)
	return job["job_id"].(string)
}

// executionEnded sends the event of the end of an execution. The time is too short
// for a second call.
func (s *telling) executionEnded(id string) runtimetest.Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 13*time.Second)
	defer cancel()
	r, err := s.functions["status"].Invoke(ctx, []byte(`{"source":"aws.states","detail":{"name":"`+id+`","status":"SUCCEEDED"}}`))
	require.NoError(s.t, err)
	return r
}

func (s *telling) waiting() int {
	s.t.Helper()
	found, err := s.store.Callbacks(s.t.Context(), "")
	require.NoError(s.t, err)
	return len(found)
}

func (s *telling) keepsTheSecret() {
	s.t.Helper()
	for _, name := range names {
		assert.NotContains(s.t, s.functions[name].Output(), callbackCanary, name)
		assert.NotContains(s.t, s.functions[name].Output(), webhookSecret, name)
	}
}

// The event of the end of an execution tells the callback, once.
func TestTheEndOfAnExecutionTellsTheCallback(t *testing.T) {
	t.Parallel()
	s := openTelling(t)
	id := s.trigger()
	require.Equal(t, "completed", s.finished(id)["status"])
	require.Equal(t, 1, s.waiting())
	for range 2 {
		r := s.executionEnded(id)
		require.Empty(t, r.FunctionError, "%s", r.Payload)
	}
	assert.Equal(t, id, <-s.got)
	assert.Empty(t, s.got)
	assert.Zero(t, s.waiting())
	s.keepsTheSecret()
}

// What cannot be told is an error of the function, so that Lambda invokes it again
// and keeps the event in the end; the next event, or the next schedule, tells it.
func TestACallbackThatCannotBeTold(t *testing.T) {
	t.Parallel()
	s := openTelling(t)
	id := s.trigger()
	require.Equal(t, "completed", s.finished(id)["status"])
	s.down.Store(true)
	r := s.executionEnded(id)
	assert.NotEmpty(t, r.FunctionError)
	assert.NotContains(t, string(r.Payload), callbackCanary)
	assert.Contains(t, string(r.Payload), "answers 500")
	assert.Equal(t, id, <-s.got)

	s.down.Store(false)
	waiting, err := s.store.Callbacks(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	assert.Equal(t, 1, waiting[0].Attempts)
	waiting[0].NextAt = time.Now()
	require.NoError(t, s.store.DeferCallback(t.Context(), waiting[0]))
	r, err = s.functions["trigger"].Invoke(t.Context(), []byte(`{"source":"aitrader.schedule","body":{"end_date":"2025-10-01"}}`))
	require.NoError(t, err)
	require.Empty(t, r.FunctionError, "%s", r.Payload)
	assert.Equal(t, id, <-s.got)
	assert.Zero(t, s.waiting())
	s.keepsTheSecret()
}

// A job that is cancelled may have no execution whose end would tell.
func TestACancelledJobIsTold(t *testing.T) {
	t.Parallel()
	s := openTelling(t)
	s.paused = make(chan struct{})
	defer close(s.paused)
	id := s.trigger()
	code, v := s.ask("trigger", http.MethodPost, "/simulate/cancel/"+id, "")
	require.Equal(t, http.StatusAccepted, code, v)
	assert.Equal(t, id, <-s.got)
	assert.Zero(t, s.waiting())
	s.keepsTheSecret()
}

func TestCallbacksThatTheStackDoesNotAllow(t *testing.T) {
	t.Parallel()
	s := openTelling(t)
	refused := func(s *cloud, url, says string) {
		t.Helper()
		code, v := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"callback_url":"`+url+`"}`)
		assert.Equal(t, http.StatusBadRequest, code, v)
		assert.Contains(t, v["message"], says)
		assert.NotContains(t, v["message"], callbackCanary)
	}
	refused(s.cloud, "https://evil.example/"+callbackCanary, "not on the list")
	refused(openCloud(t), "https://flows.example/"+callbackCanary, "AITRADER_CALLBACK_HOSTS")
	refused(openCloud(t, "AITRADER_CALLBACK_HOSTS=flows.example"), "https://flows.example/"+callbackCanary,
		"AITRADER_WEBHOOK_SECRET_PARAMETER")
	delete(s.secrets, webhookSecretAt)
	code, v := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"callback_url":"`+s.url+`"}`)
	assert.Equal(t, http.StatusServiceUnavailable, code, v)
	s.keepsTheSecret()
}
