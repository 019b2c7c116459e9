package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// PutPrices implements [sim.Prices]. A row that is not valid is refused with
// kind invalid_request, and then nothing is stored. A split or dividend that
// replaces another one of the same symbol and date counts as added.
func (s *Store) PutPrices(ctx context.Context, set sim.PriceSet, now time.Time) (sim.PutReport, error) {
	if err := checkPrices(set); err != nil {
		return sim.PutReport{}, err
	}
	bars, repeated := inOrder(set.Bars)
	var report sim.PutReport
	err := s.write(ctx, func(t *tx) error {
		imported := &priceImport{t: t}
		imported.report.Unchanged = repeated
		for group := range groups(bars) {
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

// checkPrices refuses rows that would do harm in the books.
func checkPrices(set sim.PriceSet) error {
	for _, x := range set.Bars {
		if err := checkRow("bar", x.Symbol, x.Date, x.Bar.Check()); err != nil {
			return err
		}
	}
	for _, x := range set.Splits {
		if err := checkRow("split", x.Symbol, x.ExDate, x.Check()); err != nil {
			return err
		}
	}
	for _, x := range set.Dividends {
		if err := checkRow("dividend", x.Symbol, x.ExDate, x.Check()); err != nil {
			return err
		}
	}
	return nil
}

// checkRow names the row that is wrong.
func checkRow(what, symbol string, d sim.Date, wrong error) error {
	switch {
	case !sim.ValidSymbol(symbol):
		return sim.Errorf(sim.KindInvalid, "%s of symbol %q on %s: a ticker is expected", what, symbol, d)
	case d.IsZero():
		return sim.Errorf(sim.KindInvalid, "%s of %s: a date is expected", what, symbol)
	case wrong != nil:
		return sim.Errorf(sim.KindInvalid, "%s of %s on %s: %w", what, symbol, d, wrong)
	}
	return nil
}

// inOrder sorts rows by symbol and date and keeps of each the one that counts:
// the last one, but an open-only bar never replaces a full one. It returns also
// how many rows it left out.
func inOrder(rows []sim.SymbolBar) (sorted []sim.SymbolBar, repeated int) {
	sorted = slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b sim.SymbolBar) int {
		return cmp.Or(cmp.Compare(a.Symbol, b.Symbol), cmp.Compare(a.Date, b.Date))
	})
	kept := sorted[:0]
	for _, row := range sorted {
		if n := len(kept); n > 0 && kept[n-1].Symbol == row.Symbol && kept[n-1].Date == row.Date {
			if !row.Bar.OpenOnly || kept[n-1].Bar.OpenOnly {
				kept[n-1] = row
			}
			continue
		}
		kept = append(kept, row)
	}
	return kept, len(rows) - len(kept)
}

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
	report  sim.PutReport
	changes int     // rows that were written
	old     [][]any // rows for price_versions
}

// symbol stores the rows of one symbol.
func (p *priceImport) symbol(rows []sim.SymbolBar) error {
	symbol := rows[0].Symbol
	stored, err := storedBars(p.t, symbol, rows[0].Date, rows[len(rows)-1].Date)
	if err != nil {
		return err
	}
	var changed [][]any
	for _, row := range rows {
		before, known := stored[row.Date]
		switch {
		case !known:
			p.report.Added++
		case before == row.Bar, row.Bar.OpenOnly && !before.OpenOnly:
			p.report.Unchanged++
			continue
		case before.OpenOnly && !row.Bar.OpenOnly && before.Open == row.Bar.Open:
			p.report.Completed++
			p.keep(row, before)
		default:
			p.report.Revised = append(p.report.Revised, sim.Revision{Symbol: symbol, Date: row.Date, Old: before, New: row.Bar})
			p.keep(row, before)
		}
		changed = append(changed, append([]any{row.Symbol, row.Date}, barValues(row.Bar)...))
	}
	p.changes += len(changed)
	return insertRows(p.t, "INSERT OR REPLACE INTO prices (symbol, date, open, high, low, close, volume, open_only)", changed)
}

// keep remembers the bar that a row replaces.
func (p *priceImport) keep(row sim.SymbolBar, before sim.Bar) {
	p.old = append(p.old, append([]any{row.Symbol, row.Date, nil}, barValues(before)...))
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
func (p *priceImport) actions(set sim.PriceSet) error {
	for _, x := range lastOf(set.Splits, func(x sim.Split) (string, sim.Date) { return x.Symbol, x.ExDate }, &p.report) {
		if err := p.action("splits (symbol, ex_date, numerator, denominator) VALUES (?, ?, ?, ?)",
			"splits WHERE symbol = ? AND ex_date = ? AND numerator = ? AND denominator = ?",
			x.Symbol, x.ExDate, x.Numerator, x.Denominator); err != nil {
			return err
		}
	}
	for _, x := range lastOf(set.Dividends, func(x sim.Dividend) (string, sim.Date) { return x.Symbol, x.ExDate }, &p.report) {
		if err := p.action("dividends (symbol, ex_date, amount) VALUES (?, ?, ?)",
			"dividends WHERE symbol = ? AND ex_date = ? AND amount = ?",
			x.Symbol, x.ExDate, x.Amount); err != nil {
			return err
		}
	}
	return nil
}

// lastOf keeps of the corporate actions with the same key the last one, and
// counts the others as unchanged.
func lastOf[T any](list []T, key func(T) (string, sim.Date), report *sim.PutReport) []T {
	type symbolDate struct {
		symbol string
		date   sim.Date
	}
	last := map[symbolDate]int{}
	for i, x := range list {
		symbol, date := key(x)
		last[symbolDate{symbol, date}] = i
	}
	var kept []T
	for i, x := range list {
		symbol, date := key(x)
		if last[symbolDate{symbol, date}] == i {
			kept = append(kept, x)
		}
	}
	report.Unchanged += len(list) - len(kept)
	return kept
}

// action stores one row unless the very same one is there.
func (p *priceImport) action(into, same string, values ...any) error {
	var one int
	known, err := p.t.row("SELECT 1 FROM "+same, values, &one)
	if err != nil {
		return err
	}
	if known {
		p.report.Unchanged++
		return nil
	}
	p.report.Added++
	p.changes++
	return p.t.exec("INSERT OR REPLACE INTO "+into, values...)
}

// finish writes the import's own row, if anything has changed, and names the
// version.
func (p *priceImport) finish(source string, now time.Time) error {
	if p.changes == 0 {
		var err error
		p.report.Version, err = pricesVersion(p.t)
		return err
	}
	var version int64
	_, err := p.t.row("INSERT INTO price_imports (source, imported_at, added, completed, revised) VALUES (?, ?, ?, ?, ?) RETURNING version",
		[]any{source, instant(now), p.report.Added, p.report.Completed, len(p.report.Revised)}, &version)
	if err != nil {
		return err
	}
	for _, row := range p.old {
		row[2] = version
	}
	p.report.Version = versionName(version)
	return insertRows(p.t, "INSERT INTO price_versions (symbol, date, replaced_by, open, high, low, close, volume, open_only)", p.old)
}

func versionName(version int64) string { return fmt.Sprintf("p%d", version) }

// pricesVersion returns the name of the last import, "" when there is none.
func pricesVersion(q querier) (string, error) {
	var version int64
	_, err := q.row("SELECT coalesce(max(version), 0) FROM price_imports", nil, &version)
	if err != nil || version == 0 {
		return "", err
	}
	return versionName(version), nil
}
