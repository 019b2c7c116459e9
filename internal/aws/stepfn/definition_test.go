package stepfn_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/stepfn"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// machine is what the tests know of the definition. Fields that stand in it and
// not here fail the tests, so that nothing in it goes unread.
type machine struct {
	Comment, QueryLanguage, StartAt string
	ProcessorConfig                 *struct{ Mode, ExecutionType string }
	States                          map[string]state
}

type state struct {
	Comment, Type, Resource, Next, Default string
	End                                    bool
	Error, Cause                           string
	Parameters                             struct {
		FunctionName string
		Payload      map[string]any
	}
	ResultSelector, ItemSelector  map[string]string
	ResultPath, OutputPath        json.RawMessage
	ItemsPath, MaxConcurrencyPath string
	ToleratedFailurePercentage    json.RawMessage
	TimeoutSeconds                int
	Retry                         []retrier
	Catch                         []catcher
	Choices                       []struct {
		Variable, Next string
		BooleanEquals  bool
	}
	ItemProcessor *machine
}

type retrier struct {
	ErrorEquals                                   []string
	IntervalSeconds, MaxAttempts, MaxDelaySeconds int
	BackoffRate                                   float64
	JitterStrategy                                string
}

type catcher struct {
	ErrorEquals []string
	ResultPath  json.RawMessage
	Next        string
}

func definition(t *testing.T) machine {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(stepfn.Definition)))
	decoder.DisallowUnknownFields()
	var m machine
	require.NoError(t, decoder.Decode(&m))
	return m
}

// all are the states of the machine and of its map, by name.
func (m machine) all() map[string]state {
	states := map[string]state{}
	for name, s := range m.States {
		states[name] = s
		if s.ItemProcessor != nil {
			maps.Copy(states, s.ItemProcessor.States)
		}
	}
	return states
}

func TestTheStates(t *testing.T) {
	m := definition(t)
	assert.Equal(t, "JSONPath", m.QueryLanguage, "the open engines know no other")
	types := map[string]string{}
	for name, s := range m.all() {
		types[name] = s.Type
	}
	assert.Equal(t, map[string]string{
		"NextDate": "Task", "Done?": "Choice", "Models": "Map", "ModelDay": "Task", "TakeOver": "Task", "Left": "Pass",
		"Finalise": "Task", "Broken": "Fail", "Ended": "Succeed",
	}, types)
	reachable(t, m)
	reachable(t, *m.States["Models"].ItemProcessor)
}

// reachable checks that every state is reached from the start, that all that is
// named exists, and that each way ends.
func reachable(t *testing.T, m machine) {
	t.Helper()
	seen := map[string]bool{}
	var walk func(name string)
	walk = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		s, ok := m.States[name]
		require.True(t, ok, "%q does not exist", name)
		next := slices.DeleteFunc([]string{s.Next, s.Default}, func(to string) bool { return to == "" })
		for _, c := range s.Catch {
			next = append(next, c.Next)
		}
		for _, c := range s.Choices {
			next = append(next, c.Next)
		}
		ends := s.End || s.Type == "Succeed" || s.Type == "Fail"
		assert.True(t, ends != (s.Next != "" || s.Default != ""), "%s ends, or has a next state", name)
		for _, to := range next {
			walk(to)
		}
	}
	walk(m.StartAt)
	assert.Len(t, seen, len(m.States), "every state is reached")
}

// The errors of AWS that are retried, and those of our functions.
var (
	serviceErrors = []string{"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
		"Lambda.TooManyRequestsException"}
	crashes = []string{"Lambda.Unknown", "Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout"}
	ours    = []string{string(sim.KindBusy), string(sim.KindUnavailable)}
)

func TestErrorsAndRetries(t *testing.T) {
	known := slices.Concat(serviceErrors, crashes, ours, []string{"States.ALL", "States.Timeout"})
	for name, s := range definition(t).all() {
		retried := map[string]bool{}
		for _, r := range s.Retry {
			// The linters take any word for a strategy.
			assert.Equal(t, "FULL", r.JitterStrategy, name)
			assert.Positive(t, r.IntervalSeconds, name)
			assert.Greater(t, r.BackoffRate, 1.0, name)
			assert.Greater(t, r.MaxDelaySeconds, r.IntervalSeconds, name)
			assert.Positive(t, r.MaxAttempts, name)
			for _, e := range r.ErrorEquals {
				assert.Contains(t, known, e, name)
				assert.False(t, retried[e], "%s retries %s twice", name, e)
				retried[e] = true
			}
		}
		for _, c := range s.Catch {
			for _, e := range c.ErrorEquals {
				assert.Contains(t, known, e, name)
			}
		}
		if s.Type != "Task" {
			continue
		}
		assert.Equal(t, "arn:aws:states:::lambda:invoke", s.Resource, name)
		assert.Positive(t, s.TimeoutSeconds, name)
		assert.True(t, retried["States.ALL"] || len(slices.DeleteFunc(slices.Clone(serviceErrors),
			func(e string) bool { return retried[e] })) == 0, name)
		for _, kind := range []sim.Kind{sim.KindFenced, sim.KindInvalid, sim.KindInternal, sim.KindNotFound, sim.KindConflict} {
			assert.False(t, retried[string(kind)], "%s: %s is permanent", name, kind)
		}
		if name == "NextDate" || name == "Finalise" {
			for _, e := range crashes {
				assert.True(t, retried[e] || retried["States.ALL"], "%s can be repeated after %s: a crash ends no job", name, e)
			}
		}
		if name != "Finalise" { // after which no state is left
			last := s.Catch[len(s.Catch)-1]
			assert.Equal(t, []string{"States.ALL"}, last.ErrorEquals, "%s: one model's failure stops no other, and a broken job ends", name)
		}
	}
}

