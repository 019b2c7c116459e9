package agent

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

// Tools returns the tools, bound to this desk, in a fixed order: those for
// trading, and one for news where the desk has some. Their schemas hold only what
// a model must give: the date and the ledger are the desk's own.
func (d *Desk) Tools() []Tool {
	tools := []Tool{
		d.buyTool(),
		d.sellTool(),
		d.getPriceTool(),
		d.getHistoryTool(),
		d.getPortfolioTool(),
		d.calculateTool(),
	}
	if d.news != nil {
		tools = append(tools, d.searchNewsTool())
	}
	return tools
}

// tool makes a tool of a function that reads its arguments and adds fields to
// the answer. An error of the function is a refusal, in words for the model.
// Names are the arguments of the schema; others are ignored and named.
func (d *Desk) tool(name, description, schema string, names []string, run func(in input, out *answer) error) Tool {
	return d.callTool(name, description, schema, names, func(_ context.Context, in input, out *answer) error { return run(in, out) })
}

// callTool is tool for a function that takes its time.
func (d *Desk) callTool(name, description, schema string, names []string, run func(ctx context.Context, in input, out *answer) error) Tool {
	handle := func(ctx context.Context, args map[string]json.RawMessage) ToolResult {
		in, out := input{values: args, names: names}, newAnswer(d.Date())
		if err := run(ctx, in, out); err != nil {
			out.refuse(sim.MessageOf(err))
		}
		if ignored := in.ignored(); len(ignored) > 0 {
			out.texts("ignored_arguments", ignored)
		}
		return out.result()
	}
	return Tool{
		Spec:   ToolSpec{Name: name, Description: description, Schema: json.RawMessage(schema)},
		Handle: handle,
	}
}
