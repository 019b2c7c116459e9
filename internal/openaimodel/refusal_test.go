package openaimodel

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

func TestPassingRefusalsAreRetried(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
	}{
		{408, `{"error":{"message":"Request timed out","code":408}}`}, {409, `{"error":{"message":"Conflict","code":"conflict"}}`},
		{423, ``}, {424, `{"message":"ModelErrorException"}`}, {425, `Too Early`}, {429, ``}, {498, `{"error":{"code":"capacity_exceeded"}}`},
		{499, ``}, {500, ``}, {502, `<html></html>`}, {503, ``}, {504, ``}, {520, ``}, {522, ``}, {524, ``}, {529, ``},
		// What the model wrote was no call.
		{400, `{"error":{"message":"Failed to call a function. Please adjust your prompt.","type":"invalid_request_error",` +
			`"code":"tool_use_failed","failed_generation":"<function=buy>{"}}`},
		{400, `{"error":{"message":"Parsing failed. The model generated output that could not be parsed.","code":"output_parse_failed"}}`},
		{400, `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"code\":\"tool_use_failed\"}}"}}}`},
		{400, `{"error":{"message":"tool call validation failed: attempted to call tool 'x' which was not in request.tools"}}`},
		{500, `{"error":{"message":"error parsing tool call: raw='{\"a'"}}`},
		{422, `{"error":{"code":"malformed_tool_call"}}`},
		// Other statuses for the same.
		{400, `{"error":{"message":"slow","type":"rate_limit_error"}}`},
		{403, `{"error":{"errors":[{"reason":"rateLimitExceeded"}],"code":403}}`},
		{400, `{"error":{"message":"x","code":"engine_overloaded"}}`},
		// In the body of a success.
		{200, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`}, {200, `{"error":{"code":429.0}}`},
		{200, `{"error":"Rate limit exceeded"}`}, {200, `[{"error":{"code":503,"status":"UNAVAILABLE"}}]`},
		{200, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`},
		{200, `{"object":"error","message":"busy","code":503}`}, {200, `{"detail":"Internal Server Error"}`},
		{200, `{"code":50505,"message":"Model service overloaded. Please try again later.","data":null}`},
		{200, `{"choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit"}}`},
		{200, `{"errors":[{"message":"upstream timed out"}]}`}, {200, `{"status":"500"}`},
		{200, `{"choices":[{"error":{"code":502,"message":"x"},"message":{"content":"half"}}]}`},
		{200, `{"choices":[{"message":{"role":"assistant"},"finish_reason":"MALFORMED_FUNCTION_CALL"}]}`},
		{200, `{"choices":[{"message":{},"finish_reason":"function_call_filter: MALFORMED_FUNCTION_CALL"}]}`},
		{200, `{"choices":[{"message":{},"finish_reason":"stop","native_finish_reason":"MALFORMED_FUNCTION_CALL"}]}`},
		{200, `{"choices":[{"message":{},"finish_reason":"UNEXPECTED_TOOL_CALL"}]}`},
		{200, `{"choices":[{"message":{},"finish_reason":"insufficient_system_resource"}]}`},
		{200, `{"choices":[{"message":{},"finish_reason":"network_error"}]}`}, {200, `{"choices":[{"message":{},"finish_reason":"abort"}]}`},
		{200, `null`}, {200, `""`}, {200, `[]`}, {200, `{}`}, {200, "{\"choices\":[{\"mess"}, {200, "\n\n"}, {200, "upstream connect error"},
	} {
		p := newProvider(t, answer(c.status, c.body), answer(c.status, c.body), hello)
		m, _ := newModel(t, p)
		r, err := m.Complete(t.Context(), ask())
		name := fmt.Sprint(c.status, " ", c.body)
		require.NoError(t, err, name)
		assert.Equal(t, "hello", r.Message.Content, name)
		assert.Equal(t, 3, p.requests(), name)
	}
}

