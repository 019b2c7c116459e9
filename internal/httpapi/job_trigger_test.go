package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// triggeredJob is a stored job as the engine would return it.
func triggeredJob(f *fixture) sim.Job {
	job := f.job("job-1", "main", marketDates[:2], "alpha", "beta")
	job.Superseded = []sim.SupersededDay{{Model: "alpha", Date: marketDates[0], JobID: "job-0"}}
	return job
}

func TestATriggerCreatesAJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerAccepted, Job: triggeredJob(f), Warnings: []string{"gamma: skipped"}}
	r := f.do(http.MethodPost, "/simulate/trigger",
		`{"config_path":"fast","start_date":"2025-10-01","end_date":null,"models":["alpha","beta"],"experiment":"e-1",
			"replace_existing":true,"dry_run":true}`,
		"Content-Type", "application/json; charset=utf-8", "Idempotency-Key", "mine")
	require.Equal(t, http.StatusAccepted, r.status, "%s", r.body)
	conforms(t, f.api, http.MethodPost, "/simulate/trigger", r)
	assert.Equal(t, "/simulate/status/job-1", r.header.Get("Location"))
	assert.Regexp(t, `^\d+$`, r.header.Get("Retry-After"))
	assert.Equal(t, map[string]any{
		"job_id": "job-1", "status": "accepted", "experiment": "main", "date_range": []any{"2025-10-01", "2025-10-02"},
		"models": []any{"alpha", "beta"}, "total_model_days": number("4"), "created_at": "2025-10-15T12:00:00Z",
		"message": "Simulation job created", "warnings": []any{"gamma: skipped"},
		"superseded": []any{map[string]any{"model": "alpha", "date": "2025-10-01", "job_id": "job-0"}},
	}, r.json(t))
	assert.Equal(t, sim.TriggerRequest{
		Config: "fast", Start: date("2025-10-01"), Models: []string{"alpha", "beta"}, Experiment: "e-1", Replace: true,
		DryRun: true, IdempotencyKey: "mine",
	}, f.jobs.request)
	assert.Equal(t, http.StatusOK, f.get(r.header.Get("Location")).status)
}

func TestATriggerMayCreateNoJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := triggeredJob(f)
	job.Warnings = []string{"stored"}

	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerSame, Job: job}
	r := f.post("/simulate/trigger", "{}")
	require.Equal(t, http.StatusOK, r.status)
	conforms(t, f.api, http.MethodPost, "/simulate/trigger", r)
	same := r.json(t)
	assert.Equal(t, "pending", same["status"])
	assert.Equal(t, "Simulation already in progress", same["message"])
	assert.Equal(t, number("4"), at(same, "progress", "pending"))
	assert.Equal(t, []any{"stored"}, same["warnings"])

	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerDryRun, Job: job}
	r = f.post("/simulate/trigger", `{"dry_run":true}`)
	require.Equal(t, http.StatusOK, r.status)
	conforms(t, f.api, http.MethodPost, "/simulate/trigger", r)
	assert.Equal(t, "dry_run", r.json(t)["status"])
	assert.NotContains(t, r.json(t), "job_id")

	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent, LastDate: date("2025-10-10"), NextDate: date("2025-10-13")}
	r = f.post("/simulate/trigger", "")
	require.Equal(t, http.StatusOK, r.status)
	conforms(t, f.api, http.MethodPost, "/simulate/trigger", r)
	assert.Equal(t, map[string]any{
		"status": "current", "message": "Nothing is missing: every requested model-day is closed", "last_simulation_date": "2025-10-10",
		"next_trading_day": "2025-10-13",
	}, r.json(t))
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	r = f.post("/simulate/trigger", "")
	conforms(t, f.api, http.MethodPost, "/simulate/trigger", r)
	assert.Nil(t, r.json(t)["last_simulation_date"])

	f.jobs.result = sim.TriggerResult{Outcome: "new"}
	refused(t, f.post("/simulate/trigger", ""), http.StatusInternalServerError, "internal")
}

