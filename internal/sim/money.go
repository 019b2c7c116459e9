package sim

import (
	"math"
)

// Money is an amount or a price in units of 1/10,000 USD. It is exact: sums and
// differences never round, and the few products that must round say how.
type Money int64

// Quantity is a number of shares in units of 1/1,000,000 share. Whole shares
// are the rule; fractions exist where a configuration allows them.
type Quantity int64

// PerShare is an amount per share in units of 1/100,000,000 USD, fine enough
// for the dividends that are announced in foreign currencies.
type PerShare int64

const (
	// Dollar is one US dollar.
	Dollar Money = 10_000
	// Share is one whole share.
	Share Quantity = 1_000_000

	moneyDigits    = 4
	quantityDigits = 6
	perShareDigits = 8
	percentDigits  = 4
)

// MaxMoney bounds every amount and price: 100 billion USD. Below it the sum of
// a portfolio of thousands of positions cannot overflow.
const MaxMoney = 100_000_000_000 * Dollar

// MaxQuantity bounds every order and holding: one trillion shares.
const MaxQuantity = 1_000_000_000_000 * Share

// ParseMoney reads a decimal number exactly. More than four significant
// decimals are an error: nothing is rounded silently.
func ParseMoney(s string) (Money, error) {
	v, err := parseWithin(s, moneyDigits, exactly, int64(MaxMoney))
	return Money(v), err
}

// RoundMoney reads a decimal number, rounded half away from zero to four
// decimals. It is for numbers that another program has written as binary
// floating point, such as 41.932999999999936.
func RoundMoney(s string) (Money, error) {
	v, err := parseWithin(s, moneyDigits, rounded, int64(MaxMoney))
	return Money(v), err
}

// ParseQuantity reads a number of shares exactly, with at most six decimals.
func ParseQuantity(s string) (Quantity, error) {
	v, err := parseWithin(s, quantityDigits, exactly, int64(MaxQuantity))
	return Quantity(v), err
}

// ParsePerShare reads an amount per share exactly, with at most eight decimals.
func ParsePerShare(s string) (PerShare, error) {
	v, err := parseWithin(s, perShareDigits, exactly, math.MaxInt64)
	return PerShare(v), err
}

// RoundPerShare reads a decimal number, rounded half away from zero to eight decimals,
// as [RoundMoney] does.
func RoundPerShare(s string) (PerShare, error) {
	v, err := parseWithin(s, perShareDigits, rounded, math.MaxInt64)
	return PerShare(v), err
}

// String prints the amount exactly, without trailing zeros.
func (m Money) String() string { return formatDecimal(int64(m), moneyDigits, 0) }

// Fixed2 prints the amount with two decimals, or more where it has more, as
// prices and balances are usually read by people and models.
func (m Money) Fixed2() string { return formatDecimal(int64(m), moneyDigits, 2) }

// AppendFixed2 appends what Fixed2 prints.
func (m Money) AppendFixed2(to []byte) []byte { return appendDecimal(to, int64(m), moneyDigits, 2) }

// Float returns the amount in USD for statistics, never for books.
func (m Money) Float() float64 { return float64(m) / float64(Dollar) }

// MarshalJSON writes the amount as an exact JSON number.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads an exact JSON number.
func (m *Money) UnmarshalJSON(text []byte) error { return unmarshal(m, text, ParseMoney) }

// String prints the quantity exactly, without trailing zeros.
func (q Quantity) String() string { return formatDecimal(int64(q), quantityDigits, 0) }

// Float returns the number of shares, rounded to a float64: for statistics, never
// for books.
func (q Quantity) Float() float64 { return float64(q) / float64(Share) }

// IsWhole reports whether the quantity is a whole number of shares.
func (q Quantity) IsWhole() bool { return q%Share == 0 }

// MarshalJSON writes the quantity as an exact JSON number.
func (q Quantity) MarshalJSON() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalJSON reads an exact JSON number.
func (q *Quantity) UnmarshalJSON(text []byte) error { return unmarshal(q, text, ParseQuantity) }

// String prints the amount exactly, without trailing zeros.
func (p PerShare) String() string { return formatDecimal(int64(p), perShareDigits, 0) }

// MarshalJSON writes the amount as an exact JSON number.
func (p PerShare) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads an exact JSON number.
func (p *PerShare) UnmarshalJSON(text []byte) error { return unmarshal(p, text, ParsePerShare) }

// Times returns quantity x price, rounded half away from zero to 1/10,000 USD;
// for whole shares nothing is rounded. ok is false when the result is above
// MaxMoney.
func (q Quantity) Times(price Money) (total Money, ok bool) {
	return moneyFrom(mulDiv(int64(q), int64(price), int64(Share)))
}

// TimesPerShare is Times for an amount per share.
func (q Quantity) TimesPerShare(amount PerShare) (total Money, ok bool) {
	// 1e-6 shares x 1e-8 USD = 1e-14 USD, and money counts 1e-4 USD.
	return moneyFrom(mulDiv(int64(q), int64(amount), 10_000_000_000))
}

// moneyFrom makes money of a product, if it is in range.
func moneyFrom(v int64, ok bool) (Money, bool) {
	if !ok || v > int64(MaxMoney) || v < -int64(MaxMoney) {
		return 0, false
	}
	return Money(v), true
}

// Percent is a percentage in units of 1/10,000 of a percent, so that it prints
// with at most four decimals.
type Percent int64

// String prints the percentage with at most four decimals.
func (p Percent) String() string { return formatDecimal(int64(p), percentDigits, 0) }

// Float returns the percentage for statistics.
func (p Percent) Float() float64 { return float64(p) / 10_000 }

// MarshalJSON writes the percentage as a JSON number.
func (p Percent) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads a JSON number with at most four decimals.
func (p *Percent) UnmarshalJSON(text []byte) error { return unmarshal(p, text, parsePercent) }

func parsePercent(s string) (Percent, error) {
	v, err := parseWithin(s, percentDigits, exactly, math.MaxInt64)
	return Percent(v), err
}

// PercentOf returns the change from one value to another in percent of the
// first, rounded half away from zero to four decimals. ok is false when the
// first is not positive or the result does not fit.
func PercentOf(from, to Money) (p Percent, ok bool) {
	if from <= 0 {
		return 0, false
	}
	v, ok := mulDiv(int64(to-from), 1_000_000, int64(from))
	return Percent(v), ok
}
