package sqlite

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// PutPrices implements [sim.PriceStore]. A row that is not valid is refused with
// kind invalid_request, and then nothing is stored. A split or dividend that
// replaces another one of the same symbol and date counts as added.
func (s *Store) PutPrices(ctx context.Context, set sim.PriceRows, now time.Time) (sim.ImportReport, error) {
	if err := set.Check(); err != nil {
		return sim.ImportReport{}, err
	}
	set, repeated := set.Settled()
	var report sim.ImportReport
	err := s.write(ctx, func(t *tx) error {
		imported := &priceImport{t: t, old: bulkRows{into: intoPriceVersions}}
		imported.report.Unchanged = repeated
		for group := range groups(set.Bars) {
			if err := imported.symbol(group); err != nil {
				return err
			}
		}
		if err := imported.actions(set); err != nil {
			return err
		}
		err := imported.finish(set.Source, now)
		report = imported.report
		return err
	})
	return report, err
}

var (
	intoPrices        = newBulkInsert("INSERT OR REPLACE INTO prices", "symbol", "date, open, high, low, close, volume, open_only")
	intoPriceVersions = newBulkInsert("INSERT INTO price_versions", "replaced_by", "symbol, date, open, high, low, close, volume, open_only")
)

// groups yields the sorted rows of one symbol after the other.
func groups(sorted []sim.SymbolBar) func(yield func([]sim.SymbolBar) bool) {
	return func(yield func([]sim.SymbolBar) bool) {
		for start := 0; start < len(sorted); {
			end := start
			for end < len(sorted) && sorted[end].Symbol == sorted[start].Symbol {
				end++
			}
			if !yield(sorted[start:end]) {
				return
			}
			start = end
		}
	}
}

// priceImport is one import under way.
type priceImport struct {
	t       *tx
	report  sim.ImportReport
	changes int      // rows that were written
	old     bulkRows // for price_versions
}

// symbol stores the rows of one symbol.
func (p *priceImport) symbol(rows []sim.SymbolBar) error {
	symbol := rows[0].Symbol
	stored, err := storedBars(p.t, symbol, rows[0].Date, rows[len(rows)-1].Date)
	if err != nil {
		return err
	}
	changed := bulkRows{into: intoPrices}
	for _, row := range rows {
		before, found := stored[row.Date]
		if !p.report.CountBar(row, before, found) {
			continue
		}
		if found {
			p.keep(row, before)
		}
		p.changes++
		changed.add(append([]any{row.Date}, barValues(row.Bar)...)...)
	}
	return changed.insert(p.t, symbol)
}

// keep keeps the bar that a row replaces.
func (p *priceImport) keep(row sim.SymbolBar, before sim.Bar) {
	p.old.add(append([]any{row.Symbol, row.Date}, barValues(before)...)...)
}

func barValues(b sim.Bar) []any {
	return []any{b.Open, b.High, b.Low, b.Close, b.Volume, b.OpenOnly}
}

func storedBars(t *tx, symbol string, from, to sim.Date) (map[sim.Date]sim.Bar, error) {
	bars := map[sim.Date]sim.Bar{}
	err := t.rows(`SELECT date, open, high, low, close, volume, open_only FROM prices
		WHERE symbol = ? AND date BETWEEN ? AND ?`, []any{symbol, from, to}, func(scan scanner) error {
		var d sim.Date
		var b sim.Bar
		err := scan(&d, &b.Open, &b.High, &b.Low, &b.Close, &b.Volume, &b.OpenOnly)
		bars[d] = b
		return err
	})
	return bars, err
}

// actions stores splits and dividends.
func (p *priceImport) actions(set sim.PriceRows) error {
	for _, x := range set.Splits {
		if err := p.action("splits (symbol, ex_date, numerator, denominator) VALUES (?, ?, ?, ?)",
			"splits WHERE symbol = ? AND ex_date = ? AND numerator = ? AND denominator = ?",
			x.Symbol, x.ExDate, x.Numerator, x.Denominator); err != nil {
			return err
		}
	}
	for _, x := range set.Dividends {
		if err := p.action("dividends (symbol, ex_date, amount) VALUES (?, ?, ?)",
			"dividends WHERE symbol = ? AND ex_date = ? AND amount = ?",
			x.Symbol, x.ExDate, x.Amount); err != nil {
			return err
		}
	}
	return nil
}

// action stores one row unless the same one is stored.
func (p *priceImport) action(into, same string, values ...any) error {
	var one int
	found, err := p.t.row("SELECT 1 FROM "+same, values, &one)
	if err != nil {
		return err
	}
	if found {
		p.report.Unchanged++
		return nil
	}
	p.report.Added++
	p.changes++
	return p.t.exec("INSERT OR REPLACE INTO "+into, values...)
}

// finish writes the row of the import, if it has changed anything, and sets the version
// of the report.
func (p *priceImport) finish(source string, now time.Time) error {
	if p.changes == 0 {
		var err error
		p.report.Version, err = pricesVersion(p.t)
		return err
	}
	version, err := p.t.insert("INSERT INTO price_imports (source, imported_at, added, completed, revised) VALUES (?, ?, ?, ?, ?)",
		source, instant(now), p.report.Added, p.report.Completed, len(p.report.Revised))
	if err != nil {
		return err
	}
	p.report.Version = sim.PricesVersionName(version)
	return p.old.insert(p.t, version)
}

// pricesVersion returns the name of the last import, "" before the first one.
func pricesVersion(q querier) (string, error) {
	var version int64
	_, err := q.row("SELECT coalesce(max(version), 0) FROM price_imports", nil, &version)
	return sim.PricesVersionName(version), err
}
