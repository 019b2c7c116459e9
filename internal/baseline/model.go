package baseline

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// maxCalls bounds the tool calls of one answer; what is left follows in the
// next one.
const maxCalls = 128

// rule decides a day.
type rule interface {
	// calls lists the tool calls of the day as far as the answers determine them: those
	// already made, in the same order, and the next ones.
	calls(b *agent.Brief, a answers) []call
}

// call is a tool call to be made.
type call struct {
	tool string
	args any
}

// answers are the answers of the tools so far, in the order of the calls.
type answers []string

// decode reads the answer of a call. ok is false for a missing answer, a refusal, and an
// answer that does not fit v.
func (a answers) decode(i int, v any) (ok bool) {
	if i >= len(a) {
		return false
	}
	var refusal struct {
		Error json.RawMessage `json:"error"`
	}
	text := []byte(a[i])
	if json.Unmarshal(text, &refusal) != nil || refusal.Error != nil {
		return false
	}
	return json.Unmarshal(text, v) == nil
}

// model runs a rule as a contestant.
type model struct{ rule rule }

// Complete answers with the next tool calls of the rule's day, or with the
// finish signal when nothing is left to do.
func (m model) Complete(ctx context.Context, r agent.Request) (agent.Reply, error) {
	if err := ctx.Err(); err != nil {
		return agent.Reply{}, err
	}
	if r.Brief == nil {
		return agent.Reply{}, sim.Errorf(sim.KindInternal, "a built-in model was asked without a brief")
	}
	made, said := agent.Calls(r.Messages)
	plan := m.rule.calls(r.Brief, said)
	if made >= len(plan) {
		return agent.NewReply("Done for today. "+agent.FinishSignal, nil), nil
	}
	return next(plan, made)
}

// next turns the calls after the first made ones into an answer.
func next(plan []call, made int) (agent.Reply, error) {
	batch := plan[made:min(made+maxCalls, len(plan))]
	calls := make([]agent.ToolCall, len(batch))
	for i, c := range batch {
		args, err := json.Marshal(c.args)
		if err != nil {
			return agent.Reply{}, sim.Errorf(sim.KindInternal, "the arguments of %s: %w", c.tool, err)
		}
		calls[i] = agent.ToolCall{ID: "call-" + strconv.Itoa(made+i+1), Name: c.tool, Arguments: string(args)}
	}
	return agent.NewReply(describe(batch), calls), nil
}

// describe puts the calls of an answer into words, for the transcript.
func describe(batch []call) string {
	var orders []string
	for _, c := range batch {
		if o, ok := c.args.(order); ok {
			orders = append(orders, fmt.Sprintf("%s %s %s", c.tool, o.Amount, o.Symbol))
		}
	}
	if len(orders) == 0 {
		return "Looking at the market."
	}
	return "Orders: " + strings.Join(orders, ", ") + "."
}
