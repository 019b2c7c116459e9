package functions_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/runtimetest"
	"aitrader/internal/sample"
	"aitrader/internal/sim"
)

// The state machine on an engine of another project, from an HTTP event to
// the results, over a job of a month.

// load puts a workload into the table, as the command line does.
func (s *emulated) load(w workload) {
	s.t.Helper()
	_, err := s.table.PutPrices(s.t.Context(), w.prices)
	require.NoError(s.t, err)
	put, err := s.table.PutConfiguration(s.t.Context(), "", w.write(s.t))
	require.NoError(s.t, err)
	assert.Len(s.t, put.Recordings, len(w.recordings))
}

// triggered sends a trigger that makes a job, and returns its id.
func (s *emulated) triggered(body string) string {
	s.t.Helper()
	code, job := s.ask("trigger", http.MethodPost, "/simulate/trigger", body)
	require.Equal(s.t, http.StatusAccepted, code, job)
	return job["job_id"].(string)
}

// succeeded waits for the end of an execution, which comes after that of its job.
func (s *emulated) succeeded(job string) {
	s.t.Helper()
	for s.state(job) == types.ExecutionStatusRunning {
		time.Sleep(50 * time.Millisecond) // the engine can only be asked
	}
	require.Equal(s.t, types.ExecutionStatusSucceeded, s.state(job))
}

func TestMachineRunsAMonth(t *testing.T) {
	s, w := newEmulated(t), realRuns(t)
	s.load(w)
	job := s.triggered(w.trigger())
	assert.Equal(t, "partial", s.finished(job)["status"], "a failed model-day stops no other model")
	s.succeeded(job)
	s.says(w.embedded(t, "partial"))

	// The test of the definition counts 13 events for a date and 11 besides; the
	// engine must not count more.
	dates := len(sim.DefaultMarket.Bars(sim.MustParseDate(w.first), sim.MustParseDate(w.last)))
	counts, all := s.events(job)
	assert.LessOrEqual(t, all, 13*dates+11)
	assert.Equal(t, dates, counts[types.HistoryEventTypeMapRunStarted])
	assert.Equal(t, dates+1, counts[types.HistoryEventTypeTaskScheduled], "each date is asked for, and the end")
	t.Logf("%d events for %d dates", all, dates)

	// Another trigger finds nothing to do.
	code, current := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"end_date":"`+w.last+`","models":["`+w.models[0]+`"]}`)
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, "current", current["status"])
}

func TestMachineServesEveryRoute(t *testing.T) {
	s := newEmulated(t)
	s.load(workload{prices: sample.Market(), configuration: configuration})
	smokes(t, s.gateway(), apiKey)
}

// The model-days of some dates are invoked twice at once, and while one of another
// date is about to be closed all processes that are at work are killed. The books
// are the same.
func TestMachineRunsThroughCrashes(t *testing.T) {
	s, w := newEmulated(t), realRuns(t)
	s.load(w)
	model := w.models[len(w.models)-1]
	var killed atomic.Int64
	kill := sync.OnceFunc(func() { killed.Store(int64(s.functions["modelday"].KillBusy())) })
	s.request = func(target string, body []byte) bool {
		if strings.Contains(target, "TransactWriteItems") && bytes.Contains(body, []byte(`"DAY#2025-10-14`)) &&
			bytes.Contains(body, []byte(model)) && killed.Load() == 0 {
			kill()
			return false
		}
		return true
	}
	var twice, busy, takenOver atomic.Int64
	s.invoke = func(function string, event []byte) runtimetest.Result {
		if function != "modelday" {
			return s.run(function, event)
		}
		if in := modelDayOf(t, event); in.TakeOver || in.Date.Weekday() != time.Thursday { // the others are invoked twice
			if in.TakeOver {
				takenOver.Add(1)
			}
			return s.run(function, event)
		}
		other := make(chan runtimetest.Result)
		go func() { other <- s.run(function, event) }()
		r, o := s.run(function, event), <-other
		twice.Add(1)
		// What the machine gets is the worse answer of the two.
		if o.FunctionError != "" {
			r = o
		}
		if bytes.Contains(r.Payload, []byte(`"busy"`)) {
			busy.Add(1)
		}
		return r
	}
	job := s.triggered(w.trigger())
	assert.Equal(t, "partial", s.finished(job)["status"])
	s.succeeded(job)
	assert.Positive(t, killed.Load())
	assert.Positive(t, busy.Load())
	assert.Positive(t, takenOver.Load())
	t.Logf("%d times two at once, %d times told that it is busy; %d killed, %d taken over", twice.Load(), busy.Load(),
		killed.Load(), takenOver.Load())
	s.says(w.embedded(t, "partial"))
}

// An execution that is stopped from outside ends its job; the next trigger goes
// on from there, and the books are the same.
func TestMachineIsStoppedFromOutside(t *testing.T) {
	s, w := newEmulated(t), realRuns(t)
	s.load(w)
	stopped := make(chan struct{})
	stop := sync.OnceFunc(func() { close(stopped) })
	s.invoke = func(function string, event []byte) runtimetest.Result {
		if function == "modelday" && modelDayOf(t, event).Date == sim.MustParseDate("2025-10-14") {
			stop()
		}
		return s.run(function, event)
	}
	job := s.triggered(w.trigger())
	<-stopped
	_, err := s.engine.StopExecution(t.Context(),
		&sfn.StopExecutionInput{ExecutionArn: aws.String(s.execution(job)), Cause: aws.String("by hand")})
	require.NoError(t, err)
	for s.state(job) == types.ExecutionStatusRunning {
		time.Sleep(50 * time.Millisecond)
	}
	event, err := json.Marshal(map[string]any{
		"source": "aws.states", "detail-type": "Step Functions Execution Status Change",
		"detail": map[string]any{"name": job, "status": s.state(job), "stateMachineArn": s.machine, "executionArn": s.execution(job)},
	})
	require.NoError(t, err)
	r := s.run("status", event)
	require.Empty(t, r.FunctionError, "%s", r.Payload)
	code, status := s.ask("status", http.MethodGet, "/simulate/status/"+job, "")
	require.Equal(t, http.StatusOK, code)
	assert.Equal(t, "partial", status["status"])
	assert.Equal(t, "the execution ended before the job", status["error"])

	next := s.triggered(`{"end_date":"` + w.last + `"}`)
	s.finished(next)
	s.succeeded(next)
	s.says(w.embedded(t, "partial"))
}

// A job is cancelled while its models trade: no function runs afterwards.
func TestMachineIsCancelled(t *testing.T) {
	s, w := newEmulated(t), realRuns(t)
	s.load(w)
	began := make(chan struct{})
	begin := sync.OnceFunc(func() { close(began) })
	s.invoke = func(function string, event []byte) runtimetest.Result {
		if function == "modelday" && modelDayOf(t, event).Date == sim.MustParseDate("2025-10-03") {
			begin()
		}
		return s.run(function, event)
	}
	job := s.triggered(w.trigger())
	<-began
	code, answer := s.ask("trigger", http.MethodPost, "/simulate/cancel/"+job, "")
	require.Equal(t, http.StatusAccepted, code, answer)
	assert.Equal(t, "cancelled", s.finished(job)["status"])
	assert.NotEqual(t, types.ExecutionStatusSucceeded, s.state(job))
	next := s.triggered(`{"start_date":"2025-10-03","end_date":"2025-10-03"}`)
	assert.Equal(t, "completed", s.finished(next)["status"], "the lock is free")
}
