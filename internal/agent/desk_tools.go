package agent

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

// Tools returns the trading tools, bound to this desk, in a fixed order. Their
// schemas hold only what a model must give: the date and the ledger are the
// desk's own.
func (d *Desk) Tools() []Tool {
	return []Tool{
		d.buyTool(),
		d.sellTool(),
		d.getPriceTool(),
		d.getHistoryTool(),
		d.getPortfolioTool(),
		d.calculateTool(),
	}
}

// tool makes a tool of a function that reads its arguments and adds fields to
// the answer. An error of the function is a refusal, in words for the model.
// Names are the arguments of the schema; others are ignored and named.
func (d *Desk) tool(name, description, schema string, names []string, run func(in input, out *answer) error) Tool {
	handle := func(_ context.Context, args map[string]json.RawMessage) ToolResult {
		in, out := input{values: args, names: names}, newAnswer(d.Date())
		if err := run(in, out); err != nil {
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
