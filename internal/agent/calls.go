package agent

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"aitrader/internal/sim"
)

// unknownTool is the name under which calls of tools that do not exist are counted.
// The model invents their names, so their number is unbounded.
const unknownTool = "unknown"

// runCalls runs the tool calls of one answer in order, one at a time. Every call gets
// an answer: providers refuse a conversation with an unanswered call.
func (c *conversation) runCalls(ctx, thinking context.Context, step int, broken sim.StopReason, calls []ToolCall) error {
	for i, call := range calls {
		result, err := c.answerCall(ctx, thinking, i, broken, call)
		switch {
		case ctx.Err() != nil:
			return interrupted(ctx, step)
		case err != nil:
			return err
		}
		c.countCall(c.countedAs(call.Name), result.IsError)
		c.addResult(step, call, result)
	}
	return nil
}

// answerCall runs a call, or tells the model why it cannot run. Number is the
// position of the call in the model's answer, from 0.
func (c *conversation) answerCall(ctx, thinking context.Context, number int, broken sim.StopReason, call ToolCall) (ToolResult, error) {
	switch {
	case isCut(broken, call):
		return c.refuse(cutCall), nil
	case number >= c.limits.CallsPerAnswer:
		return c.refuse(c.tooManyCalls(number)), nil
	case thinking.Err() != nil:
		return c.refuse("not executed: the time of the session is over"), nil //nolint:nilerr // the model reads why
	case !c.knows(call.Name):
		return c.refuse("unknown tool " + quote(call.Name) + "; the tools are: " + c.toolNames()), nil
	}
	arguments, err := NormalizeArguments(call.Arguments)
	if err != nil {
		return c.refuse(sim.MessageOf(err)), nil
	}
	return c.callTool(ctx, call.Name, arguments)
}

// tooManyCalls refuses a call beyond the limit. The last one that is kept mentions those
// that are left out.
func (c *conversation) tooManyCalls(number int) string {
	words := "not executed: one answer may hold " + strconv.Itoa(c.limits.CallsPerAnswer) + " tool calls"
	if number == MaxCallsKept-1 {
		words += "; those after the first " + strconv.Itoa(MaxCallsKept) + " are left out"
	}
	return words
}

func (c *conversation) callTool(ctx context.Context, name string, arguments json.RawMessage) (result ToolResult, err error) {
	defer recoverAs(&err, "the tool "+name)
	result, err = c.Toolbox.Call(ctx, name, arguments)
	if err != nil {
		err = &sim.Error{Kind: sim.KindInternal, Message: "the tool " + name + " has failed unexpectedly", Err: err}
	}
	return result, err
}

// refuse answers a call that does not reach a tool.
func (c *conversation) refuse(text string) ToolResult {
	return newAnswer(c.Brief.Date, nil, sim.Errorf(sim.KindInvalid, "%s", text), nil)
}

func (c *conversation) knows(name string) bool {
	return slices.ContainsFunc(c.specs, func(t ToolSpec) bool { return t.Name == name })
}

func (c *conversation) countedAs(name string) string {
	if c.knows(name) {
		return name
	}
	return unknownTool
}

func (c *conversation) toolNames() string {
	names := make([]string, len(c.specs))
	for i, spec := range c.specs {
		names[i] = spec.Name
	}
	return strings.Join(names, ", ")
}
