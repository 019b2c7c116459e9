package openaimodel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

func TestMain(m *testing.M) {
	rounds.Checks(30, 100)
	goleak.VerifyTestMain(m)
}

// cut begins an answer and breaks the connection.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"choices":[`)
	panic(http.ErrAbortHandler)
}

// hang sends a beginning, if any, and then nothing until the client goes.
func hang(beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if beginning != "" {
			_, _ = io.WriteString(w, beginning)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}
}

func TestPassingFailuresAreRetried(t *testing.T) {
	for name, bad := range map[string]http.HandlerFunc{
		"rate limit":               answer(429, `{"error":{"message":"slow down"}}`),
		"internal server error":    answer(500, ``),
		"bad gateway in HTML":      answer(502, `<html><title>502</title></html>`, "Content-Type", "text/html"),
		"unavailable":              answer(503, `{"error":"busy"}`),
		"overloaded":               answer(529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`),
		"cut connection":           cut,
		"cut before the headers":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"empty body":               answer(200, ""),
		"no content":               answer(204, ""),
		"HTML":                     answer(200, "<!DOCTYPE html><html></html>"),
		"broken JSON":              answer(200, `{"choices":[{"message":{"content":"hel`),
		"another JSON":             answer(200, `42`),
		"no choices":               answer(200, `{"choices":[]}`),
		"no message":               answer(200, `{"choices":[{"message":null}]}`),
		"tool calls that are none": answer(200, `{"choices":[{"message":{"tool_calls":"buy"}}]}`),
		"a call without function":  answer(200, `{"choices":[{"message":{"tool_calls":[{"id":"a"}]}}]}`),
		"error in a 200":           answer(200, `{"error":{"message":"provider down"}}`),
		"server error in a 200":    answer(200, `{"error":{"message":"provider down","code":502}}`),
		"rate limit in a 200":      answer(200, `{"error":{"message":"slow","code":"429"}}`),
		"error in a choice": answer(200,
			`{"choices":[{"error":{"code":503,"message":"x"},"message":{"content":""},"finish_reason":"error"}]}`),
		"finish reason error": answer(200, `{"choices":[{"message":{"content":"half"},"finish_reason":"error"}]}`),
	} {
		p := newProvider(t, bad, bad, hello)
		m, c := newModel(t, p)
		r, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, name)
		assert.Equal(t, "hello", r.Message.Content, name)
		assert.Equal(t, 3, p.requests(), name)
		assert.Equal(t, []time.Duration{500 * time.Millisecond, time.Second}, c.Waited(), name)
	}
}

func TestPermanentFailuresAreNotRetried(t *testing.T) {
	for _, status := range []int{300, 301, 302, 307, 308, 400, 401, 402, 403, 404, 418, 422} {
		p := newProvider(t, answer(status, `{"error":{"message":"no"}}`, "Location", "/v1/elsewhere"))
		m, c := newModel(t, p)
		e := fails(t, m, http.StatusText(status))
		assert.True(t, strings.HasPrefix(e.Message, fmt.Sprintf("model_http_%d: ", status)), e.Message)
		assert.Equal(t, sim.KindInvalid, e.Kind)
		assert.Equal(t, 1, p.requests())
		assert.Empty(t, c.Waited())
	}
	p := newProvider(t, answer(200, `{"error":{"message":"bad key","code":401}}`))
	m, _ := newModel(t, p)
	assert.Equal(t, "model_http_401: bad key", fails(t, m, "401 in a 200").Message)
	assert.Equal(t, 1, p.requests())
}

func TestRetriesEnd(t *testing.T) {
	for body, want := range map[string]struct {
		status int
		text   string
		kind   sim.Kind
	}{
		`{"error":{"message":"slow down"}}`: {429, "model_rate_limited: slow down (attempt 4)", sim.KindRateLimited},
		`{"error":"busy"}`:                  {503, "model_http_503: busy (attempt 4)", sim.KindUnavailable},
		``:                                  {500, "model_http_500 (attempt 4)", sim.KindUnavailable},
		`{"choices":[],"id":"x"}`: {200, `model_bad_answer: it has no choices: {"choices":[],"id":"x"} (attempt 4)`,
			sim.KindUnavailable},
		`<html><head><title>Sign &amp; in</title></head></html>`: {200,
			"model_bad_answer: it is not JSON: a web page: Sign & in (attempt 4)", sim.KindUnavailable},
	} {
		p := newProvider(t, answer(want.status, body))
		m, c := newModel(t, p)
		e := fails(t, m, body)
		assert.Equal(t, want.text, e.Message)
		assert.Equal(t, want.kind, e.Kind)
		assert.Equal(t, 4, p.requests())
		assert.Equal(t, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}, c.Waited(), "the bound doubles")
	}
	p := newProvider(t, answer(500, ""))
	m, _ := newModel(t, p, func(c *Config) { c.MaxRetries = 0 })
	assert.Equal(t, "model_http_500", fails(t, m, "no retries").Message)
}

func TestRetryAfterIsHonoured(t *testing.T) {
	start := time.Now().Truncate(time.Second)
	for header, want := range map[string]time.Duration{
		"7":     7*time.Second + 500*time.Millisecond,
		" 1.5 ": 2 * time.Second,
		"86400": 5 * time.Minute,
		"1e99":  5 * time.Minute,
		"0":     500 * time.Millisecond,
		"-3":    500 * time.Millisecond,
		"NaN":   500 * time.Millisecond,
		"soon":  500 * time.Millisecond,
		start.Add(20 * time.Second).UTC().Format(http.TimeFormat): 20*time.Second + 500*time.Millisecond,
		start.Add(-time.Hour).UTC().Format(http.TimeFormat):       500 * time.Millisecond,
		start.Add(48 * time.Hour).UTC().Format(http.TimeFormat):   5 * time.Minute,
	} {
		for _, status := range []int{429, 503} {
			p := newProvider(t, answer(status, "", "Retry-After", header), hello)
			m, c := newModel(t, p)
			c.Set(start)
			_, err := m.Complete(context.Background(), ask())
			require.NoError(t, err)
			assert.Equal(t, []time.Duration{want}, c.Waited(), header)
		}
	}
}

func TestBackoffIsBounded(t *testing.T) {
	m, _ := newModel(t, newProvider(t, hello), func(c *Config) { c.BaseDelay, c.Jitter = time.Second, func() float64 { return 0.999 } })
	assert.Equal(t, 999*time.Millisecond, m.delay(1, 0))
	assert.Less(t, m.delay(1000, 0), maxBackoff)
	assert.Greater(t, m.delay(1000, 0), maxBackoff-time.Second)
	m.retry.Random = func() float64 { return 0 }
	assert.Zero(t, m.delay(5, 0), "full jitter begins at nothing")
	m.retry.Base = time.Hour
	m.retry.Random = func() float64 { return 0.5 }
	assert.Equal(t, maxBackoff/2, m.delay(1, 0))
}

func TestNoWaitPassesTheDeadline(t *testing.T) {
	p := newProvider(t, answer(429, `{"error":{"message":"slow down"}}`, "Retry-After", "120"))
	m, c := newModel(t, p)
	ctx, cancel := context.WithDeadline(context.Background(), c.Now().Add(time.Minute))
	defer cancel()
	_, err := m.Complete(ctx, ask())
	var e *sim.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "model_rate_limited: slow down (attempt 1, and no time is left for another)", e.Message)
	assert.Equal(t, 1, p.requests())
	assert.Empty(t, c.Waited())
}

func TestTimeOuts(t *testing.T) {
	for name, stalled := range map[string]http.HandlerFunc{
		"before the headers": hang(""), "in the body": hang(`{"choices":[`),
	} {
		p := newProvider(t, stalled, hello)
		m, _ := newModel(t, p, func(c *Config) { c.CallTimeout = 50 * time.Millisecond })
		_, err := m.Complete(context.Background(), ask())
		require.NoError(t, err, name)

		p = newProvider(t, stalled)
		m, _ = newModel(t, p, func(c *Config) { c.CallTimeout, c.MaxRetries = 50*time.Millisecond, 1 })
		e := fails(t, m, name)
		assert.Equal(t, "model_timeout: no full answer within 50ms (attempt 2)", e.Message)
		assert.Equal(t, sim.KindUnavailable, e.Kind)
	}
}

func TestASlowBodyIsFineWithinTheTimeOut(t *testing.T) {
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		for _, part := range []string{`{"choices":[{"message":`, `{"role":"assistant",`, `"content":"slow"}}]}`} {
			_, _ = io.WriteString(w, part)
			w.(http.Flusher).Flush()
			select {
			case <-time.After(5 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
	})
	m, _ := newModel(t, p)
	r, err := m.Complete(context.Background(), ask())
	require.NoError(t, err)
	assert.Equal(t, "slow", r.Message.Content)
}

func TestATransportTimeOutIsATimeOut(t *testing.T) {
	p := newProvider(t, hang(""))
	transport := &http.Transport{ResponseHeaderTimeout: 20 * time.Millisecond}
	defer transport.CloseIdleConnections()
	m, _ := newModel(t, p, func(c *Config) { c.HTTPClient, c.MaxRetries = &http.Client{Transport: transport}, 0 })
	assert.True(t, strings.HasPrefix(fails(t, m, "headers").Message, "model_timeout: "))
}

func TestCancellationStopsAtOnce(t *testing.T) {
	t.Run("in flight", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		p := newProvider(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		m, c := newModel(t, p)
		_, err := m.Complete(ctx, ask())
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
		assert.Equal(t, 1, p.requests())
		assert.Empty(t, c.Waited())
	})
	t.Run("while waiting", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		p := newProvider(t, answer(500, ""))
		m, _ := newModel(t, p, func(c *Config) {
			c.BaseDelay = time.Hour
			c.Jitter = func() float64 { cancel(); return 0.9 } // the wait is about to begin
			c.Sleep = nil                                      // the real one
		})
		_, err := m.Complete(ctx, ask())
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 1, p.requests())
	})
	t.Run("by the deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		defer cancel()
		m, _ := newModel(t, newProvider(t, hang("")))
		_, err := m.Complete(ctx, ask())
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "model_interrupted")
	})
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		p := newProvider(t, hello)
		m, _ := newModel(t, p)
		_, err := m.Complete(ctx, ask())
		assert.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, p.requests())
	})
}

