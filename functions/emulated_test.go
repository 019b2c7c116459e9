package functions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/deployed"
	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/aws/runtimetest"
	"aitrader/internal/aws/stepfn"
)

// emulated is a stack on an emulated AWS, whose engine runs the state machine.
type emulated struct {
	callers
	table   *deployed.Stack
	machine string
	engine  *sfn.Client

	// invoke, if set, stands between the machine and the functions.
	invoke func(function string, event []byte) runtimetest.Result
	// request, if set, sees what the functions send to AWS; what it refuses is
	// never sent, and its caller loses the connection.
	request func(target string, body []byte) bool
}

// newEmulated makes a stack, whose parts have a name of their own.
// It needs what scripts/with-emulator.sh starts.
func newEmulated(t *testing.T) *emulated {
	t.Helper()
	endpoint := os.Getenv("AITRADER_EMULATOR")
	if endpoint == "" || runtime.GOOS != "linux" {
		t.Skip("it is run by make test-stack")
	}
	dir, err := build()
	require.NoError(t, err)
	settings, name := settingsOf(endpoint), fmt.Sprintf("%s%d", t.Name(), time.Now().UnixNano())
	s := &emulated{callers: callers{t: t}, engine: sfn.NewFromConfig(settings)}
	require.NoError(t, dynamotest.CreateTable(t.Context(), dynamodb.NewFromConfig(settings), name))
	s.table = deployed.New(settings, name, time.Now)
	_, err = ssm.NewFromConfig(settings).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String(keysAt), Value: aws.String(keyEntry()), Type: ssmtypes.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	require.NoError(t, err)
	s.createMachine(endpoint, name)
	s.functions = newFunctions(t, dir, s.proxy(endpoint), name, s.machine)
	lambda.register(t, endpoint, name, s)
	return s
}

// createMachine creates the state machine with the names of the functions, as
// the template does.
func (s *emulated) createMachine(endpoint, name string) {
	ask(s.t, http.MethodPost, endpoint+"/moto-api/config", `{"stepfunctions": {"execute_state_machine": true}}`)
	definition := string(stepfn.Definition)
	for _, function := range []string{"NextDate", "ModelDay"} {
		definition = strings.ReplaceAll(definition, "${"+function+"FunctionArn}",
			"arn:aws:lambda:us-east-1:123456789012:function:"+name+"-"+strings.ToLower(function))
	}
	out, err := s.engine.CreateStateMachine(s.t.Context(), &sfn.CreateStateMachineInput{
		Name: &name, Definition: &definition, RoleArn: aws.String("arn:aws:iam::123456789012:role/machine"),
	})
	require.NoError(s.t, err)
	s.machine = *out.StateMachineArn
}

func ask(t *testing.T, method, url, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Less(t, response.StatusCode, 300, url)
}

// proxy stands before the emulated AWS, for the functions.
func (s *emulated) proxy(endpoint string) string {
	to, err := url.Parse(endpoint)
	require.NoError(s.t, err)
	forward := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // a killed process has hung up
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || s.request != nil && !s.request(r.Header.Get("X-Amz-Target"), body) {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		forward.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)
	return server.URL
}

// state is the state of a job's execution.
func (s *emulated) state(job string) types.ExecutionStatus {
	s.t.Helper()
	out, err := s.engine.DescribeExecution(s.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(s.execution(job))})
	require.NoError(s.t, err)
	return out.Status
}

func (s *emulated) execution(job string) string {
	return strings.Replace(s.machine, ":stateMachine:", ":execution:", 1) + ":" + job
}

// events counts the history of a job's execution by type.
func (s *emulated) events(job string) (counts map[types.HistoryEventType]int, all int) {
	s.t.Helper()
	counts = map[types.HistoryEventType]int{}
	pages := sfn.NewGetExecutionHistoryPaginator(s.engine, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(s.execution(job))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.t.Context())
		require.NoError(s.t, err)
		for _, e := range page.Events {
			counts[e.Type]++
			all++
		}
	}
	return counts, all
}

// lambda is the Lambda API that the engine calls: one for all tests, because an
// engine has one.
var lambda lambdaAPI

type lambdaAPI struct {
	start  sync.Once
	port   string
	mu     sync.Mutex
	stacks map[string]*emulated
}

func (l *lambdaAPI) register(t *testing.T, endpoint, name string, s *emulated) {
	l.start.Do(func() {
		server := httptest.NewServer(l) // it lives as long as the process
		l.stacks, l.port = map[string]*emulated{}, server.URL[strings.LastIndex(server.URL, ":")+1:]
	})
	l.mu.Lock()
	l.stacks[name] = s
	l.mu.Unlock()
	ask(t, http.MethodGet, endpoint+"/lambda-port?"+l.port, "")
}

// ServeHTTP serves POST /2015-03-31/functions/ARN/invocations.
func (l *lambdaAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	event, err := io.ReadAll(r.Body)
	if err != nil || len(parts) < 5 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	arn := parts[3]
	name, function, _ := strings.Cut(arn[strings.LastIndex(arn, ":")+1:], "-")
	l.mu.Lock()
	s := l.stacks[name]
	l.mu.Unlock()
	w.Header().Set("X-Amzn-Requestid", "r") // without it the engine takes every error for its own
	if s == nil || s.functions[function] == nil {
		w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		answer(w, map[string]string{"Message": "no function " + arn})
		return
	}
	out := s.runTask(function, event)
	if out.FunctionError != "" {
		w.Header().Set("X-Amz-Function-Error", out.FunctionError)
	}
	_, _ = w.Write(out.Payload) // a caller that is gone does not matter
}

// runTask invokes a function for the machine.
func (s *emulated) runTask(function string, event []byte) runtimetest.Result {
	if s.invoke != nil {
		return s.invoke(function, event)
	}
	return s.run(function, event)
}

// run invokes a function once.
func (s *emulated) run(function string, event []byte) runtimetest.Result {
	r, err := s.functions[function].Invoke(s.t.Context(), event)
	if err != nil { // the test is over, or its binaries are gone
		text, _ := json.Marshal(map[string]string{"errorType": "Lambda.Unknown", "errorMessage": err.Error()}) // texts
		return runtimetest.Result{Payload: text, FunctionError: "Unhandled"}
	}
	return r
}

// modelDayOf reads the event of a model-day.
func modelDayOf(t *testing.T, event []byte) stepfn.ModelDay {
	t.Helper()
	var in stepfn.ModelDay
	assert.NoError(t, json.Unmarshal(event, &in), "%s", event)
	return in
}
