package httpapi

import (
	"math"

	"aitrader/internal/sim"
)

// This file computes what books are worth: pure functions of closed days and
// prices. A book's curve begins with its initial cash, dated the trading day
// before its first day, so that day one counts; then comes the close of each of
// its own days. A gain of a day is against the point before it on that curve.

// point is what a book is worth at the close of a date.
type point struct {
	date  sim.Date
	value sim.Money
	cash  sim.Money
	basis sim.Basis
}

// closeOf is the point of a closed day.
func closeOf(market *sim.MarketData, d sim.Day) (point, error) {
	return pointOf(market, d.Closing, d.Ref.Date)
}

// startOf is the point before a closed day: the close of its predecessor, or the
// initial cash. It needs the day's opening ledger, which is the predecessor's
// closing one.
func startOf(market *sim.MarketData, d sim.Day) (point, error) {
	if d.Prev.IsZero() {
		return point{sim.PrevTradingDay(d.Ref.Date), d.Opening.Cash, d.Opening.Cash, sim.AtClose}, nil
	}
	return pointOf(market, d.Opening, d.Prev.Date)
}

// valueOn is what a book is worth at the close of a date on which its last
// closed day may lie in the past: the splits and dividends since are applied to
// that day's ledger.
func valueOn(market *sim.MarketData, last sim.Day, d sim.Date) (point, error) {
	ledger, err := carried(market, last.Closing, last.Ref.Date, d)
	if err != nil {
		return point{}, err
	}
	return pointOf(market, ledger, d)
}

func pointOf(market *sim.MarketData, l sim.Ledger, d sim.Date) (point, error) {
	v, err := market.Value(l, d)
	return point{d, v.Value, l.Cash, v.Basis}, err
}

// worth is what some shares are worth at the close of a date.
func worth(market *sim.MarketData, symbol string, q sim.Quantity, d sim.Date) (sim.Money, error) {
	v, err := market.Value(sim.Ledger{Holdings: map[string]sim.Quantity{symbol: q}}, d)
	return v.Value, err
}

// carried brings a ledger from the close of one date to another date.
func carried(market *sim.MarketData, l sim.Ledger, from, to sim.Date) (sim.Ledger, error) {
	whole := true
	for _, q := range l.Holdings {
		whole = whole && q.IsWhole()
	}
	entries, err := sim.NewView(market, to).OpeningEntries(l, from, whole)
	if err != nil {
		return sim.Ledger{}, err
	}
	return sim.Fold(l, entries)
}

// closes returns the points of closed days.
func closes(market *sim.MarketData, days []sim.Day) ([]point, error) {
	out := make([]point, 0, len(days))
	for _, d := range days {
		p, err := closeOf(market, d)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// gain is the change from one value to another in percent of the first; nil when
// that is not defined.
func gain(from, to sim.Money) *sim.Percent {
	p, ok := sim.PercentOf(from, to)
	if !ok {
		return nil
	}
	return &p
}

// calendarDays counts the days from one date to another, both included.
func calendarDays(from, to sim.Date) int { return int(to-from) + 1 }

// annualized is the yearly rate that gives the change from one value to another
// in a number of calendar days: (to/from)^(365/days) - 1, in percent. It is nil
// for less than two days, and when it is not defined or beyond 1e11 percent.
func annualized(from, to sim.Money, days int) *sim.Percent {
	if days < 2 || from <= 0 || to < 0 {
		return nil
	}
	rate := math.Pow(to.Float()/from.Float(), 365/float64(days)) - 1
	percent := rate * 100
	if math.IsNaN(percent) || math.Abs(percent) > 1e11 {
		return nil
	}
	p := sim.Percent(math.Round(percent * 10_000))
	return &p
}

// benchmarkClose is the close of a symbol that counts for a date: of the date
// itself, or of the trading day before it when the exchanges are closed. ok is
// false while it is not known.
func benchmarkClose(market *sim.MarketData, symbol string, d sim.Date) (price sim.Money, ok bool) {
	if !sim.IsTradingDay(d) {
		d = sim.PrevTradingDay(d)
	}
	bar, ok := market.Bar(symbol, d)
	return bar.Close, ok && !bar.OpenOnly
}

// knownCloses returns those of some dates on which a symbol has a close that counts.
func knownCloses(market *sim.MarketData, symbol string, dates []sim.Date) []sim.Date {
	var out []sim.Date
	for _, d := range dates {
		if _, ok := benchmarkClose(market, symbol, d); ok {
			out = append(out, d)
		}
	}
	return out
}

// benchmarkGain is the change of a symbol's close from one date to another in
// percent, nil when one of them is not known. Splits between them are undone.
func benchmarkGain(market *sim.MarketData, symbol string, from, to sim.Date) *sim.Percent {
	before, known := benchmarkClose(market, symbol, from)
	after, ok := benchmarkClose(market, symbol, to)
	if !known || !ok {
		return nil
	}
	held := sim.Share
	for _, s := range market.Splits(symbol, from, to) {
		held = held * sim.Quantity(s.Numerator) / sim.Quantity(s.Denominator)
	}
	worth, ok := held.Times(after)
	if !ok {
		return nil
	}
	return gain(before, worth)
}
