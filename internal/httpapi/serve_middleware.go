package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// maxBody bounds a request's body: 64 KiB.
const maxBody = 64 << 10

// request is what the layers of one request tell each other.
type request struct {
	key *apikey.Key // the caller's; nil without a valid one
	// refusal is why a route that needs a key is refused; nil with a key, and where none
	// is configured.
	refusal error
	cause   error // why the request failed, for the log
	// unread: the body has not been read, and the connection is to be closed.
	unread bool
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
		record := &request{unread: r.ContentLength != 0}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, record))
		written := &statusWriter{ResponseWriter: w}
		if record.unread {
			w.Header().Set("Connection", "close")
		}
		defer func() {
			if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
				record.cause = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
				if written.status == 0 {
					problemAnswer(newProblem(record.cause)).write(written)
				}
			} else if cause != nil {
				panic(cause) // net/http's own way to drop a connection
			}
			if record.unread {
				_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(lingerTime))
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
// may have sent. The body of a caller who needs a key and has none stays unread. The
// server bounds how long a body may take; once it has come, the answer may take its
// own time. A connection with an unread body is closed, or net/http would wait for the
// rest before it answers.
func (s *server) readBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			if r.ContentLength == 0 {
				arrived(w, r)
			}
			next.ServeHTTP(w, r)
			return
		}
		if err := authenticate(r.Context()); err != nil {
			fail(w, r, err)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			fail(w, r, bodyError(err))
			return
		}
		arrived(w, r)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		if err := s.checkOrigin(r); err != nil {
			fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// arrived ends the time that a request has to arrive, and keeps its connection. The
// former fails, as it may, where a request did not come over a connection.
func arrived(w http.ResponseWriter, r *http.Request) {
	w.Header().Del("Connection")
	requestOf(r.Context()).unread = false
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

// lingerTime is how long the server goes on reading a request that it has refused. A
// client that is still sending would otherwise lose the answer.
const lingerTime = time.Second

func bodyError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return sim.Errorf(sim.KindInvalid, "the request body took too long to arrive")
	}
	if e := (*http.MaxBytesError)(nil); errors.As(err, &e) {
		return sim.Errorf(sim.KindTooLarge, "the request body is longer than %d bytes", e.Limit)
	}
	return sim.Errorf(sim.KindInvalid, "the request body ended early")
}
