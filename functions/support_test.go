package functions_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/aws/runtimetest"
)

var names = []string{"trigger", "status", "results", "nextdate", "modelday"}

// buildDir is the folder of build, which TestMain makes and removes.
var buildDir string

// build builds all functions once, by one command and without the race detector, with
// the flags of their deployment.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "aitrader-functions-")
	if err != nil {
		return "", err
	}
	arguments := []string{"build", "-trimpath", "-ldflags", "-s -w", "-tags", "lambda.norpc", "-o", dir + string(filepath.Separator)}
	for _, name := range names {
		arguments = append(arguments, "./"+name)
	}
	cmd := exec.Command("go", arguments...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, &buildError{string(out), err}
	}
	return dir, nil
})

type buildError struct {
	output string
	error
}

func (e *buildError) Error() string { return e.error.Error() + ": " + e.output }

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "aitrader-functions-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(buildDir) // a leftover among the temporary files is harmless
	os.Exit(code)
}

const (
	table   = "aitrader-test"
	machine = "arn:aws:states:us-east-1:000000000000:stateMachine:aitrader-test"
	apiKey  = "ait_example" // of the events, too
	// keys are the entries of an API key that may do both, by the hash of apiKey.
	keysAt = "/aitrader/api-keys"
)

// cloud is all of AWS that the service uses, on loopback: a table, a parameter
// store, a state machine that follows the steps of the real one, and the
// compiled functions under the Lambda Runtime API.
type cloud struct {
	callers
	store   *dynamo.Store
	dynamo  *dynamotest.Server
	secrets map[string]string

	mu         sync.Mutex
	executions map[string]string // status by name
	running    sync.WaitGroup
	paused     chan struct{} // not nil: executions begin when it is closed
}

// newCloud makes one whose functions have some more variables in their environment.
func newCloud(t *testing.T, env ...string) *cloud {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the functions are built for Linux")
	}
	dir, err := build()
	require.NoError(t, err)
	s := &cloud{dynamo: &dynamotest.Server{}, secrets: map[string]string{}, executions: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	settings := settingsOf(server.URL)
	require.NoError(t, dynamotest.CreateTable(t.Context(), dynamodb.NewFromConfig(settings), table))
	s.store = dynamo.Open(settings, table)
	s.callers = callers{t, newFunctions(t, dir, server.URL, table, machine, env...)}
	t.Cleanup(s.running.Wait)
	return s
}

// settingsOf are those of an AWS at an address.
func settingsOf(endpoint string) aws.Config {
	return aws.Config{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")}
}

// timeouts are the time-outs in the template of the functions that work for longer than
// a request. A session stops 25 s before its own, so a shorter one would make the tests
// depend on the speed of the machine.
var timeouts = map[string]time.Duration{"nextdate": 110 * time.Second, "modelday": 15 * time.Minute}

// newFunctions runs the binaries of a folder with the environment and the time-outs that
// the template gives them.
func newFunctions(t testing.TB, dir, endpoint, table, machine string, more ...string) map[string]*runtimetest.Function {
	functions := map[string]*runtimetest.Function{}
	for _, name := range names {
		functions[name] = runtimetest.New(t, filepath.Join(dir, name), runtimetest.Options{Timeout: timeouts[name], Env: append([]string{
			"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret",
			"AITRADER_TABLE=" + table, "AITRADER_STATE_MACHINE=" + machine, "AITRADER_API_KEYS_PARAMETER=" + keysAt,
			"AITRADER_MODEL_DAYS=20",
		}, more...)})
	}
	return functions
}

// ServeHTTP is the endpoint of all services of AWS.
func (s *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := r.Header.Get("X-Amz-Target")
	if strings.HasPrefix(target, "DynamoDB_") {
		s.dynamo.ServeHTTP(w, r)
		return
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	var in struct {
		Name, Input, ExecutionArn string
	}
	if err := json.Unmarshal(text, &in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	switch _, operation, _ := strings.Cut(target, "."); operation {
	case "GetParameter":
		s.parameter(w, in.Name)
	case "StartExecution":
		s.startExecution(w, in.Name, in.Input)
	case "StopExecution", "DescribeExecution":
		s.execution(w, operation, in.ExecutionArn[strings.LastIndex(in.ExecutionArn, ":")+1:])
	default:
		refuse(w, "UnknownOperationException")
	}
}

func refuse(w http.ResponseWriter, kind string) {
	w.WriteHeader(http.StatusBadRequest)
	answer(w, map[string]any{"__type": kind, "message": kind})
}

// answer writes JSON; a caller that is gone does not matter.
func answer(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) }

func (s *cloud) parameter(w http.ResponseWriter, name string) {
	value, ok := s.secrets[name]
	if !ok {
		refuse(w, "ParameterNotFound")
		return
	}
	answer(w, map[string]any{"Parameter": map[string]any{"Name": name, "Value": value, "Type": "SecureString"}})
}

func (s *cloud) startExecution(w http.ResponseWriter, name, input string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.executions[name] != "" {
		refuse(w, "ExecutionAlreadyExists")
		return
	}
	s.executions[name] = "RUNNING"
	s.running.Go(func() { s.execute(name, input) })
	answer(w, map[string]any{"executionArn": strings.Replace(machine, "stateMachine", "execution", 1) + ":" + name,
		"startDate": time.Now().Unix()})
}

func (s *cloud) execution(w http.ResponseWriter, operation, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.executions[name]
	switch {
	case status == "":
		refuse(w, "ExecutionDoesNotExist")
	case operation == "StopExecution":
		s.executions[name] = "ABORTED"
		answer(w, map[string]any{"stopDate": time.Now().Unix()})
	default:
		answer(w, map[string]any{"status": status, "startDate": time.Now().Unix(), "stateMachineArn": machine})
	}
}

// execute follows the state machine: the next date, its models at once, and so
// on. What the machine retries is invoked once more here.
func (s *cloud) execute(name, input string) {
	if s.paused != nil {
		<-s.paused
	}
	state := json.RawMessage(input)
	for s.is(name) == "RUNNING" {
		r, err := s.functions["nextdate"].Invoke(s.t.Context(), state)
		var step struct {
			JobID  string   `json:"job_id"`
			Date   string   `json:"date"`
			Done   *bool    `json:"done"`
			Models []string `json:"models"`
		}
		if err == nil && r.FunctionError == "" {
			err = json.Unmarshal(r.Payload, &step)
		}
		if err != nil || r.FunctionError != "" || step.Done == nil || step.Models == nil {
			s.ended(name, "FAILED")
			return
		}
		if *step.Done {
			s.ended(name, "SUCCEEDED")
			return
		}
		var models sync.WaitGroup
		for _, model := range step.Models {
			models.Go(func() {
				event, _ := json.Marshal(map[string]string{"job_id": step.JobID, "date": step.Date, "model": model}) // texts
				for range 2 {
					if r, err := s.functions["modelday"].Invoke(s.t.Context(), event); err == nil && r.FunctionError == "" {
						return
					}
				}
			})
		}
		models.Wait()
		state, _ = json.Marshal(map[string]string{"job_id": step.JobID, "ran": step.Date}) // texts
	}
}

func (s *cloud) is(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.executions[name]
}

func (s *cloud) ended(name, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.executions[name] == "RUNNING" {
		s.executions[name] = status
	}
}
