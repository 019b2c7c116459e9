package e2e_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/apikey"
	"aitrader/internal/app/local"
	"aitrader/internal/sample"
	"aitrader/internal/sim"
)

// serveOpen serves an open home until the test ends.
func serveOpen(t *testing.T, h *local.Home) *sceneHome {
	t.Helper()
	listener, err := h.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return &sceneHome{Home: h, t: t, url: "http://" + listener.Addr().String()}
}

// apiKey is the entry of a key in AITRADER_API_KEYS.
func apiKey(t *testing.T, id, text string, scopes ...apikey.Scope) string {
	t.Helper()
	k, err := apikey.New(id, text, scopes...)
	require.NoError(t, err)
	return k.String()
}

func TestKeysAndScopesOverHTTP(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["AITRADER_API_KEYS"] = apiKey(t, "reader", "read-me", apikey.Read) + "," + apiKey(t, "flow", "start-me", apikey.Trigger)
	s.write("default.json", `{"models": [{"signature": "cash", "basemodel": "builtin/cash"}]}`)
	h := s.start()
	for _, c := range []struct {
		key           string
		read, trigger int
	}{
		{"", 401, 401}, {"guess", 401, 401}, {"read-me", 200, 403}, {"start-me", 403, 202},
	} {
		header := []string{"Authorization", "Bearer " + c.key}
		assert.Equal(t, c.read, h.do(http.MethodGet, "/simulate/jobs", "", header...).status, c.key)
		assert.Equal(t, c.trigger, h.do(http.MethodPost, "/simulate/trigger", span(0, 0), header...).status, c.key)
	}
	health := h.get("/health")
	assert.Equal(t, http.StatusOK, health.status, "open without a key")
	assert.NotContains(t, health.body, "models", "and then without counts")
	assert.NotContains(t, s.log.String(), "read-me")
	assert.Contains(t, s.log.String(), `"key":"flow"`)

	own := httpAnswer(h.Handler(), "/simulate/jobs")
	assert.Equal(t, http.StatusOK, own, "this process asks itself without a key")
	listener, err := h.Listen(t.Context(), "0.0.0.0:0")
	require.NoError(t, err, "with keys any address will do")
	require.NoError(t, listener.Close())
}

// httpAnswer asks a handler, and returns the status.
func httpAnswer(handler http.Handler, path string) int {
	request, _ := http.NewRequest(http.MethodGet, path, nil) // the path is a constant
	w := &statusOnly{header: http.Header{}, status: http.StatusOK}
	request.RemoteAddr, request.Host = "127.0.0.1:1", "localhost"
	handler.ServeHTTP(w, request)
	return w.status
}

type statusOnly struct {
	header http.Header
	status int
}

func (w *statusOnly) Header() http.Header         { return w.header }
func (w *statusOnly) WriteHeader(status int)      { w.status = status }
func (w *statusOnly) Write(b []byte) (int, error) { return len(b), nil }

func TestWhereAHomeListens(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	h := s.open()
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0"} {
		_, err := h.Listen(t.Context(), addr)
		require.Error(t, err, addr)
		assert.True(t, sim.IsKind(err, sim.KindInvalid), addr)
		assert.ErrorContains(t, err, "AITRADER_API_KEYS")
		assert.ErrorContains(t, err, "AITRADER_ALLOW_OPEN")
	}
	for _, addr := range []string{"localhost:0", "127.0.0.7:0"} {
		listener, err := h.Listen(t.Context(), addr)
		require.NoError(t, err, addr)
		require.NoError(t, listener.Close())
	}
	_, err := h.Listen(t.Context(), "8080")
	assert.ErrorContains(t, err, "HOST:PORT is expected")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	_, err = h.Listen(t.Context(), taken.Addr().String())
	assert.True(t, sim.IsKind(err, sim.KindUnavailable), err)
}

func TestAllowOpenServesEverybody(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["AITRADER_ALLOW_OPEN"] = "1"
	h := s.open()
	listener, err := h.Listen(t.Context(), "0.0.0.0:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	assert.Equal(t, http.StatusOK, h.do(http.MethodGet, "/experiments", "").status)
}

func TestAHomeThatCannotOpen(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["AITRADER_API_KEYS"] = "flow:fly:abc"
	_, err := local.Open(t.Context(), s.options())
	assert.ErrorContains(t, err, "AITRADER_API_KEYS")
	assert.True(t, sim.IsKind(err, sim.KindInvalid))
	s.env["AITRADER_API_KEYS"] = ""
	o := s.options()
	o.Data = filepath.Join(s.data, local.StoreFile, "below")
	_, err = local.Open(t.Context(), o)
	assert.ErrorContains(t, err, "the folder of the store cannot be made")
	o.Data = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(o.Data, local.StoreFile),
		[]byte("this is no store, but long enough to be looked at"), 0o600))
	_, err = local.Open(t.Context(), o)
	assert.Error(t, err)
}

// A listener that breaks ends the service with its error.
func TestServeReturnsWhatBroke(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	h, err := local.Open(t.Context(), s.options())
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	listener, err := h.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	err = h.Serve(t.Context(), listener)
	assert.True(t, errors.Is(err, net.ErrClosed), err)
}

// Who waits for news of a job does not hold the end of the service up for
// longer than requests in flight may take.
func TestServeEndsWhileSomebodyWaits(t *testing.T) {
	t.Parallel()
	s, _, g := thinking(t)
	h := s.start()
	id := h.trigger(span(0, 0))
	<-g.arrived
	etag := h.get("/simulate/status/" + id).header.Get("ETag")
	waiting := make(chan error, 1)
	go func() {
		_, err := h.try(http.MethodGet, "/simulate/status/"+id+"?wait=25", "", "If-None-Match", etag)
		waiting <- err
	}()
	h.stop()
	<-waiting // answered or cut off, but not left alone
}

// The sample market runs with the demo's models, and what came of it can be
// taken out: as files of each model, and as a copy of the store.
func TestDemoExportAndBackup(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	o := s.options()
	o.Demo = true
	opened, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	defer func() { require.NoError(t, opened.Close()) }()
	h := serveOpen(t, opened)
	report, err := h.LoadSample(t.Context())
	require.NoError(t, err)
	assert.Positive(t, report.Added)
	report, err = h.LoadSample(t.Context())
	require.NoError(t, err)
	assert.Zero(t, report.Added, "again changes nothing")
	_, err = h.Export(t.Context(), "main", t.TempDir())
	assert.True(t, sim.IsKind(err, sim.KindNoData), "nothing has run")

	dates := sample.Dates()
	h.run(`{"start_date":"`+dates[0].String()+`","end_date":"`+dates[2].String()+`"}`, "completed")
	dir := t.TempDir()
	files, err := h.Export(t.Context(), "main", dir)
	require.NoError(t, err)
	for _, file := range []string{"cash/position/position.jsonl", "cash/log/" + dates[2].String() + "/log.jsonl"} {
		assert.Contains(t, files, filepath.Join(dir, file))
		assert.FileExists(t, filepath.Join(dir, file))
	}
	_, err = h.Export(t.Context(), "main", files[0])
	assert.Error(t, err, "a file is no folder")

	copied := filepath.Join(t.TempDir(), local.StoreFile)
	require.NoError(t, h.Backup(t.Context(), copied))
	assert.Error(t, h.Backup(t.Context(), copied), "it is there already")
	o.Data = filepath.Dir(copied)
	second, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	defer func() { require.NoError(t, second.Close()) }()
	assert.Equal(t, http.StatusOK, httpAnswer(second.Handler(), "/results?date="+dates[2].String()))
}
