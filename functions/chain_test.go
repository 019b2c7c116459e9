// Package functions_test runs the compiled Lambda functions together.
package functions_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/sample"
)

const configuration = `{"date_range": {"init_date": "2025-10-01"}, "benchmark": "SYNTH", "models": [
	{"signature": "hold", "basemodel": "builtin/buy-and-hold?symbol=SYNTH"}, {"signature": "equal-weight",
		"basemodel": "builtin/equal-weight"},
	{"signature": "momentum", "basemodel": "builtin/momentum?lookback=10&top=3"}, {"signature": "random",
		"basemodel": "builtin/random?seed=7"}]}`

// openCloud is one with prices, a configuration and an API key.
func openCloud(t *testing.T, env ...string) *cloud {
	t.Helper()
	s := newCloud(t, env...)
	_, err := s.store.PutPrices(t.Context(), sample.Market(), time.Now())
	require.NoError(t, err)
	require.NoError(t, s.store.PutDocument(t.Context(), dynamo.Configurations, "default", []byte(configuration)))
	s.secrets[keysAt] = keyEntry()
	return s
}

// keyEntry is what the parameter store keeps of apiKey.
func keyEntry() string {
	sum := sha256.Sum256([]byte(apiKey))
	return "test:read+trigger:" + hex.EncodeToString(sum[:])
}

// The same job in both homes gives the same books.
func TestTheChainGivesTheBooksOfTheEmbeddedHome(t *testing.T) {
	t.Parallel()
	s, w := openCloud(t), workload{configuration: configuration, prices: sample.Market(), models: []string{"random"},
		first: "2025-10-01", last: "2025-10-10"}
	code, job := s.ask("trigger", http.MethodPost, "/simulate/trigger", w.trigger())
	require.Equal(t, http.StatusAccepted, code, job)
	done := s.finished(job["job_id"].(string))
	assert.Equal(t, "completed", done["status"])
	assert.Equal(t, 32.0, done["progress"].(map[string]any)["completed"])
	want := w.embedded(t, "completed")
	s.says(want)
	code, receipt := s.ask("results", http.MethodGet, "/jobs/"+job["job_id"].(string)+"/receipt", "")
	require.Equal(t, http.StatusOK, code, receipt)
	assert.Equal(t, want["receipt"]["hash"], receipt["hash"], "the same job, the same receipt")
	code, current := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"end_date":"2025-10-10"}`)
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, "current", current["status"])
}

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	s := openCloud(t)
	code, v := s.ask("status", http.MethodGet, "/health", "", "authorization", "")
	assert.Equal(t, http.StatusOK, code, v)
	assert.Equal(t, "dynamodb", v["store"].(map[string]any)["kind"])
	code, v = s.ask("results", http.MethodGet, "/leaderboard", "", "authorization", "Bearer wrong")
	assert.Equal(t, http.StatusUnauthorized, code, v)
	code, v = s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"models":["nobody"]}`)
	assert.Equal(t, http.StatusBadRequest, code)
	assert.Contains(t, v["message"], `"hold"`)
	code, _ = s.ask("results", http.MethodPost, "/simulate/trigger", "{}")
	assert.Equal(t, http.StatusNotFound, code, "each function serves its own routes")
	for _, name := range []string{"trigger", "status", "results"} {
		assert.NotContains(t, s.functions[name].Output(), apiKey)
	}
}

