package local

import (
	"bufio"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/apikey"
)

// pipes is a network in memory, on which the time of a bubble passes.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{accept: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return fromLoopback{c}, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// dial connects, and sends the beginning of a request.
func (p *pipes) dial(sent string) *pipe {
	here, there := net.Pipe()
	p.accept <- there
	if sent != "" {
		_, _ = io.WriteString(here, sent) // the other side may have closed
	}
	return &pipe{here, bufio.NewReader(here)}
}

// fromLoopback is a connection whose client is on this machine.
type fromLoopback struct{ net.Conn }

func (fromLoopback) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000}
}

// pipe is the client's side of a connection.
type pipe struct {
	net.Conn
	r *bufio.Reader
}

// answer reads the next answer.
func (p *pipe) answer(t *testing.T) int {
	t.Helper()
	r, err := http.ReadResponse(p.r, nil)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, r.Body)
	require.NoError(t, err)
	return r.StatusCode
}

// ended waits until the server closes the connection, and returns what it said before.
func (p *pipe) ended() string {
	rest, _ := io.ReadAll(p.r)
	return string(rest)
}

// within runs a test in a bubble: time passes when everything waits.
func within(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

const getHealth = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestTheEndWaitsForNoClientThatAsksNothing(t *testing.T) {
	within(t, func(t *testing.T) {
		network := newPipes()
		s := newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), quiet())
		go func() { _ = s.Serve(network) }()
		kept := network.dial(getHealth)
		assert.Equal(t, http.StatusOK, kept.answer(t))
		clients := []*pipe{kept, network.dial(""), network.dial("GET /health HT")}
		synctest.Wait()
		began := time.Now()
		require.NoError(t, s.end(t.Context()))
		for _, c := range clients {
			assert.Empty(t, c.ended())
		}
		assert.Less(t, time.Since(began), time.Second)
		synctest.Wait()
		assert.Empty(t, s.fresh)
	})
}

func TestTheEndGivesRunningRequestsABoundedTime(t *testing.T) {
	within(t, func(t *testing.T) {
		network := newPipes()
		stopped := 0
		s := newServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/long" {
				<-r.Context().Done()
				stopped++
				return
			}
			time.Sleep(time.Second)
		}), quiet())
		go func() { _ = s.Serve(network) }()
		short, long := network.dial(getHealth), network.dial(strings.Replace(getHealth, "health", "long", 1))
		synctest.Wait()
		began := time.Now()
		ended := make(chan error)
		go func() { ended <- s.end(t.Context()) }()
		assert.Equal(t, http.StatusOK, short.answer(t))
		assert.Empty(t, long.ended())
		require.NoError(t, <-ended)
		assert.Equal(t, endTime, time.Since(began))
		synctest.Wait()
		assert.Equal(t, 1, stopped, "its handler is told")
	})
}

