package runtimetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"aitrader/internal/logtest"
)

// environment is one process with a Runtime API of its own.
type environment struct {
	process *exec.Cmd
	server  *http.Server
	log     logtest.Log
	began   time.Time
	ready   func(time.Duration)
	first   sync.Once

	invocations chan *invocation
	exited      chan struct{} // closed when the process has ended

	mu      sync.Mutex
	current *invocation
	number  int
}

// invocation is an event under way. Its answer comes exactly once.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	answer   chan Result // capacity 1
}

// start starts a process. It calls ready with the time until the process first asks
// for work.
func start(binary string, env []string, ready func(time.Duration)) (*environment, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &environment{invocations: make(chan *invocation), exited: make(chan struct{}), ready: ready}
	e.server = &http.Server{Handler: e.routes(), ReadHeaderTimeout: 10 * time.Second}
	e.process = exec.Command(binary)
	e.process.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(),
		"AWS_LAMBDA_FUNCTION_NAME=test", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_REGION=us-east-1",
	}, env...)
	e.process.Stdout, e.process.Stderr = &e.log, &e.log
	e.began = time.Now()
	go func() { _ = e.server.Serve(listener) }() // ends with Close, and says so
	if err := e.process.Start(); err != nil {
		_ = e.server.Close()
		return nil, err
	}
	go func() {
		_ = e.process.Wait() // how it ended is in ProcessState
		close(e.exited)
		_ = e.server.Close()
	}()
	return e, nil
}

const api = "/2018-06-01/runtime"

// routes is the Runtime API.
func (e *environment) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"/invocation/next", e.next)
	mux.HandleFunc("POST "+api+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { e.answered(w, r, "") })
	mux.HandleFunc("POST "+api+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { e.answered(w, r, "Unhandled") })
	mux.HandleFunc("POST "+api+"/init/error", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&e.log, r.Body) // the process ends next, and that fails the invocation
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}

// next hands out the next invocation, when there is one.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	e.first.Do(func() { e.ready(time.Since(e.began)) })
	select {
	case <-r.Context().Done():
	case i := <-e.invocations:
		e.mu.Lock()
		e.current = i
		e.mu.Unlock()
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:test")
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(i.event) // a process that is gone is noticed by its exit
	}
}

// answered takes the answer to the current invocation; one to an older
// invocation is refused.
func (e *environment) answered(w http.ResponseWriter, r *http.Request, functionError string) {
	payload, err := io.ReadAll(r.Body)
	e.mu.Lock()
	i := e.current
	if i != nil && i.id == r.PathValue("id") {
		e.current = nil
	} else {
		i = nil
	}
	e.mu.Unlock()
	if err != nil || i == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	i.answer <- Result{Payload: payload, FunctionError: functionError}
	w.WriteHeader(http.StatusAccepted)
}

// fate is what became of an environment with an invocation.
type fate int

const (
	alive fate = iota // it can be used again
	dead
	untouched // dead, and it never took the invocation
)

// invoke runs one event.
func (e *environment) invoke(ctx context.Context, event []byte, timeout time.Duration) (Result, fate) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	e.number++
	i := &invocation{id: fmt.Sprintf("%d-%d", e.process.Process.Pid, e.number), event: event, deadline: deadline, answer: make(chan Result, 1)}
	select {
	case e.invocations <- i:
	case <-e.exited:
		return e.exitResult(), untouched
	case <-ctx.Done():
		return e.timedOut(timeout), dead
	}
	select {
	case r := <-i.answer:
		return r, alive
	case <-e.exited:
		select {
		case r := <-i.answer: // it answered and ended
			return r, dead
		default:
			return e.exitResult(), dead
		}
	case <-ctx.Done():
		return e.timedOut(timeout), dead
	}
}

func (e *environment) exitResult() Result {
	return failure("Runtime.ExitError", "RequestId: - Error: Runtime exited with error: "+e.process.ProcessState.String())
}

func (e *environment) timedOut(timeout time.Duration) Result {
	e.kill()
	return failure("Sandbox.Timedout", fmt.Sprintf("RequestId: - Error: Task timed out after %.2f seconds", timeout.Seconds()))
}

func failure(kind, message string) Result {
	payload, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	if err != nil {
		panic(err) // a map of strings
	}
	return Result{Payload: payload, FunctionError: "Unhandled"}
}

func (e *environment) ended() bool {
	select {
	case <-e.exited:
		return true
	default:
		return false
	}
}

// kill ends the process and waits for its end.
func (e *environment) kill() {
	_ = e.process.Process.Kill() // it may have ended by itself
	<-e.exited
}

func (e *environment) output() string { return e.log.String() }

// peakMemory reads the high-water mark of the resident set, where /proc has it.
func (e *environment) peakMemory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.process.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(text), "VmHWM:")
	if !found {
		return 0
	}
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