func TestPermanentRefusalsStopAtOnce(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		code   string
	}{
		{429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota",` +
			`"code":"insufficient_quota"}}`, "model_no_quota"},
		{429, `{"error":{"message":"Billing hard limit has been reached","code":"billing_hard_limit_reached"}}`, "model_no_quota"},
		{429, `{"error":{"message":"Your account org-x is suspended, please check your plan and billing details",` +
			`"type":"exceeded_current_quota_error"}}`, "model_no_quota"},
		{429, `{"error":{"message":"You have exceeded your monthly included credits"}}`, "model_no_quota"},
		{429, `{"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}`, "model_no_quota"},
		{429, `[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"quota","details":[{"violations":[` +
			`{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"30s"}]}}]`, "model_no_quota"},
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}`, "model_no_quota"},
		{400, `{"error":{"code":"Arrearage","message":"Access denied"}}`, "model_no_quota"},
		{402, `{"error":{"message":"Insufficient Balance","code":"invalid_request_error"}}`, "model_http_402"},
		{403, `{"error":{"code":"insufficient_user_quota","message":"x"}}`, "model_no_quota"},
		{500, `{"error":{"message":"insufficient balance"}}`, "model_no_quota"},
		{401, `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`, "model_http_401"},
		{401, ``, "model_http_401"}, {403, ``, "model_http_403"}, {402, ``, "model_http_402"}, {404, ``, "model_http_404"},
		{400, `[{"error":{"code":400,"message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}]`, "model_http_400"},
		{404, `{"error":{"message":"The model x does not exist","code":"model_not_found"}}`, "model_http_404"},
		{404, `{"error":{"message":"model \"x\" not found, try pulling it first"}}`, "model_http_404"},
		{400, `{"error":{"message":"Model Not Exist","type":"invalid_request_error"}}`, "model_http_400"},
		{503, `{"error":{"message":"no channel","code":"model_not_found"}}`, "model_http_503"},
		{500, `{"error":{"message":"Unknown model: x"}}`, "model_http_500"},
		{400, `{"error":{"message":"Invalid value: temperature"}}`, "model_http_400"},
		{422, `{"detail":[{"msg":"field required"}]}`, "model_http_422"},
		// In the body of a success.
		{200, `{"error":{"message":"x","code":"invalid_api_key"}}`, "model_http_401"},
		{200, `{"error":{"code":401,"message":"x"}}`, "model_http_401"}, {200, `{"error":"Invalid API key"}`, "model_http_401"},
		{200, `{"error":{"code":"404","message":"x"}}`, "model_http_404"}, {200, `{"error":"model x not found"}`, "model_http_404"},
		{200, `{"error":{"code":"insufficient_quota"}}`, "model_http_402"},
		{200, `{"error":{"code":429,"type":"insufficient_quota"}}`, "model_no_quota"},
		{200, `{"choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}`, "model_http_402"},
		{200, `{"choices":[{"error":{"code":403,"message":"no"}}]}`, "model_http_403"},
	} {
		p := newProvider(t, answer(c.status, c.body, "Retry-After", "1"))
		m, clock := newModel(t, p)
		ctx, cancel := context.WithDeadline(t.Context(), clock.Now().Add(time.Hour))
		_, err := m.Complete(ctx, ask())
		cancel()
		name := fmt.Sprint(c.status, " ", c.body)
		require.Error(t, err, name)
		assert.Regexp(t, "^"+c.code+"(:|$)", sim.MessageOf(err), name)
		assert.Equal(t, sim.KindInvalid, sim.KindOf(err), name)
		assert.Equal(t, 1, p.requests(), name)
		assert.Empty(t, clock.Waited(), name)
	}
}

// waited returns the first wait of a model after a refusal.
func waited(t *testing.T, status int, body string, header ...string) time.Duration {
	t.Helper()
	p := newProvider(t, answer(status, body, header...), hello)
	m, c := newModel(t, p, func(c *Config) { c.BaseDelay = 0 })
	ctx, cancel := context.WithDeadline(t.Context(), c.Now().Add(48*time.Hour))
	defer cancel()
	_, err := m.Complete(ctx, ask())
	require.NoError(t, err, body)
	require.Len(t, c.Waited(), 1, body)
	return c.Waited()[0].Round(time.Millisecond)
}

func TestAWaitIsTakenFromTheText(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"Please try again in 9.8s.":                     9800 * time.Millisecond,
		"Please retry in 9.837906927s.":                 9838 * time.Millisecond,
		"Please try again in 350ms. Visit x.":           350 * time.Millisecond,
		"Please try again in 1m2.5s.":                   62500 * time.Millisecond,
		"Please try again in 6m0s.":                     6 * time.Minute,
		"Please try again in 1h3m12.5s":                 time.Hour + 3*time.Minute + 12500*time.Millisecond,
		"Please retry after 26 seconds.":                26 * time.Second,
		"Retry after 1 second":                          time.Second,
		"retry-after: 12":                               12 * time.Second,
		"retry_after=3.5":                               3500 * time.Millisecond,
		"Please wait 20 seconds before retrying":        20 * time.Second,
		"You must wait at least 2 minutes":              2 * time.Minute,
		"Try again in 2 minutes and 3 seconds":          2*time.Minute + 3*time.Second,
		"Limit resets in 5 min":                         5 * time.Minute,
		"Retrying in 10 sec":                            10 * time.Second,
		"limit 20, used 20. Please try again in 3s. x":  3 * time.Second,
		"Please try again later":                        0,
		"try again in 2026":                             0,
		"retry 3 times":                                 0,
		"limit 60 requests per 1m; slow down":           0,
		"the request waited 30s":                        0,
		"try again in a moment":                         0,
		"Please try again in 99999999999999999999999h.": 24 * time.Hour,
	} {
		assert.Equal(t, want, waited(t, 429, `{"error":{"message":`+string(quoted(text))+`}}`), text)
	}
}

