package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

const (
	readerSecret  = "canary-reader-key"
	triggerSecret = "canary-trigger-key"
	bothSecret    = "canary-both-key"
)

func withKeys(o *Options) {
	var keys []apikey.Key
	for _, k := range []struct {
		id, text string
		scopes   []apikey.Scope
	}{
		{"reader", readerSecret, []apikey.Scope{apikey.Read}},
		{"starter", triggerSecret, []apikey.Scope{apikey.Trigger}},
		{"both", bothSecret, []apikey.Scope{apikey.Read, apikey.Trigger}},
	} {
		key, err := apikey.New(k.id, k.text, k.scopes...)
		if err != nil {
			panic(err)
		}
		keys = append(keys, key)
	}
	var err error
	if o.Keys, err = apikey.NewSet(keys...); err != nil {
		panic(err)
	}
}

func TestAKeyNeedsTheScopeOfTheRoute(t *testing.T) {
	t.Parallel()
	f := newFixture(t, withKeys)
	f.mainJob()
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	for _, c := range []struct {
		header, value string
		read, trigger int
	}{
		{"X-None", "", 401, 401},
		{"Authorization", "Bearer " + readerSecret, 200, 403},
		{"Authorization", "bearer " + triggerSecret, 403, 200},
		{"Authorization", "Bearer " + bothSecret, 200, 200},
		{"X-API-Key", bothSecret, 200, 200},
		{"X-API-Key", readerSecret, 200, 403},
		{"X-API-Key", bothSecret + "x", 401, 401},
		{"Authorization", "Bearer", 401, 401},
		{"Authorization", "Basic " + bothSecret, 401, 401},
		{"Authorization", bothSecret, 401, 401},
	} {
		read := f.get("/results", c.header, c.value)
		assert.Equal(t, c.read, read.status, "%v", c)
		trigger := f.do(http.MethodPost, "/simulate/trigger", "{}", c.header, c.value)
		assert.Equal(t, c.trigger, trigger.status, "%v", c)
		for scope, r := range map[string]reply{"read": read, "trigger": trigger} {
			switch r.status {
			case http.StatusUnauthorized:
				refused(t, r, 401, "unauthorized")
				assert.Contains(t, r.header.Get("WWW-Authenticate"), "Bearer")
			case http.StatusForbidden:
				assert.Equal(t, scope, refused(t, r, 403, "forbidden", `"`+scope+`"`)["required_scope"])
			}
		}
	}
	assert.NotContains(t, f.log.String(), "canary", "a key is in the log")
	assert.Contains(t, f.log.String(), `"key":"reader"`)
	refused(t, f.get("/results?unknown=1"), 401, "unauthorized")
}

func TestWrongKeysAreSlowedDownAndRightOnesNever(t *testing.T) {
	t.Parallel()
	f := newFixture(t, withKeys)
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	f.mainJob()
	guess := func(i int, method, path string) reply {
		right := f.get("/models", "X-API-Key", readerSecret)
		assert.Equal(t, http.StatusOK, right.status, "the same address with a right key")
		return f.do(method, path, "", "Authorization", fmt.Sprintf("Bearer guess%d", i))
	}
	statuses := map[int]int{}
	var last reply
	for i := range 12 {
		for route, path := range map[string]string{"GET": "/models", "POST": "/simulate/trigger", "HEAD": "/results"} {
			last = guess(i, route, path)
			statuses[last.status]++
		}
	}
	assert.Equal(t, map[int]int{http.StatusUnauthorized: 20, http.StatusTooManyRequests: 16}, statuses)
	last = guess(99, http.MethodGet, "/models")
	refused(t, last, http.StatusTooManyRequests, "rate_limited", "Retry-After")
	assert.Equal(t, "3", last.header.Get("Retry-After"))
	conforms(t, f.api, http.MethodGet, "/models", last)

	assert.Equal(t, http.StatusUnauthorized, f.get("/models").status, "no key is no guess")
	assert.Equal(t, http.StatusOK, guess(99, http.MethodGet, "/health").status, "an open route stays open")
	f.now = f.now.Add(4 * time.Second)
	assert.Equal(t, http.StatusOK, guess(99, http.MethodGet, "/health").status)
	assert.Equal(t, http.StatusTooManyRequests, guess(99, http.MethodGet, "/models").status, "and is no way to try keys faster")
	f.now = f.now.Add(4 * time.Second)
	assert.Equal(t, http.StatusUnauthorized, guess(99, http.MethodGet, "/models").status)
}

func TestTheCallerIsTheKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t, withKeys)
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	r := f.do(http.MethodPost, "/simulate/trigger", "", "X-API-Key", bothSecret, "Idempotency-Key", "k")
	require.Equal(t, http.StatusOK, r.status)
	assert.Equal(t, sim.TriggerRequest{Caller: "both", IdempotencyKey: "k"}, f.jobs.request)
	r = f.do(http.MethodPost, "/simulate/retry/x", "", "X-API-Key", bothSecret)
	require.Equal(t, http.StatusOK, r.status)
	assert.Equal(t, "x by both", f.jobs.retried)
}

// curl -d sends the content type of a form, which does not matter with a key.
func TestAKeyAllowsAnyContentType(t *testing.T) {
	t.Parallel()
	f := newFixture(t, withKeys)
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	r := f.do(http.MethodPost, "/simulate/trigger", `{"dry_run":true}`, "X-API-Key", bothSecret, "Content-Type",
		"application/x-www-form-urlencoded")
	assert.Equal(t, http.StatusOK, r.status, "%s", r.body)
	assert.True(t, f.jobs.request.DryRun)
}

func TestPagesOfOtherSitesCannotTrigger(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	own := f.server.URL
	for _, c := range []struct {
		name    string
		body    string
		headers []string
		status  int
	}{
		{"JSON", "{}", []string{"Content-Type", "application/json"}, 200},
		{"curl -X POST", "", nil, 200},
		{"the page of this service", "{}", []string{"Content-Type", "application/json", "Origin", own, "Sec-Fetch-Site", "same-origin"}, 200},
		{"typed into the address bar", "", []string{"Sec-Fetch-Site", "none"}, 200},
		{"localhost", "{}", []string{"Content-Type", "application/json", "Host", "localhost:8080"}, 200},
		{"IPv6", "{}", []string{"Content-Type", "application/json", "Host", "[::1]:8080"}, 200},
		{"a form", "{}", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400},
		{"text", "{}", []string{"Content-Type", "text/plain"}, 400},
		{"an empty form", "", []string{"Content-Type", "text/plain"}, 400},
		{"a broken type", "{}", []string{"Content-Type", ";"}, 400},
		{"no type", "{}", []string{"Content-Type", ""}, 400},
		{"another site", "{}", []string{"Content-Type", "application/json", "Origin", "https://evil.example"}, 403},
		{"another site without a body", "", []string{"Origin", "https://evil.example"}, 403},
		{"an opaque origin", "", []string{"Origin", "null"}, 403},
		{"no origin, but the browser tells", "", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another port of this machine", "", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"a bad origin", "", []string{"Origin", "http://%zz"}, 403},
		{"DNS rebinding", "{}", []string{"Content-Type", "application/json", "Host", "evil.example:8080"}, 403},
		{"DNS rebinding, lookalike", "{}", []string{"Content-Type", "application/json", "Host", "127.0.0.1.evil.example"}, 403},
	} {
		r := f.do(http.MethodPost, "/simulate/trigger", c.body, c.headers...)
		assert.Equal(t, c.status, r.status, "%s: %s", c.name, r.body)
	}
}

func TestOnlyLoopbackIsServedWithoutKeys(t *testing.T) {
	t.Parallel()
	ask := func(f *fixture, method, remote, host string) int {
		r := httptest.NewRequest(method, "/simulate/trigger", strings.NewReader("{}"))
		if method == http.MethodGet {
			r = httptest.NewRequest(method, "/models", nil)
		}
		r.Header.Set("Content-Type", "application/json")
		r.RemoteAddr, r.Host = remote, host
		w := httptest.NewRecorder()
		f.api.ServeHTTP(w, r)
		return w.Code
	}
	closed, open := newFixture(t), newFixture(t, func(o *Options) { o.OpenToAll = true })
	for _, f := range []*fixture{closed, open} {
		f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	}
	for _, remote := range []string{"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "127.0.0.1", "::1", "[::ffff:127.0.0.1]:1"} {
		assert.Equal(t, http.StatusOK, ask(closed, http.MethodGet, remote, "localhost"), remote)
	}
	for _, remote := range []string{"10.0.0.1:1", "[2001:db8::1]:1", "", "@", "localhost.evil.example:1"} {
		assert.Equal(t, http.StatusForbidden, ask(closed, http.MethodGet, remote, "localhost"), remote)
		assert.Equal(t, http.StatusOK, ask(open, http.MethodGet, remote, "box.example"), remote)
		assert.Equal(t, http.StatusOK, ask(open, http.MethodPost, remote, "box.example"), remote)
	}
	assert.Equal(t, http.StatusForbidden, ask(closed, http.MethodPost, "127.0.0.1:1", "box.example"))
	keyed := newFixture(t, withKeys)
	assert.Equal(t, http.StatusUnauthorized, ask(keyed, http.MethodGet, "10.0.0.1:1", "x"), "with keys every address may ask")
}

// A page elsewhere can bind its name to the address of this service, and would then read
// every answer as its own.
func TestWithoutKeysTheServiceAnswersToItsOwnNamesOnly(t *testing.T) {
	t.Parallel()
	allowed := []string{"localhost", "LOCALHOST:9", "127.0.0.1", "127.8.8.8:80", "[::1]", "[::1]:8080"}
	others := []string{
		"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.9", "[2001:db8::1]", "",
	}
	routes := []string{
		"GET /", "GET /docs", "GET /openapi.json", "GET /health", "HEAD /health", "GET /models", "GET /results", "GET /metrics",
		"POST /mcp", "GET /mcp", "POST /simulate/trigger", "OPTIONS /health", "DELETE /nowhere", "GET /nowhere",
	}
	answer := func(f *fixture, route, host string, local net.Addr) int {
		method, path, _ := strings.Cut(route, " ")
		r := httptest.NewRequest(method, path, nil)
		r.RemoteAddr, r.Host = "127.0.0.1:1", host
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local))
		w := httptest.NewRecorder()
		f.api.ServeHTTP(w, r)
		return w.Code
	}
	mounted := func(o *Options) {
		o.MCP = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		o.Metrics = o.MCP
	}
	listened := &net.TCPAddr{IP: net.ParseIP("10.0.0.1"), Port: 8080}
	closed := newFixture(t, mounted)
	named := newFixture(t, mounted, func(o *Options) { o.Hosts = []string{"box.example", "10.0.0.7"} })
	open := newFixture(t, mounted, func(o *Options) { o.OpenToAll = true })
	openNamed := newFixture(t, mounted, func(o *Options) { o.OpenToAll, o.Hosts = true, []string{"box.example"} })
	keyed := newFixture(t, mounted, withKeys)
	for _, route := range routes {
		for _, f := range []*fixture{closed, named, open, openNamed, keyed} {
			for _, host := range slices.Concat(allowed, []string{"10.0.0.1", "10.0.0.1:8080"}) {
				assert.NotEqual(t, http.StatusForbidden, answer(f, route, host, listened), "%s %s", route, host)
			}
		}
		for _, host := range others {
			for _, f := range []*fixture{closed, named, openNamed} {
				assert.Equal(t, http.StatusForbidden, answer(f, route, host, listened), "%s %s", route, host)
			}
			for _, f := range []*fixture{open, keyed} {
				assert.NotEqual(t, http.StatusForbidden, answer(f, route, host, listened), "%s %s", route, host)
			}
		}
		for _, host := range []string{"box.example", "BOX.example:80"} {
			assert.Equal(t, http.StatusForbidden, answer(closed, route, host, listened), "%s %s", route, host)
			assert.NotEqual(t, http.StatusForbidden, answer(named, route, host, listened), "%s %s", route, host)
			assert.NotEqual(t, http.StatusForbidden, answer(openNamed, route, host, listened), "%s %s", route, host)
		}
	}
	assert.Equal(t, http.StatusForbidden, answer(closed, "GET /models", "", nil))
}

func TestRequiredOptionsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := New(Options{})
	assert.ErrorContains(t, err, "Options.Store is required")
	f := newFixture(t)
	o := Options{
		Store: f.store, Prices: f.store, Routes: RoutesResults,
		Models:   func(context.Context) ([]ModelInfo, error) { return nil, nil },
		Defaults: func(context.Context) (string, []string, error) { return "", nil, nil },
	}
	_, err = New(o)
	assert.NoError(t, err, "the results group changes nothing")
	o.Routes = RoutesTrigger
	_, err = New(o)
	assert.ErrorContains(t, err, "Options.Jobs")
}

func TestRoutesCanBeServedInParts(t *testing.T) {
	t.Parallel()
	paths := map[string]Routes{
		"/simulate/jobs": RoutesStatus, "/health": RoutesStatus, "/models": RoutesResults, "/docs": RoutesResults, "/openapi.json": RoutesResults,
	}
	for _, routes := range []Routes{RoutesTrigger, RoutesStatus, RoutesResults, RoutesAll} {
		f := newFixture(t, func(o *Options) { o.Routes = routes })
		f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
		for path, group := range paths {
			assert.Equal(t, routes&group != 0, f.get(path).status == http.StatusOK, "%s in %b", path, routes)
		}
		assert.Equal(t, routes&RoutesTrigger != 0, f.post("/simulate/trigger", "").status == http.StatusOK)
	}
}

