package prices

import (
	"math/big"
	"regexp"
	"strings"
)

// This file reads the ratios of splits. Vendors write many of them as decimals that are
// cut after some digits, or that have been through floating point: 0.0333, 0.033333335
// and 0.033333333333333333 all mean 1:30. Such a decimal becomes the fraction it means;
// one that is exactly what it says, such as 0.125 or 1.05, stays.

// maxRatio bounds a split: the largest known ones are of the order of 1:1000.
const maxRatio = 10_000

const (
	// maxDenominator bounds the denominators that a cut decimal may mean.
	maxDenominator = 10_000
	// maxRoundRatio bounds the denominators of 1:m beyond that of other fractions.
	maxRoundRatio = maxRatio
	// maxRatioDecimals is how many decimals a ratio keeps that means no fraction. The
	// error is below one share in 100 million.
	maxRatioDecimals = 8
	// minSimpler is how many times the numerator and denominator of the decimal exceed
	// those of the fraction: 0.12 is 3:25, and not 1:8 cut.
	minSimpler = 10
	// singleBits are the bits of a 32-bit float: what has been through one is off by up
	// to 2^-24 of its value, and by as much again when it is printed in its shortest form.
	singleBits = 23
)

var decimalForm = regexp.MustCompile(`^[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$`)

// parseRatio reads new shares for each old one, written 10, 3:2, 3/2 or 0.125, in
// lowest terms.
func parseRatio(ratio string) (numerator, denominator int64, ok bool) {
	return ParseRatio(sides(ratio))
}

// sides returns the new shares and the old ones of a ratio.
func sides(ratio string) (to, from string) {
	i := strings.IndexAny(ratio, ":/")
	if i < 0 {
		return ratio, "1"
	}
	return ratio[:i], ratio[i+1:]
}

// ParseRatio reads the new shares for some old ones of a split, in lowest terms. Each is
// above 0, and at most 10,000 times the other. A decimal means the simplest fraction
// that gives its digits, rounded or cut ([meant]); without such a fraction it is what
// it says, rounded to eight decimals.
func ParseRatio(to, from string) (numerator, denominator int64, ok bool) {
	shares, okTo := parsePart(to)
	old, okFrom := parsePart(from)
	if !okTo || !okFrom {
		return 0, 0, false
	}
	ratio := shares.Quo(shares, old)
	limit := big.NewRat(maxRatio, 1)
	if ratio.Cmp(limit) > 0 || ratio.Cmp(limit.Inv(limit)) < 0 {
		return 0, 0, false
	}
	return ratio.Num().Int64(), ratio.Denom().Int64(), true
}

// parsePart reads one side of a ratio.
func parsePart(text string) (*big.Rat, bool) {
	text = strings.TrimSpace(text)
	if !decimalForm.MatchString(text) {
		return nil, false
	}
	said, ok := new(big.Rat).SetString(text)
	if !ok || said.Sign() <= 0 || said.Cmp(big.NewRat(maxRatio, 1)) > 0 {
		return nil, false
	}
	part := meant(said, decimalsOf(text))
	return part, part.Sign() > 0
}

// decimalsOf counts the digits after the point that a decimal gives, trailing zeros
// included.
func decimalsOf(text string) int {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	_, fraction, _ := strings.Cut(mantissa, ".")
	shift, _ := new(big.Int).SetString("0"+strings.TrimLeft(exponent, "+-"), 10)
	moved := int(shift.Int64())
	if strings.HasPrefix(exponent, "-") {
		moved = -moved
	}
	return max(0, len(fraction)-moved)
}

// meant returns the fraction that a decimal with some digits after the point stands for.
//
// With a unit u of the last digit, the decimal v stands for values from v - u/2
// (rounded) up to, but not including, v + u (cut), and for those within the error of a
// 32-bit float. Of these the fraction with the smallest denominator counts, if that is
// at most sqrt(1/4u), which makes it unlikely to fit by chance: 15 for three digits, 50
// for four, 500 for six, and never above 10,000. For reverse splits 1:m with a larger m,
// the only m that fits counts, or else the only multiple of ten.
func meant(said *big.Rat, decimals int) *big.Rat {
	if decimals < 2 || said.IsInt() {
		return said
	}
	from, below, unit := interval(said, decimals)
	if f := simplest(from, below); fitsNotByChance(f, unit) && simpler(f, said) {
		return f
	}
	if f := reverseSplit(from, below); decimals > 2 && f != nil && simpler(f, said) {
		return f
	}
	return rounded(said)
}