func TestAWaitIsTakenFromTheBody(t *testing.T) {
	for body, want := range map[string]time.Duration{
		`[{"error":{"code":429,"message":"x","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"9.5s"}]}}]`: 9500 *
			time.Millisecond,
		`{"error":{"details":[{"retryDelay":{"seconds":7}}]}}`:                                                 7 * time.Second,
		`{"error":{"message":"x","retry_after":12}}`:                                                           12 * time.Second,
		`{"retryAfter":"3"}`:                                                                                   3 * time.Second,
		`{"error":{"message":"x","retry_after_ms":250}}`:                                                       250 * time.Millisecond,
		`{"error":"Model x is currently loading","estimated_time":20.5}`:                                       20500 * time.Millisecond,
		`{"error":{"message":"x","metadata":{"headers":{"Retry-After":"4"}}}}`:                                 4 * time.Second,
		`{"error":{"message":"x","metadata":{"raw":"{\"error\":{\"message\":\"try again in 2s\"}}"}}}`:         2 * time.Second,
		`{"error":{"message":"x","metadata":{"raw":"[{\"error\":{\"details\":[{\"retryDelay\":\"8s\"}]}}]"}}}`: 8 * time.Second,
		`{"error":{"message":"try again in 1s","details":[{"retryDelay":"3s"}]}}`:                              3 * time.Second,
		`{"error":{"message":"x","retry_after":null}}`:                                                         0,
		`{"error":{"message":"x","retry_after":-5}}`:                                                           0,
	} {
		assert.Equal(t, want, waited(t, 429, body), body)
		assert.Equal(t, want, waited(t, 503, body), body)
	}
}

