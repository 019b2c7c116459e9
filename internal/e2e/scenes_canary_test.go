package e2e_test

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	canaryInEnv   = "sk-canary-Env-7f3A9bZq8Lw2"
	canaryInPlain = "sk-canary-Plain-5c1D4eXr6Kt9"
)

// A provider sends the key back in all ways in which an error can hold it: the
// keys are sent to it, and stand nowhere else. Not in the log, not in an answer
// of the API, not in a byte of the store.
func TestNoKeyIsKeptOrShown(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = canaryInEnv
	chat := newChat(t, func(r chatRequest) chatReply {
		key := strings.TrimPrefix(r.auth, "Bearer ")
		echo := http.Header{"X-Echo": {key}, "Www-Authenticate": {"Bearer " + key}, "Location": {"http://127.0.0.1:1/" + key}}
		switch r.date() {
		case sceneDates[0].String():
			return chatReply{status: 500, header: echo, body: "<html><title>" + key + "</title>" + r.auth + "</html>"}
		case sceneDates[1].String():
			return chatReply{status: 400, header: echo, body: `{"detail":"Basic ` + base64.StdEncoding.EncodeToString([]byte("user:"+key)) + `"}`}
		case sceneDates[2].String():
			return chatReply{status: 200, header: echo, body: `{"choices":[],"error":{"message":"` + strings.ToUpper(key) + `"}}`}
		case sceneDates[4].String(): // faults that last: the model is not asked on the next date
			if key == canaryInEnv {
				return chatReply{status: 307, header: echo, body: key}
			}
			return chatReply{status: 401, header: echo, body: `{"error":{"message":"wrong key ` + key + `","code":"` + key + `"}}`}
		}
		return buys("AAA", 1)(r)
	})
	plain := chat.asks("plain")
	plain["openai_api_key"] = canaryInPlain
	s.configure("default", []sceneModel{chat.asks("env"), plain}, map[string]any{"max_retries": 1})
	h := s.start()
	id := h.run(span(0, 5), "partial")
	h.do(http.MethodPost, "/simulate/retry/"+id, "")

	sent := map[string]bool{}
	for _, r := range chat.asked() {
		sent[r.auth] = true
	}
	assert.Equal(t, map[string]bool{"Bearer " + canaryInEnv: true, "Bearer " + canaryInPlain: true}, sent)
	day := "date=" + sceneDates[3].String()
	for _, path := range []string{
		"/simulate/status/" + id, "/simulate/current", "/simulate/jobs", "/results?reasoning=full&detail=full&" + day,
		"/results?job_id=" + id, "/leaderboard", "/portfolio/timeseries?model=env", "/models", "/experiments",
		"/prices/coverage", "/health", "/openapi.json", "/docs", "/",
	} {
		r := h.get(path)
		require.Equal(t, http.StatusOK, r.status, path)
		holdsNoCanary(t, path, r.text)
		for name := range r.header {
			holdsNoCanary(t, path+" "+name, strings.Join(r.header[name], " "))
		}
	}
	status := h.get("/simulate/status/" + id).text
	assert.Contains(t, status, "wrong key", "the reasons are kept")
	assert.Contains(t, s.log.String(), "model-day failed")
	holdsNoCanary(t, "the log", s.log.String())
	dir := t.TempDir()
	_, err := h.Export(t.Context(), "main", dir)
	require.NoError(t, err)
	files := holdsNoCanaryIn(t, dir) + holdsNoCanaryIn(t, s.data) // the log of the store is still there
	h.stop()
	files += holdsNoCanaryIn(t, s.data)
	assert.GreaterOrEqual(t, files, 2+2+1, "the exported files, the store and its log, and the store alone")
}

// holdsNoCanary looks for what all spellings of the keys have in common: any
// case, and base64 wherever it begins.
func holdsNoCanary(t *testing.T, where, text string) {
	t.Helper()
	folded := strings.ToLower(text)
	for _, key := range []string{canaryInEnv, canaryInPlain} {
		assert.False(t, strings.Contains(folded, strings.ToLower(key[len("sk-canary-"):])), "%s holds the key", where)
		for shift := range 3 {
			encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + key))
			assert.False(t, strings.Contains(text, encoded[4:len(encoded)-4]), "%s holds the key in base64", where)
		}
	}
}

// holdsNoCanaryIn looks through all files below a folder, and counts them.
func holdsNoCanaryIn(t *testing.T, dir string) int {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		holdsNoCanary(t, entry.Name(), string(text))
		files++
		return err
	}))
	return files
}

// The search finds the keys that it is made to find.
func TestTheSearchForKeysFindsThem(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"x" + canaryInEnv + "x", strings.ToUpper(canaryInPlain),
		base64.StdEncoding.EncodeToString([]byte("user:" + canaryInEnv)),
	} {
		probe := &testing.T{}
		holdsNoCanary(probe, "the probe", text)
		assert.True(t, probe.Failed(), text)
	}
}
