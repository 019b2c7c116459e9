package prices

import "aitrader/internal/sim"

// readSplits reads the rows of a table of splits.
func (t *table) readSplits() error {
	if err := t.need(splitColumns, sideColumns); err != nil {
		return err
	}
	return t.eachRow("ex_date", func(symbol string, d sim.Date) error {
		return t.c.addSplit(t.at(), "ratio", t.field("ratio"), sim.Split{Symbol: symbol, ExDate: d})
	})
}

// readDividends reads the rows of a table of dividends.
func (t *table) readDividends() error {
	if err := t.need(dividendColumns, sideColumns); err != nil {
		return err
	}
	return t.eachRow("ex_date", func(symbol string, d sim.Date) error {
		return t.c.addDividend(t.at(), "amount", t.field("amount"), sim.Dividend{Symbol: symbol, ExDate: d})
	})
}
