// Package inprocess asks an HTTP handler of this process, without a network.
package inprocess

import (
	"bytes"
	"io"
	"net/http"
)

// Serve lets a handler answer a request, and returns the whole answer. Unlike a
// server, it adds nothing to the request: the caller sets RemoteAddr and Host. The
// body of the answer is in memory, so it need not be closed.
func Serve(h http.Handler, r *http.Request) *http.Response {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &recorder{header: http.Header{}}
	h.ServeHTTP(w, in)
	w.WriteHeader(http.StatusOK) // an empty answer has this status
	return &http.Response{
		StatusCode:    w.status,
		Header:        w.header,
		Body:          io.NopCloser(&w.body),
		ContentLength: int64(w.body.Len()),
		Request:       r,
	}
}

// Transport answers the requests of an [http.Client] by a handler, as if they came
// from this machine.
type Transport struct{ Handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	local := r.Clone(r.Context())
	local.RemoteAddr = "127.0.0.1:0"
	return Serve(t.Handler, local), nil
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int // 0 until it is written
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter]: the first status counts.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write implements [http.ResponseWriter].
func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
