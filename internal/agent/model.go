package agent

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

// Model is a contestant: it answers a conversation. It is safe for concurrent use and
// keeps no state between calls: the request holds all that it may know of a session.
type Model interface {
	// Complete returns the next answer. It makes its own retries: an error fails the
	// model-day. The message of a [sim.Error] is shown to users and must not hold a
	// key. An error of kind budget or too_large (the conversation exceeds the model's
	// context) ends the session after its first step, and fails no day. The usage of the
	// reply also counts beside an error.
	Complete(ctx context.Context, r Request) (Reply, error)
}

// Request is the state of a session before one completion.
type Request struct {
	// Brief holds the facts of the prompt for models that do not read prose. It
	// contains nothing that the messages do not.
	Brief *Brief
	// Step is the number of this completion, from 1.
	Step int
	// Messages is the conversation so far, the prompt first.
	Messages []Message
	// Tools are what the model may call.
	Tools []ToolSpec
}

// Message is one message of the conversation with a model.
type Message struct {
	Role    Role
	Content string
	// Calls are the tool calls of an assistant message.
	Calls []ToolCall
	// CallID and ToolName name the call that a tool message answers.
	CallID   string
	ToolName string
	// Raw is an assistant message as its provider sent it: some providers require
	// their own fields back. Empty for a model without a provider.
	Raw json.RawMessage
}

// Calls counts the tool calls of a conversation and returns the answers to them, in
// order: what a model without state needs to know of its session.
func Calls(conversation []Message) (made int, answers []string) {
	for _, m := range conversation {
		switch m.Role {
		case RoleAssistant:
			made += len(m.Calls)
		case RoleTool:
			answers = append(answers, m.Content)
		}
	}
	return made, answers
}

// Role is the author of a message.
type Role string

// The roles of a conversation.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool"
)

// ToolCall is a model's request to call a tool. Arguments are unchecked: usually a
// JSON object, but possibly any text.
type ToolCall struct {
	ID        string
	Name      string
	Arguments string
}

// ToolSpec describes a tool to a model. Schema is the JSON Schema of its
// arguments, an object.
type ToolSpec struct {
	Name        string
	Description string
	Schema      json.RawMessage
}

// Reply is one completion.
type Reply struct {
	Message   Message
	Reasoning string // the model's reasoning, where its provider returns it
	Usage     sim.Usage
	// Broken says why the answer is no decision; "": it is one. The calls of a broken
	// answer are executed where their arguments are whole.
	Broken sim.StopReason
}

// NewReply returns the reply of a model that spends no tokens.
func NewReply(content string, calls []ToolCall) Reply {
	return Reply{Message: Message{Role: RoleAssistant, Content: content, Calls: calls}}
}

// Brief holds the facts that a model gets at the start of its day.
type Brief struct {
	Key        sim.ModelDayKey
	Experiment string
	Date       sim.Date
	// Opening is the ledger before the session: the last close with the splits
	// and dividends since.
	Opening sim.Ledger
	// Actions are those splits and dividends.
	Actions []sim.Entry
	// FirstDay is true when the book has no closed day yet.
	FirstDay bool
	// Prices lists the universe and what is held, sorted by symbol.
	Prices     []SymbolPrice
	Costs      sim.TradingCosts
	Fractional bool
	MaxSteps   int
	// News reports that the tools include a search for news.
	News bool
	// Strategy replaces the strategy part of the prompt, if not empty.
	Strategy string
}

// SymbolPrice is a row of the price table in the prompt.
type SymbolPrice struct {
	Symbol string
	// Open is today's opening price; 0 when the symbol does not trade today.
	Open sim.Money
	// LastClose is the last close before today, on CloseDate; 0 when unknown.
	LastClose  sim.Money
	CloseDate  sim.Date
	InUniverse bool
}
