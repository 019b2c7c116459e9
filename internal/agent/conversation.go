package agent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// conversation is the state of a running session: what the model is shown and
// what is kept.
type conversation struct {
	*Session
	limits     Limits
	specs      []ToolSpec
	messages   []Message
	transcript []sim.Message
	account    sim.Session
	signalled  bool
}

// maxToolName is how many bytes of the name of a tool are kept; only the name
// of a tool that does not exist can be longer.
const maxToolName = 64

// start begins a conversation with the prompt.
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

// addMessage adds a message of the session itself.
func (c *conversation) addMessage(step int, role Role, content string) {
	c.messages = append(c.messages, Message{Role: role, Content: content})
	c.record(sim.Message{Step: step, Role: string(role), Content: content})
}

// record adds a line to the transcript.
func (c *conversation) record(m sim.Message) {
	m.Timestamp = c.Now().UTC()
	c.transcript = append(c.transcript, m)
}

// clip returns what is kept of a text.
func (c *conversation) clip(s string) string {
	return text.Clip(s, c.limits.ContentBytes, "\n[cut: "+strconv.Itoa(len(s))+" bytes in all]")
}

// addReply adds an answer of the model and returns its tool calls, each with an
// id.
func (c *conversation) addReply(step int, reply Reply) []ToolCall {
	m := reply.Message
	m.Role, m.Content = RoleAssistant, c.clip(m.Content)
	m.Calls = slices.Clone(m.Calls)
	for i := range m.Calls {
		if m.Calls[i].ID == "" {
			m.Calls[i].ID = fmt.Sprintf("call-%d-%d", step, i+1)
		}
	}
	c.messages = append(c.messages, m)
	usage := reply.Usage
	c.record(sim.Message{
		Step:      step,
		Role:      string(RoleAssistant),
		Content:   m.Content,
		Reasoning: c.clip(reply.Reasoning),
		Usage:     &usage,
		Cost:      c.cost(usage),
	})
	c.account.Steps = step
	c.account.Usage = c.account.Usage.Add(usage)
	if words := summary(m.Content); words != "" {
		c.account.Summary = words
	}
	// The whole answer counts, also what is too long to be kept.
	c.signalled = strings.Contains(reply.Message.Content, FinishSignal)
	return m.Calls
}

// addResult adds the answer of a tool.
func (c *conversation) addResult(step int, call ToolCall, result ToolResult) {
	content := c.clip(result.Content)
	c.messages = append(c.messages, Message{Role: RoleTool, Content: content, CallID: call.ID, ToolName: call.Name})
	asOf := c.Brief.Date
	if sim.IsOutside(call.Name) {
		asOf = 0 // nobody knows
	}
	c.record(sim.Message{
		Step:       step,
		Role:       string(RoleTool),
		Content:    content,
		ToolName:   text.Clip(call.Name, maxToolName, text.Ellipsis),
		ToolCallID: call.ID,
		Arguments:  c.clip(call.Arguments),
		AsOf:       asOf,
	})
}

// countCall counts a call of a tool.
func (c *conversation) countCall(tool string, refused bool) {
	n := c.account.ToolUsage[tool]
	n.Calls++
	if refused {
		n.Errors++
	}
	c.account.ToolUsage[tool] = n
}

// outcome is the account of the conversation after its end.
func (c *conversation) outcome(stop sim.StopReason) sim.Outcome {
	c.account.StopReason = stop
	c.account.Signal = stop == sim.StopSignal
	c.account.Cost = c.cost(c.account.Usage)
	c.account.NewsRefused = c.Desk.NewsRefused()
	return sim.Outcome{Fills: c.Desk.Fills(), Session: c.account, Transcript: c.transcript}
}

// cost returns what tokens cost, or nil when that is not known: of no tokens it is.
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
