package agent

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

var getPortfolioSchema = json.RawMessage(`{"type":"object","properties":{},"required":[],"additionalProperties":false}`)

func (d *Desk) getPortfolioTool() Tool {
	return d.tool("get_portfolio",
		"Your cash and holdings as they stand now, with today's opening prices and the values at them, in USD.",
		getPortfolioSchema, nil, d.getPortfolio)
}

type portfolioAnswer struct {
	Cash          sim.Money       `json:"cash"`
	Holdings      []holdingAnswer `json:"holdings"`
	HoldingsValue sim.Money       `json:"holdings_value"`
	TotalValue    sim.Money       `json:"total_value"`
}

type holdingAnswer struct {
	Symbol   string       `json:"symbol"`
	Quantity sim.Quantity `json:"quantity"`
	Open     *sim.Money   `json:"open"` // null when it does not trade today
	Value    sim.Money    `json:"value"`
	ValuedAt sim.Basis    `json:"valued_at"`
}

// getPortfolio values holdings at today's open, and those that do not trade today at
// their last close.
func (d *Desk) getPortfolio(context.Context, input) (any, error) {
	answer := portfolioAnswer{Cash: d.ledger.Cash, Holdings: []holdingAnswer{}}
	for _, symbol := range d.ledger.Symbols() {
		quantity := d.ledger.Holdings[symbol]
		value, err := d.view.ValueAtOpen(sim.Ledger{Holdings: map[string]sim.Quantity{symbol: quantity}})
		if err != nil {
			return nil, err
		}
		answer.Holdings = append(answer.Holdings, holdingAnswer{symbol, quantity, d.todaysOpen(symbol), value.Value, value.Basis})
		answer.HoldingsValue += value.Value
	}
	answer.TotalValue = answer.Cash + answer.HoldingsValue
	return answer, nil
}
