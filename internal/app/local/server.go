package local

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// The limits of a connection. They bound what one costs whose client is slow, stalls or
// has gone, before anything is known about it.
const (
	maxHeader   = 64 << 10
	headerTime  = 10 * time.Second
	requestTime = 15 * time.Second // header and body; lifted once the body has come
	answerTime  = 2 * time.Minute  // from the header of the request to the end of the answer
	idleTime    = 2 * time.Minute
)

// endTime is how long requests in flight may take once the service ends.
const endTime = 3 * time.Second

// server is an HTTP server that ends without waiting for its clients.
type server struct {
	http.Server

	mu     sync.Mutex
	fresh  map[net.Conn]struct{} // accepted, without a complete request yet
	ending bool
}

func newServer(h http.Handler, log *log.Logger) *server {
	s := &server{fresh: map[net.Conn]struct{}{}, Server: http.Server{
		Handler: h, ErrorLog: log, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
	}}
	s.ConnState = s.watch
	return s
}

// watch keeps the connections that have not sent a request. Clients open some ahead of
// time, and Shutdown would wait 5 s for each.
func (s *server) watch(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.fresh, c)
	case s.ending:
		_ = c.Close() // it was accepted just before the listener was closed
	default:
		s.fresh[c] = struct{}{}
	}
}

// end closes the listener and the connections without a request, and gives the others
// time to be answered. What takes longer is cut off.
func (s *server) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	s.mu.Lock()
	s.ending = true
	for c := range s.fresh {
		_ = c.Close()
	}
	s.mu.Unlock()
	err := s.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return s.Close()
	}
	return err
}
