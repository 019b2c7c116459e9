package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// maxBody bounds a request's body: 64 KiB.
const maxBody = 64 << 10

// request is what the layers of one request tell each other.
type request struct {
	key   *apikey.Key // the caller's; nil without a valid one
	cause error       // why the request failed, for the log
}

type requestKey struct{}

// requestOf returns the record of the request that a context belongs to.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// observe logs each request once, without headers, bodies and keys, and turns a
// panic into an answer.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		record := &request{}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, record))
		written := &statusWriter{ResponseWriter: w}
		defer func() {
			if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
				record.cause = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
				if written.status == 0 {
					problemAnswer(newProblem(record.cause)).write(written)
				}
			} else if cause != nil {
				panic(cause) // net/http's own way to drop a connection
			}
			s.logRequest(r, record, written.status, time.Since(began))
		}()
		next.ServeHTTP(written, r)
	})
}

func (s *server) logRequest(r *http.Request, record *request, status int, duration time.Duration) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", status),
		slog.Float64("duration_ms", float64(duration.Microseconds())/1000),
	}
	if record.key != nil {
		attrs = append(attrs, slog.String("key", record.key.ID()))
	}
	if record.cause != nil && (status == 0 || status >= http.StatusInternalServerError) {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", record.cause.Error()))
	}
	s.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// statusWriter remembers the status of an answer; 0 until one is written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implies status 200, as net/http does.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// readBody reads the body of a request that may change something, within its limit,
// so that its length is known, and refuses a request that a page of another site
// may have sent.
func (s *server) readBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			fail(w, r, bodyError(err))
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		if err := s.checkOrigin(r); err != nil {
			fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func bodyError(err error) error {
	if e := (*http.MaxBytesError)(nil); errors.As(err, &e) {
		return sim.Errorf(sim.KindTooLarge, "the request body is longer than %d bytes", e.Limit)
	}
	return sim.Errorf(sim.KindInvalid, "the request body ended early")
}
