package e2e_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/app/local"
	"aitrader/internal/app/logs"
	"aitrader/internal/logtest"
	"aitrader/internal/sim"
)

// scene is a folder for a store, a folder of configurations and an environment:
// what one or several homes share.
type scene struct {
	t       testing.TB
	data    string
	configs string
	env     map[string]string // written before a home opens
	log     *logtest.Log
	clock   func() time.Time
	daily   string                               // when it catches up every trading day
	after   func(time.Duration) <-chan time.Time // waits on the clock
	roots   *x509.CertPool                       // who knows the receivers of callbacks
}

func newScene(t testing.TB) *scene {
	s := &scene{t: t, data: t.TempDir(), configs: t.TempDir(), env: map[string]string{}, log: &logtest.Log{}, clock: time.Now}
	s.env["AITRADER_CONFIG_DIR"] = s.configs
	return s
}

// sceneModel is a model of a configuration; further fields are set by name.
type sceneModel map[string]any

// asks is a model that asks a chat server, and says who it is in a parameter.
func (c *chatServer) asks(signature string) sceneModel {
	return sceneModel{
		"signature": signature, "basemodel": "test/" + signature, "openai_base_url": c.URL + "/v1",
		"openai_api_key": "${SCENE_KEY}", "params": map[string]any{"user": signature},
		"prompt": "You are " + signature + ".",
	}
}

// configure writes a configuration. Its agent_config says only what the change
// says; without one, models are not asked again after an error.
func (s *scene) configure(name string, models []sceneModel, agentConfig map[string]any) {
	s.t.Helper()
	full := map[string]any{"max_retries": 0, "base_delay": 0, "stock_symbols": []string{"AAA", "BBB", "GAP"}}
	maps.Copy(full, agentConfig)
	text, err := json.Marshal(map[string]any{"models": models, "agent_config": full})
	require.NoError(s.t, err)
	s.write(name+".json", string(text))
}

func (s *scene) write(file, text string) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(filepath.Join(s.configs, file), []byte(text), 0o600))
}

func (s *scene) options() local.Options {
	return local.Options{
		Data: s.data, Env: func(name string) string { return s.env[name] }, Now: s.clock,
		Log: logs.New(s.log, slog.LevelDebug), Version: "test",
		Daily: s.daily, After: s.after, CallbackRoots: s.roots,
	}
}

// sceneHome is a home that serves on loopback.
type sceneHome struct {
	*local.Home
	t    testing.TB
	url  string
	stop func() // ends it, as Ctrl-C does; again: does nothing
}

// open opens a home in the scene's folder and serves it.
func (s *scene) open() *sceneHome {
	s.t.Helper()
	h, err := local.Open(s.t.Context(), s.options())
	require.NoError(s.t, err)
	listener, err := h.Listen(s.t.Context(), "127.0.0.1:0")
	require.NoError(s.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, listener) }()
	stop := sync.OnceFunc(func() {
		cancel()
		require.NoError(s.t, <-ended)
		require.NoError(s.t, h.Close())
	})
	s.t.Cleanup(stop)
	return &sceneHome{Home: h, t: s.t, url: "http://" + listener.Addr().String(), stop: stop}
}

// start opens a home and imports the scene's market.
func (s *scene) start() *sceneHome {
	s.t.Helper()
	h := s.open()
	_, err := h.PutPrices(s.t.Context(), sceneMarket())
	require.NoError(s.t, err)
	return h
}

// sceneReply is an answer of the API.
type sceneReply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// sceneClient keeps connections for each test's many callers.
var sceneClient = &http.Client{Transport: &http.Transport{MaxConnsPerHost: 200, MaxIdleConnsPerHost: 200}}

func (h *sceneHome) do(method, path, body string, header ...string) sceneReply {
	h.t.Helper()
	r, err := h.try(method, path, body, header...)
	require.NoError(h.t, err)
	return r
}

