package dynamo

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// versionForm is the state of the prices: it names, for each date, the import
// whose item holds the bars of that date. Replacing it is what makes an import
// visible, all of it at once. What earlier versions named is kept.
type versionForm struct {
	Version int `json:"version"`
	// Dates lists the dates by the import that has written them last.
	Dates      map[string][]sim.Date `json:"dates"`
	Actions    string                `json:"actions,omitempty"` // the import of the splits and dividends
	Source     string                `json:"source"`
	ImportedAt time.Time             `json:"imported_at,omitzero"`
}

// barsForm is all bars of a date, in columns, in order of the symbol.
type barsForm struct {
	Symbols  []string `json:"symbols"`
	Open     []int64  `json:"open"` // this and the next three in units of sim.Money
	High     []int64  `json:"high"`
	Low      []int64  `json:"low"`
	Close    []int64  `json:"close"`
	Volume   []int64  `json:"volume"`
	OpenOnly []bool   `json:"open_only"`
}

// actionsForm is all splits and dividends, in order of symbol and date.
type actionsForm struct {
	Splits    []sim.Split    `json:"splits"`
	Dividends []sim.Dividend `json:"dividends"`
}

// dateBars are the bars of a date by their symbol.
type dateBars map[string]sim.Bar

func barsOf(bars dateBars) barsForm {
	var f barsForm
	for _, symbol := range slices.Sorted(maps.Keys(bars)) {
		b := bars[symbol]
		f.Symbols = append(f.Symbols, symbol)
		f.Open, f.High = append(f.Open, int64(b.Open)), append(f.High, int64(b.High))
		f.Low, f.Close = append(f.Low, int64(b.Low)), append(f.Close, int64(b.Close))
		f.Volume, f.OpenOnly = append(f.Volume, b.Volume), append(f.OpenOnly, b.OpenOnly)
	}
	return f
}

// whole reports whether each symbol has a figure in every column.
func (f barsForm) whole() bool {
	n := len(f.Symbols)
	return len(f.Open) == n && len(f.High) == n && len(f.Low) == n && len(f.Close) == n && len(f.Volume) == n && len(f.OpenOnly) == n
}

func (f barsForm) bar(i int) sim.Bar {
	return sim.Bar{
		Open: sim.Money(f.Open[i]), High: sim.Money(f.High[i]), Low: sim.Money(f.Low[i]), Close: sim.Money(f.Close[i]),
		Volume: f.Volume[i], OpenOnly: f.OpenOnly[i],
	}
}

// PutPrices implements [sim.PriceStore]. A row that is not valid is refused with
// kind invalid_request, and then nothing is stored. A split or dividend that
// replaces another one of the same symbol and date counts as added.
func (s *Store) PutPrices(ctx context.Context, set sim.PriceRows, now time.Time) (sim.ImportReport, error) {
	if err := set.Check(); err != nil {
		return sim.ImportReport{}, err
	}
	set, repeated := set.Settled()
	return decide(ctx, func(ctx context.Context) (report sim.ImportReport, err error) {
		v, err := getForm[versionForm](ctx, s, versionKey)
		if err != nil {
			return report, err
		}
		i := &priceImport{id: importID(v.form.Version + 1), before: v.form}
		i.report.Unchanged = repeated
		if err := i.compare(ctx, s, set); err != nil {
			return report, err
		}
		if len(i.staged) > 0 {
			if err := s.stage(ctx, i.staged...); err != nil {
				return report, err
			}
			v.form = i.after(set.Source, now)
			if err := s.write(ctx, "the list of prices", v.put()); err != nil {
				return report, err
			}
		}
		i.report.Version = sim.PricesVersionName(int64(v.form.Version))
		return i.report, nil
	})
}

// importID names an import. Of two that run at the same time one has to begin again,
// so they write different items.
func importID(version int) string { return fmt.Sprintf("%d-%s", version, rand.Text()[:6]) }

// priceImport is one import under way.
type priceImport struct {
	id     string
	before versionForm
	report sim.ImportReport
	staged []change
	dates  []sim.Date // whose bars it writes
	acts   bool       // whether it writes the splits and dividends
}

// compare finds what an import changes.
func (p *priceImport) compare(ctx context.Context, s *Store, set sim.PriceRows) error {
	byDate := map[sim.Date][]sim.SymbolBar{}
	for _, row := range set.Bars {
		byDate[row.Date] = append(byDate[row.Date], row)
	}
	stored, err := s.readBars(ctx, p.before, func(d sim.Date) bool { return byDate[d] != nil })
	if err != nil {
		return err
	}
	for _, d := range slices.Sorted(maps.Keys(byDate)) {
		p.date(d, byDate[d], stored[d])
	}
	slices.SortFunc(p.report.Revised, compareRevisions)
	if len(set.Splits)+len(set.Dividends) == 0 {
		return nil
	}
	actions, err := s.readActions(ctx, p.before)
	if err != nil {
		return err
	}
	p.actions(set, actions)
	return nil
}

// date compares the rows of a date with the bars that are stored.
func (p *priceImport) date(d sim.Date, rows []sim.SymbolBar, stored dateBars) {
	changed := false
	bars := dateBars{}
	maps.Copy(bars, stored)
	for _, row := range rows {
		before, found := stored[row.Symbol]
		if p.report.CountBar(row, before, found) {
			bars[row.Symbol] = row.Bar
			changed = true
		}
	}
	if changed {
		p.dates = append(p.dates, d)
		p.staged = append(p.staged, change{key: barsKey(d, p.id), form: barsOf(bars)})
	}
}

// actions adds splits and dividends to those that are stored.
func (p *priceImport) actions(set sim.PriceRows, stored actionsForm) {
	count := func(same bool) {
		if same {
			p.report.Unchanged++
			return
		}
		p.report.Added++
		p.acts = true
	}
	for _, x := range set.Splits {
		count(slices.Contains(stored.Splits, x))
	}
	for _, x := range set.Dividends {
		count(slices.Contains(stored.Dividends, x))
	}
	if p.acts {
		merged, _ := sim.PriceRows{Splits: append(stored.Splits, set.Splits...), Dividends: append(stored.Dividends, set.Dividends...)}.Settled()
		p.staged = append(p.staged, change{key: actionsKey(p.id), form: actionsForm{Splits: merged.Splits, Dividends: merged.Dividends}})
	}
}

// after is the state of the prices with the import.
func (p *priceImport) after(source string, now time.Time) versionForm {
	v := versionForm{Version: p.before.Version + 1, Dates: map[string][]sim.Date{}, Actions: p.before.Actions, Source: source,
		ImportedAt: utc(now)}
	for id, dates := range p.before.Dates {
		kept := slices.DeleteFunc(slices.Clone(dates), func(d sim.Date) bool {
			_, written := slices.BinarySearch(p.dates, d)
			return written
		})
		if len(kept) > 0 {
			v.Dates[id] = kept
		}
	}
	if len(p.dates) > 0 {
		v.Dates[p.id] = p.dates
	}
	if p.acts {
		v.Actions = p.id
	}
	return v
}

// compareRevisions sorts by symbol and date, as all prices are sorted.
func compareRevisions(a, b sim.Revision) int {
	return cmp.Or(cmp.Compare(a.Symbol, b.Symbol), cmp.Compare(a.Date, b.Date))
}
