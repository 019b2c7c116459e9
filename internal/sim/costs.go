package sim

// BasisPoints is a rate in units of 1/10,000 of a basis point (1e-8).
type BasisPoints int64

// ParseBasisPoints reads a number of basis points with at most four decimals.
func ParseBasisPoints(s string) (BasisPoints, error) {
	v, err := parseDecimal(s, 4, false)
	return BasisPoints(v), err
}

// String prints the number of basis points.
func (b BasisPoints) String() string { return formatDecimal(int64(b), 4) }

// MarshalJSON writes basis points as a JSON number.
func (b BasisPoints) MarshalJSON() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalJSON reads a JSON number of basis points.
func (b *BasisPoints) UnmarshalJSON(text []byte) error {
	v, err := ParseBasisPoints(string(text))
	*b = v
	return err
}

// Costs are what trading costs besides the price. The zero value is free.
type Costs struct {
	// CommissionPerShare is in USD per share, CommissionMin in USD per order.
	CommissionPerShare Money `json:"commission_per_share"`
	CommissionMin      Money `json:"commission_min"`
	// Slippage moves every fill against the trader.
	Slippage BasisPoints `json:"slippage_bps"`
}

// Fill returns the price of an order at an open and its commission, both
// rounded to 1/10,000 USD, ties against the trader.
func (c Costs) Fill(kind EntryKind, q Quantity, open Money) (price, commission Money, err error) {
	const one = 100_000_000 // 1 in units of BasisPoints
	factor, ties := int64(one)+int64(c.Slippage), roundUp
	if kind == EntrySell {
		factor, ties = int64(one)-int64(c.Slippage), roundDown
	}
	v, ok := mulDivRound(int64(open), factor, one, ties)
	if !ok {
		return 0, 0, Errorf(KindInvalid, "the price %s with slippage of %s basis points is out of range", open, c.Slippage)
	}
	commission, ok = q.Times(c.CommissionPerShare)
	if !ok {
		return 0, 0, Errorf(KindInvalid, "the commission of %s shares is out of range", q)
	}
	return Money(v), max(commission, c.CommissionMin), nil
}
