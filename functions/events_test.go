package functions_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/stepfn"
	"aitrader/internal/sim"
)

// exampleJob is the job that the files of events/ name.
const exampleJob = "0199a2c4-7d1e-7000-8000-000000000000"

// invoke runs one of the functions with an event and returns its answer. It ends
// the test when the function fails.
type invoke func(function string, event []byte) []byte

// examples sends the files of events/ to functions.
type examples struct {
	t      *testing.T
	invoke invoke
	job    string // takes the place of exampleJob
	sent   []string
}

// send sends a file and returns the answer: for a request of the HTTP API its
// body, of which the status must be as expected.
func (e *examples) send(file, function string, status int) map[string]any {
	e.t.Helper()
	e.sent = append(e.sent, file)
	event := bytes.ReplaceAll(example(e.t, file), []byte(exampleJob), []byte(e.job))
	payload := e.invoke(function, event)
	if status != 0 {
		var response events.APIGatewayV2HTTPResponse
		require.NoError(e.t, json.Unmarshal(payload, &response), "%s", payload)
		require.Equal(e.t, status, response.StatusCode, response.Body)
		payload = []byte(response.Body)
	}
	var v map[string]any
	require.NoError(e.t, json.Unmarshal(payload, &v), "%s", payload)
	return v
}

func example(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "events", file))
	require.NoError(t, err)
	return text
}

// sendExamples takes functions through two jobs by the files of events/ alone.
// The executions of the jobs must not run by themselves.
func sendExamples(t *testing.T, f invoke) {
	t.Helper()
	e := &examples{t: t, invoke: f, job: exampleJob}
	health := e.send("health.json", "status", http.StatusOK)
	assert.Equal(t, "healthy", health["status"])
	assert.Equal(t, "dynamodb", health["store"].(map[string]any)["kind"])
	e.send("status.json", "status", http.StatusNotFound)

	// One model-day, from the trigger to the leaderboard.
	job := e.send("trigger.json", "trigger", http.StatusAccepted)
	e.job = job["job_id"].(string)
	assert.Equal(t, 1.0, job["total_model_days"])
	step := e.send("nextdate.json", "nextdate", 0)
	assert.Equal(t, map[string]any{"job_id": e.job, "done": false, "status": "running", "date": "2025-10-01",
		"models": []any{"equal-weight"}, "at_once": 20.0}, step)
	assert.Equal(t, "completed", e.send("modelday.json", "modelday", 0)["status"])
	step = e.send("nextdate-ran.json", "nextdate", 0)
	assert.Equal(t, map[string]any{"job_id": e.job, "done": true, "status": "completed", "date": "", "models": []any{}, "at_once": 20.0}, step)
	assert.Equal(t, "completed", e.send("status.json", "status", http.StatusOK)["status"])
	results := e.send("results.json", "results", http.StatusOK)
	assert.Equal(t, 1.0, results["count"])
	assert.NotEmpty(t, results["results"].([]any)[0].(map[string]any)["trades"])
	first := e.send("leaderboard.json", "results", http.StatusOK)["leaderboard"].([]any)[0].(map[string]any)
	assert.Equal(t, "equal-weight", first["model"])

	// A job of the schedule, which is cancelled.
	caughtUp := e.send("schedule.json", "trigger", 0)
	assert.Equal(t, "accepted", caughtUp["verdict"])
	e.job = caughtUp["job_id"].(string)
	e.send("cancel.json", "trigger", http.StatusAccepted)
	assert.Nil(t, e.send("execution-ended.json", "status", 0), "an event has no answer")
	assert.Equal(t, "cancelled", e.send("status.json", "status", http.StatusOK)["status"])

	for _, file := range exampleFiles(t) {
		assert.Contains(t, e.sent, file, "every example is sent")
	}
}

func exampleFiles(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", "events"))
	require.NoError(t, err)
	files := make([]string, len(entries))
	for i, entry := range entries {
		files[i] = entry.Name()
	}
	return files
}

func TestTheFunctionsTakeTheExampleEvents(t *testing.T) {
	t.Parallel()
	s := openCloud(t)
	s.paused = make(chan struct{})
	defer close(s.paused)
	sendExamples(t, func(function string, event []byte) []byte {
		r, err := s.functions[function].Invoke(t.Context(), event)
		require.NoError(t, err)
		require.Empty(t, r.FunctionError, "%s", r.Payload)
		return r.Payload
	})
}

// The examples have no field that their receiver does not know, and those that
// the template routes are of the template's routes.
func TestTheExampleEventsAreOfTheTemplate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "template.yaml"))
	require.NoError(t, err)
	template := strings.ReplaceAll(string(text), "'", "")
	for _, file := range exampleFiles(t) {
		text := example(t, file)
		switch file {
		case "schedule.json":
			assert.Contains(t, template, "Input: "+strings.TrimSpace(string(text)))
		case "execution-ended.json":
			var e events.EventBridgeEvent
			strictly(t, file, text, &e)
			var detail struct{ Status string }
			require.NoError(t, json.Unmarshal(e.Detail, &detail))
			assert.Contains(t, template, "source: ["+e.Source+"]")
			assert.Contains(t, template, "detail-type: ["+e.DetailType+"]")
			assert.Contains(t, template, ", "+detail.Status+"]")
		case "nextdate.json", "nextdate-ran.json":
			strictly(t, file, text, &stepfn.NextDate{})
		case "modelday.json":
			strictly(t, file, text, &sim.ModelDayKey{})
		default:
			var r events.APIGatewayV2HTTPRequest
			strictly(t, file, text, &r)
			method, path, _ := strings.Cut(r.RouteKey, " ")
			assert.Contains(t, template, "Method: "+method+", Path: "+path+"}", file)
			assert.Equal(t, method, r.RequestContext.HTTP.Method, file)
			assert.Equal(t, r.RawPath, r.RequestContext.HTTP.Path, file)
			for name, value := range r.PathParameters {
				path = strings.NewReplacer("{"+name+"}", value, "{"+name+"+}", value).Replace(path)
			}
			assert.Equal(t, r.RawPath, path, file)
		}
	}
}

func strictly(t *testing.T, file string, text []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(v), file)
}
