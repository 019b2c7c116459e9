package portfolio

import "aitrader/internal/sim"

// Benchmark is a symbol that is bought and held. An empty Symbol has no close.
type Benchmark struct {
	Market *sim.MarketData
	Symbol string
}

// close is the close that counts for a date: of the date itself, or of the trading
// day before it when the exchanges are closed. ok is false while it is not known.
func (b Benchmark) close(d sim.Date) (price sim.Money, ok bool) {
	if !sim.IsTradingDay(d) {
		d = sim.PrevTradingDay(d)
	}
	bar, ok := b.Market.Bar(b.Symbol, d)
	return bar.Close, ok && !bar.OpenOnly
}

// KnownCloses returns the dates, of those given, for which a close is known.
func (b Benchmark) KnownCloses(dates []sim.Date) []sim.Date {
	var known []sim.Date
	for _, d := range dates {
		if _, ok := b.close(d); ok {
			known = append(known, d)
		}
	}
	return known
}

// Return is the change of the close from one date to another in percent, with the
// splits between them undone; nil when one of the closes is not known.
func (b Benchmark) Return(from, to sim.Date) *sim.Percent {
	before, knownBefore := b.close(from)
	after, knownAfter := b.close(to)
	if !knownBefore || !knownAfter {
		return nil
	}
	held := sim.Share
	for _, s := range b.Market.Splits(b.Symbol, from, to) {
		held = held * sim.Quantity(s.Numerator) / sim.Quantity(s.Denominator)
	}
	value, ok := held.Times(after)
	if !ok {
		return nil
	}
	return Return(before, value)
}

// Values is what one share, bought at the first of some closes, is worth in USD at
// each of them, with the splits since; nil when one of the closes is not known.
func (b Benchmark) Values(dates []sim.Date) []float64 {
	values, held := make([]float64, 0, len(dates)), 1.0
	for i, d := range dates {
		price, ok := b.close(d)
		if !ok {
			return nil
		}
		if i > 0 {
			for _, s := range b.Market.Splits(b.Symbol, dates[i-1], d) {
				held *= float64(s.Numerator) / float64(s.Denominator)
			}
		}
		values = append(values, held*price.Float())
	}
	return values
}
