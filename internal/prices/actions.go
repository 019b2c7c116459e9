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
	if err := t.need(dividendColumns, append(kindColumns, sideColumns...)); err != nil {
		return err
	}
	kind := t.oneOf("type", "kind", "dividend_type")
	return t.eachRow("ex_date", func(symbol string, d sim.Date) error {
		return t.c.addDividend(t.at(), "amount", t.field("amount"), ListedDividend{
			Dividend:  sim.Dividend{Symbol: symbol, ExDate: d},
			Kind:      t.c.word(t.fieldOrNone(kind)),
			Frequency: t.c.word(t.fieldOrNone("frequency")),
		})
	})
}

// oneOf returns the first of some columns that the table has, or "".
func (t *table) oneOf(columns ...string) string {
	for _, column := range columns {
		if t.has(column) {
			return column
		}
	}
	return ""
}

// fieldOrNone is field for a column that the table may lack.
func (t *table) fieldOrNone(column string) string {
	if !t.has(column) {
		return ""
	}
	return t.field(column)
}
