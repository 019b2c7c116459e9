package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
)

// stalling is a way to hold a connection open: what a client sends before it stalls, and
// how the answer begins that it gets before the connection is closed.
type stalling struct{ name, sent, answer string }

func stallings(key string) []stalling {
	const trigger = "POST /simulate/trigger HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
	return []stalling{
		{"nothing", "", ""},
		{"half a request header", "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Half: ", ""},
		{"half a body, no key", trigger + "\r\n{", "HTTP/1.1 401 "},
		{"half a body, a wrong key", trigger + "X-API-Key: wrong\r\n\r\n{", "HTTP/1.1 4"}, // 401, and 429 after too many
		{"half a body, a key", trigger + "X-API-Key: " + key + "\r\n\r\n{", "HTTP/1.1 400 "},
	}
}

// deaf asks for more than the buffers of a connection hold, and reads nothing of it.
var deaf = stalling{"reads nothing", strings.Repeat("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n", 500), ""}

// maxDeaf bounds the clients that read nothing: each costs megabytes of the system's memory.
const maxDeaf = 50

// Clients that stall lose their connections at the deadlines of the server, which answers
// others meanwhile. In a long run there are 2,000, and some read nothing: their deadline is
// two minutes.
func TestStalledConnectionsAreClosedAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	clients, deafs := rounds.Of(t, 50, 2000), rounds.Of(t, 0, maxDeaf)
	needFiles(t, clients+deafs+500)
	idleShop, s := newShop(t), newShop(t)
	key := s.json("keys", "new", "--id", "both", "--scopes", "read,trigger")
	s.env["AITRADER_API_KEYS"] = key["entry"].(string)
	idle, idleAddress := idleShop.serve()
	service, address := s.serve()
	idleErrors, errors := idle.errors(), service.errors()
	require.Equal(t, http.StatusOK, freshHealth(t, idleAddress))
	require.Equal(t, http.StatusOK, freshHealth(t, address))
	before := descriptors(t, service)

	ways := stallings(key["key"].(string))
	conns := make([]net.Conn, clients+deafs)
	for i := range conns {
		way := deaf
		if i < clients {
			way = ways[i%len(ways)]
		}
		conns[i] = stall(t, address, way)
	}
	for range 10 {
		assert.Equal(t, http.StatusOK, freshHealth(t, address), "while %d connections stall", len(conns))
	}

	// The clients close nothing: each read ends when the server has closed the connection.
	for i, conn := range conns[:clients] {
		said, err := io.ReadAll(conn)
		way := ways[i%len(ways)]
		require.NoError(t, err, way.name)
		assert.True(t, strings.HasPrefix(string(said), way.answer), "%s: %.100q", way.name, said)
	}
	const pool = 16 // descriptors that the connections of the store may open
	for descriptors(t, service) > before+pool {
		time.Sleep(50 * time.Millisecond)
	}
	assert.Equal(t, http.StatusOK, freshHealth(t, address))
	assert.Less(t, goroutines(t, service, errors), goroutines(t, idle, idleErrors)+clients/10, "those of the connections have ended")
}

// needFiles skips a test that needs more open files than are allowed.
func needFiles(t *testing.T, count int) {
	t.Helper()
	var files syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	if files.Cur < uint64(count) {
		t.Skipf("%d open files are allowed, and %d are needed (ulimit -n)", files.Cur, count)
	}
}

// stall opens a connection and sends what the client sends before it stalls.
func stall(t *testing.T, address string, way stalling) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(address, "http://"), time.Minute)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, way.sent)
	require.NoError(t, err, way.name)
	return conn
}

// freshHealth asks for the status of /health over a connection of its own, which is closed.
func freshHealth(t *testing.T, address string) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/health", nil)
	require.NoError(t, err)
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

// descriptors counts the open files of a process.
func descriptors(t *testing.T, p *process) int {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Process.Pid))
	require.NoError(t, err)
	return len(files)
}

// errors reads the error output to its end, and sends it then. A process whose log is not
// read waits once the pipe is full.
func (p *process) errors() <-chan string {
	all := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(p.err) // it ends with the process
		all <- string(text)
	}()
	return all
}

var goroutine = regexp.MustCompile(`(?m)^goroutine \d+ `)

// goroutines ends a process, which prints its goroutines, and counts them.
func goroutines(t *testing.T, p *process, errors <-chan string) int {
	t.Helper()
	p.signal(syscall.SIGQUIT)
	errs := <-errors
	_ = p.Wait() // it ends with a failure
	count := len(goroutine.FindAllString(errs, -1))
	require.Positive(t, count, errs)
	return count
}
