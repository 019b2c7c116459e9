package sim

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
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
)

// MaxMoney bounds every amount and price: 100 billion USD. Below it the sum of
// a portfolio of thousands of positions cannot overflow.
const MaxMoney = 100_000_000_000 * Dollar

// MaxQuantity bounds every order and holding: one trillion shares.
const MaxQuantity = 1_000_000_000_000 * Share

// ParseMoney reads a decimal number exactly. More than four significant
// decimals are an error: nothing is rounded silently.
func ParseMoney(s string) (Money, error) {
	v, err := parseDecimal(s, moneyDigits, false)
	if err != nil {
		return 0, err
	}
	if v > int64(MaxMoney) || v < -int64(MaxMoney) {
		return 0, Errorf(KindInvalid, "%q is out of range: at most %s USD", s, MaxMoney)
	}
	return Money(v), nil
}

// RoundMoney reads a decimal number, rounded half away from zero to four
// decimals. It is for numbers that another program has written as binary
// floating point, such as 41.932999999999936.
func RoundMoney(s string) (Money, error) {
	v, err := parseDecimal(s, moneyDigits, true)
	if err != nil {
		return 0, err
	}
	if v > int64(MaxMoney) || v < -int64(MaxMoney) {
		return 0, Errorf(KindInvalid, "%q is out of range: at most %s USD", s, MaxMoney)
	}
	return Money(v), nil
}

// ParseQuantity reads a number of shares exactly, with at most six decimals.
func ParseQuantity(s string) (Quantity, error) {
	v, err := parseDecimal(s, quantityDigits, false)
	if err != nil {
		return 0, err
	}
	if v > int64(MaxQuantity) || v < -int64(MaxQuantity) {
		return 0, Errorf(KindInvalid, "%q is out of range: at most %s shares", s, MaxQuantity)
	}
	return Quantity(v), nil
}

// ParsePerShare reads an amount per share exactly, with at most eight decimals.
func ParsePerShare(s string) (PerShare, error) {
	v, err := parseDecimal(s, perShareDigits, false)
	return PerShare(v), err
}

// String prints the amount exactly, without trailing zeros.
func (m Money) String() string { return formatDecimal(int64(m), moneyDigits) }

// Fixed2 prints the amount with two decimals, or more where it has more, as
// prices and balances are usually read by people and models.
func (m Money) Fixed2() string {
	s := m.String()
	switch dot := strings.IndexByte(s, '.'); {
	case dot < 0:
		return s + ".00"
	case len(s)-dot == 2:
		return s + "0"
	}
	return s
}

// Float returns the amount in USD for statistics, never for books.
func (m Money) Float() float64 { return float64(m) / float64(Dollar) }

// MarshalJSON writes the amount as an exact JSON number.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads an exact JSON number.
func (m *Money) UnmarshalJSON(b []byte) error {
	v, err := ParseMoney(string(b))
	if err != nil {
		return err
	}
	*m = v
	return nil
}

// String prints the quantity exactly, without trailing zeros.
func (q Quantity) String() string { return formatDecimal(int64(q), quantityDigits) }

// IsWhole reports whether the quantity is a whole number of shares.
func (q Quantity) IsWhole() bool { return q%Share == 0 }

// MarshalJSON writes the quantity as an exact JSON number.
func (q Quantity) MarshalJSON() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalJSON reads an exact JSON number.
func (q *Quantity) UnmarshalJSON(b []byte) error {
	v, err := ParseQuantity(string(b))
	if err != nil {
		return err
	}
	*q = v
	return nil
}

// String prints the amount exactly, without trailing zeros.
func (p PerShare) String() string { return formatDecimal(int64(p), perShareDigits) }

// MarshalJSON writes the amount as an exact JSON number.
func (p PerShare) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads an exact JSON number.
func (p *PerShare) UnmarshalJSON(b []byte) error {
	v, err := ParsePerShare(string(b))
	if err != nil {
		return err
	}
	*p = v
	return nil
}

// Times returns quantity x price, rounded half away from zero to 1/10,000 USD;
// for whole shares nothing is rounded. ok is false when the result is above
// MaxMoney.
func (q Quantity) Times(price Money) (total Money, ok bool) {
	v, ok := mulDiv(int64(q), int64(price), int64(Share))
	return Money(v), ok && v <= int64(MaxMoney) && v >= -int64(MaxMoney)
}

