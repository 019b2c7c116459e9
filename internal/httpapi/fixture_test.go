package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/logtest"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
	"aitrader/internal/sqlite"
	"aitrader/internal/sqlitetest"
)

// fixture is a store with a small market, and the API over it on loopback.
//
// The market has ten trading days from Wednesday, 2025-10-01. On day i (from 0)
// AAA opens at 10+i and closes at 11+i, QQQ closes at 100+i, and BBB opens and
// closes at 50, without a bar on 10-03 (day 2). On the last day, 10-14, only
// opens are known.
type fixture struct {
	t      testing.TB
	store  *sqlite.Store
	now    time.Time
	jobs   *fakeJobs
	api    http.Handler
	server *httptest.Server
	log    *logtest.Log
}

var marketDates = sim.DefaultMarket.Bars(date("2025-10-01"), date("2025-10-14"))

func date(s string) sim.Date { return sim.MustParseDate(s) }

// newFixture builds a fixture; the functions adjust its options first.
func newFixture(t testing.TB, adjust ...func(*Options)) *fixture {
	t.Helper()
	return fixtureOn(t, marketStore(t), adjust...)
}

// fixtureOn builds a fixture on a store that holds the market.
func fixtureOn(t testing.TB, store *sqlite.Store, adjust ...func(*Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, store: store, now: fixtureNow, jobs: &fakeJobs{}, log: &logtest.Log{}}
	o := Options{
		Store: store, Prices: store, Jobs: f.jobs, StoreKind: "sqlite", Version: "test",
		Models: func(context.Context) ([]ModelInfo, error) {
			return []ModelInfo{
				{Config: "default", Signature: "alpha", Name: "Alpha", BaseModel: "x/alpha",
					BaseURL: "https://user:canary-secret@example.com/v1?key=canary-secret", Enabled: true},
				{Config: "default", Signature: "beta", Name: "Beta", BaseModel: "builtin/cash"},
			}, nil
		},
		Defaults: func(context.Context) (string, []string, error) { return "QQQ", nil, nil },
		Now:      func() time.Time { return f.now },
		Log:      slog.New(slog.NewJSONHandler(f.log, nil)),
	}
	for _, a := range adjust {
		a(&o)
	}
	api, err := New(o)
	require.NoError(t, err)
	f.api = api
	f.server = httptest.NewServer(f.api)
	t.Cleanup(f.server.Close)
	return f
}

// marketStore opens a store that holds the market.
var marketStore = sqlitetest.Template(func(ctx context.Context, s *sqlite.Store) error {
	_, err := s.PutPrices(ctx, sim.PriceRows{Source: "test", Bars: marketBars()}, fixtureNow)
	return err
})

// fixtureNow is the time at which a fixture begins.
var fixtureNow = time.Date(2025, 10, 15, 12, 0, 0, 0, time.UTC)

func marketBars() []sim.SymbolBar {
	var out []sim.SymbolBar
	add := func(symbol string, d sim.Date, open, high, low, closing sim.Money) {
		b := sim.Bar{Open: open, High: high, Low: low, Close: closing, Volume: 1000}
		if d == marketDates[len(marketDates)-1] {
			b = sim.Bar{Open: open, OpenOnly: true}
		}
		out = append(out, sim.SymbolBar{Symbol: symbol, Date: d, Bar: b})
	}
	for i, d := range marketDates {
		step := sim.Money(i) * sim.Dollar
		add("AAA", d, 10*sim.Dollar+step, 12*sim.Dollar+step, 9*sim.Dollar+step, 11*sim.Dollar+step)
		add("QQQ", d, 100*sim.Dollar+step, 101*sim.Dollar+step, 99*sim.Dollar+step, 100*sim.Dollar+step)
		if d != date("2025-10-03") {
			add("BBB", d, 50*sim.Dollar, 50*sim.Dollar, 50*sim.Dollar, 50*sim.Dollar)
		}
	}
	return out
}

// job stores a job of an experiment over dates, for models in that order.
func (f *fixture) job(id, experiment string, dates []sim.Date, models ...string) sim.Job {
	f.t.Helper()
	return f.jobWith(id, experiment, false, dates, models...)
}

