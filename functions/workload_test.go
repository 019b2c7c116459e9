package functions_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/local"
	"aitrader/internal/prices"
	"aitrader/internal/realdata"
	"aitrader/internal/sample"
	"aitrader/internal/sim"
)

// workload is a job that both homes run.
type workload struct {
	configuration string
	recordings    map[string][]byte // by the names that stand in the configuration
	prices        sim.PriceRows
	models        []string // whose series are compared
	first, last   string
}

func (w workload) trigger() string {
	return `{"start_date":"` + w.first + `","end_date":"` + w.last + `"}`
}

// wrong is a recording of an order that the cash could not pay.
const wrong = `{"date":"2025-10-07","id":1,"this_action":{"action":"buy","symbol":"NVDA","amount":1000000},` +
	`"positions":{"NVDA":1000000,"CASH":1.5}}`

// realRuns is what four language models did in October 2025, and a fifth model
// that fails on one of its days. The recordings lie beside the repository and are
// not a part of it; without them, built-in models trade on the sample market.
func realRuns(t *testing.T) workload {
	t.Helper()
	w := workload{recordings: map[string][]byte{"wrong.jsonl": []byte(wrong)}, first: "2025-10-01", last: "2025-10-30"}
	list := []string{`{"signature": "wrong", "basemodel": "recorded/wrong.jsonl"}`}
	folder, ok := realdata.Find(t, "us_daily")
	if !ok {
		t.Log("the real runs are not here: built-in models take their place")
		w.prices, w.models = sample.Market(), []string{"random", "momentum"}
		list = append(list, `{"signature": "random", "basemodel": "builtin/random?seed=7"}`,
			`{"signature": "momentum", "basemodel": "builtin/momentum?lookback=10&top=3"}`)
	} else {
		var err error
		w.prices, err = prices.Read("merged.jsonl", realdata.Open(t, "us_daily/merged.jsonl"))
		require.NoError(t, err)
		w.models = []string{"claude-3.7-sonnet", "deepseek-chat-v3.1", "gemini-2.5-flash", "gpt-5"}
	}
	for _, model := range w.models {
		if text, err := os.ReadFile(filepath.Join(folder, "positions", model+".jsonl")); err == nil {
			w.recordings[model+".jsonl"] = text
			list = append(list, `{"signature": "`+model+`", "basemodel": "recorded/`+model+`.jsonl"}`)
		}
	}
	w.configuration = `{"models": [` + strings.Join(list, ", ") + `]}`
	return w
}

// write writes the configuration and what it names, and returns its path.
func (w workload) write(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range w.recordings {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	path := filepath.Join(folder, "default.json")
	require.NoError(t, os.WriteFile(path, []byte(w.configuration), 0o600))
	return path
}

// embedded runs the job in the embedded home. It returns the answers to all that
// is compared, by path.
func (w workload) embedded(t *testing.T, status string) map[string]map[string]any {
	t.Helper()
	h, err := local.Open(t.Context(), local.Options{
		Data: t.TempDir(), Config: w.write(t), Env: func(string) string { return "" },
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: "test",
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	_, err = h.PutPrices(t.Context(), w.prices)
	require.NoError(t, err)
	job := askHome(t, h, http.MethodPost, "/simulate/trigger", w.trigger())
	executing, executed := executeUntil(t, h)
	for {
		s := askHome(t, h, http.MethodGet, "/simulate/status/"+job["job_id"].(string)+"?wait=5", "")["status"]
		if s != "pending" && s != "running" {
			require.Equal(t, status, s)
			break
		}
	}
	executing()
	<-executed
	answers := map[string]map[string]any{}
	for _, path := range w.questions() {
		answers[path] = withoutJobs(t, askHome(t, h, http.MethodGet, path, ""))
	}
	answers["receipt"] = askHome(t, h, http.MethodGet, "/jobs/"+job["job_id"].(string)+"/receipt", "")
	return answers
}

func (w workload) questions() []string {
	q := []string{"/leaderboard", "/results?start_date=" + w.first, "/prices/coverage", "/models", "/trades?limit=5000"}
	for _, d := range sim.DefaultMarket.Bars(sim.MustParseDate(w.first), sim.MustParseDate(w.last)) {
		q = append(q, "/results?detail=full&date="+d.String())
	}
	for _, model := range w.models {
		q = append(q, "/portfolio/timeseries?model="+model)
	}
	return q
}

// says checks that the functions answer what another home has answered.
func (s *callers) says(want map[string]map[string]any) {
	s.t.Helper()
	for path, expected := range want {
		if path == "receipt" {
			continue // it is asked for by the id of a job
		}
		code, got := s.ask("results", http.MethodGet, path, "")
		require.Equal(s.t, http.StatusOK, code, "%s: %v", path, got)
		assert.Equal(s.t, expected, withoutJobs(s.t, got), path)
	}
}

func askHome(t *testing.T, h *local.Home, method, path, body string) map[string]any {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	require.Less(t, w.Code, 300, string(text))
	var v map[string]any
	require.NoError(t, json.Unmarshal(text, &v))
	return v
}

// withoutJobs removes what differs between two runs of the same job: its id.
func withoutJobs(t *testing.T, v map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var cleaned map[string]any
	require.NoError(t, json.Unmarshal(text, &cleaned))
	results, _ := cleaned["results"].([]any)
	listed, _ := cleaned["trades"].([]any)
	for _, trade := range listed {
		delete(trade.(map[string]any), "id")
	}
	for _, r := range append(results, listed...) {
		one := r.(map[string]any)
		delete(one, "job_id")
		trades, _ := one["trades"].([]any)
		for _, trade := range trades {
			delete(trade.(map[string]any), "id")
		}
	}
	return cleaned
}

// executeUntil executes a home's jobs until it is stopped.
func executeUntil(t *testing.T, h interface{ Execute(context.Context) }) (stop func(), stopped chan struct{}) {
	ctx, stop := context.WithCancel(t.Context())
	stopped = make(chan struct{})
	go func() {
		defer close(stopped)
		h.Execute(ctx)
	}()
	return stop, stopped
}