// TimesPerShare is Times for an amount per share.
func (q Quantity) TimesPerShare(amount PerShare) (total Money, ok bool) {
	// 1e-6 shares x 1e-8 USD = 1e-14 USD, and money counts 1e-4 USD.
	v, ok := mulDiv(int64(q), int64(amount), 10_000_000_000)
	return Money(v), ok && v <= int64(MaxMoney) && v >= -int64(MaxMoney)
}

// ties says where a result goes that lies exactly between two units.
type ties bool

const (
	roundUp   ties = true  // away from zero
	roundDown ties = false // toward zero
)

// mulDiv returns a*b/c rounded half away from zero, with a 128-bit product.
func mulDiv(a, b, c int64) (v int64, ok bool) { return mulDivRound(a, b, c, roundUp) }

// mulDivRound is mulDiv with a choice for ties. c must be positive.
func mulDivRound(a, b, c int64, t ties) (v int64, ok bool) {
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(abs64(a), abs64(b))
	divisor := uint64(c)
	if hi >= divisor {
		return 0, false
	}
	quotient, remainder := bits.Div64(hi, lo, divisor)
	missing := divisor - remainder
	if remainder > missing || (remainder == missing && t == roundUp) {
		quotient++
	}
	if quotient > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return -int64(quotient), true
	}
	return int64(quotient), true
}

func abs64(v int64) uint64 {
	if v < 0 {
		return uint64(-(v + 1)) + 1
	}
	return uint64(v)
}

// parseDecimal reads a JSON-like decimal number into units of 10^-digits.
// Exponents are understood, because other programs write 1e-05.
func parseDecimal(s string, digits int, round bool) (int64, error) {
	bad := func() (int64, error) {
		return 0, Errorf(KindInvalid, "%q is not a decimal number", clip(s))
	}
	text, negative := s, false
	if strings.HasPrefix(text, "-") {
		text, negative = text[1:], true
	}
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(text[i+1:])
		if err != nil || e > 30 || e < -60 {
			return bad()
		}
		mantissa, exponent = text[:i], e
	}
	whole, fraction, dotted := strings.Cut(mantissa, ".")
	if whole == "" || (dotted && fraction == "") || len(mantissa) > 60 || !allDigits(whole) || !allDigits(fraction) {
		return bad()
	}
	// value = number x 10^(exponent-len(fraction)); bring it to 10^-digits.
	number := strings.TrimLeft(whole+fraction, "0")
	shift := exponent - len(fraction) + digits
	rest := ""
	if shift < 0 {
		cut := max(len(number)+shift, 0)
		rest = strings.Repeat("0", max(-shift-len(number), 0)) + number[cut:]
		number = number[:cut]
	} else if number != "" {
		number += strings.Repeat("0", shift)
	}
	if !round && strings.Trim(rest, "0") != "" {
		return 0, Errorf(KindInvalid, "%q has more than %d decimals", clip(s), digits)
	}
	v := int64(0)
	if number != "" {
		u, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, Errorf(KindInvalid, "%q is out of range", clip(s))
		}
		v = u
	}
	if rest != "" && rest[0] >= '5' && v < math.MaxInt64 {
		v++
	}
	if negative {
		v = -v
	}
	return v, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// clip keeps a quoted value readable in an error.
func clip(s string) string {
	if len(s) <= 40 {
		return s
	}
	return s[:40] + "..."
}

func formatDecimal(v int64, digits int) string {
	text := strconv.FormatUint(abs64(v), 10)
	if len(text) <= digits {
		text = strings.Repeat("0", digits-len(text)+1) + text
	}
	whole, fraction := text[:len(text)-digits], strings.TrimRight(text[len(text)-digits:], "0")
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 {
		return "-" + whole
	}
	return whole
}

// Percent is a percentage in units of 1/10,000 of a percent, so that it prints
// with at most four decimals.
type Percent int64

// String prints the percentage with at most four decimals.
func (p Percent) String() string { return formatDecimal(int64(p), 4) }

// MarshalJSON writes the percentage as a JSON number.
func (p Percent) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads a JSON number with at most four decimals.
func (p *Percent) UnmarshalJSON(b []byte) error {
	v, err := parseDecimal(string(b), 4, false)
	*p = Percent(v)
	return err
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
