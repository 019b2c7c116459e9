package portfolio

import (
	"math"
	"math/big"

	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Benchmark is a symbol that is bought and held. An empty Symbol has no close.
type Benchmark struct {
	Market *sim.MarketData
	Symbol string
}

// close is the close that counts for a date: of the date itself, or of the bar
// before it when the market is closed. ok is false while it is not known.
func (b Benchmark) close(d sim.Date) (price sim.Money, ok bool) {
	d = b.Market.Market().LastBar(d)
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

// lastClose is the last known close up to a date, and its date. ok is false where there
// is none, and where none is known after it either: then the close of the date is not
// missing, but not known yet.
func (b Benchmark) lastClose(d sim.Date) (price sim.Money, on sim.Date, ok bool) {
	d = b.Market.Market().LastBar(d)
	if price, ok := b.close(d); ok {
		return price, d, true
	}
	if _, exists := b.Market.Bar(b.Symbol, d); exists || !b.continuesAfter(d) {
		return 0, 0, false
	}
	price, on, ok = sim.NewView(b.Market, d).LastClose(b.Symbol)
	return price, on, ok
}

// continuesAfter reports whether there are bars after a date.
func (b Benchmark) continuesAfter(d sim.Date) bool {
	return len(b.Market.Series(b.Symbol, d.Next(), math.MaxInt64)) > 0
}

// Return is the change of the close from one date to another in percent, with the
// splits between them undone. For a date whose bar is missing the last close before it
// counts. It is nil when one of the closes is not known, or not yet.
func (b Benchmark) Return(from, to sim.Date) *sim.Percent {
	before, bought, knownBefore := b.lastClose(from)
	after, valued, knownAfter := b.lastClose(to)
	if !knownBefore || !knownAfter || before <= 0 {
		return nil
	}
	change := big.NewRat(int64(after), int64(before))
	for _, s := range b.Market.Splits(b.Symbol, bought, valued) {
		change.Mul(change, big.NewRat(s.Numerator, s.Denominator))
	}
	return percentOf(change.Sub(change, big.NewRat(1, 1)))
}

// percentOf is a fraction in percent, rounded half away from zero to four decimals; nil
// when that does not fit.
func percentOf(fraction *big.Rat) *sim.Percent {
	units := new(big.Rat).Mul(fraction, big.NewRat(1_000_000, 1))
	rounded, ok := new(big.Int).SetString(units.FloatString(0), 10)
	if !ok || !rounded.IsInt64() {
		return nil
	}
	return new(sim.Percent(rounded.Int64()))
}

// Values is what one share, bought at the first of some closes, is worth in USD at
// each of them, with the splits since; nil when one of the closes is not known, or its
// value cannot be represented.
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
		value := held * price.Float()
		if math.IsInf(value, 0) || value <= 0 {
			return nil
		}
		values = append(values, value)
	}
	return values
}

// Relative compares a curve with the benchmark. A date on which the close of the
// benchmark is missing is left out for both: their returns are those between the dates
// that remain.
func (b Benchmark) Relative(s Series) stats.Relative {
	known := b.KnownCloses(s.Dates)
	if len(known) < 2 {
		return stats.MeasureRelative(stats.Returns(s.Values), nil)
	}
	return stats.MeasureRelative(s.ByDate().returnsOn(known), stats.Returns(b.Values(known)))
}
