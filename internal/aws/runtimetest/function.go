package runtimetest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Function is a Lambda function of which any number of environments can run.
type Function struct {
	t       testing.TB
	binary  string
	env     []string
	timeout time.Duration

	mu    sync.Mutex
	idle  []*environment
	all   []*environment
	colds []time.Duration
}

// Options are the settings of a function.
type Options struct {
	// Env is the environment of the process, as KEY=VALUE. Nothing of the
	// test's own environment is passed on.
	Env []string
	// Timeout bounds one invocation; 30 s when it is zero.
	Timeout time.Duration
}

// New makes a function of a bootstrap binary. The processes that it starts are
// ended by the cleanup of the test.
func New(t testing.TB, binary string, o Options) *Function {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	f := &Function{t: t, binary: binary, env: o.Env, timeout: o.Timeout}
	t.Cleanup(f.stop)
	return f
}

// Result is what an invocation came to, as the Invoke API tells it.
type Result struct {
	// Payload is the answer, or the error object {errorMessage, errorType}.
	Payload []byte
	// FunctionError is "" or "Unhandled".
	FunctionError string
	// Cold reports whether a new environment was started for it.
	Cold bool
}

// Invoke runs the function with an event. An error means that the invocation
// could not be made; what goes wrong in the function is in the result.
func (f *Function) Invoke(ctx context.Context, event []byte) (Result, error) {
	for {
		e, cold, err := f.take()
		if err != nil {
			return Result{}, err
		}
		r, fate := e.invoke(ctx, event, f.timeout)
		if fate == untouched && !cold {
			continue // it was ending when it seemed idle, as after a panic
		}
		r.Cold = cold
		if fate == alive {
			f.mu.Lock()
			f.idle = append(f.idle, e)
			f.mu.Unlock()
		}
		return r, nil
	}
}

// ColdStarts returns, for each environment so far, the time from the start of
// its process to its first request for an invocation: what Lambda calls the init
// duration.
func (f *Function) ColdStarts() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration(nil), f.colds...)
}

// PeakMemory returns the largest resident set of the living environments, in
// bytes; 0 where the system does not tell.
func (f *Function) PeakMemory() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var peak int64
	for _, e := range f.all {
		peak = max(peak, e.peakMemory())
	}
	return peak
}

// KillBusy kills the environments that are at work, as a machine does that fails
// or a process that has used up its memory. It returns how many there were.
func (f *Function) KillBusy() int {
	f.mu.Lock()
	var busy []*environment
	for _, e := range f.all {
		if !slices.Contains(f.idle, e) && !e.ended() {
			busy = append(busy, e)
		}
	}
	f.mu.Unlock()
	for _, e := range busy {
		e.kill()
	}
	return len(busy)
}

// take returns an idle environment, or starts one.
func (f *Function) take() (e *environment, cold bool, err error) {
	f.mu.Lock()
	for len(f.idle) > 0 {
		e = f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if !e.ended() {
			f.mu.Unlock()
			return e, false, nil
		}
	}
	f.mu.Unlock()
	e, err = start(f.binary, f.env, func(took time.Duration) {
		f.mu.Lock()
		f.colds = append(f.colds, took)
		f.mu.Unlock()
	})
	if err != nil {
		return nil, true, err
	}
	f.mu.Lock()
	f.all = append(f.all, e)
	f.mu.Unlock()
	return e, true, nil
}

func (f *Function) stop() {
	f.mu.Lock()
	all := f.all
	f.mu.Unlock()
	for _, e := range all {
		e.kill()
		if f.t.Failed() {
			f.t.Logf("%s wrote:\n%s", f.binary, e.output())
		}
	}
}

// Output returns what all environments have written to their outputs: the log.
func (f *Function) Output() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var text strings.Builder
	for _, e := range f.all {
		text.WriteString(e.output())
	}
	return text.String()
}
