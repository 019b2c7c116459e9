package agent

import "aitrader/internal/sim"

const getPortfolioSchema = `{"type":"object","properties":{},"required":[],"additionalProperties":false}`

func (d *Desk) getPortfolioTool() Tool {
	return d.tool("get_portfolio",
		"Your cash and holdings as they stand now, with today's opening prices and the values at them, in USD.",
		getPortfolioSchema, nil, d.getPortfolio)
}

// getPortfolio values every holding at today's open; one that does not trade
// today counts at its last close, and its open is null.
func (d *Desk) getPortfolio(_ input, out *answer) error {
	symbols := d.ledger.Symbols()
	values := make([]sim.Valuation, len(symbols))
	total := sim.Money(0)
	for i, symbol := range symbols {
		one := sim.Ledger{Holdings: map[string]sim.Quantity{symbol: d.ledger.Holdings[symbol]}}
		value, err := d.view.ValueAtOpen(one)
		if err != nil {
			return err
		}
		values[i] = value
		total += value.Value
	}
	out.money("cash", d.ledger.Cash)
	out.objects("holdings", len(symbols), func(i int) {
		out.text("symbol", symbols[i])
		out.quantity("quantity", d.ledger.Holdings[symbols[i]])
		d.addOpen(out, symbols[i])
		out.money("value", values[i].Value)
		out.text("valued_at", string(values[i].Basis))
	})
	out.money("holdings_value", total)
	out.money("total_value", d.ledger.Cash+total)
	return nil
}
