package simulate

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"aitrader/internal/callback"
	"aitrader/internal/sim"
)

// receivers is the address at which all receivers of callbacks listen.
const receivers = "127.0.0.1:9"

// newSender returns the product's sender on the network of the world.
func (w *world) newSender(p *process) *callback.Sender {
	hosts, err := callback.ParseHosts(receivers)
	if err != nil {
		panic(err) // a constant
	}
	secret, err := callback.ParseSigningSecret("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)))
	if err != nil {
		panic(err) // a constant
	}
	return callback.NewSender(callback.SenderOptions{
		Hosts: hosts, Now: p.now, PlainOnLoopback: true,
		Secret: func(context.Context) (callback.SigningSecret, error) { return secret, nil },
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			// The transport dials on a context of its own, which outlives the process.
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(p.ctx, cancel)()
			if err := p.do(ctx, "dial", "", func() error { return nil }); err != nil {
				return nil, errors.New("the network is down")
			}
			near, far := net.Pipe()
			go p.answer(far, func(r *http.Request, body []byte) httpAnswer { return w.receive(p, r, body) })
			return near, nil
		},
	})
}

// delivery is what a receiver knows about its callback.
type delivery struct {
	job      string
	received int  // with an answer of 2xx, whether or not it arrived
	refused  int  // with another answer
	gone     bool // it has answered 410
}

// httpAnswer is an answer over HTTP; with status 0 the connection ends without one.
type httpAnswer struct {
	status int
	body   string
}

// answer answers one request of a process on a connection.
func (p *process) answer(conn net.Conn, serve func(r *http.Request, body []byte) httpAnswer) {
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(p.ctx, func() { _ = conn.Close() })() // the dead leave no connection
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return // the process has died
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process has died
	}
	if a := serve(r, body); a.status != 0 {
		head := fmt.Sprintf("HTTP/1.1 %d x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", a.status, len(a.body))
		_, _ = io.WriteString(conn, head+a.body) // or the process has died
	}
}

// receive answers a request as a receiver of callbacks.
func (w *world) receive(p *process, r *http.Request, body []byte) (a httpAnswer) {
	path, job := strings.TrimPrefix(r.URL.Path, "/"), r.Header.Get("Webhook-Id")
	err := p.do(p.ctx, "receive "+path, job, func() error { a.status = w.deliver(path, job, body); return nil })
	if err != nil {
		return httpAnswer{}
	}
	return a
}

// deliver notes a request, and returns the status of the answer; 0: none, the
// connection ends.
func (w *world) deliver(path, job string, body []byte) int {
	w.checkDelivery(path, job, body)
	d := w.deliveries[path]
	if d == nil {
		d = &delivery{}
		w.deliveries[path] = d
	}
	d.job = job
	name := fmt.Sprintf("answer %s %d", path, w.count("receive "+path))
	switch {
	case w.calm.Load() || !w.chance(w.scenario.deaf, name):
		d.received++
		return http.StatusOK
	case w.chance(0.2, name+" gone"):
		d.gone = true
		return http.StatusGone
	case w.chance(0.3, name+" unheard"):
		d.received++
		return 0
	}
	d.refused++
	return http.StatusInternalServerError
}

// callbackURL is the address of a receiver of its own.
func callbackURL(name string) string { return "http://" + receivers + "/" + name }

// callbackTime is longer than a callback is retried.
const callbackTime = 24 * time.Hour

// scheduleTime is longer than a callback waits for a tick of the schedule, over a weekend
// and ten attempts.
const scheduleTime = 8 * 24 * time.Hour

// pathOf returns the name of the receiver.
func pathOf(url sim.CallbackURL) string {
	return strings.TrimPrefix(string(url), "http://"+receivers+"/")
}
