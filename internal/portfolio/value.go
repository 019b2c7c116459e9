package portfolio

import (
	"cmp"
	"slices"

	"aitrader/internal/sim"
)

// Point is what a book is worth at the close of a date.
type Point struct {
	Date  sim.Date
	Value sim.Money // USD: cash and holdings
	Cash  sim.Money // USD, part of Value
	Basis sim.Basis // the weakest price in Value
}

// CloseOf values a closed day at its close.
func CloseOf(market *sim.MarketData, d sim.Day) Point {
	return pointOf(market, d.Closing, d.Ref.Date)
}

// CloseBefore values a book at the close before one of its closed days: the close
// of the day's predecessor, or the initial cash on the trading day before. The day
// needs its opening ledger, which is the predecessor's closing one.
func CloseBefore(market *sim.MarketData, d sim.Day) Point {
	if d.Prev.IsZero() {
		return Point{market.Market().PrevBar(d.Ref.Date), d.Opening.Cash, d.Opening.Cash, sim.AtClose}
	}
	return pointOf(market, d.Opening, d.Prev.Date)
}

// CloseOn values a book at the close of a date on or after its last closed day. It
// applies the splits and dividends between the two to the day's ledger, as the
// engine does when it opens the book's next day: fractional is
// [sim.Settings].Fractional of the job, and decides whether a split may leave a
// fraction of a share or pays it out. Where they leave more shares or cash than a ledger
// can hold, the book keeps the value of its last closed day.
func CloseOn(market *sim.MarketData, last sim.Day, date sim.Date, fractional bool) Point {
	ledger := last.Closing
	entries, err := sim.NewView(market, date).OpeningEntries(ledger, last.Ref.Date, !fractional)
	if err == nil {
		ledger, err = sim.Fold(ledger, entries)
	}
	if err != nil {
		p := CloseOf(market, last)
		p.Date, p.Basis = date, sim.AtLastClose
		return p
	}
	return pointOf(market, ledger, date)
}

// pointOf values a ledger. What is worth more than [sim.MaxMoney] counts as that: an
// absurd price of one symbol must not hide the other books.
func pointOf(market *sim.MarketData, l sim.Ledger, d sim.Date) Point {
	v, _ := market.Value(l, d)
	return Point{d, v.Value, l.Cash, v.Basis}
}

// holdingValue is what a quantity of one symbol is worth at the close of a date, at most
// [sim.MaxMoney].
func holdingValue(market *sim.MarketData, symbol string, q sim.Quantity, d sim.Date) sim.Money {
	v, _ := market.Value(sim.Ledger{Holdings: map[string]sim.Quantity{symbol: q}}, d)
	return v.Value
}

// Part is one holding of a portfolio, or its cash.
type Part struct {
	Symbol   string       // the ticker, or CASH
	Value    sim.Money    // USD
	SharePct *sim.Percent // of the whole portfolio; nil when that is worth nothing
}

// Allocation splits a ledger into its parts at the close of a date: the holdings,
// the largest first, then the cash.
func Allocation(market *sim.MarketData, l sim.Ledger, d sim.Date) []Part {
	whole := pointOf(market, l, d).Value
	parts := make([]Part, 0, len(l.Holdings)+1)
	for _, symbol := range l.Symbols() {
		value := holdingValue(market, symbol, l.Holdings[symbol], d)
		parts = append(parts, Part{symbol, value, shareOf(value, whole)})
	}
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(b.Value, a.Value) })
	return append(parts, Part{"CASH", l.Cash, shareOf(l.Cash, whole)})
}
