package agent

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

var (
	wholeOrderSchema = json.RawMessage(`{"type":"object","properties":{` +
		`"symbol":{"type":"string","description":"ticker, such as AAPL"},` +
		`"amount":{"type":"integer","minimum":1,"description":"number of whole shares"}},` +
		`"required":["symbol","amount"],"additionalProperties":false}`)
	fractionalOrderSchema = json.RawMessage(`{"type":"object","properties":{` +
		`"symbol":{"type":"string","description":"ticker, such as AAPL"},` +
		`"amount":{"type":"number","exclusiveMinimum":0,"description":"number of shares, at most 6 decimals"}},` +
		`"required":["symbol","amount"],"additionalProperties":false}`)
)

func (d *Desk) buyTool() Tool {
	return d.orderTool(sim.EntryBuy,
		"Buy shares at today's opening price, costs added. It is executed at once, or refused with the reason.")
}

func (d *Desk) sellTool() Tool {
	return d.orderTool(sim.EntrySell,
		"Sell shares that you hold at today's opening price, costs deducted. It is executed at once, or refused with the reason.")
}

func (d *Desk) orderTool(side sim.EntryKind, description string) Tool {
	schema := wholeOrderSchema
	if d.fractional {
		schema = fractionalOrderSchema
	}
	return d.tool(string(side), description, schema, []string{"symbol", "amount"}, func(_ context.Context, in input) (any, error) {
		symbol, err := in.text("symbol")
		if err != nil {
			return nil, err
		}
		amount, err := in.number("amount")
		if err != nil {
			return nil, err
		}
		return d.order(side, symbol, amount)
	})
}