func TestUnknownRoutesAndMethodsAreProblems(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	refused(t, f.get("/nowhere"), http.StatusNotFound, "not_found", "/nowhere")
	refused(t, f.get("/docs/x"), http.StatusNotFound, "not_found")
	r := f.get("/simulate/trigger")
	refused(t, r, http.StatusMethodNotAllowed, "invalid_request", "POST")
	assert.Equal(t, "POST", r.header.Get("Allow"))
	r = f.post("/results", "{}")
	refused(t, r, http.StatusMethodNotAllowed, "invalid_request", "GET, HEAD")
	head := f.do(http.MethodHead, "/nowhere", "")
	assert.Equal(t, http.StatusNotFound, head.status)
	assert.Empty(t, head.body)
	assert.Equal(t, http.StatusOK, f.do(http.MethodHead, "/models", "").status)
}

func TestLongBodiesAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.jobs.result = sim.TriggerResult{Outcome: sim.TriggerCurrent}
	r := f.post("/simulate/trigger", strings.Repeat(" ", maxBody))
	assert.Equal(t, http.StatusOK, r.status)
	r = f.post("/simulate/trigger", strings.Repeat(" ", maxBody+1))
	refused(t, r, http.StatusRequestEntityTooLarge, "too_large", "65536")
	conforms(t, f.api, http.MethodPost, "/simulate/trigger", r)
	broken := httptest.NewRequest(http.MethodPost, "/simulate/trigger", io.MultiReader(strings.NewReader("{"), failingReader{}))
	broken.RemoteAddr, broken.Host = "127.0.0.1:1", "localhost"
	w := httptest.NewRecorder()
	f.api.ServeHTTP(w, broken)
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.NotContains(t, w.Body.String(), "secret")
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("secret") }

func TestPanicsAreAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.jobs.panicked = "secret internals"
	r := f.post("/simulate/trigger", "{}")
	refused(t, r, http.StatusInternalServerError, "internal")
	assert.NotContains(t, string(r.body), "secret")
	log := f.log.String()
	assert.Equal(t, 1, strings.Count(log, "secret internals"), "logged once")
	assert.Contains(t, log, "fixture_test.go", "with where it was")
	assert.Contains(t, log, `"level":"ERROR"`)
}

func TestRequestsAreLogged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.get("/models", "X-API-Key", "canary", "Cookie", "canary")
	log := f.log.String()
	assert.Regexp(t, `"msg":"request","method":"GET","path":"/models","status":200,"duration_ms":[0-9.]+}`, log)
	assert.NotContains(t, log, "canary")
}

func TestAbortedHandlersStayAborted(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *Options) {
		o.Metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	})
	_, err := http.Get(f.server.URL + "/metrics")
	assert.ErrorIs(t, err, io.EOF)
}

func TestMetricsNeedScopeRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t, withKeys, func(o *Options) {
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") })
	})
	refused(t, f.get("/metrics"), http.StatusUnauthorized, "unauthorized")
	r := f.get("/metrics", "X-API-Key", readerSecret)
	assert.Equal(t, "up 1\n", string(r.body))
	assert.Equal(t, http.StatusNotFound, newFixture(t).get("/metrics").status)
}

func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	for kind, want := range map[sim.Kind]struct {
		status int
		code   sim.Kind
	}{
		sim.KindInvalid: {400, sim.KindInvalid}, sim.KindUnauthorized: {401, sim.KindUnauthorized}, sim.KindForbidden: {403, sim.KindForbidden},
		sim.KindNotFound: {404, sim.KindNotFound}, sim.KindNoData: {404, sim.KindNoData}, sim.KindConflict: {409, sim.KindConflict},
		sim.KindTooLarge: {413, sim.KindTooLarge}, sim.KindIdempotencyMismatch: {422, sim.KindIdempotencyMismatch},
		sim.KindRateLimited: {429, sim.KindRateLimited}, sim.KindInternal: {500, sim.KindInternal},
		sim.KindUnavailable: {503, sim.KindUnavailable},
		sim.KindBusy:        {503, sim.KindUnavailable}, sim.KindStale: {503, sim.KindUnavailable}, sim.KindFenced: {409, sim.KindConflict},
	} {
		p := newProblem(sim.Errorf(kind, "text"))
		assert.Equal(t, want.status, p.Status, kind)
		assert.Equal(t, string(want.code), p.Code, kind)
		assert.Equal(t, kind == sim.KindInternal, p.Error() != "text", kind)
	}
	assert.Equal(t, http.StatusServiceUnavailable, newProblem(context.Canceled).Status)
	assert.Equal(t, http.StatusInternalServerError, newProblem(errors.New("x")).Status)
}

func TestProblemsSurviveFieldsThatJSONCannotHold(t *testing.T) {
	t.Parallel()
	a := problemAnswer(newProblem(sim.Errorf(sim.KindConflict, "busy").With("bad", make(chan int))))
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, string(a.body), `"message":"busy"`)
}

// huma passes the text of an internal error to the hook.
func TestInternalErrorsOfHumaStayInside(t *testing.T) {
	t.Parallel()
	p := humaError(http.StatusInternalServerError, "unexpected error occurred", errors.New("secret"))
	assert.Equal(t, http.StatusInternalServerError, p.GetStatus())
	assert.NotContains(t, p.Error(), "secret")
	assert.Equal(t, "plain", humaError(http.StatusBadRequest, "validation failed", errors.New("plain")).Error())
	assert.Equal(t, "alone", humaError(http.StatusBadRequest, "alone").Error())
}