func TestFailedAttemptsAreCounted(t *testing.T) {
	p := newProvider(t,
		answer(200, `{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":1}}`),
		answer(500, `{"error":"x","usage":{"prompt_tokens":50}}`), hello)
	m, _ := newModel(t, p)
	r, err := m.Complete(context.Background(), ask())
	require.NoError(t, err)
	assert.Equal(t, sim.Usage{Input: 160, Output: 4}, r.Usage)

	p = newProvider(t, answer(500, `{"usage":{"prompt_tokens":50}}`))
	m, _ = newModel(t, p)
	r, err = m.Complete(context.Background(), ask())
	require.Error(t, err)
	assert.Equal(t, sim.Usage{Input: 200}, r.Usage)
}

func TestAnUnreachableProvider(t *testing.T) {
	p := newProvider(t, hello)
	p.Close()
	m, _ := newModel(t, p)
	e := fails(t, m, "closed")
	assert.Regexp(t, `^model_unreachable: .*connection refused \(attempt 4\)$`, e.Message)
	assert.NotContains(t, e.Message, "/v1/chat")
}

func TestAHugeAnswerIsNotRead(t *testing.T) {
	const size = 64 << 20
	var sent atomic.Int64
	p := newProvider(t, func(w http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat(" ", 1<<20))
		for sent.Load() < size {
			n, err := w.Write(block)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	m, _ := newModel(t, p, func(c *Config) { c.MaxRetries = 0 })
	assert.Equal(t, "model_bad_answer: it is larger than 8 MiB", fails(t, m, "huge").Message)
	assert.Less(t, sent.Load(), int64(size))
}

func TestRedirectsAreRefused(t *testing.T) {
	target := newProvider(t, hello)
	for _, status := range []int{301, 302, 303, 307, 308} {
		p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target.URL+"/v1/chat/completions", status)
		})
		m, _ := newModel(t, p, func(c *Config) { c.HTTPClient = http.DefaultClient })
		assert.Equal(t, fmt.Sprintf("model_http_%d: the base URL redirects elsewhere, and a key is not sent after a redirect", status),
			fails(t, m, "redirect").Message)
	}
	assert.Zero(t, target.requests())
	assert.Nil(t, http.DefaultClient.CheckRedirect, "the caller's client is left alone")
}