// try is do for goroutines, where a test must not end.
func (h *sceneHome) try(method, path, body string, header ...string) (sceneReply, error) {
	request, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
	if err != nil {
		return sceneReply{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := sceneClient.Do(request)
	if err != nil {
		return sceneReply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	r := sceneReply{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &r.body) // not every answer is an object
	return r, err
}

func (h *sceneHome) get(path string) sceneReply {
	h.t.Helper()
	return h.do(http.MethodGet, path, "")
}

// trigger triggers a job that must be accepted, and returns its id.
func (h *sceneHome) trigger(body string) string {
	h.t.Helper()
	r := h.do(http.MethodPost, "/simulate/trigger", body)
	require.Equal(h.t, http.StatusAccepted, r.status, r.text)
	return r.body["job_id"].(string)
}

// await waits for the end of a job, and returns its status answer.
func (h *sceneHome) await(jobID string) sceneReply {
	h.t.Helper()
	status := "/simulate/status/" + jobID
	for {
		r := h.get(status + "?wait=10&details=false")
		require.Equal(h.t, http.StatusOK, r.status, r.text)
		switch r.body["status"] {
		case "pending", "running":
		default:
			return h.get(status)
		}
	}
}

// run runs a job to its end, which must be the wanted one, and returns its id.
func (h *sceneHome) run(body, want string) string {
	h.t.Helper()
	id := h.trigger(body)
	r := h.await(id)
	require.Equal(h.t, want, r.body["status"], r.text)
	return id
}

// day returns the result of the only model-day that a query finds.
func (h *sceneHome) day(query string) sceneDay {
	h.t.Helper()
	r := h.get("/results?reasoning=full&detail=full&" + query)
	require.Equal(h.t, http.StatusOK, r.status, r.text)
	var found struct{ Results []sceneDay }
	require.NoError(h.t, json.Unmarshal([]byte(r.text), &found))
	require.Len(h.t, found.Results, 1, r.text)
	return found.Results[0]
}

// sceneDay is what the tests look at in a day's result.
type sceneDay struct {
	Model     string
	JobID     string                 `json:"job_id"`
	Positions map[string]json.Number // CASH among them
	DailyPnL  struct {
		Value    json.Number `json:"portfolio_value"`
		ValuedAt string      `json:"valued_at"`
	} `json:"daily_pnl"`
	Transcript []struct {
		Role, Content string
		ToolName      string `json:"tool_name"`
		ToolCallID    string `json:"tool_call_id"`
	}
}

// cash returns the cash at the end of the day.
func (d sceneDay) cash() string { return d.Positions["CASH"].String() }

// The scene's market has nine trading days around Thanksgiving, which is no
// trading day, and a weekend. Every figure is unlike any other: the price of
// symbol s on day d (both from 1) is (100 s + d) dollars, its decimals are the
// field (low 1, open 3, close 5, high 7) and then s0d again.
var sceneDates = sim.DefaultMarket.Bars(sim.MustParseDate("2025-11-24"), sim.MustParseDate("2025-12-05"))

var sceneSymbols = []string{"AAA", "BBB", "GAP", "QQQ"}

// sceneGap is the day (from 0) on which GAP does not trade.
const sceneGap = 3

const (
	fieldLow   = 1
	fieldOpen  = 3
	fieldClose = 5
	fieldHigh  = 7
)

// scenePrice returns the figure of a symbol, a day and a field; the first two
// count from 0.
func scenePrice(symbol, day, field int) sim.Money {
	s, d := sim.Money(symbol+1), sim.Money(day+1)
	return (100*s+d)*sim.Dollar + sim.Money(field)*1000 + 100*s + d
}

func sceneVolume(symbol, day int) int64 { return int64(7_000_077 + (symbol+1)*100_000 + (day+1)*1000) }

func sceneMarket() sim.PriceRows {
	set := sim.PriceRows{Source: "scene"}
	for s, symbol := range sceneSymbols {
		for d, date := range sceneDates {
			if symbol == "GAP" && d == sceneGap {
				continue
			}
			set.Bars = append(set.Bars, sim.SymbolBar{Symbol: symbol, Date: date, Bar: sim.Bar{
				Open: scenePrice(s, d, fieldOpen), High: scenePrice(s, d, fieldHigh), Low: scenePrice(s, d, fieldLow),
				Close: scenePrice(s, d, fieldClose), Volume: sceneVolume(s, d),
			}})
		}
	}
	return set
}

// span is the body of a trigger over days of the market, which count from 0.
func span(from, to int, more ...string) string {
	text := `{"start_date":"` + sceneDates[from].String() + `","end_date":"` + sceneDates[to].String() + `"`
	for _, m := range more {
		text += "," + m
	}
	return text + "}"
}
