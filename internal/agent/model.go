package agent

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

// Model is a contestant: something that answers a conversation. It is safe for
// concurrent use and keeps nothing between calls: all that it may know of a
// session is in the request.
type Model interface {
	// Complete returns the next answer. An error ends the model-day as failed;
	// retries are the model's own affair. A [sim.Error] names its kind, and its
	// message is shown to users, so it must not hold a key.
	Complete(ctx context.Context, r Request) (Reply, error)
}

// Request is the state of a session before one completion.
type Request struct {
	// Brief holds the facts of the prompt, for models that do not read prose.
	// It never says more than the messages do.
	Brief *Brief
	// Step is the number of this completion, from 1 on.
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
	// CallID and ToolName say what a tool message answers.
	CallID   string
	ToolName string
	// Raw is the assistant message as its provider sent it, if it did: some
	// providers want their own fields back.
	Raw json.RawMessage
}

// Role says who speaks.
type Role string

// The roles of a conversation.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool"
)

// ToolCall is a model's wish to call a tool. Arguments are as the model sent
// them: usually a JSON object, but nothing is certain.
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
	Reasoning string // what the model thought aloud, where its provider tells
	Usage     sim.Usage
}

// Brief holds the facts that a model is told at the start of its day.
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
	// News says that there is a tool that searches news.
	News bool
	// Strategy replaces the strategy part of the prompt, if not empty.
	Strategy string
}

// SymbolPrice is what a model is told about one symbol.
type SymbolPrice struct {
	Symbol string
	// Open is today's opening price; 0 when the symbol does not trade today.
	Open sim.Money
	// LastClose is the last close before today, on CloseDate; 0 when unknown.
	LastClose  sim.Money
	CloseDate  sim.Date
	InUniverse bool
}
