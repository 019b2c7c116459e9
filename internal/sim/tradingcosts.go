package sim

import "math"

// BasisPoints is a rate in units of 1/10,000 of a basis point (1e-8).
type BasisPoints int64

const (
	basisPointDigits = 4
	// one is the rate 1: 10,000 basis points.
	one BasisPoints = 100_000_000
)

// ParseBasisPoints reads a number of basis points with at most four decimals.
func ParseBasisPoints(s string) (BasisPoints, error) {
	v, err := parseWithin(s, basisPointDigits, exactly, math.MaxInt64)
	return BasisPoints(v), err
}

// String prints the number of basis points.
func (b BasisPoints) String() string { return formatDecimal(int64(b), basisPointDigits, 0) }

// MarshalJSON writes basis points as a JSON number.
func (b BasisPoints) MarshalJSON() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalJSON reads a JSON number of basis points.
func (b *BasisPoints) UnmarshalJSON(text []byte) error {
	return unmarshal(b, text, ParseBasisPoints)
}

// TradingCosts are commission and slippage. The zero value is free.
type TradingCosts struct {
	// CommissionPerShare is in USD per share; CommissionPerTrade is added to it for each
	// order, in USD, and CommissionMin is the minimum of the sum.
	CommissionPerShare Money `json:"commission_per_share"`
	CommissionPerTrade Money `json:"commission_per_trade,omitempty"`
	CommissionMin      Money `json:"commission_min"`
	// Slippage moves every fill against the trader.
	Slippage BasisPoints `json:"slippage_bps"`
}

// Check returns an error that says which cost is out of range, or nil.
func (c TradingCosts) Check() error {
	switch {
	case c.CommissionPerShare < 0:
		return Errorf(KindInvalid, "commission_per_share %s: 0 or more USD are expected", c.CommissionPerShare)
	case c.CommissionPerTrade < 0 || c.CommissionPerTrade > MaxMoney:
		return Errorf(KindInvalid, "commission_per_trade %s: from 0 to %s USD is expected", c.CommissionPerTrade, MaxMoney)
	case c.CommissionMin < 0:
		return Errorf(KindInvalid, "commission_min %s: 0 or more USD are expected", c.CommissionMin)
	case c.Slippage < 0 || c.Slippage >= one:
		return Errorf(KindInvalid, "slippage_bps %s: from 0 to below 10000 is expected", c.Slippage)
	}
	return nil
}

// FillPrice returns the price of an order at an open and its commission, both
// rounded to 1/10,000 USD, ties against the trader. It fails, with kind
// invalid_request, when one of them leaves the range of [Money].
func (c TradingCosts) FillPrice(kind EntryKind, q Quantity, open Money) (price, commission Money, err error) {
	factor, ties := one+c.Slippage, roundUp
	if kind == EntrySell {
		factor, ties = one-c.Slippage, roundDown
	}
	price, ok := moneyFrom(mulDivRound(int64(open), int64(factor), int64(one), ties))
	if !ok {
		return 0, 0, Errorf(KindInvalid, "the price %s with slippage of %s basis points is out of range", open, c.Slippage)
	}
	commission, ok = q.Times(c.CommissionPerShare)
	if commission += c.CommissionPerTrade; !ok || commission > MaxMoney {
		return 0, 0, Errorf(KindInvalid, "the commission of %s shares is out of range", q)
	}
	return price, max(commission, c.CommissionMin), nil
}
