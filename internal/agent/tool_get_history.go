package agent

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

func (d *Desk) getHistory(in input, out *answer) error {
	symbol, err := in.text("symbol")
	if err != nil {
		return err
	}
	days, err := in.integer("days", defaultHistoryDays, 1, maxHistoryDays)
	if err != nil {
		return err
	}
	symbol, ok := d.listed(out, symbol)
	if !ok {
		return nil
	}
	bars := d.view.History(symbol, days)
	out.text("symbol", symbol)
	addBars(out, "bars", bars)
	d.addSplitsSince(out, symbol, bars)
	return nil
}
