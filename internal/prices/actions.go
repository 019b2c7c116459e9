package prices

import "aitrader/internal/sim"

// readSplits reads the rows of a table of splits.
func (t *table) readSplits() error {
	if err := t.need(splitColumns, sideColumns); err != nil {
		return err
	}
	for {
		ok, err := t.next()
		if !ok {
			return err
		}
		symbol, d, err := t.symbolAndDate("ex_date")
		if err != nil {
			return err
		}
		if err := t.c.addSplit(t.at(), "ratio", t.field("ratio"), sim.Split{Symbol: symbol, ExDate: d}); err != nil {
			return err
		}
	}
}

// readDividends reads the rows of a table of dividends.
func (t *table) readDividends() error {
	if err := t.need(dividendColumns, sideColumns); err != nil {
		return err
	}
	for {
		ok, err := t.next()
		if !ok {
			return err
		}
		symbol, d, err := t.symbolAndDate("ex_date")
		if err != nil {
			return err
		}
		if err := t.c.addDividend(t.at(), "amount", t.field("amount"), sim.Dividend{Symbol: symbol, ExDate: d}); err != nil {
			return err
		}
	}
}
