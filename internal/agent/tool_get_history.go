package agent

import (
	"context"
	"encoding/json"

	"aitrader/internal/sim"
)

const (
	defaultHistoryDays = 20
	maxHistoryDays     = 250
)

var getHistorySchema = json.RawMessage(`{"type":"object","properties":{` +
	`"symbol":{"type":"string","description":"ticker, such as AAPL"},` +
	`"symbols":{"type":"array","items":{"type":"string"},"maxItems":128,"description":"in place of symbol, several tickers: ` +
	`symbols times days is at most 3000"},` +
	`"days":{"type":"integer","minimum":1,"maximum":250,"description":"number of trading days before today, 20 if left out"}},` +
	`"required":[],"additionalProperties":false}`)

func (d *Desk) getHistoryTool() Tool {
	return d.tool("get_history",
		"The last daily bars of a symbol, or of several in one call, before today, oldest first. Prices are in USD and "+
			"not adjusted for splits, which are listed.",
		getHistorySchema, []string{"symbol", "symbols", "days"}, d.getHistory)
}

type historyAnswer struct {
	Symbol string        `json:"symbol"`
	Bars   []barAnswer   `json:"bars"`
	Splits []splitAnswer `json:"splits"`
}

func (d *Desk) getHistory(_ context.Context, in input) (any, error) {
	symbol, one, err := in.optionalText("symbol")
	if err != nil {
		return nil, err
	}
	raw, several := in.given("symbols")
	several = several && string(raw) != "[]"
	switch {
	case one && several:
		return nil, sim.Errorf(sim.KindInvalid, "symbol and symbols are both given: give one of them")
	case !one && !several:
		return nil, in.missing("symbol")
	}
	days, err := in.integer("days", defaultHistoryDays, 1, maxHistoryDays)
	if err != nil {
		return nil, err
	}
	if several {
		return d.getHistories(in, days)
	}
	if symbol, err = d.listed(symbol); err != nil {
		return nil, err
	}
	bars := d.view.History(symbol, days)
	return historyAnswer{symbol, barsOf(bars), d.splitsSince(symbol, bars)}, nil
}
