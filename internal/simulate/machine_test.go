package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"aitrader/internal/aws/stepfn"
)

// This file runs the product's state machine: the part of the Amazon States Language
// that simulation.asl.json uses, of which it reads every field that says when a function
// is invoked, with what, and again.

// machine is a state machine, or the processor of a map.
type machine struct {
	StartAt string
	States  map[string]*state
}

type state struct {
	Type, Next, Default string
	Parameters          map[string]any
	ResultSelector      map[string]any
	ResultPath          json.RawMessage // nil: the result is the output; null: the result is dropped
	TimeoutSeconds      int
	Retry               []retrier
	Catch               []catcher
	Choices             []struct {
		Variable, Next string
		BooleanEquals  bool
	}
	ItemsPath, MaxConcurrencyPath string
	ItemSelector                  map[string]any
	ItemProcessor                 *machine
}

type retrier struct {
	ErrorEquals                                   []string
	IntervalSeconds, MaxDelaySeconds, BackoffRate float64
	MaxAttempts                                   int
}

type catcher struct {
	ErrorEquals []string
	ResultPath  json.RawMessage
	Next        string
}

// readMachine reads the definition of the product.
func readMachine() *machine {
	m, text := &machine{}, string(stepfn.Definition)
	for _, f := range faults {
		if f.inDefinition() && f.name == os.Getenv(plantedFault) {
			text = strings.Replace(text, f.old, f.planted, 1)
		}
	}
	if err := json.Unmarshal([]byte(text), m); err != nil {
		panic(err) // it is deployed
	}
	return m
}

// failure is the error of a state; "" for none.
type failure string

// stopped is the failure of what an execution was doing when it was stopped.
const stopped failure = "stopped"

// in reports whether a list of errors names the failure. States.ALL names every one but
// the end of the execution.
func (f failure) in(list []string) bool {
	return slices.Contains(list, string(f)) || slices.Contains(list, "States.ALL")
}

// document is the JSON that travels between states.
type document = map[string]any

// walk is one walk through a machine: of an execution, or of one item of its map.
type walk struct {
	cloud *cloud
	job   string // of the execution
	name  string // of the walk, in the trace
	item  any    // of the map; nil: none
}

// run runs a machine to its end, and returns the failure with which it ends.
func (x walk) run(ctx context.Context, m *machine, input document) failure {
	for at := m.StartAt; ; {
		s := m.States[at]
		var out document
		var failed failure
		next := s.Next
		switch s.Type {
		case "Choice":
			out, next = input, s.Default
			for _, c := range s.Choices {
				if x.path(c.Variable, input) == c.BooleanEquals {
					next = c.Next
				}
			}
		case "Task":
			out, failed = x.task(ctx, at, s, input)
		case "Map":
			out, failed = input, x.mapped(ctx, s, input)
		case "Pass":
			out = input
		case "Succeed":
			return ""
		case "Fail":
			return "broken"
		default:
			panic("no state of type " + s.Type)
		}
		if failed == stopped {
			return failed
		}
		if failed != "" {
			i := slices.IndexFunc(s.Catch, func(c catcher) bool { return failed.in(c.ErrorEquals) })
			if i < 0 {
				return failed
			}
			out, next = placed(s.Catch[i].ResultPath, input, document{"Error": string(failed)}), s.Catch[i].Next
		}
		if next == "" {
			return ""
		}
		at, input = next, out
	}
}

// task invokes the function of a state until an attempt succeeds or no retrier helps.
func (x walk) task(ctx context.Context, at string, s *state, input document) (document, failure) {
	function := strings.TrimSuffix(strings.TrimPrefix(s.Parameters["FunctionName"].(string), "${"), "FunctionArn}")
	event, err := json.Marshal(x.filled(s.Parameters["Payload"].(document), input))
	if err != nil {
		panic(err) // it was JSON
	}
	attempts := make([]int, len(s.Retry))
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s %s %d", x.name, at, n)
		limit := time.Duration(s.TimeoutSeconds) * time.Second
		payload, failed := x.cloud.invoke(ctx, invocation{strings.ToLower(function), name, x.job, event}, limit)
		if failed == "" {
			result := document{}
			if err := json.Unmarshal(payload, &result); err != nil {
				panic(err) // the handlers answer objects
			}
			result = document{"Payload": result}
			if s.ResultSelector != nil {
				result = x.filled(s.ResultSelector, result)
			}
			return placed(s.ResultPath, input, result), ""
		}
		i := slices.IndexFunc(s.Retry, func(r retrier) bool { return failed.in(r.ErrorEquals) })
		if failed == stopped || i < 0 || attempts[i] >= s.Retry[i].MaxAttempts {
			return nil, failed
		}
		if !pause(ctx, s.Retry[i].delay(x.cloud.w.child("retry %s", name), attempts[i])) {
			return nil, stopped
		}
		attempts[i]++
	}
}

// delay is how long a retrier waits after some attempts, with full jitter.
func (r retrier) delay(d dice, attempts int) time.Duration {
	seconds := r.IntervalSeconds
	for range attempts {
		seconds = min(seconds*r.BackoffRate, r.MaxDelaySeconds)
	}
	return d.between(0, time.Duration(seconds*float64(time.Second)), "jitter")
}

// mapped runs the processor of a map for each item. The tolerance of the machine is 100 %:
// items that fail stop nothing.
func (x walk) mapped(ctx context.Context, s *state, input document) failure {
	items := x.path(s.ItemsPath, input).([]any)
	atOnce := int(x.path(s.MaxConcurrencyPath, input).(float64))
	if atOnce == 0 {
		atOnce = len(items)
	}
	turns := make(chan struct{}, max(atOnce, 1))
	var all sync.WaitGroup
	for _, item := range items {
		child := walk{cloud: x.cloud, job: x.job, name: fmt.Sprintf("%s %v %v", x.job, input["ran"], item), item: item}
		child.name = fmt.Sprintf("%s #%d", child.name, x.cloud.w.count("map "+child.name))
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			all.Wait()
			return stopped
		}
		all.Go(func() {
			defer func() { <-turns }()
			child.run(ctx, s.ItemProcessor, child.filled(s.ItemSelector, input))
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return stopped
	}
	return ""
}

// path returns what a path selects.
func (x walk) path(path string, input document) any {
	if path == "$$.Map.Item.Value" {
		return x.item
	}
	var value any = input
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "$."), ".") {
		value = value.(document)[name]
	}
	return value
}

// filled returns a template with what its paths select.
func (x walk) filled(template, input document) document {
	out := document{}
	for name, value := range template {
		if plain, ok := strings.CutSuffix(name, ".$"); ok {
			out[plain] = x.path(value.(string), input)
		} else {
			out[name] = value
		}
	}
	return out
}

// placed returns the output of a state: its result in the place that a path names.
func placed(path json.RawMessage, input, result document) document {
	switch text := string(path); text {
	case "":
		return result
	case "null":
		return input
	default:
		out := maps.Clone(input)
		out[strings.Trim(text, `"$.`)] = result
		return out
	}
}