func TestAWaitIsTakenFromTheHeader(t *testing.T) {
	soon := time.Now().Add(40 * time.Second)
	for name, c := range map[string]struct {
		header []string
		from   time.Duration
		to     time.Duration
	}{
		"seconds":      {[]string{"Retry-After", "7"}, 7 * time.Second, 7 * time.Second},
		"a fraction":   {[]string{"Retry-After", "0.25"}, 250 * time.Millisecond, 250 * time.Millisecond},
		"a date":       {[]string{"Retry-After", soon.UTC().Format(http.TimeFormat)}, 30 * time.Second, 41 * time.Second},
		"with a unit":  {[]string{"Retry-After", "9s"}, 9 * time.Second, 9 * time.Second},
		"milliseconds": {[]string{"Retry-After", "1", "Retry-After-Ms", "820"}, 820 * time.Millisecond, 820 * time.Millisecond},
		"a reset": {[]string{"X-RateLimit-Reset-Tokens", "1m2.5s", "X-RateLimit-Remaining-Tokens", "0"},
			62500 * time.Millisecond, 62500 * time.Millisecond},
		"the exhausted one": {[]string{"X-RateLimit-Reset-Requests", "6h", "X-RateLimit-Remaining-Requests", "5",
			"X-RateLimit-Reset-Tokens", "20ms"}, 20 * time.Millisecond, 20 * time.Millisecond},
		"milliseconds epoch": {[]string{"X-RateLimit-Reset", fmt.Sprint(soon.UnixMilli())}, 30 * time.Second, 41 * time.Second},
		"epoch":              {[]string{"X-RateLimit-Reset", fmt.Sprint(soon.Unix())}, 30 * time.Second, 41 * time.Second},
		"a draft's":          {[]string{"RateLimit-Reset", "12", "RateLimit-Remaining", "0"}, 12 * time.Second, 12 * time.Second},
		"Anthropic's": {[]string{"Anthropic-RateLimit-Input-Tokens-Reset", soon.UTC().Format(time.RFC3339),
			"Anthropic-RateLimit-Input-Tokens-Remaining", "0"}, 30 * time.Second, 41 * time.Second},
		"none":   {[]string{"Retry-After", "soon"}, 0, 0},
		"passed": {[]string{"X-RateLimit-Reset", "1500000000"}, 0, 0},
	} {
		got := waited(t, 429, "", c.header...)
		assert.GreaterOrEqual(t, got, c.from, name)
		assert.LessOrEqual(t, got, c.to, name)
	}
}

// While a provider is busy, or says how long to wait, the time of the day bounds the
// attempts, and not their number.
func TestTheTimeOfTheDayBoundsTheWaits(t *testing.T) {
	for name, busy := range map[string]http.HandlerFunc{
		"a rate limit":           answer(429, `{"error":{"message":"slow down"}}`),
		"a named wait":           answer(503, ``, "Retry-After", "9"),
		"a wait in the body":     answer(200, `{"error":{"code":429,"message":"try again in 9.8s"}}`),
		"an overloaded provider": answer(529, ``),
		"an overloaded model":    answer(503, `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`),
		"no capacity":            answer(498, ``),
	} {
		script := []http.HandlerFunc{}
		for range 20 {
			script = append(script, busy)
		}
		p := newProvider(t, append(script, hello)...)
		m, c := newModel(t, p)
		ctx, cancel := context.WithDeadline(t.Context(), c.Now().Add(time.Hour))
		r, err := m.Complete(ctx, ask())
		require.NoError(t, err, name)
		assert.Equal(t, "hello", r.Message.Content, name)
		cancel()

		p = newProvider(t, busy)
		m, c = newModel(t, p)
		start := c.Now()
		ctx, cancel = context.WithDeadline(t.Context(), c.Now().Add(10*time.Minute))
		_, err = m.Complete(ctx, ask())
		cancel()
		require.ErrorContains(t, err, "no time is left for another", name)
		assert.Greater(t, c.Now().Sub(start), 8*time.Minute, name)
		assert.Less(t, c.Now().Sub(start), 10*time.Minute, name)
		var ended agent.Ended
		require.ErrorAs(t, err, &ended)
		assert.Equal(t, sim.StopDeadline, ended.Reason, name)
		assert.False(t, strings.Contains(sim.MessageOf(err), "ended here"), sim.MessageOf(err))
	}
}

func TestAWaitBeyondTheDayIsNotBegun(t *testing.T) {
	p := newProvider(t, answer(429, ``, "Retry-After", "7200"))
	m, c := newModel(t, p)
	ctx, cancel := context.WithDeadline(t.Context(), c.Now().Add(time.Hour))
	defer cancel()
	_, err := m.Complete(ctx, ask())
	require.ErrorContains(t, err, "no time is left for another")
	assert.Equal(t, 1, p.requests())
	assert.Empty(t, c.Waited())
}

func TestOtherFailuresStayBoundedByTheirNumber(t *testing.T) {
	slow := answer(429, "")
	p := newProvider(t, answer(500, ""), slow, slow, answer(200, ""), slow, answer(502, ""), slow, answer(500, ""))
	m, c := newModel(t, p)
	ctx, cancel := context.WithDeadline(t.Context(), c.Now().Add(time.Hour))
	defer cancel()
	_, err := m.Complete(ctx, ask())
	require.ErrorContains(t, err, "model_http_500 (attempt 8)")
}
