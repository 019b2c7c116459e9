package agent

import (
	"encoding/json"
	"strings"

	"aitrader/internal/sim"
)

// Broken returns why an answer without a tool call is no decision: [sim.StopTextCall]
// or [sim.StopEmpty]. "": it says something, or calls a tool. A model behind a provider
// sets [Reply].Broken by it.
func Broken(answer Message, r Request) sim.StopReason {
	if len(answer.Calls) > 0 {
		return ""
	}
	said := spoken(answer.Content)
	switch {
	case strings.TrimSpace(said) == "":
		return sim.StopEmpty
	case newTextCalls(r.Tools).find(said, r.Messages):
		return sim.StopTextCall
	}
	return ""
}

// brokenNotes ask for an answer again.
var brokenNotes = map[sim.StopReason]string{
	sim.StopTruncated: "Your answer was cut off at its token limit, and counts as no decision. Answer again, shorter.",
	sim.StopFiltered:  "Your answer was stopped by a content filter, and counts as no decision. Answer again in other words.",
	sim.StopTextCall: "You wrote a tool call as text, and it was not executed. Call the tool through the tool interface, " +
		"or end the session by answering " + FinishSignal + ".",
	sim.StopEmpty: "Your answer was empty. Continue with the tools, or end the session by answering " + FinishSignal + ".",
}

// cutCall is the answer to a call that was cut off with its answer.
const cutCall = "not executed: your answer was cut off within this call. Send the call again"

// isCut reports whether a call of a broken answer was cut off. Otherwise its arguments
// are whole.
func isCut(broken sim.StopReason, call ToolCall) bool {
	return broken != "" && !json.Valid([]byte(call.Arguments))
}

// allCut reports whether nothing of a broken answer could be executed.
func allCut(broken sim.StopReason, calls []ToolCall) bool {
	for _, call := range calls {
		if !isCut(broken, call) {
			return false
		}
	}
	return broken != ""
}
