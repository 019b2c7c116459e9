package smoke_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/smoke"
)

func try(t *testing.T, handler http.HandlerFunc) (checks []smoke.Check, differences int) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	differences = smoke.Run(t.Context(), smoke.Service{Base: server.URL, HTTP: server.Client()},
		func(c smoke.Check) { checks = append(checks, c) })
	return checks, differences
}

// A service that answers everything with the same is found out, each time.
func TestWhatAnswersAnythingDiffers(t *testing.T) {
	t.Parallel()
	const health = `{"status": "healthy", "timestamp": "", "version": "", "store": {"kind": "", "status": ""}}`
	checks, differences := try(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, health)
	})
	require.Greater(t, len(checks), 20)
	assert.Empty(t, checks[0].Differs, "this is what health answers")
	assert.Equal(t, len(checks)-1, differences)
	for _, c := range checks[1:] {
		assert.NotEmpty(t, c.Differs, c.What)
	}
}

func TestWhatIsNotHealthyIsNotTriedFurther(t *testing.T) {
	t.Parallel()
	for _, handler := range []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusBadGateway) },
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"status": "healthy"}`)
		},
	} {
		checks, differences := try(t, handler)
		require.Len(t, checks, 1)
		assert.Equal(t, 1, differences)
		assert.Equal(t, "GET /health", checks[0].What)
	}
}