func TestAModelDayInvokedTwiceAtOnceIsRunOnce(t *testing.T) {
	t.Parallel()
	s := openCloud(t)
	s.paused = make(chan struct{})
	defer close(s.paused)
	_, job := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"start_date":"2025-10-01","end_date":"2025-10-01"}`)
	event, err := json.Marshal(map[string]any{"job_id": job["job_id"], "date": "2025-10-01", "model": "random"})
	require.NoError(t, err)
	outcomes := make(chan string, 4)
	for range 4 {
		go func() {
			r, err := s.functions["modelday"].Invoke(t.Context(), event)
			outcomes <- string(r.Payload) + r.FunctionError
			assert.NoError(t, err)
		}()
	}
	for range 4 {
		o := <-outcomes
		assert.True(t, strings.Contains(o, `"status":"completed"`) || strings.Contains(o, `"errorType":"busy"`), o)
	}
	_, status := s.ask("status", http.MethodGet, "/simulate/status/"+job["job_id"].(string), "")
	assert.Equal(t, 1.0, status["progress"].(map[string]any)["completed"])
	code, _ := s.ask("trigger", http.MethodPost, "/simulate/cancel/"+job["job_id"].(string), "")
	assert.Equal(t, http.StatusAccepted, code)
}

// An execution that is stopped from outside ends its job, by the event that
// tells of it, and nothing stands in the way of the next.
func TestAStoppedExecutionEndsItsJob(t *testing.T) {
	t.Parallel()
	s := openCloud(t)
	s.paused = make(chan struct{})
	_, job := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"start_date":"2025-10-01","end_date":"2025-10-03"}`)
	id := job["job_id"].(string)
	code, v := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"start_date":"2025-10-06"}`)
	assert.Equal(t, http.StatusConflict, code, v)
	s.ended(id, "ABORTED")
	close(s.paused)
	r, err := s.functions["status"].Invoke(t.Context(),
		[]byte(`{"source":"aws.states","detail-type":"Step Functions Execution Status Change","detail":{"name":"`+id+`","status":"ABORTED"}}`))
	require.NoError(t, err)
	require.Empty(t, r.FunctionError, "%s", r.Payload)
	_, status := s.ask("status", http.MethodGet, "/simulate/status/"+id, "")
	assert.Equal(t, "failed", status["status"])
	assert.Equal(t, "the execution ended before the job", status["error"])
	assert.Equal(t, 1, strings.Count(s.functions["status"].Output(), `"Jobs":1`), "the job is counted, by whichever function ended it")

	r, err = s.functions["trigger"].Invoke(t.Context(), []byte(`{"source":"aitrader.schedule","body":{"end_date":"2025-10-02"}}`))
	require.NoError(t, err)
	require.Empty(t, r.FunctionError, "%s", r.Payload)
	var caughtUp struct {
		Verdict, JobID string
	}
	require.NoError(t, json.Unmarshal([]byte(strings.Replace(string(r.Payload), "job_id", "jobid", 1)), &caughtUp))
	assert.Equal(t, "accepted", caughtUp.Verdict)
	assert.Equal(t, "completed", s.finished(caughtUp.JobID)["status"])
	assert.Equal(t, 1, strings.Count(s.functions["nextdate"].Output(), `"Jobs":1`))
}

// The functions behind the API link no provider, no protocol and no library of a
// session. They know the rules of built-in models, because a trigger warns of cash that
// these leave idle.
func TestWhatTheHTTPFunctionsLink(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"trigger", "status", "results"} {
		out, err := exec.Command("go", "list", "-deps", "./"+name).Output()
		require.NoError(t, err)
		packages := strings.Fields(string(out))
		for _, foreign := range []string{
			"aitrader/internal/openaimodel", "aitrader/internal/mcptool", "aitrader/internal/sqlite",
			"github.com/expr-lang/expr", "github.com/sashabaranov/go-openai", "github.com/mark3labs/mcp-go/mcp", "modernc.org/sqlite",
		} {
			assert.False(t, slices.Contains(packages, foreign), "%s links %s", name, foreign)
		}
	}
}

// A binary is part of every cold start: these are the sizes that are accepted.
func TestSizes(t *testing.T) {
	t.Parallel()
	dir, err := build()
	require.NoError(t, err)
	for _, name := range names {
		most := int64(14 << 20)
		if name == "modelday" {
			most = 18 << 20
		}
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Less(t, info.Size(), most, name)
		t.Logf("%s: %.1f MB", name, float64(info.Size())/1e6)
	}
}