// jobWith is job with the choice of fractional shares.
func (f *fixture) jobWith(id, experiment string, fractional bool, dates []sim.Date, models ...string) sim.Job {
	f.t.Helper()
	job := sim.Job{
		ID: id, Experiment: experiment, Status: sim.JobPending, RequestHash: id, CreatedAt: f.now, UpdatedAt: f.now,
		Plan:     sim.Plan{Dates: dates},
		Settings: sim.Settings{Config: "default", Benchmark: "QQQ", InitialCash: 1000 * sim.Dollar, Fractional: fractional},
	}
	var keys []sim.BookKey
	for _, m := range models {
		job.Plan.Models = append(job.Plan.Models, sim.PlannedSpan{Model: m, From: dates[0], To: dates[len(dates)-1]})
		job.Settings.Models = append(job.Settings.Models, sim.ModelSpec{Signature: m})
		keys = append(keys, sim.BookKey{Experiment: experiment, Model: m})
	}
	return f.storeJob(job, keys, 0)
}

// storeJob stores a job; with a date its books are rewound to before it.
func (f *fixture) storeJob(job sim.Job, keys []sim.BookKey, rewind sim.Date) sim.Job {
	f.t.Helper()
	heads, err := f.store.Heads(f.t.Context(), keys)
	require.NoError(f.t, err)
	n := sim.NewJob{Job: job}
	for _, h := range heads {
		n.Books = append(n.Books, sim.BookPlan{Head: h, RewindFrom: rewind})
	}
	stored, err := f.store.CreateJob(f.t.Context(), n)
	require.NoError(f.t, err)
	return stored
}

func (f *fixture) claim(job sim.Job, model string, d sim.Date) sim.Grant {
	f.t.Helper()
	g, err := f.store.Claim(f.t.Context(), sim.ClaimRequest{
		Key: sim.ModelDayKey{JobID: job.ID, Date: d, Model: model}, Experiment: job.Experiment,
		Claimant: sim.Claimant{JobID: job.ID, Date: d, Holder: "test", Now: f.now, Until: f.now.Add(time.Hour)},
	})
	require.NoError(f.t, err)
	require.Nil(f.t, g.Done)
	return g
}

func buy(symbol string, shares int64, price string) sim.Entry {
	return sim.Entry{Kind: sim.EntryBuy, Symbol: symbol, Quantity: sim.Quantity(shares) * sim.Share, Price: simtest.Dollars(price)}
}

func sell(symbol string, shares int64, price string) sim.Entry {
	e := buy(symbol, shares, price)
	e.Kind = sim.EntrySell
	return e
}

// close runs a model-day with the given fills.
func (f *fixture) close(job sim.Job, model string, d sim.Date, fills ...sim.Entry) {
	f.t.Helper()
	g := f.claim(job, model, d)
	opening := g.Opening
	if g.Prev.IsZero() {
		opening = sim.NewLedger(job.Settings.InitialCash)
	}
	closing := opening.Clone()
	for i := range fills {
		require.NoError(f.t, closing.Apply(&fills[i]))
	}
	day := sim.Day{
		Book: g.Book, Ref: sim.DayRef{Date: d, Generation: g.Generation}, Prev: g.Prev, JobID: job.ID, Attempt: g.Attempt,
		Opening: opening, Entries: fills, Closing: closing, StartedAt: f.now, ClosedAt: f.now.Add(1500 * time.Millisecond),
		Session: sim.Session{
			Steps: 2, StopReason: sim.StopSignal, Signal: true, Summary: "all <done> & dusted",
			ToolUsage: map[string]sim.ToolCount{"buy": {Calls: 2, Errors: 1}}, Usage: sim.Usage{Input: 100, Output: 20, Cached: 40},
		},
	}
	transcript := []sim.Message{
		{Step: 0, Role: "system", Content: "You trade.", Timestamp: f.now},
		{Step: 1, Role: "assistant", Content: "I buy.", Timestamp: f.now, Usage: &sim.Usage{Input: 100}},
		{Step: 1, Role: "tool", Content: `{"ok":true}`, ToolName: "buy", ToolCallID: "c1", Arguments: `{"symbol":"AAA"}`, AsOf: d,
			Timestamp: f.now},
	}
	require.NoError(f.t, f.store.Commit(f.t.Context(), g, day, transcript))
}

