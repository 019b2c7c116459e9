package agent

import (
	"context"
	"encoding/json"
)

// Tools returns the tools, bound to this desk, in a fixed order: those for
// trading, and one each for arithmetic and news where the desk has a calculator and
// news. Their schemas hold only what a model must give: the date and the ledger are
// the desk's own.
func (d *Desk) Tools() []Tool {
	tools := []Tool{
		d.buyTool(),
		d.sellTool(),
		d.getPriceTool(),
		d.getPricesTool(),
		d.getHistoryTool(),
		d.getPortfolioTool(),
	}
	if d.calculator != nil {
		tools = append(tools, d.calculateTool())
	}
	if d.news != nil {
		tools = append(tools, d.searchNewsTool())
	}
	return tools
}

// run answers a call of a tool: with the fields of the answer, a struct, or with an
// error that refuses the call in words for the model, and perhaps fields that
// explain it.
type run func(ctx context.Context, in input) (fields any, err error)

// tool makes a tool. Names are the arguments of its schema; others are ignored and
// named in the answer. All desks share the schema.
func (d *Desk) tool(name, description string, schema json.RawMessage, names []string, run run) Tool {
	return Tool{
		Spec: ToolSpec{Name: name, Description: description, Schema: schema},
		Handle: func(ctx context.Context, args map[string]json.RawMessage) ToolResult {
			in := input{values: args, names: names}
			fields, err := run(ctx, in)
			return newAnswer(d.Date(), fields, err, in.ignored())
		},
	}
}
