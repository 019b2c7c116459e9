package openaimodel

import (
	"encoding/json"

	"aitrader/internal/sim"
)

// choice is what a body says, in one message.
type choice struct {
	message json.RawMessage
	broken  sim.StopReason
}

// noMessage stands for the message of an answer that was broken off before it had one.
var noMessage = json.RawMessage(`{"role":"assistant","content":""}`)

// mergeChoices makes one message of several choices. No request asks for alternatives:
// a gateway that sends several has split one answer, the words from the calls or the
// calls from each other. The message is that of the first choice with a call, with what
// it lacks from the others. A single choice stays as it is.
func mergeChoices(choices []map[string]json.RawMessage) choice {
	base := 0
	for i, c := range choices {
		if hasCalls(c) {
			base = i
			break
		}
	}
	merged := choice{message: choices[base]["message"], broken: brokenBy(finishReason(choices[base]))}
	if merged.broken != "" && !present(merged.message) {
		merged.message = noMessage
	}
	for i, c := range choices {
		if i != base {
			merged.message = mergeMessages(merged.message, c["message"])
		}
	}
	return merged
}

// hasCalls reports whether the message of a choice calls a tool.
func hasCalls(choice map[string]json.RawMessage) bool {
	fields, _ := object(choice["message"])
	return present(fields["tool_calls"])
}

// mergeMessages adds to a message the fields that it lacks, and the calls of the other.
func mergeMessages(raw, other json.RawMessage) json.RawMessage {
	message, ok := newRepair(raw)
	more, otherOK := newRepair(other)
	if !ok || !otherOK {
		return raw
	}
	calls := mergeCalls(message.fields["tool_calls"], more.fields["tool_calls"])
	for name, value := range more.fields {
		if !present(message.fields[name]) && present(value) {
			message.set(name, value)
		}
	}
	if calls != nil {
		message.set("tool_calls", calls)
	}
	return message.json()
}

// mergeCalls appends the calls of another choice, without those that the first has
// already. nil: there are none to append.
func mergeCalls(raw, other json.RawMessage) json.RawMessage {
	var calls, more []json.RawMessage
	if json.Unmarshal(raw, &calls) != nil || json.Unmarshal(other, &more) != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, call := range calls {
		seen[meaning(call)] = true
	}
	had := len(calls)
	for _, call := range more {
		if !seen[meaning(call)] {
			calls = append(calls, call)
		}
	}
	if len(calls) == had {
		return nil
	}
	return listOf(calls)
}

// meaning is what a call asks for, without its id.
func meaning(call json.RawMessage) string {
	fields, _ := object(call)
	function, _ := object(fields["function"])
	return textOf(function["name"]) + " " + arguments(function["arguments"])
}
