package agent

import (
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// conversation is the state of a running session: the messages that the model sees,
// and what is stored of them.
type conversation struct {
	*Session
	limits     Limits
	specs      []ToolSpec
	messages   []Message
	transcript []sim.Message
	account    sim.Session
	signalled  bool // the last answer holds the signal
	nudged     bool // the model was reminded of the tools
	askedAgain bool // the last answer was broken
	size       int  // the bytes of the messages and of the transcript, except those they share
}

// maxToolName bounds the name of a tool in a transcript, in bytes. Only the name of a
// tool that does not exist can be longer.
const maxToolName = 64

// start returns a conversation that holds the prompt.
func (s *Session) start() (*conversation, error) {
	if s.Brief.MaxSteps < 1 {
		return nil, sim.Errorf(sim.KindInvalid, "max_steps %d: a session needs at least 1 step", s.Brief.MaxSteps)
	}
	c := &conversation{
		Session: s, limits: s.Limits.withDefaults(), specs: s.Toolbox.Specs(),
		account: sim.Session{ToolUsage: map[string]sim.ToolCount{}},
	}
	for _, m := range Prompt(s.Brief) {
		c.addMessage(0, m.Role, m.Content)
	}
	return c, nil
}

// addMessage adds a message that the session writes.
func (c *conversation) addMessage(step int, role Role, content string) {
	c.messages = append(c.messages, Message{Role: role, Content: content})
	c.grow(content)
	c.record(sim.Message{Step: step, Role: string(role), Content: content})
}

// record adds a line to the transcript.
func (c *conversation) record(m sim.Message) {
	m.Timestamp = c.Now().UTC()
	c.transcript = append(c.transcript, m)
}

// addReply adds an answer of the model and returns its tool calls.
func (c *conversation) addReply(step int, reply Reply) []ToolCall {
	m := bounded(reply.Message, step)
	m.Role, m.Content = RoleAssistant, c.clip(m.Content)
	c.messages = append(c.messages, m)
	c.grow(m.Content, string(m.Raw))
	for _, call := range m.Calls {
		c.grow(call.ID, call.Name, call.Arguments)
	}
	reasoning, usage := c.clip(reply.Reasoning), reply.Usage
	c.grow(reasoning)
	c.record(sim.Message{
		Step:      step,
		Role:      string(RoleAssistant),
		Content:   m.Content,
		Reasoning: reasoning,
		Usage:     &usage,
		Cost:      c.cost(usage),
		Broken:    reply.Broken,
	})
	c.account.Steps = step
	c.account.Usage = c.account.Usage.Add(usage)
	if words := summary(m.Content); words != "" {
		c.account.Summary = words
	}
	c.signalled = reply.Broken == "" && saysFinished(reply.Message.Content)
	return m.Calls
}

// saysFinished reports whether an answer says the signal, anywhere but in its thoughts,
// also beyond what is stored. Thoughts are looked for only where that can matter.
func saysFinished(content string) bool {
	return strings.Contains(content, FinishSignal) && strings.Contains(spoken(content), FinishSignal)
}

// addResult adds the answer of a tool.
func (c *conversation) addResult(step int, call ToolCall, result ToolResult) {
	content := c.clip(result.Content)
	c.messages = append(c.messages, Message{Role: RoleTool, Content: content, CallID: call.ID, ToolName: call.Name})
	c.grow(content)
	asOf := c.Brief.Date
	if sim.IsOutside(call.Name) {
		asOf = 0 // an external server does not say
	}
	c.record(sim.Message{
		Step:       step,
		Role:       string(RoleTool),
		Content:    content,
		ToolName:   text.Clip(call.Name, maxToolName),
		ToolCallID: call.ID,
		Arguments:  c.clip(call.Arguments),
		AsOf:       asOf,
	})
}

// countCall counts a call in the usage of tools.
func (c *conversation) countCall(tool string, refused bool) {
	n := c.account.ToolUsage[tool]
	n.Calls++
	if refused {
		n.Errors++
	}
	c.account.ToolUsage[tool] = n
}

// outcome returns the result of the conversation after its end.
func (c *conversation) outcome(stop sim.StopReason) sim.Outcome {
	c.account.StopReason = stop
	c.account.Signal = stop == sim.StopSignal
	c.account.Cost = c.cost(c.account.Usage)
	c.account.NewsRefused = c.Desk.NewsRefused()
	return sim.Outcome{Fills: c.Desk.Fills(), Session: c.account, Transcript: c.transcript}
}

// cost returns the cost of tokens, or nil where their price is unknown. No tokens
// cost nothing, at any price.
func (c *conversation) cost(u sim.Usage) *sim.TokenCost {
	price := c.Price
	if price == nil {
		if u != (sim.Usage{}) {
			return nil
		}
		price = &sim.TokenPrice{}
	}
	return new(price.Of(u))
}
