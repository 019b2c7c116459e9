package inprocess_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/inprocess"
)

// echo answers with what it was asked.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-From", r.RemoteAddr)
	w.WriteHeader(http.StatusTeapot)
	w.WriteHeader(http.StatusOK) // too late
	_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+string(body))
})

func TestAClientAsksAHandler(t *testing.T) {
	client := http.Client{Transport: inprocess.Transport{Handler: echo}}
	answer, err := client.Post("http://127.0.0.1/a?b=c", "text/plain", strings.NewReader("d"))
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusTeapot, answer.StatusCode)
	assert.Equal(t, "POST /a?b=c d", string(body))
	assert.Equal(t, "127.0.0.1:0", answer.Header.Get("X-From"))
	assert.Equal(t, int64(len(body)), answer.ContentLength)
}

// A request that is passed on keeps its origin: a caller elsewhere does not become
// one on this machine.
func TestServeKeepsTheAddressOfTheCaller(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil)
	require.NoError(t, err)
	r.RemoteAddr = "203.0.113.7:9"
	assert.Equal(t, "203.0.113.7:9", inprocess.Serve(echo, r).Header.Get("X-From"))
	empty := inprocess.Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), r)
	assert.Equal(t, http.StatusOK, empty.Status)
}
