package sim

import "time"

// StopReason says why a session ended.
type StopReason string

// The reasons why a session ends. A failed model-day has none of them.
const (
	StopSignal      StopReason = "finish_signal" // the model said that it is done
	StopNoToolCalls StopReason = "no_tool_calls" // it answered without a tool call, also after a nudge
	StopMaxSteps    StopReason = "max_steps"     // it used up its steps
	StopDeadline    StopReason = "deadline"      // time ran out
	StopBudget      StopReason = "budget"        // the next call might have cost more than what was left
)

// Usage counts tokens. Cached is a part of Input, Reasoning a part of Output.
type Usage struct {
	Input     int64 `json:"input"`
	Output    int64 `json:"output"`
	Cached    int64 `json:"cached"`
	Reasoning int64 `json:"reasoning"`
}

// Add returns the sum.
func (u Usage) Add(o Usage) Usage {
	return Usage{u.Input + o.Input, u.Output + o.Output, u.Cached + o.Cached, u.Reasoning + o.Reasoning}
}

// ToolCount counts the calls of one tool, and how many of them were refused.
type ToolCount struct {
	Calls  int `json:"calls"`
	Errors int `json:"errors"`
}

// Session is the account of one conversation.
type Session struct {
	Steps      int                  `json:"steps"`
	StopReason StopReason           `json:"stop_reason"`
	Signal     bool                 `json:"stop_signal_received"`
	Summary    string               `json:"reasoning_summary"` // the model's last words
	ToolUsage  map[string]ToolCount `json:"tool_usage"`
	Usage      Usage                `json:"tokens"`
	// Cost is what the tokens cost; nil when the model has no price.
	Cost *TokenCost `json:"cost_usd,omitempty"`
	// NewsRefused counts what searches for news found and did not show, by reason.
	NewsRefused map[string]int `json:"news_refused,omitempty"`
}

// Message is one line of a transcript.
type Message struct {
	Step       int        `json:"step"`                   // 0 for the prompt, then the number of the completion
	Role       string     `json:"role"`                   // system, user, assistant or tool
	Content    string     `json:"content"`                // text, or the answer of a tool
	Reasoning  string     `json:"reasoning,omitempty"`    // what the model thought aloud, where its provider tells
	ToolName   string     `json:"tool_name,omitempty"`    // role tool: which tool was called
	ToolCallID string     `json:"tool_call_id,omitempty"` // role tool: the call that this answers
	Arguments  string     `json:"arguments,omitempty"`    // role tool: the arguments as the model sent them
	AsOf       Date       `json:"as_of,omitempty"`        // role tool: the date as of which the answer is true
	Timestamp  time.Time  `json:"timestamp"`
	Usage      *Usage     `json:"tokens,omitempty"`   // role assistant: what the step used
	Cost       *TokenCost `json:"cost_usd,omitempty"` // and cost, where the model has a price
}

// Outcome is what a trader did with its day: the fills, in order, and the
// account of its session. The closing ledger is not part of it: the engine
// folds it from the entries.
type Outcome struct {
	Fills      []Entry
	Session    Session
	Transcript []Message
}

// Day is one closed day of a book. It never changes.
type Day struct {
	Book      BookKey
	Ref       DayRef
	Prev      DayRef // its predecessor in the chain
	JobID     string
	Attempt   int
	Opening   Ledger  // the predecessor's closing ledger, or the initial cash
	Entries   []Entry // corporate actions first, then fills
	Closing   Ledger
	Session   Session
	Prices    string // the version of the prices that it was traded on
	StartedAt time.Time
	ClosedAt  time.Time
}

// Fills returns the executed orders of the day.
func (d Day) Fills() []Entry {
	var out []Entry
	for _, e := range d.Entries {
		if e.IsFill() {
			out = append(out, e)
		}
	}
	return out
}
