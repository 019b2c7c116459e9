// Package inprocess asks an HTTP handler of this process, without a network.
package inprocess

import (
	"bytes"
	"io"
	"net/http"
)

// Answer is the whole answer of a handler.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Serve lets a handler answer a request. Unlike a server, it adds nothing to the
// request: the caller sets RemoteAddr and Host.
func Serve(h http.Handler, r *http.Request) Answer {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &recorder{header: http.Header{}}
	h.ServeHTTP(w, in)
	w.WriteHeader(http.StatusOK) // an empty answer has this status
	return Answer{w.status, w.header, w.body.Bytes()}
}

// Transport answers the requests of an [http.Client] by a handler, as if they came
// from this machine.
type Transport struct{ Handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	local := r.Clone(r.Context())
	local.RemoteAddr = "127.0.0.1:0"
	answer := Serve(t.Handler, local)
	return &http.Response{
		StatusCode:    answer.Status,
		Header:        answer.Header,
		Body:          io.NopCloser(bytes.NewReader(answer.Body)),
		ContentLength: int64(len(answer.Body)),
		Request:       r,
	}, nil
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