func (f *fixture) finish(job sim.Job, status sim.JobStatus) {
	f.t.Helper()
	_, err := f.store.FinishJob(f.t.Context(), job.ID, sim.Finish{Status: status, Lost: "lost: test", Now: f.now.Add(time.Minute)})
	require.NoError(f.t, err)
}

// mainJob runs alpha and beta in main over the first four dates and ends. Alpha
// buys 10 AAA at 10 on the first day and 2 BBB at 50 on the second; beta holds
// cash, and fails on the third date.
func (f *fixture) mainJob() sim.Job {
	f.t.Helper()
	dates := marketDates[:4]
	job := f.job("job-1", "main", dates, "alpha", "beta")
	require.NoError(f.t, f.store.Heartbeat(f.t.Context(), job.ID, f.now))
	f.close(job, "alpha", dates[0], buy("AAA", 10, "10"))
	f.close(job, "beta", dates[0])
	f.close(job, "alpha", dates[1], buy("BBB", 2, "50"))
	f.close(job, "beta", dates[1])
	f.close(job, "alpha", dates[2])
	broken := sim.Failure{Error: "model_error: it broke"}
	require.NoError(f.t, f.store.Fail(f.t.Context(), f.claim(job, "beta", dates[2]), broken, f.now.Add(time.Second)))
	f.close(job, "alpha", dates[3], sell("AAA", 5, "13"))
	f.close(job, "beta", dates[3])
	f.finish(job, sim.JobPartial)
	return job
}

// reply is what the server answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// json decodes the body, with numbers as written.
func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	var out map[string]any
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	require.NoError(t, d.Decode(&out), "%s", r.body)
	return out
}

// do sends a request; headers come in pairs.
func (f *fixture) do(method, path, body string, headers ...string) reply {
	f.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(f.t.Context(), method, f.server.URL+path, reader)
	require.NoError(f.t, err)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(f.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	return reply{response.StatusCode, response.Header, text}
}

func (f *fixture) get(path string, headers ...string) reply {
	f.t.Helper()
	return f.do(http.MethodGet, path, "", headers...)
}

func (f *fixture) post(path, body string) reply {
	f.t.Helper()
	return f.do(http.MethodPost, path, body, "Content-Type", "application/json")
}

// ok gets a path, and expects status 200 and a body as documented.
func (f *fixture) ok(path string) map[string]any {
	f.t.Helper()
	r := f.get(path)
	require.Equal(f.t, http.StatusOK, r.status, "%s: %s", path, r.body)
	conforms(f.t, f.api, http.MethodGet, path, r)
	return r.json(f.t)
}

// refused checks a problem and returns it.
func refused(t *testing.T, r reply, status int, code string, parts ...string) map[string]any {
	t.Helper()
	require.Equal(t, status, r.status, "%s", r.body)
	require.Equal(t, "application/problem+json", r.header.Get("Content-Type"))
	p := r.json(t)
	require.Equal(t, code, p["error"])
	require.Equal(t, json.Number(fmt.Sprint(status)), p["status"])
	require.Equal(t, http.StatusText(status), p["title"])
	require.Equal(t, "about:blank", p["type"])
	require.Equal(t, p["detail"], p["message"])
	for _, part := range parts {
		require.Contains(t, p["message"], part)
	}
	return p
}

// fakeJobs answers as the test says, and remembers the requests.
type fakeJobs struct {
	request  sim.TriggerRequest
	result   sim.TriggerResult
	job      sim.Job
	err      error
	retried  string
	panicked string
}

func (j *fakeJobs) Trigger(_ context.Context, r sim.TriggerRequest) (sim.TriggerResult, error) {
	if j.panicked != "" {
		panic(j.panicked)
	}
	j.request = r
	return j.result, j.err
}

func (j *fakeJobs) Cancel(context.Context, string) (sim.Job, error) { return j.job, j.err }

func (j *fakeJobs) Retry(_ context.Context, id, caller string) (sim.TriggerResult, error) {
	j.retried = id + " by " + caller
	return j.result, j.err
}

func (j *fakeJobs) Refresh(_ context.Context, job sim.Job) (sim.Job, error) {
	if j.job.ID == job.ID {
		return j.job, nil
	}
	return job, nil
}
