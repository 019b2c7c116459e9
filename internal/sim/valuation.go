package sim

import "slices"

// Basis says on which kind of price a valuation rests.
type Basis string

// The bases of a valuation, from the best to the weakest.
const (
	AtClose     Basis = "close"      // every holding at its close of the date
	AtOpen      Basis = "open"       // some close is not known yet: the open of the date is used
	AtLastClose Basis = "last_close" // some holding has no bar on the date: its last close before is used
)

// Valuation is what a ledger is worth.
type Valuation struct {
	Value Money
	Basis Basis
	// Stale lists the holdings that are valued at an earlier close, sorted.
	Stale []string
}

// Value returns what a ledger is worth at the close of a date. A holding whose
// close is not known yet counts at the open; one without a bar on the date counts at
// its last close before, adjusted for the splits since. A symbol without an earlier
// close counts as zero and is listed as stale.
//
// It fails when the worth of a holding leaves the range of [Money]. Beside the error the
// value is right except for that: holdings and sums above [MaxMoney] count as that.
func (m *MarketData) Value(l Ledger, d Date) (Valuation, error) {
	return m.value(l, d, true)
}

// ValueAtOpen returns what a ledger is worth at the open of a date. A holding without
// a bar that day counts at its last close before.
func (m *MarketData) ValueAtOpen(l Ledger, d Date) (Valuation, error) {
	return m.value(l, d, false)
}

func (m *MarketData) value(l Ledger, d Date, useClose bool) (Valuation, error) {
	v := Valuation{Value: l.Cash, Basis: AtClose}
	if !useClose {
		v.Basis = AtOpen
	}
	var beyond error
	for symbol, quantity := range l.Holdings {
		price, basis := m.priceAt(symbol, d, useClose)
		if basis == AtLastClose {
			v.Stale = append(v.Stale, symbol)
			quantity = m.acrossSplits(symbol, quantity, d)
		}
		v.Basis = weaker(v.Basis, basis)
		worth, ok := quantity.Times(price)
		if !ok {
			beyond = Errorf(KindInternal, "%s shares of %s at %s are worth more than can be counted", quantity, symbol, price)
			worth = MaxMoney
		}
		v.Value = min(v.Value+worth, MaxMoney)
	}
	slices.Sort(v.Stale)
	return v, beyond
}

// weaker returns the weaker basis of two.
func weaker(a, b Basis) Basis {
	for _, basis := range []Basis{AtLastClose, AtOpen} {
		if a == basis || b == basis {
			return basis
		}
	}
	return AtClose
}

// priceAt returns the price of a symbol for a valuation on a date.
func (m *MarketData) priceAt(symbol string, d Date, useClose bool) (Money, Basis) {
	if bar, ok := m.Bar(symbol, d); ok {
		if useClose && !bar.OpenOnly {
			return bar.Close, AtClose
		}
		return bar.Open, AtOpen
	}
	last, _ := m.lastClose(symbol, d)
	return last.Bar.Close, AtLastClose
}

// acrossSplits undoes the splits between the last close and a date, so that the
// quantity of the date can be multiplied by that raw close.
func (m *MarketData) acrossSplits(symbol string, q Quantity, d Date) Quantity {
	last, ok := m.lastClose(symbol, d)
	if !ok {
		return q
	}
	for _, s := range m.Splits(symbol, last.Date, d) {
		if v, ok := mulDiv(int64(q), s.Denominator, s.Numerator); ok {
			q = Quantity(v)
		}
	}
	return q
}
