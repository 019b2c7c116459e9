package recorded

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// Orders is a model that repeats the orders of a day, whatever the tools answer: under
// other costs some may be refused, which the transcript shows.
type Orders []sim.Entry

// Steps is how many answers a session of the orders takes.
func (o Orders) Steps() int { return answersFor(len(o)) }

// Complete implements [agent.Model].
func (o Orders) Complete(ctx context.Context, q agent.Request) (agent.Reply, error) {
	if err := ctx.Err(); err != nil {
		return agent.Reply{}, err
	}
	from := min((q.Step-1)*maxCalls, len(o))
	batch := o[from:min(from+maxCalls, len(o))]
	if len(batch) == 0 {
		return agent.NewReply("Ordered again. "+agent.FinishSignal, nil), nil
	}
	calls := make([]agent.ToolCall, len(batch))
	for i, e := range batch {
		arguments, err := json.Marshal(map[string]any{"symbol": e.Symbol, "amount": e.Quantity})
		if err != nil {
			return agent.Reply{}, sim.Errorf(sim.KindInternal, "order %d: %w", from+i+1, err)
		}
		calls[i] = agent.ToolCall{ID: "order-" + strconv.Itoa(from+i+1), Name: string(e.Kind), Arguments: string(arguments)}
	}
	return agent.NewReply(fmt.Sprintf("Orders %d to %d of %d.", from+1, from+len(batch), len(o)), calls), nil
}
