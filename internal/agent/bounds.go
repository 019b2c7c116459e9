package agent

import (
	"fmt"
	"strconv"

	"aitrader/internal/text"
)

// The bounds of a session by default, in bytes unless they say otherwise. What a model
// or a tool sends beyond them is cut, and the text that remains says so.
const (
	// maxMessage bounds what is stored and shown of one text: of an answer, of its
	// reasoning, of the arguments of a call, of the answer of a tool.
	maxMessage = 256 << 10
	// maxRaw bounds an answer in the form of its provider. A larger one is sent back in
	// the common form.
	maxRaw = 1 << 20
	// maxConversation bounds the messages of a session together. A session that passes
	// it ends. Hardly any model reads as much: it is about half a million tokens.
	maxConversation = 2 << 20
	// minMessage is what is left for a text when the conversation has grown to its
	// bound, before the session ends.
	minMessage = 1 << 10
	// maxCalls bounds the tool calls of one answer that are executed.
	maxCalls = 128
	// maxCallID bounds the id of a call. Gateways put signatures into ids.
	maxCallID = 16 << 10
)

// MaxCallsKept bounds the tool calls of one answer that are kept. Further ones are left
// out: they are neither answered nor stored.
const MaxCallsKept = 256

// clip cuts a text to what is stored and shown of it.
func (c *conversation) clip(s string) string {
	limit := min(c.limits.ContentBytes, max(c.limits.ConversationBytes-c.size, minMessage))
	return text.ClipWith(s, limit, "\n[cut: "+strconv.Itoa(len(s))+" bytes in all]")
}

// full reports whether the conversation has grown to its bound.
func (c *conversation) full() bool { return c.size >= c.limits.ConversationBytes }

// grow counts texts that the conversation holds.
func (c *conversation) grow(texts ...string) {
	for _, s := range texts {
		c.size += len(s)
	}
}

// bounded cuts the tool calls of an answer to what a session can hold, and gives an id to
// those without a usable one. The original of the provider goes where it holds more.
func bounded(m Message, step int) Message {
	calls := m.Calls[:min(len(m.Calls), MaxCallsKept)]
	fits := len(calls) == len(m.Calls) && len(m.Raw) <= maxRaw
	m.Calls = make([]ToolCall, len(calls))
	for i, call := range calls {
		if len(call.ID) > maxCallID {
			call.ID, fits = "", false
		}
		if call.ID == "" {
			call.ID = fmt.Sprintf("call-%d-%d", step, i+1)
		}
		m.Calls[i] = call
	}
	if !fits {
		m.Raw = nil
	}
	return m
}