// A call that finds a busy book waits longer than an invocation can last: 15
// minutes and the time of a commit. With full jitter a wait is half of its
// longest on average.
func TestBusyIsWaitedFor(t *testing.T) {
	for _, r := range definition(t).all()["ModelDay"].Retry {
		if !slices.Contains(r.ErrorEquals, "busy") {
			continue
		}
		waited, wait := 0.0, float64(r.IntervalSeconds)
		for range r.MaxAttempts {
			waited += min(wait, float64(r.MaxDelaySeconds)) / 2
			wait *= r.BackoffRate
		}
		assert.Greater(t, waited, 1.5*(15*60+30))
		return
	}
	t.Fatal("busy is not retried")
}

// What the machine sends is what the functions read, and what it selects is what
// they answer.
func TestFieldsThatTravel(t *testing.T) {
	states := definition(t).all()
	for name, into := range map[string]any{"NextDate": &stepfn.NextDate{}, "Finalise": &stepfn.NextDate{},
		"ModelDay": &stepfn.ModelDay{}, "TakeOver": &stepfn.ModelDay{}} {
		payload := map[string]any{}
		for field, value := range states[name].Parameters.Payload {
			switch field := strings.TrimSuffix(field, ".$"); field {
			case "ran", "date":
				payload[field] = "2025-10-01"
			case "take_over":
				payload[field] = value
			default:
				payload[field] = "text"
			}
		}
		text, err := json.Marshal(payload)
		require.NoError(t, err)
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(into), name)
	}
	assert.Equal(t, map[string]any{"job_id.$": "$.job_id", "date.$": "$.date", "model.$": "$.model", "take_over": true},
		states["TakeOver"].Parameters.Payload)
	assert.Equal(t, map[string]string{"job_id.$": "$.job_id", "date.$": "$.ran", "model.$": "$$.Map.Item.Value"},
		states["Models"].ItemSelector)

	text, err := json.Marshal(stepfn.NewStep("job", engine.Step{Done: true}, 0))
	require.NoError(t, err)
	var answer map[string]any
	require.NoError(t, json.Unmarshal(text, &answer))
	selected := states["NextDate"].ResultSelector
	for _, from := range selected {
		field, ok := strings.CutPrefix(from, "$.Payload.")
		require.True(t, ok, from)
		assert.Contains(t, answer, field, "it is there after the last date, too")
	}
	used := regexp.MustCompile(`"\$\.([a-z_]+)"`)
	for _, match := range used.FindAllStringSubmatch(string(stepfn.Definition), -1) {
		if field := match[1]; field != "failure" && field != "date" && field != "model" {
			assert.Contains(t, selected, field+".$")
		}
	}
	// The first input has all that the first state takes.
	text, err = json.Marshal(stepfn.NextDate{JobID: "job"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"job_id": "job", "ran": ""}`, string(text))
}

func TestTheMap(t *testing.T) {
	models := definition(t).States["Models"]
	assert.Equal(t, "DISTRIBUTED", models.ItemProcessor.ProcessorConfig.Mode, "the history of a map inside would not fit")
	assert.Equal(t, "STANDARD", models.ItemProcessor.ProcessorConfig.ExecutionType, "an express child ends after five minutes")
	assert.Equal(t, "100.0", string(models.ToleratedFailurePercentage), "an open engine takes no whole number here")
	assert.Equal(t, "$.at_once", models.MaxConcurrencyPath)
	for most, want := range map[[2]int]int{{0, 0}: 0, {0, 5}: 5, {20, 0}: 20, {20, 5}: 5, {5, 20}: 5} {
		assert.Equal(t, want, stepfn.NewStep("job", engine.Step{Parallel: most[1]}, most[0]).AtOnce)
	}
}

// The largest jobs fit into an execution: the history without retries and with
// one retry for every tenth date, and the state at its largest.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
func TestTheLargestJobFits(t *testing.T) {
	const mostEvents, mostState = 25_000, 256 << 10
	for _, dates := range []int{756, sim.DefaultLimits.MaxDates} {
		events := eventsOf(t, definition(t), dates)
		assert.Equal(t, 13*dates+11, events)
		assert.Less(t, events+retryEvents*dates/10, mostEvents)
		t.Logf("%d dates: %d events", dates, events)
	}
	step := engine.Step{Date: sim.MustParseDate("2025-10-01"), Status: sim.JobRunning}
	for range sim.DefaultLimits.MaxBooks {
		step.Models = append(step.Models, strings.Repeat("m", 64))
	}
	text, err := json.Marshal(stepfn.NewStep(strings.Repeat("j", 36), step, 20))
	require.NoError(t, err)
	assert.Less(t, len(text), mostState/10)
	for name, s := range definition(t).States {
		if s.Type == "Map" {
			assert.Equal(t, "null", string(s.ResultPath), "%s: what the models answer is not kept", name)
		}
	}
}

// What a state adds to the history: a task is entered, scheduled, started,
// succeeds and is left; a map with children of its own is entered, started, run,
// succeeds twice and is left, whatever it maps.
var eventsOfState = map[string]int{"Task": 5, "Choice": 2, "Map": 6, "Succeed": 2}

const retryEvents = 3 // failed, scheduled, started

// eventsOf walks the machine through a job without a failure.
func eventsOf(t *testing.T, m machine, dates int) int {
	t.Helper()
	events := 2 // of the execution: started, succeeded
	for name := m.StartAt; name != ""; {
		s := m.States[name]
		cost, ok := eventsOfState[s.Type]
		require.True(t, ok, s.Type)
		events += cost
		switch s.Type {
		case "Choice":
			name = s.Default
			if dates == 0 {
				name = s.Choices[0].Next
			}
			dates--
		default:
			name = s.Next
		}
	}
	return events
}
