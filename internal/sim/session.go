package sim

import (
	"slices"
	"time"
)

// StopReason says why a session ended, or what the fault of a failed model-day means.
type StopReason string

// The reasons why a session ends. A failed model-day has none of them.
const (
	StopSignal      StopReason = "finish_signal" // the model said that it was done
	StopNoToolCalls StopReason = "no_tool_calls" // it answered without a tool call, also after a reminder
	StopMaxSteps    StopReason = "max_steps"     // it used up its steps
	StopDeadline    StopReason = "deadline"      // time ran out
	StopBudget      StopReason = "budget"        // the next call might have cost more than what was left
	StopContext     StopReason = "context"       // the conversation no longer fits the model's context
)

// The reasons of a session whose last two answers were broken. They say what the last
// one was.
const (
	StopTruncated StopReason = "truncated"      // cut at a limit of tokens
	StopFiltered  StopReason = "filtered"       // stopped by a content filter
	StopTextCall  StopReason = "text_tool_call" // a tool call written into the text
	StopEmpty     StopReason = "empty"          // neither words nor a call
)

// BrokenReasons are the reasons of a session that ended with broken answers.
var BrokenReasons = []StopReason{StopTruncated, StopFiltered, StopTextCall, StopEmpty}

// StopReasons are all reasons why a session ends.
var StopReasons = slices.Concat(
	[]StopReason{StopSignal, StopNoToolCalls, StopMaxSteps, StopDeadline, StopBudget, StopContext}, BrokenReasons)

// Broken reports whether the session ended with broken answers: then the day shows
// what a provider did, and is no decision of the model to stop there.
func (r StopReason) Broken() bool { return slices.Contains(BrokenReasons, r) }

// The faults of a model. A failed model-day has one of them, or none if its failure
// says nothing about the next date.
const (
	// StopFault is a fault that lasts, such as a refused key, an unknown model, or a
	// used-up account: the job asks the model no more.
	StopFault StopReason = "model_fault"
	// StopUnreachable is an address that takes no connection. It may be restarting: only
	// two dates in a row make a [StopFault] of it.
	StopUnreachable StopReason = "model_unreachable"
	// StopNotAsked is a model-day after a [StopFault], which fails without a call.
	StopNotAsked StopReason = "model_not_asked"
)

// Session summarizes one conversation of a model.
type Session struct {
	Steps      int                  `json:"steps"`
	StopReason StopReason           `json:"stop_reason"`
	Signal     bool                 `json:"stop_signal_received"`
	Summary    string               `json:"reasoning_summary"` // the model's last words
	ToolUsage  map[string]ToolCount `json:"tool_usage"`
	Usage      Usage                `json:"tokens"`
	// Cost is what the tokens cost; nil when the model has no price.
	Cost *TokenCost `json:"cost_usd,omitempty"`
	// NewsRefused counts the items that news searches found and did not show, by reason.
	NewsRefused map[string]int `json:"news_refused,omitempty"`
}

// Message is one line of a transcript.
type Message struct {
	Step       int        `json:"step"`                   // 0 for the prompt, then the number of the completion
	Role       string     `json:"role"`                   // system, user, assistant or tool
	Content    string     `json:"content"`                // text, or the answer of a tool
	Reasoning  string     `json:"reasoning,omitempty"`    // the model's reasoning, where the provider returns it
	ToolName   string     `json:"tool_name,omitempty"`    // role tool: which tool was called
	ToolCallID string     `json:"tool_call_id,omitempty"` // role tool: the call that this answers
	Arguments  string     `json:"arguments,omitempty"`    // role tool: the arguments as the model sent them
	AsOf       Date       `json:"as_of,omitempty"`        // role tool: the date as of which the answer is true
	Timestamp  time.Time  `json:"timestamp"`
	Usage      *Usage     `json:"tokens,omitempty"`   // role assistant: what the step used
	Cost       *TokenCost `json:"cost_usd,omitempty"` // and cost, where the model has a price
	Broken     StopReason `json:"broken,omitempty"`   // role assistant: why the answer is no decision
}

// Outcome is what a trader did on its day: the fills, in order, and the session. The
// closing ledger is not part of it: the engine folds it from the entries.
type Outcome struct {
	Fills      []Entry
	Session    Session
	Transcript []Message
}