func TestTheLimiterBoundsAttempts(t *testing.T) {
	var now, most atomic.Int64
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-r.Context().Done():
		}
		now.Add(-1)
		hello(w, r)
	})
	shared := NewLimiter(2)
	var wg sync.WaitGroup
	for range 4 {
		m, _ := newModel(t, p, func(c *Config) { c.Limiter = shared })
		wg.Go(func() {
			for range 5 {
				_, err := m.Complete(context.Background(), ask())
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 20, p.requests())
	assert.LessOrEqual(t, most.Load(), int64(2))
}

func TestWaitingForAPlaceEndsWithTheContext(t *testing.T) {
	full := NewLimiter(1)
	require.NoError(t, full.Acquire(context.Background()))
	p := newProvider(t, hello)
	m, _ := newModel(t, p, func(c *Config) { c.Limiter = full })
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := m.Complete(ctx, ask())
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Zero(t, p.requests())
	full.Release()
	_, err = m.Complete(context.Background(), ask())
	assert.NoError(t, err)
}

// brokenLimiter fails without a reason in the context.
type brokenLimiter struct{}

func (brokenLimiter) Acquire(context.Context) error { return errors.New("out of order") }
func (brokenLimiter) Release()                      {}

func TestAMistakeOfThePackageIsInternal(t *testing.T) {
	m, _ := newModel(t, newProvider(t, hello), func(c *Config) { c.Limiter = brokenLimiter{} })
	_, err := m.Complete(context.Background(), ask())
	assert.Equal(t, sim.KindInternal, sim.KindOf(err))
}
