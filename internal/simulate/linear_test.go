package simulate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// jobsState is all that clients can know of the jobs of one experiment.
type jobsState struct {
	active string // the job that has not ended; "": none
	cancel bool   // its cancel was requested
	ended  string // the jobs that have, each as " id=status "
	keys   string // the idempotency keys that are remembered, each as "\nkey|job|turn|request\n"
}

// endOf returns the status of a job that has ended.
func (s jobsState) endOf(job string) (status string, ok bool) {
	_, rest, ok := strings.Cut(s.ended, " "+job+"=")
	status, _, _ = strings.Cut(rest, " ")
	return status, ok
}

// kept is what is remembered under an idempotency key.
type kept struct {
	job     string
	until   int    // the turn in which the call that made the job was answered
	request string // in its canonical form
}

// keep remembers a call that has made a job.
func (s jobsState) keep(op operation) jobsState {
	if op.key != "" {
		s.keys += fmt.Sprintf("\n%s|%s|%d|%s\n", op.key, op.answerJob, op.answered, op.request())
	}
	return s
}

// kept returns what is remembered under an idempotency key.
func (s jobsState) kept(key string) (k kept, ok bool) {
	_, rest, ok := strings.Cut(s.keys, "\n"+key+"|")
	if !ok || key == "" {
		return k, false
	}
	line, _, _ := strings.Cut(rest, "\n")
	parts := strings.SplitN(line, "|", 3)
	k.job, k.request = parts[0], parts[2]
	k.until, _ = strconv.Atoi(parts[1]) // as keep wrote it
	return k, true
}

// request returns the canonical form of a trigger's body: bodies are the same when they
// ask for the same, whether or not they write defaults, and in whatever order.
func (op operation) request() string {
	body := map[string]any{}
	if err := json.Unmarshal([]byte(op.body), &body); err != nil {
		panic(err) // the clients write JSON
	}
	defaults := map[string]any{"experiment": "main", "replace_existing": false, "dry_run": false}
	maps.DeleteFunc(body, func(field string, v any) bool {
		value, ok := defaults[field]
		return v == nil || ok && v == value
	})
	if models, ok := body["models"].([]any); ok {
		slices.SortFunc(models, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // plain data
	}
	return string(text)
}

// step says whether an operation can have its answer in a state, and what the state is
// after it. It is the contract of the API, told as if calls came one after the other.
func (s jobsState) step(op operation) (bool, jobsState) {
	_, over := s.endOf(op.job)
	switch op.kind {
	case "finish":
		legal := s.active == op.job && s.cancel == (op.status == "cancelled")
		s.ended += " " + op.job + "=" + op.status + " "
		s.active, s.cancel = "", false
		return legal, s
	case "trigger":
		return s.trigger(op)
	case "cancel":
		switch op.answer {
		case "accepted":
			legal := s.active == op.job
			s.cancel = true
			return legal, s
		case "conflict":
			return over, s
		}
	case "retry":
		switch op.answer {
		case "accepted":
			legal := over && s.active == ""
			s.active = op.answerJob
			return legal, s
		case "same", "conflict":
			return s.active == op.answerJob, s
		case "current":
			return over, s
		}
	case "status":
		if status, over := s.endOf(op.job); over {
			return op.status == status, s
		}
		return s.active == op.job && (op.status == "pending" || op.status == "running"), s
	}
	return op.answer == "invalid_request" || op.answer == "no_data", s
}

// trigger is step for a trigger. One whose key is known gets its first answer again, or the
// refusal of another body. But of two calls with one key, one can find that the key is
// unknown, and then meet the job of the other.
func (s jobsState) trigger(op operation) (bool, jobsState) {
	k, known := s.kept(op.key)
	switch op.answer {
	case "accepted":
		if known {
			return k.request == op.request() && k.job == op.answerJob, s
		}
		_, before := s.endOf(op.answerJob)
		legal := s.active == "" && !before
		s.active = op.answerJob
		return legal, s.keep(op)
	case "same", "conflict":
		return s.active == op.answerJob && (!known || op.called < k.until), s
	case "current", "dry_run":
		return !known, s
	case "idempotency_mismatch":
		return known && k.request != op.request(), s
	}
	return op.answer == "invalid_request" || op.answer == "no_data", s
}

// linearizable looks for an order of the operations of each experiment in which each
// answer is right, and in which an operation that had ended before another one began
// comes before it. An operation without an answer may have been done at any time after
// its call.
func (w *world) linearizable() []string {
	var wrong []string
	byExperiment := map[string][]porcupine.Operation{}
	for _, op := range w.history {
		if p, ok := w.forPorcupine(op); ok {
			byExperiment[op.experiment] = append(byExperiment[op.experiment], p)
		}
	}
	model := porcupine.Model{
		Init: func() any { return jobsState{} },
		Step: func(s, in, _ any) (bool, any) { return s.(jobsState).step(in.(operation)) },
	}
	for _, experiment := range slices.Sorted(maps.Keys(byExperiment)) {
		history := byExperiment[experiment]
		if porcupine.CheckOperationsTimeout(model, history, time.Minute) == porcupine.Illegal {
			text := "the answers about experiment " + experiment + " fit no order:"
			for _, p := range history {
				op := p.Input.(operation)
				text += fmt.Sprintf("\n  %d-%d %s %s %s %s %s: %s %s %s", op.called, op.answered, op.name, op.kind, op.job, op.key, op.body,
					op.answer, op.answerJob, op.status)
			}
			wrong = append(wrong, text)
		}
	}
	return wrong
}

// forPorcupine returns an operation in porcupine's form; ok is false for one that says
// nothing.
func (w *world) forPorcupine(op operation) (p porcupine.Operation, ok bool) {
	last := 2*w.turn + 2
	p = porcupine.Operation{ClientId: op.client, Input: op, Call: int64(2 * op.called), Return: int64(2 * op.answered)}
	if op.kind == "finish" {
		p.Return++
		p.ClientId = 100
	}
	if !op.open {
		return p, op.kind != "read"
	}
	// Without an answer, only what was done counts.
	job, done := w.effects[op.name]
	if !done || op.kind == "status" || op.kind == "read" {
		return p, false
	}
	op.answer, op.answerJob, op.answered = "accepted", job, w.turn+1
	p.Input, p.Return = op, int64(last)
	return p, true
}
