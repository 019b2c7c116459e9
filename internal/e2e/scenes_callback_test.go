package e2e_test

import (
	"bytes"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/local"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

const (
	callbackSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	callbackCanary = "canary-Resume-4e2b9d"
)

// told is what a receiver of callbacks got.
type told struct{ id, signature, path, body string }

// receives serves callbacks with TLS on loopback; the scene's home trusts it and
// may call it.
func (s *scene) receives(status func() int) (url string, got <-chan told) {
	s.t.Helper()
	calls := make(chan told, 100)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(s.t, err)
		w.WriteHeader(status())
		calls <- told{r.Header.Get("webhook-id"), r.Header.Get("webhook-signature"), r.URL.RequestURI(), string(body)}
	}))
	s.t.Cleanup(server.Close)
	s.roots = x509.NewCertPool()
	s.roots.AddCert(server.Certificate())
	s.env["AITRADER_CALLBACK_HOSTS"], s.env["AITRADER_WEBHOOK_SECRET"] = server.Listener.Addr().String(), callbackSecret
	return server.URL + "/resume/" + callbackCanary, calls
}

func ok() int { return http.StatusOK }

// The end of a job is reported once, with what its status says, and the address is
// nowhere: in no answer, in no line of the log, and after it has been told in no
// row of the store.
func TestTheEndOfAJobIsTold(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.configure("default", []sceneModel{{"signature": "cash", "basemodel": "builtin/cash"}}, nil)
	url, got := s.receives(ok)
	h := s.start()
	r := h.do(http.MethodPost, "/simulate/trigger", span(0, 2, `"callback_url":"`+url+`"`), "Idempotency-Key", "k")
	require.Equal(t, http.StatusAccepted, r.status, r.text)
	answers := r.text
	id := r.body["job_id"].(string)
	call := <-got
	assert.Equal(t, id, call.id)
	assert.Equal(t, "/resume/"+callbackCanary, call.path)
	assert.Contains(t, call.signature, "v1,")
	assert.Equal(t, h.get("/simulate/status/"+id+"?details=false").text, call.body)

	answers += h.do(http.MethodPost, "/simulate/trigger", span(0, 2, `"callback_url":"`+url+`"`), "Idempotency-Key", "k").text
	current := h.do(http.MethodPost, "/simulate/trigger", `{"callback_url":"`+url+`","end_date":"`+sceneDates[2].String()+`"}`)
	assert.Equal(t, "current", current.body["status"], "nothing ends, and nothing is sent")
	answers += current.text
	for _, body := range []string{
		`"callback_url":"` + url + `","x":1`, `"callback_url":"https://evil.example/` + callbackCanary + `"`,
		`"callback_url":"http` + url[len("https"):] + `"`,
		`"callback_url":["` + url + `"]`, `"callback_url":"https://169.254.169.254/` + callbackCanary + `"`,
	} {
		r := h.do(http.MethodPost, "/simulate/trigger", span(3, 4, body))
		assert.Equal(t, http.StatusBadRequest, r.status, r.text)
		answers += r.text
	}
	for _, path := range []string{
		"/simulate/status/" + id, "/simulate/current", "/simulate/jobs", "/health", "/results?job_id=" + id, "/metrics", "/models",
	} {
		answers += h.get(path).text
	}
	assert.NotContains(t, answers, callbackCanary)
	h.stop()
	assert.Contains(t, s.log.String(), `"message":"callback delivered"`)
	assert.NotContains(t, s.log.String(), callbackCanary)
	assert.NotContains(t, s.log.String(), callbackSecret)
	assert.Empty(t, got, "it is sent once")
	files, err := filepath.Glob(filepath.Join(s.data, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.False(t, bytes.Contains(text, []byte(callbackCanary)), "%s holds the address", file)
	}
}

// A process that dies between the end of the job and the POST leaves the callback
// in the store, and the next one tells it when it starts.
func TestACallbackOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.configure("default", []sceneModel{{"signature": "cash", "basemodel": "builtin/cash"}}, nil)
	url, got := s.receives(ok)
	s.start().stop()
	store, err := sqlite.Open(t.Context(), filepath.Join(s.data, local.StoreFile))
	require.NoError(t, err)
	_, err = store.CreateJob(t.Context(), sim.NewJob{Callback: sim.CallbackURL(url), Job: sim.Job{
		ID: "ended", Experiment: "main", Status: sim.JobPending, CreatedAt: time.Now(), UpdatedAt: time.Now(),
		Plan: sim.Plan{Dates: sceneDates[:1], Models: []sim.PlannedSpan{{Model: "cash", From: sceneDates[0], To: sceneDates[0]}}},
	}})
	require.NoError(t, err)
	_, err = store.FinishJob(t.Context(), "ended", sim.Finish{Status: sim.JobFailed, Now: time.Now()})
	require.NoError(t, err)
	require.NoError(t, store.Close())

	h := s.open()
	assert.Equal(t, "ended", (<-got).id)
	h.stop()
	s.open().stop()
	assert.Empty(t, got)
	assert.NotContains(t, s.log.String(), callbackCanary)
}

func TestCallbacksThatAreNotConfigured(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.configure("default", []sceneModel{{"signature": "cash", "basemodel": "builtin/cash"}}, nil)
	h := s.start()
	body := span(0, 0, `"callback_url":"https://flows.example/`+callbackCanary+`"`)
	r := h.do(http.MethodPost, "/simulate/trigger", body)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Contains(t, r.body["message"], "AITRADER_CALLBACK_HOSTS")
	h.stop()
	s.env["AITRADER_CALLBACK_HOSTS"] = "flows.example"
	h = s.open()
	r = h.do(http.MethodPost, "/simulate/trigger", body)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Contains(t, r.body["message"], "AITRADER_WEBHOOK_SECRET")
	h.stop()
	for name, value := range map[string]string{"AITRADER_CALLBACK_HOSTS": "https://flows.example", "AITRADER_WEBHOOK_SECRET": callbackCanary} {
		bad := newScene(t)
		bad.env[name] = value
		_, err := local.Open(t.Context(), bad.options())
		require.ErrorContains(t, err, name)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
		assert.NotContains(t, err.Error(), callbackCanary)
	}
}
