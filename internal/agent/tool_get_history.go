package agent

import "context"

const (
	defaultHistoryDays = 20
	maxHistoryDays     = 250
)

const getHistorySchema = `{"type":"object","properties":{` +
	`"symbol":{"type":"string","description":"ticker, such as AAPL"},` +
	`"days":{"type":"integer","minimum":1,"maximum":250,"description":"number of trading days before today, 20 if left out"}},` +
	`"required":["symbol"],"additionalProperties":false}`

func (d *Desk) getHistoryTool() Tool {
	return d.tool("get_history",
		"The last daily bars of a symbol before today, oldest first. Prices are in USD and not adjusted for splits, which are listed.",
		getHistorySchema, []string{"symbol", "days"}, d.getHistory)
}

type historyAnswer struct {
	Symbol string        `json:"symbol"`
	Bars   []barAnswer   `json:"bars"`
	Splits []splitAnswer `json:"splits"`
}

func (d *Desk) getHistory(_ context.Context, in input) (any, error) {
	symbol, err := in.text("symbol")
	if err != nil {
		return nil, err
	}
	days, err := in.integer("days", defaultHistoryDays, 1, maxHistoryDays)
	if err != nil {
		return nil, err
	}
	if symbol, err = d.listed(symbol); err != nil {
		return nil, err
	}
	bars := d.view.History(symbol, days)
	return historyAnswer{symbol, barsOf(bars), d.splitsSince(symbol, bars)}, nil
}
