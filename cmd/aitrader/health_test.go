package main

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHealthPrintsTheStateOfTheService(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	status, body := http.StatusOK, `{"status":"healthy","version":"v1"}`
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/health", r.URL.Path)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // the client is this test
	}))
	t.Cleanup(service.Close)
	s.env["AITRADER_ENDPOINT"] = service.URL
	assert.Equal(t, "healthy, version v1\n", s.ok("health").out)
	status, body = http.StatusServiceUnavailable, `{"status":"unhealthy","version":"v1"}`
	s.refused([]string{"503"}, "health")
	s.env["AITRADER_ENDPOINT"] = ""
	service.Close()
	s.refused([]string{"connection refused"}, "health", "--endpoint", service.URL)
}

// A container has no root certificates. They can be set only once, and were.
func TestTheRootsOfTLSAreInTheBinary(t *testing.T) {
	t.Parallel()
	assert.Panics(t, func() { x509.SetFallbackRoots(x509.NewCertPool()) })
}

// A mistyped folder is an error, and is not created.
func TestReadingCommandsCreateNoStore(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.env["AITRADER_DATA"] = s.path("mistyped")
	for _, args := range [][]string{
		{"leaderboard"}, {"results"}, {"status"}, {"experiments"}, {"receipt", "x"}, {"report", "x", "-o", s.path("r.html")}, {"mcp"},
		{"export", s.path("out")}, {"backup", s.path("copy.db")},
	} {
		s.refused([]string{"no store in", "mistyped", "--data"}, args...)
	}
	assert.NoDirExists(t, s.path("mistyped"))
}