// home opens a home with the sample market in a bubble, and serves it until the test
// ends.
func (p *pipes) home(t *testing.T, env map[string]string) (h *Home, end func()) {
	t.Helper()
	now := func() time.Time { return time.Now().AddDate(26, 0, 0) } // a bubble begins in 2000, before the sample market
	h, err := Open(t.Context(), Options{
		Data: t.TempDir(), Demo: true, Env: func(name string) string { return env[name] }, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	s := newServer(h.served, quiet())
	go func() { _ = s.Serve(p) }()
	return h, func() {
		require.NoError(t, s.end(t.Context()))
		synctest.Wait()
		require.NoError(t, h.Close())
	}
}

func withAKey(t *testing.T) (env map[string]string, text string) {
	t.Helper()
	key, text, err := apikey.Generate("one", apikey.Read, apikey.Trigger)
	require.NoError(t, err)
	return map[string]string{"AITRADER_API_KEYS": key.String()}, text
}

const longBody = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n"

func TestAClientThatStallsLosesItsConnection(t *testing.T) {
	within(t, func(t *testing.T) {
		network := newPipes()
		_, end := network.home(t, nil)
		defer end()
		for name, sent := range map[string]string{
			"nothing": "", "a part of the header": "GET /health HTTP/1.1\r\nHost: loc",
			"a part of the body": "POST /simulate/trigger" + longBody + "\r\n{",
			"the same, for MCP":  "POST /mcp" + longBody + "\r\n{",
			"a part of a chunk":  "POST /simulate/trigger HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{",
			"a body with GET":    "GET /health" + longBody + "\r\n{",
			"no route":           "POST /nowhere" + longBody + "\r\n{",
			"a wrong method":     "PUT /health" + longBody + "\r\n{",
			"another site":       "POST /simulate/trigger HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 9\r\n\r\n{",
		} {
			began := time.Now()
			said := network.dial(sent).ended()
			assert.LessOrEqual(t, time.Since(began), requestTime+time.Second, "%s: %s", name, said)
		}
	})
}

// 2,000 clients that stall do not keep the next one out.
func TestACallerWithoutAKeyIsRefusedBeforeTheBody(t *testing.T) {
	within(t, func(t *testing.T) {
		env, key := withAKey(t)
		network := newPipes()
		_, end := network.home(t, env)
		defer end()
		for _, path := range []string{"POST /simulate/trigger", "POST /mcp", "POST /simulate/cancel/x"} {
			for _, with := range []string{"", "X-API-Key: wrong\r\n"} {
				stalled := network.dial(path + longBody + with + "Expect: 100-continue\r\n\r\n")
				began := time.Now()
				assert.Equal(t, http.StatusUnauthorized, stalled.answer(t), "%s: and not 100 Continue", path)
				assert.Less(t, time.Since(began), time.Second)
				assert.Empty(t, stalled.ended())
				assert.Less(t, time.Since(began), 3*time.Second)
			}
			known := network.dial(path + longBody + "X-API-Key: " + key + "\r\nExpect: 100-continue\r\n\r\n")
			assert.Contains(t, known.ended(), "HTTP/1.1 100 Continue\r\n", "%s: a body is wanted", path)
		}
	})
}

func TestAClientThatReadsNothingLosesItsConnection(t *testing.T) {
	within(t, func(t *testing.T) {
		network := newPipes()
		_, end := network.home(t, nil)
		defer end()
		deaf := network.dial("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
		time.Sleep(answerTime + time.Second)
		synctest.Wait()
		assert.NotContains(t, deaf.ended(), "HTTP/1.1 200 OK\r\n\r\n{")
	})
}

// The time that a request has to arrive does not bound the answer.
func TestAStatusWaitsLongerThanARequestMayTake(t *testing.T) {
	within(t, func(t *testing.T) {
		network := newPipes()
		h, end := network.home(t, nil)
		defer end()
		_, err := h.LoadSample(t.Context())
		require.NoError(t, err)
		body := `{"start_date":"2025-10-01","end_date":"2025-10-01"}`
		trigger := "POST /simulate/trigger HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 51\r\n\r\n"
		client := network.dial(trigger + body)
		accepted, err := http.ReadResponse(client.r, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, accepted.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, accepted.StatusCode)
		wait := "GET " + accepted.Header.Get("Location") + "?wait=25 HTTP/1.1\r\nHost: localhost\r\n\r\n"

		began := time.Now()
		_, err = io.WriteString(client, wait)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, client.answer(t))
		assert.Equal(t, 25*time.Second, time.Since(began), "nothing executes the job")

		_, err = io.WriteString(client, wait)
		require.NoError(t, err)
		synctest.Wait()
		began = time.Now()
		close(h.ending)
		assert.Equal(t, http.StatusOK, client.answer(t))
		assert.Less(t, time.Since(began), time.Second, "the end wakes it")
	})
}

func TestHostsAreCheckedAtTheStart(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Options{
		Data: t.TempDir(), Demo: true, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Env: func(name string) string { return map[string]string{"AITRADER_HOSTS": "https://box.example"}[name] },
	})
	assert.ErrorContains(t, err, `AITRADER_HOSTS: "https://box.example": a name or an IP address is expected`)
}
