package stepfn_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/stepfn"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:aitrader"

// service answers as Step Functions does.
type service struct {
	mu     sync.Mutex
	answer string // a body, or the name of an error
	asked  []string
	last   map[string]string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.asked, s.last = append(s.asked, operation), map[string]string{}
	if err := json.Unmarshal(text, &s.last); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body := s.answer
	if !strings.HasPrefix(body, "{") {
		body = `{"__type": "com.amazonaws.states#` + s.answer + `", "message": "as asked"}`
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = io.WriteString(w, body) // a caller that is gone does not matter
}

func open(t *testing.T) (*stepfn.Executor, *service) {
	t.Helper()
	s := &service{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return stepfn.NewExecutor(aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		RetryMaxAttempts: 1,
	}, arn), s
}

var job = sim.Job{ID: "01a21240-9311-7cd4-bb15-a6c822fad1ae"}

func TestStart(t *testing.T) {
	t.Parallel()
	x, s := open(t)
	s.answer = `{"executionArn": "arn", "startDate": 1}`
	require.NoError(t, x.Start(t.Context(), job))
	assert.Equal(t, map[string]string{"stateMachineArn": arn, "name": job.ID, "input": `{"job_id":"` + job.ID + `","ran":""}`}, s.last)
	s.answer = "ExecutionAlreadyExists"
	require.NoError(t, x.Start(t.Context(), job), "a second start is harmless")
	for _, trouble := range []string{"ThrottlingException", "StateMachineDoesNotExist", "AccessDeniedException"} {
		s.answer = trouble
		err := x.Start(t.Context(), job)
		assert.True(t, sim.IsKind(err, sim.KindUnavailable), err)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	x, s := open(t)
	s.answer = `{"stopDate": 1}`
	require.NoError(t, x.Stop(t.Context(), job))
	assert.Equal(t, "arn:aws:states:us-east-1:000000000000:execution:aitrader:"+job.ID, s.last["executionArn"])
	assert.Equal(t, "cancelled", s.last["error"])
	s.answer = "ExecutionDoesNotExist"
	require.NoError(t, x.Stop(t.Context(), job), "what was never started is stopped")
	s.answer = "ThrottlingException"
	assert.True(t, sim.IsKind(x.Stop(t.Context(), job), sim.KindUnavailable))
}

func TestState(t *testing.T) {
	t.Parallel()
	x, s := open(t)
	for status, want := range map[string]engine.ExecutionState{
		"RUNNING": engine.ExecutionAlive, "PENDING_REDRIVE": engine.ExecutionAlive,
		"SUCCEEDED": engine.ExecutionEnded, "FAILED": engine.ExecutionEnded, "TIMED_OUT": engine.ExecutionEnded, "ABORTED": engine.ExecutionEnded,
	} {
		s.answer = `{"status": "` + status + `", "startDate": 1}`
		got, err := x.State(t.Context(), job)
		require.NoError(t, err)
		assert.Equal(t, want, got, status)
	}
	s.answer = "ExecutionDoesNotExist"
	got, err := x.State(t.Context(), job)
	require.NoError(t, err)
	assert.Equal(t, engine.ExecutionAbsent, got)
	s.answer = "ThrottlingException"
	_, err = x.State(t.Context(), job)
	assert.True(t, sim.IsKind(err, sim.KindUnavailable))
}

// A task's error has the kind as its type, and tells nothing of what is inside.
func TestTaskError(t *testing.T) {
	t.Parallel()
	require.NoError(t, stepfn.TaskError(nil))
	assert.Equal(t, messages.InvokeResponse_Error{Type: "busy", Message: "the book is in use"},
		stepfn.TaskError(sim.Errorf(sim.KindBusy, "the book is in use")))
	for _, inner := range []error{io.ErrUnexpectedEOF, sim.Errorf(sim.KindInternal, "the password is 1234")} {
		assert.Equal(t, messages.InvokeResponse_Error{Type: "internal", Message: "the log says why"}, stepfn.TaskError(inner))
	}
}