func TestErrorsOfTriggersHaveStatusAndCode(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{sim.Errorf(sim.KindInvalid, "unknown model \"x\"; known: alpha"), 400, "invalid_request"},
		{sim.Errorf(sim.KindConflict, "another job is active").With("current_job_id", "job-9").With("current_date_range",
			marketDates[:1]), 409, "conflict"},
		{sim.Errorf(sim.KindIdempotencyMismatch, "the key belongs to another request"), 422, "idempotency_mismatch"},
		{sim.Errorf(sim.KindUnavailable, "no prices are stored"), 503, "unavailable"},
		{sim.Errorf(sim.KindStale, "the book has changed"), 503, "unavailable"},
	} {
		f.jobs.err = c.err
		r := f.post("/simulate/trigger", "{}")
		p := refused(t, r, c.status, c.code, c.err.(*sim.Error).Message)
		conforms(t, f.api, http.MethodPost, "/simulate/trigger", r)
		if c.status == http.StatusConflict {
			assert.Equal(t, "job-9", p["current_job_id"])
			assert.Equal(t, []any{"2025-10-01"}, p["current_date_range"])
		}
		assert.Equal(t, c.status == http.StatusServiceUnavailable, r.header.Get("Retry-After") != "")
	}
	f.jobs.err = errors.New("disk: secret internals")
	r := f.post("/simulate/trigger", "{}")
	refused(t, r, http.StatusInternalServerError, "internal")
	assert.NotContains(t, string(r.body), "secret")
	assert.Contains(t, f.log.String(), "disk: secret internals", "the log says what it was")
}

func TestCancelAndRetryAnswerWithTheJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := triggeredJob(f)
	job.Status = sim.JobRunning
	f.jobs.job = job
	r := f.do(http.MethodPost, "/simulate/cancel/job-1", "")
	require.Equal(t, http.StatusAccepted, r.status, "%s", r.body)
	conforms(t, f.api, http.MethodPost, "/simulate/cancel/job-1", r)
	assert.Equal(t, "running", r.json(t)["status"])
	assert.Equal(t, "/simulate/status/job-1", r.header.Get("Location"))
	f.jobs.job.Status = sim.JobCancelled
	assert.Equal(t, "Cancelled", f.post("/simulate/cancel/job-1", "{}").json(t)["message"])
	refused(t, f.post("/simulate/cancel/job-1", `{"force":true}`), http.StatusBadRequest, "invalid_request", `"force"`, "known: none")

	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerAccepted, Job: job}
	r = f.post("/simulate/retry/job-0", "")
	require.Equal(t, http.StatusAccepted, r.status)
	conforms(t, f.api, http.MethodPost, "/simulate/retry/job-0", r)
	assert.Equal(t, "job-0 by ", f.jobs.retried)
	refused(t, f.post("/simulate/retry/job-0", `[]`), http.StatusBadRequest, "invalid_request")

	f.jobs.err = sim.Errorf(sim.KindNotFound, "there is no such job")
	for _, path := range []string{"/simulate/cancel/job-7", "/simulate/retry/job-7"} {
		r := f.post(path, "")
		assert.Equal(t, "job-7", refused(t, r, http.StatusNotFound, "not_found")["job_id"])
		conforms(t, f.api, http.MethodPost, path, r)
	}
	f.jobs.err = sim.Errorf(sim.KindConflict, "the job has ended")
	refused(t, f.post("/simulate/cancel/job-1", ""), http.StatusConflict, "conflict")
}

func TestATriggerBodyIsReadFieldByField(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]sim.TriggerRequest{
		"":          {},
		" \n\t":     {},
		"{}":        {},
		` { } `:     {},
		`{"a":1}`:   {Config: "error"},
		`{"x":"y"}`: {Config: "error"},
		`{"config":null,"config_path":null,"start_date":null,"end_date":null,"models":null,"experiment":null}`: {},
		`{"models":[]}`:                             {},
		`{"config":"a"}`:                            {Config: "a"},
		`{"config_path":"a"}`:                       {Config: "a"},
		`{"config":"a","config_path":"a"}`:          {Config: "a"},
		`{"start_date":"2025-10-01"}`:               {Start: date("2025-10-01")},
		`{"end_date":"2024-02-29"}`:                 {End: date("2024-02-29")},
		`{"dry_run":false,"replace_existing":true}`: {Replace: true},
		`{"callback_url":null}`:                     {},
		`{"callback_url":"https://a.example/x?y"}`:  {CallbackURL: "https://a.example/x?y"},
	} {
		got, err := decodeTrigger([]byte(body))
		if want.Config == "error" {
			assert.Error(t, err, body)
			continue
		}
		require.NoError(t, err, body)
		assert.Equal(t, want, got, body)
	}
}

