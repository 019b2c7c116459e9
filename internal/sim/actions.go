package sim

import (
	"cmp"
	"slices"
)

// action is a split or a dividend that meets a holding.
type action struct {
	symbol   string
	exDate   Date
	split    *Split
	dividend *Dividend
	open     Money // the price at which a split's fraction is paid
}

// actions lists what happened to the holdings of a ledger after a date and up
// to the view's, in order.
func (v View) actions(l Ledger, after Date) []action {
	var out []action
	for _, symbol := range l.Symbols() {
		for _, d := range v.market.Dividends(symbol, after, v.date) {
			out = append(out, action{symbol: symbol, exDate: d.ExDate, dividend: &d})
		}
		for _, s := range v.market.Splits(symbol, after, v.date) {
			out = append(out, action{symbol: symbol, exDate: s.ExDate, split: &s, open: v.openOnOrAfter(s)})
		}
	}
	slices.SortStableFunc(out, func(a, b action) int { return cmp.Compare(a.exDate, b.exDate) })
	return out
}

// openOnOrAfter returns the price per new share at which the fraction of a
// split is paid: the open of the ex-date, or of the first date after it up to
// today on which the symbol trades, or else the last close before, divided by
// the ratio.
func (v View) openOnOrAfter(s Split) Money {
	if bars := v.market.Series(s.Symbol, s.ExDate, v.date); len(bars) > 0 {
		return bars[0].Bar.Open
	}
	last, _ := v.market.closeBefore(s.Symbol, s.ExDate)
	price, _ := mulDiv(int64(last.Bar.Close), s.Denominator, s.Numerator)
	return Money(price)
}

// entry turns the action into the ledger's entry for a number of shares held.
func (a action) entry(held Quantity, whole bool) Entry {
	if a.dividend != nil {
		return Entry{Kind: EntryDividend, Symbol: a.symbol, Quantity: held, PerShare: a.dividend.Amount}
	}
	after, _ := mulDiv(int64(held), a.split.Numerator, a.split.Denominator)
	kept := Quantity(after)
	if whole {
		kept -= kept % Share
	}
	return Entry{
		Kind: EntrySplit, Symbol: a.symbol, Quantity: kept, Price: a.open,
		Numerator: a.split.Numerator, Denominator: a.split.Denominator,
	}
}
