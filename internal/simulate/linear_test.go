package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// jobsState is all that clients can know of the jobs of one experiment.
type jobsState struct {
	active string // the job that has not ended; "": none
	cancel bool   // its cancel was requested
	ended  string // the jobs that have, each as " id=status "
	keys   string // the idempotency keys that are remembered, each as "\nkey|body|job\n"
}

// endOf returns the status of a job that has ended.
func (s jobsState) endOf(job string) (status string, ok bool) {
	_, rest, ok := strings.Cut(s.ended, " "+job+"=")
	status, _, _ = strings.Cut(rest, " ")
	return status, ok
}

// kept returns the request and the job of an idempotency key.
func (s jobsState) kept(key string) (body, job string, ok bool) {
	_, rest, ok := strings.Cut(s.keys, "\n"+key+"|")
	rest, _, _ = strings.Cut(rest, "\n")
	i := strings.LastIndex(rest, "|")
	if !ok || i < 0 {
		return "", "", false
	}
	return rest[:i], rest[i+1:], true
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

// trigger is step for a trigger.
func (s jobsState) trigger(op operation) (bool, jobsState) {
	body, job, known := s.kept(op.key)
	if op.key == "" {
		known = false
	}
	switch op.answer {
	case "accepted":
		if known {
			return body == op.body && job == op.answerJob, s
		}
		_, before := s.endOf(op.answerJob)
		legal := s.active == "" && !before
		s.active = op.answerJob
		if op.key != "" {
			s.keys += "\n" + op.key + "|" + op.body + "|" + op.answerJob + "\n"
		}
		return legal, s
	case "same", "conflict":
		// Also with a key: of two calls at once one may meet the job of the other.
		return s.active == op.answerJob, s
	case "current":
		return !known, s
	case "idempotency_mismatch":
		return known && body != op.body, s
	}
	return true, s // refused, or a dry run
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
	op.answer, op.answerJob = "accepted", job
	p.Input, p.Return = op, int64(last)
	return p, true
}