func TestBodiesAreRefusedByName(t *testing.T) {
	t.Parallel()
	for body, parts := range map[string][]string{
		`null`:                             {"null", "JSON object"},
		`[]`:                               {"[]", "JSON object"},
		`"x"`:                              {`"x"`},
		`{`:                                {"not JSON"},
		`{"config"`:                        {"not JSON"},
		`{"config":"a"`:                    {"not JSON"},
		`{"config":"a",}`:                  {"not JSON"},
		`{"config":}`:                      {"not JSON"},
		`{1:2}`:                            {"not JSON"},
		`{} {}`:                            {"follows"},
		`{}}`:                              {"follows"},
		`{"strat":1,"Config":"a"}`:         {`"strat"`, `"Config"`, "known: budget_usd, callback_url, config, config_path"},
		`{"replica":2}`:                    {`"replica"`},
		`{"dry_run":true,"dry_run":false}`: {`"dry_run"`, "more than once"},
		`{"start_date":20251001}`:          {`"start_date"`, "20251001", "YYYY-MM-DD"},
		`{"start_date":"2025-1-1"}`:        {`"start_date"`, `"2025-1-1"`},
		`{"end_date":"2025-02-29"}`:        {`"end_date"`, `"2025-02-29"`},
		`{"end_date":""}`:                  {`"end_date"`},
		`{"models":"alpha"}`:               {`"models"`, `"alpha"`, "list"},
		`{"models":["a","a"]}`:             {`"models"`, "different"},
		`{"models":[1]}`:                   {`"models"`},
		`{"models":[""]}`:                  {`"models"`},
		`{"models":[null]}`:                {`"models"`},
		`{"config":7}`:                     {`"config"`, "7"},
		`{"config":""}`:                    {`"config"`},
		`{"config":"a","config_path":"b"}`: {`"a"`, `"b"`},
		`{"experiment":"UPPER"}`:           {`"experiment"`, "UPPER", "a-z"},
		`{"experiment":false}`:             {`"experiment"`, "false"},
		`{"dry_run":"yes"}`:                {`"dry_run"`, `"yes"`, "true or false"},
		`{"dry_run":null}`:                 {`"dry_run"`, "null"},
		`{"config":{"` + strings.Repeat("é", 99) + `":1}}`: {`"config"`, "... (204 bytes)"},
	} {
		_, err := decodeTrigger([]byte(body))
		require.Error(t, err, body)
		require.Equal(t, sim.KindInvalid, sim.KindOf(err), body)
		for _, part := range parts {
			assert.Contains(t, err.Error(), part, body)
		}
	}
}

// No body breaks the decoder. What it accepts is a JSON object of known fields, and
// what it read, written again, is accepted as the same request.
func FuzzDecodeTrigger(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"config":"a","models":["x","y"]}`, `{"start_date":"2025-10-01","end_date":null}`,
		`{"experiment":"e-1","dry_run":true,"replace_existing":false}`, `{"config":"\ud800"}`, `{"a":{"b":[1,2,{}]}}`, "{\"config\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := decodeTrigger(body)
		if err != nil {
			if sim.KindOf(err) != sim.KindInvalid || len(err.Error()) > 200+6*len(body) {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(strings.TrimSpace(string(body))) > 0 && !json.Valid(body) {
			t.Fatalf("not JSON, but accepted: %q", body)
		}
		if r.Experiment != "" && !experimentName.MatchString(r.Experiment) {
			t.Fatalf("experiment %q", r.Experiment)
		}
		own := map[string]any{"models": r.Models, "replace_existing": r.Replace, "dry_run": r.DryRun}
		for name, value := range map[string]string{"config": r.Config, "start_date": r.Start.String(), "end_date": r.End.String(),
			"experiment": r.Experiment, "callback_url": string(r.CallbackURL)} {
			if value != "" {
				own[name] = value
			}
		}
		text, err := json.Marshal(own)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeTrigger(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if a, b := mustJSON(t, r), mustJSON(t, again); a != b {
			t.Fatalf("%s became %s", a, b)
		}
	})
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
