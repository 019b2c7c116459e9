package sim

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"
)

// PriceStore keeps bars, splits and dividends.
type PriceStore interface {
	// PutPrices stores rows. An open-only bar never replaces a full one;
	// otherwise the later import wins, and the older bar is kept as a version.
	// Storing the same again changes nothing, the version included.
	PutPrices(ctx context.Context, set PriceRows, now time.Time) (ImportReport, error)
	// PricesVersion names the state of the prices; "" when no prices are stored.
	PricesVersion(ctx context.Context) (string, error)
	// MarketData returns all prices, of the version that it names.
	MarketData(ctx context.Context) (*MarketData, error)
}

// PricesVersionName names the state of the prices after some imports: p1, p2 and so on;
// "" before the first.
func PricesVersionName(imports int64) string {
	if imports == 0 {
		return ""
	}
	return "p" + strconv.FormatInt(imports, 10)
}

// PriceRows is what a price file holds.
type PriceRows struct {
	Source    string // the name of the file or vendor
	Bars      []SymbolBar
	Splits    []Split
	Dividends []Dividend
	Warnings  []string // for the importing user
}

// ImportReport says what an import did.
type ImportReport struct {
	Version string `json:"version"`
	Added   int    `json:"added"`
	// Unchanged counts rows that were stored before, and open-only bars for which a
	// full one is stored.
	Unchanged int `json:"unchanged"`
	// Completed counts open-only bars that became full.
	Completed int `json:"completed"`
	// Revised lists bars that were different before.
	Revised []Revision `json:"revised"`
}

// Revision is a bar that a later import changed.
type Revision struct {
	Symbol string
	Date   Date
	Old    Bar
	New    Bar
}

// The rules of a price import, for every store: which rows are refused, which of
// several rows counts, and what a bar does to the stored one.

// Check returns an error of kind invalid_request that names the first row that is
// wrong, or nil.
func (s PriceRows) Check() error {
	for _, x := range s.Bars {
		if err := checkRow("bar", x.Symbol, x.Date, x.Bar.Check()); err != nil {
			return err
		}
	}
	for _, x := range s.Splits {
		if err := checkRow("split", x.Symbol, x.ExDate, x.Check()); err != nil {
			return err
		}
	}
	for _, x := range s.Dividends {
		if err := checkRow("dividend", x.Symbol, x.ExDate, x.Check()); err != nil {
			return err
		}
	}
	return nil
}

// checkRow puts the name of the row before what is wrong with it.
func checkRow(what, symbol string, d Date, wrong error) error {
	switch {
	case !ValidSymbol(symbol):
		return Errorf(KindInvalid, "%s of symbol %q on %s: a ticker is expected", what, symbol, d)
	case d.IsZero():
		return Errorf(KindInvalid, "%s of %s: a date is expected", what, symbol)
	case wrong != nil:
		return Errorf(KindInvalid, "%s of %s on %s: %w", what, symbol, d, wrong)
	}
	return nil
}

// Settled returns the set with one row for each symbol and date, in their order: the
// last one, but an open-only bar never replaces a full one. repeated is the number of
// rows that are left out.
func (s PriceRows) Settled() (settled PriceRows, repeated int) {
	settled = s
	settled.Bars = lastRows(s.Bars,
		func(x SymbolBar) (string, Date) { return x.Symbol, x.Date },
		func(kept, row SymbolBar) bool { return !row.Bar.OpenOnly || kept.Bar.OpenOnly })
	settled.Splits = lastRows(s.Splits,
		func(x Split) (string, Date) { return x.Symbol, x.ExDate },
		func(Split, Split) bool { return true })
	settled.Dividends = lastRows(s.Dividends,
		func(x Dividend) (string, Date) { return x.Symbol, x.ExDate },
		func(Dividend, Dividend) bool { return true })
	return settled, s.rows() - settled.rows()
}

func (s PriceRows) rows() int { return len(s.Bars) + len(s.Splits) + len(s.Dividends) }

// lastRows sorts rows by symbol and date and keeps the last of those with the
// same ones, if it replaces the one before.
func lastRows[T any](rows []T, key func(T) (string, Date), replaces func(kept, row T) bool) []T {
	compare := func(a, b T) int {
		symbolA, dateA := key(a)
		symbolB, dateB := key(b)
		return cmp.Or(cmp.Compare(symbolA, symbolB), cmp.Compare(dateA, dateB))
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, compare)
	kept := sorted[:0]
	for _, row := range sorted {
		n := len(kept)
		switch {
		case n == 0 || compare(kept[n-1], row) != 0:
			kept = append(kept, row)
		case replaces(kept[n-1], row):
			kept[n-1] = row
		}
	}
	return kept
}

// CountBar counts what a settled row does to the bar that is stored for its
// symbol and date, if any is, and reports whether it is to be written.
func (r *ImportReport) CountBar(row SymbolBar, stored Bar, known bool) (write bool) {
	switch {
	case !known:
		r.Added++
	case stored == row.Bar, row.Bar.OpenOnly && !stored.OpenOnly:
		r.Unchanged++
		return false
	case stored.OpenOnly && !row.Bar.OpenOnly && stored.Open == row.Bar.Open:
		r.Completed++
	default:
		r.Revised = append(r.Revised, Revision{Symbol: row.Symbol, Date: row.Date, Old: stored, New: row.Bar})
	}
	return true
}
