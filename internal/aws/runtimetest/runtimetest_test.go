package runtimetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/runtimetest"
)

// The test binary runs itself as the function.
const asFunction = "RUNTIMETEST_FUNCTION"

func TestMain(m *testing.M) {
	if os.Getenv(asFunction) != "" {
		lambda.Start(handle)
		return
	}
	os.Exit(m.Run())
}

type event struct {
	Do   string `json:"do"`
	Pipe string `json:"pipe"`
}

type answer struct {
	PID      int  `json:"pid"`
	Deadline bool `json:"deadline"`
}

func handle(ctx context.Context, e event) (answer, error) {
	switch e.Do {
	case "panic":
		panic("as asked")
	case "exit":
		os.Exit(3)
	case "fail":
		return answer{}, fmt.Errorf("wrapped: %w", errors.New("inner"))
	case "busy":
		return answer{}, messages.InvokeResponse_Error{Type: "busy", Message: "later"}
	case "hang":
		select {} // beyond any deadline
	case "meet":
		if err := meet(e.Pipe); err != nil {
			return answer{}, err
		}
	}
	_, deadline := ctx.Deadline()
	return answer{PID: os.Getpid(), Deadline: deadline}, nil
}

// meet waits until the test writes to a pipe.
func meet(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Read(make([]byte, 1))
	return err
}

func newFunction(t *testing.T, timeout time.Duration) *runtimetest.Function {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return runtimetest.New(t, self, runtimetest.Options{Env: []string{asFunction + "=1"}, Timeout: timeout})
}

func invoke(t *testing.T, f *runtimetest.Function, do string) runtimetest.Result {
	t.Helper()
	text, err := json.Marshal(event{Do: do})
	require.NoError(t, err)
	r, err := f.Invoke(t.Context(), text)
	require.NoError(t, err)
	return r
}

func good(t *testing.T, r runtimetest.Result) answer {
	t.Helper()
	require.Empty(t, r.FunctionError, "%s", r.Payload)
	var a answer
	require.NoError(t, json.Unmarshal(r.Payload, &a))
	return a
}

func TestAnEnvironmentIsUsedAgain(t *testing.T) {
	f := newFunction(t, 0)
	cold, warm := invoke(t, f, ""), invoke(t, f, "")
	assert.True(t, cold.Cold)
	assert.False(t, warm.Cold)
	assert.Equal(t, good(t, cold).PID, good(t, warm).PID)
	assert.True(t, good(t, warm).Deadline)
	assert.Len(t, f.ColdStarts(), 1)
	assert.Positive(t, f.ColdStarts()[0])
}

func TestErrorsCarryTheirType(t *testing.T) {
	f := newFunction(t, 0)
	for do, want := range map[string]string{"fail": "wrapError", "busy": "busy"} {
		r := invoke(t, f, do)
		assert.Equal(t, "Unhandled", r.FunctionError)
		assert.Equal(t, want, errorType(t, r))
	}
	assert.Len(t, f.ColdStarts(), 1, "an error is no reason to start anew")
	assert.Contains(t, f.Output(), "wrapped: inner", "what a function writes is its log")
	assert.Greater(t, f.PeakMemory(), int64(1<<20))
}

func errorType(t *testing.T, r runtimetest.Result) string {
	t.Helper()
	var e struct{ ErrorType string }
	require.NoError(t, json.Unmarshal(r.Payload, &e))
	return e.ErrorType
}

func TestWhatEndsTheProcessFailsTheInvocation(t *testing.T) {
	f := newFunction(t, 0)
	first := good(t, invoke(t, f, "")).PID
	r := invoke(t, f, "exit")
	assert.Equal(t, "Runtime.ExitError", errorType(t, r))
	assert.Contains(t, string(r.Payload), "exit status 3")
	second := good(t, invoke(t, f, "")).PID
	assert.NotEqual(t, first, second)
	r = invoke(t, f, "panic")
	assert.NotEmpty(t, r.FunctionError)
	assert.Contains(t, string(r.Payload), "as asked", "aws-lambda-go reports a panic before it ends the process")
	assert.NotEqual(t, second, good(t, invoke(t, f, "")).PID)
}

func TestATimeOutKills(t *testing.T) {
	f := newFunction(t, 500*time.Millisecond)
	pid := good(t, invoke(t, f, "")).PID
	r := invoke(t, f, "hang")
	assert.Equal(t, "Sandbox.Timedout", errorType(t, r))
	assert.NoFileExists(t, fmt.Sprintf("/proc/%d/exe", pid))
	assert.NotEqual(t, pid, good(t, invoke(t, f, "")).PID)
}

func TestABinaryThatIsNone(t *testing.T) {
	f := runtimetest.New(t, "/does/not/exist", runtimetest.Options{})
	_, err := f.Invoke(t.Context(), []byte("{}"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
