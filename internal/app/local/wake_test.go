package local

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// No poll comes to its help within the wait.
func TestAWaitingStatusReturnsAsSoonAsThisProcessChangesTheJob(t *testing.T) {
	t.Parallel()
	h, err := Open(t.Context(), Options{
		Data: t.TempDir(), Demo: true, Env: func(string) string { return "" }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		statusPoll: time.Hour,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	_, err = h.LoadSample(t.Context())
	require.NoError(t, err)
	ask := func(method, path, body, tag string) (string, map[string]any) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h.Handler().ServeHTTP(w, r)
		var v map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v), "%d %s", w.Code, w.Body)
		return w.Header().Get("ETag"), v
	}
	_, job := ask(http.MethodPost, "/simulate/trigger", `{"start_date":"2025-10-01","end_date":"2025-10-01"}`, "")
	require.Contains(t, job, "job_id", job)
	path := "/simulate/status/" + job["job_id"].(string)
	tag, status := ask(http.MethodGet, path, "", "")
	require.Equal(t, "pending", status["status"])

	executing := make(chan struct{})
	time.AfterFunc(100*time.Millisecond, func() { // most likely while the call below waits
		defer close(executing)
		h.Execute(t.Context())
	})
	t.Cleanup(func() { <-executing }) // the test's context has ended then
	began := time.Now()
	for status["completed_at"] == nil {
		tag, status = ask(http.MethodGet, path+"?wait=20", "", tag)
	}
	assert.Equal(t, "completed", status["status"])
	assert.Less(t, time.Since(began), 15*time.Second, "the whole job takes less than one wait")
}