// interval returns the values that a decimal stands for, and how finely it is given.
func interval(said *big.Rat, decimals int) (from, below, unit *big.Rat) {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	unit = new(big.Rat).SetFrac(big.NewInt(1), scale)
	half := new(big.Rat).Mul(unit, big.NewRat(1, 2))
	single := new(big.Rat).Mul(said, big.NewRat(1, 1<<singleBits))
	if unit.Cmp(single) < 0 {
		unit = single
	}
	if half.Cmp(single) < 0 {
		half = single
	}
	return new(big.Rat).Sub(said, half), new(big.Rat).Add(said, unit), unit
}

// simplest returns the fraction with the smallest denominator from one value up to, but
// not including, another one, both not negative. Going down the continued fractions of
// the two, the first term in which they differ decides (Stern 1858, Brocot 1861).
func simplest(from, below *big.Rat) *big.Rat {
	return between(from, below, true)
}

// between is simplest with the choice which end belongs to the interval: the lower one,
// or the upper one.
func between(low, high *big.Rat, lowerBelongs bool) *big.Rat {
	floor := new(big.Rat).SetInt(new(big.Int).Quo(low.Num(), low.Denom()))
	if lowerBelongs && floor.Cmp(low) == 0 {
		return floor
	}
	next := new(big.Rat).Add(floor, big.NewRat(1, 1))
	if order := next.Cmp(high); order < 0 || order == 0 && !lowerBelongs {
		return next
	}
	// Both have the same whole part. 1/x turns the rest of them round.
	low, high = new(big.Rat).Sub(low, floor), new(big.Rat).Sub(high, floor)
	var f *big.Rat
	if high.Inv(high); low.Sign() == 0 { // it does not belong, and 1/x has no bound
		f = new(big.Rat).SetInt(ceil(high))
	} else {
		f = between(high, low.Inv(low), !lowerBelongs)
	}
	return f.Inv(f).Add(f, floor)
}

// ceil returns the smallest whole number that is not below a value above 0.
func ceil(x *big.Rat) *big.Int {
	whole, rest := new(big.Int).QuoRem(x.Num(), x.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	return whole
}

// fitsNotByChance reports whether the denominator is so small, compared with how finely
// the decimal is given, that few decimals lie as close to such a fraction.
func fitsNotByChance(f, unit *big.Rat) bool {
	q := new(big.Rat).SetInt(f.Denom())
	chance := q.Mul(q, q).Mul(q, unit).Mul(q, big.NewRat(4, 1))
	return f.Sign() > 0 && f.Denom().Cmp(big.NewInt(maxDenominator)) <= 0 && chance.Cmp(big.NewRat(1, 1)) <= 0
}

// simpler reports whether a fraction is much simpler than the decimal itself, or equal
// to it.
func simpler(f, said *big.Rat) bool {
	size := func(r *big.Rat) *big.Int { return new(big.Int).Add(r.Num(), r.Denom()) }
	least := new(big.Int).Mul(size(f), big.NewInt(minSimpler))
	return f.Cmp(said) == 0 || size(said).Cmp(least) >= 0
}

// reverseSplit returns 1/m if only one m lies in the interval, or only one multiple of
// ten; nil otherwise.
func reverseSplit(from, below *big.Rat) *big.Rat {
	if from.Sign() <= 0 {
		return nil
	}
	// 1/below < m <= 1/from
	least := new(big.Int).Quo(below.Denom(), below.Num()).Int64() + 1
	largest := new(big.Int).Quo(from.Denom(), from.Num()).Int64()
	if least > maxRoundRatio || least > largest || least < 2 {
		return nil
	}
	if least < largest {
		least, largest = (least+9)/10*10, largest/10*10
	}
	if least != largest {
		return nil
	}
	return big.NewRat(1, least)
}

// rounded rounds a decimal to the decimals that a ratio keeps, half up.
func rounded(said *big.Rat) *big.Rat {
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(maxRatioDecimals), nil))
	units := new(big.Rat).Mul(said, scale)
	whole := units.Add(units, big.NewRat(1, 2)).Num()
	return new(big.Rat).Quo(new(big.Rat).SetInt(new(big.Int).Quo(whole, units.Denom())), scale)
}
