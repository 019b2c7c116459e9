package sim

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"aitrader/internal/text"
)

// This file is the arithmetic of the fixed-point types: reading and printing decimals,
// and products that must round.

// precision says what happens to decimals that a unit cannot hold.
type precision bool

const (
	exactly precision = false // they are an error
	rounded precision = true  // they are rounded half away from zero
)

// parseWithin is parseDecimal with a bound on the magnitude.
func parseWithin(s string, digits int, p precision, limit int64) (int64, error) {
	v, err := parseDecimal(s, digits, p)
	if err != nil {
		return 0, err
	}
	if v > limit || v < -limit {
		return 0, Errorf(KindInvalid, "%s is out of range: at most %s", quote(s), formatDecimal(limit, digits, 0))
	}
	return v, nil
}

// unmarshal reads the text of a JSON number; on an error the target stays.
func unmarshal[T ~int64](to *T, text []byte, parse func(string) (T, error)) error {
	v, err := parse(string(text))
	if err != nil {
		return err
	}
	*to = v
	return nil
}

// ties says how a result is rounded that lies exactly between two units.
type ties bool

const (
	roundUp   ties = true  // away from zero
	roundDown ties = false // toward zero
)

// mulDiv returns a*b/c rounded half away from zero, with a 128-bit product.
func mulDiv(a, b, c int64) (v int64, ok bool) { return mulDivRound(a, b, c, roundUp) }

// mulDivRound is mulDiv with a choice for ties. ok is false when the result does
// not fit, or c is not positive.
func mulDivRound(a, b, c int64, t ties) (v int64, ok bool) {
	if c <= 0 {
		return 0, false
	}
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(abs64(a), abs64(b))
	divisor := uint64(c)
	if hi >= divisor {
		return 0, false
	}
	quotient, remainder := bits.Div64(hi, lo, divisor)
	if quotient >= math.MaxInt64 { // before the rounding, which could wrap it
		return 0, false
	}
	missing := divisor - remainder
	if remainder > missing || (remainder == missing && t == roundUp) {
		quotient++
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

// parseDecimal reads a decimal number as JSON writes them into units of
// 10^-digits. Exponents are understood, because other programs write 1e-05.
func parseDecimal(s string, digits int, p precision) (int64, error) {
	unsigned, negative := strings.CutPrefix(s, "-")
	number, exponent, ok := splitDecimal(unsigned)
	if !ok {
		return 0, Errorf(KindInvalid, "%s is not a decimal number", quote(s))
	}
	units, rest := shiftDecimal(number, exponent+digits)
	if p == exactly && strings.Trim(rest, "0") != "" {
		return 0, Errorf(KindInvalid, "%s has more than %d decimals", quote(s), digits)
	}
	v, err := strconv.ParseInt("0"+units, 10, 64)
	if err != nil {
		return 0, Errorf(KindInvalid, "%s is out of range", quote(s))
	}
	if rest != "" && rest[0] >= '5' && v < math.MaxInt64 {
		v++
	}
	if negative {
		v = -v
	}
	return v, nil
}

// splitDecimal takes an unsigned decimal apart: it is number x 10^exponent, and number
// is digits without leading zeros. Lengths and exponents beyond those of real figures
// are not ok, so that shifting stays cheap.
func splitDecimal(s string) (number string, exponent int, ok bool) {
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e > 30 || e < -60 {
			return "", 0, false
		}
		mantissa, exponent = s[:i], e
	}
	whole, fraction, dotted := strings.Cut(mantissa, ".")
	if whole == "" || (dotted && fraction == "") || len(mantissa) > 60 || !allDigits(whole) || !allDigits(fraction) {
		return "", 0, false
	}
	return strings.TrimLeft(whole+fraction, "0"), exponent - len(fraction), true
}

// shiftDecimal multiplies a number by 10^shift and returns its units, and the digits
// after them.
func shiftDecimal(number string, shift int) (units, rest string) {
	if number == "" {
		return "", ""
	}
	if shift >= 0 {
		return number + strings.Repeat("0", shift), ""
	}
	if missing := -shift - len(number); missing > 0 {
		return "", strings.Repeat("0", missing) + number
	}
	cut := len(number) + shift
	return number[:cut], number[cut:]
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// quote shows a value in an error; a long one is cut.
func quote(s string) string { return text.Quote(s, 40) }

// formatDecimal writes a number of the given decimals exactly: without trailing
// zeros, but with at least minDecimals decimals.
func formatDecimal(v int64, decimals, minDecimals int) string {
	var space [24]byte
	return string(appendDecimal(space[:0], v, decimals, minDecimals))
}

// appendDecimal appends what formatDecimal returns.
func appendDecimal(to []byte, v int64, decimals, minDecimals int) []byte {
	var text [24]byte // 19 digits, a zero before the point, the point, a sign
	at := len(text)
	put := func(c byte) {
		at--
		text[at] = c
	}
	rest := abs64(v)
	for n := decimals; n > 0; n-- {
		if digit := byte(rest % 10); digit != 0 || at < len(text) || n <= minDecimals {
			put('0' + digit)
		}
		rest /= 10
	}
	if at < len(text) {
		put('.')
	}
	for first := true; first || rest > 0; first = false {
		put('0' + byte(rest%10))
		rest /= 10
	}
	if v < 0 {
		put('-')
	}
	return append(to, text[at:]...)
}
