package sim

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawMoney(t *rapid.T, label string) Money {
	return Money(rapid.Int64Range(-int64(MaxMoney), int64(MaxMoney)).Draw(t, label))
}

func TestFixedPointRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		money := drawMoney(t, "money")
		require.Equal(t, money, must(ParseMoney(money.String())))
		require.Equal(t, money, must(RoundMoney(money.String())))
		require.Equal(t, money, must(ParseMoney(money.Fixed2())))

		type all struct {
			M Money
			Q Quantity
			S PerShare
			P Percent
			B BasisPoints
		}
		v := all{
			M: money,
			Q: Quantity(rapid.Int64Range(-int64(MaxQuantity), int64(MaxQuantity)).Draw(t, "quantity")),
			S: PerShare(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "per share")),
			P: Percent(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "percent")),
			B: BasisPoints(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "basis points")),
		}
		text, err := json.Marshal(v)
		require.NoError(t, err)
		var back all
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, v, back)
	})
}

func TestParseMoney(t *testing.T) {
	for text, want := range map[string]Money{
		"0": 0, "-0": 0, "0.0000": 0, "1": 10_000, "1.5": 15_000, "-1.5": -15_000, "0.0001": 1,
		"255.0400": 2_550_400, "255.04000000000": 2_550_400, "007": 70_000,
		"1e2": 1_000_000, "1.5E+2": 1_500_000, "15e-1": 15_000, "1e-4": 1, "0e30": 0, "0.0e-60": 0,
		"100000000000": MaxMoney, "-100000000000": -MaxMoney,
	} {
		got, err := ParseMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, message := range map[string]string{
		"":                       "is not a decimal number",
		"-":                      "is not a decimal number",
		"+1":                     "is not a decimal number",
		"--1":                    "is not a decimal number",
		".5":                     "is not a decimal number",
		"5.":                     "is not a decimal number",
		"1.2.3":                  "is not a decimal number",
		"1,000":                  "is not a decimal number",
		"$5":                     "is not a decimal number",
		" 5":                     "is not a decimal number",
		"NaN":                    "is not a decimal number",
		"Infinity":               "is not a decimal number",
		"null":                   "is not a decimal number",
		`"5"`:                    "is not a decimal number",
		"0x10":                   "is not a decimal number",
		"1e":                     "is not a decimal number",
		"1e1.5":                  "is not a decimal number",
		"1e31":                   "is not a decimal number",
		"1e-61":                  "is not a decimal number",
		"1e99999999999999999999": "is not a decimal number",
		strings.Repeat("0", 61):  `0..." is not a decimal number`,
		"0.00001":                "has more than 4 decimals",
		"1e-5":                   "has more than 4 decimals",
		"41.932999999999936":     "has more than 4 decimals",
		"100000000000.0001":      "is out of range: at most 100000000000",
		"-100000000000.0001":     "is out of range: at most 100000000000",
		"1e30":                   "is out of range",
		"922337203685477.5808":   "is out of range",
	} {
		_, err := ParseMoney(text)
		requireKind(t, err, KindInvalid, message)
	}
	_, err := ParseQuantity("0.0000001")
	requireKind(t, err, KindInvalid, "has more than 6 decimals")
	_, err = ParseQuantity("1000000000001")
	requireKind(t, err, KindInvalid, "at most 1000000000000")
	_, err = ParsePerShare("0.000000001")
	requireKind(t, err, KindInvalid, "has more than 8 decimals")
	_, err = RoundMoney("1e12")
	requireKind(t, err, KindInvalid, "is out of range")
	_, err = RoundMoney("five")
	requireKind(t, err, KindInvalid, "is not a decimal number")
}

func TestBadJSONLeavesTheValue(t *testing.T) {
	v := struct {
		M Money
		Q Quantity
		S PerShare
		P Percent
		B BasisPoints
	}{1, 2, 3, 4, 5}
	before := v
	for _, field := range []string{"M", "Q", "S", "P", "B"} {
		require.Error(t, json.Unmarshal([]byte(`{"`+field+`": 0.0000000001}`), &v))
		require.Error(t, json.Unmarshal([]byte(`{"`+field+`": "1"}`), &v))
	}
	require.Equal(t, before, v)
}

// What other programs write as binary floating point comes out as the figure
// that they meant.
func TestRoundMoney(t *testing.T) {
	for text, want := range map[string]string{
		"41.932999999999936": "41.933", "192.2750000000027": "192.275", "110.67999999999984": "110.68",
		"0.00005": "0.0001", "-0.00005": "-0.0001", "0.00004999999": "0", "-0.00004999": "0",
		"0.99995": "1", "9.99994999": "9.9999", "1e-05": "0", "5e-05": "0.0001", "5e-06": "0",
		"1234.56785": "1234.5679", "0": "0", "99999999999.99995": "100000000000",
	} {
		got, err := RoundMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.String(), text)
	}
}

func TestRoundMoneyUndoesFloatNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Cash that a program adds up with float64 is off by far less than half a unit.
		exact, sum := Money(0), 0.0
		for range rapid.IntRange(1, 50).Draw(t, "terms") {
			m := Money(rapid.Int64Range(-10_000*int64(Dollar), 10_000*int64(Dollar)).Draw(t, "term"))
			exact += m
			sum += m.Float()
		}
		got, err := RoundMoney(strconv.FormatFloat(sum, 'g', -1, 64))
		require.NoError(t, err)
		require.Equal(t, exact, got)
	})
}

// Any decimal text either parses to exactly its value or is refused; rounding
// gives the nearest unit, ties away from zero.
func TestDecimalsAgainstBigNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,16}(\.[0-9]{1,16})?([eE][+-]?[0-9])?`).Draw(t, "text")
		exact, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		units := new(big.Rat).Mul(exact, big.NewRat(int64(Dollar), 1))

		parsed, err := ParseMoney(text)
		inRange := new(big.Rat).Abs(units).Cmp(big.NewRat(int64(MaxMoney), 1)) <= 0
		if !units.IsInt() || !inRange {
			require.Error(t, err)
		} else {
			require.NoError(t, err)
			require.Zero(t, units.Cmp(big.NewRat(int64(parsed), 1)))
		}
		if rounded, err := RoundMoney(text); err == nil {
			require.Zero(t, nearest(units).Cmp(big.NewInt(int64(rounded))))
		} else {
			require.Positive(t, new(big.Int).Abs(nearest(units)).Cmp(big.NewInt(int64(MaxMoney))))
		}
	})
}

// nearest rounds half away from zero.
func nearest(r *big.Rat) *big.Int {
	doubled := new(big.Rat).Mul(new(big.Rat).Abs(r), big.NewRat(2, 1))
	doubled.Add(doubled, big.NewRat(1, 1))
	n := new(big.Int).Quo(doubled.Num(), new(big.Int).Mul(doubled.Denom(), big.NewInt(2)))
	if r.Sign() < 0 {
		n.Neg(n)
	}
	return n
}

func TestProductsAgainstBigNumbers(t *testing.T) {
	anyInt := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 1000),
		rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64, math.MaxInt64 - 1}))
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyInt.Draw(t, "a"), anyInt.Draw(t, "b"), anyInt.Draw(t, "c")
		got, ok := mulDiv(a, b, c)
		if c <= 0 {
			require.False(t, ok)
			return
		}
		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		want := nearest(new(big.Rat).SetFrac(product, big.NewInt(c)))
		if ok {
			require.Zero(t, want.Cmp(big.NewInt(got)))
		} else {
			require.False(t, want.IsInt64() && want.CmpAbs(big.NewInt(math.MaxInt64)) < 0, "%s fits", want)
		}
	})
}

func TestProductThatWrapsWhenRounded(t *testing.T) {
	// a x b / c is a little below 2^64, and rounds to it: 0 in 64 bits.
	_, ok := mulDiv(8434077544689866307, 4626302738514874376, 2115202329795161735)
	require.False(t, ok)
}

func TestTies(t *testing.T) {
	for _, c := range []struct{ a, up, down int64 }{{5, 3, 2}, {-5, -3, -2}, {4, 2, 2}, {0, 0, 0}} {
		up, _ := mulDivRound(c.a, 1, 2, roundUp)
		down, _ := mulDivRound(c.a, 1, 2, roundDown)
		require.Equal(t, c.up, up)
		require.Equal(t, c.down, down)
	}
}

func TestTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Whole shares never round.
		n := rapid.Int64Range(0, 1_000_000).Draw(t, "shares")
		price := Money(rapid.Int64Range(1, 100_000*int64(Dollar)).Draw(t, "price"))
		total, ok := shares(n).Times(price)
		require.True(t, ok)
		require.Equal(t, Money(n)*price, total)
	})
	half, ok := Quantity(500_000).Times(1) // half a share at 0.0001 USD
	require.True(t, ok)
	require.Equal(t, Money(1), half)

	_, ok = MaxQuantity.Times(MaxMoney)
	require.False(t, ok)
	most, ok := Share.Times(MaxMoney)
	require.True(t, ok)
	require.Equal(t, MaxMoney, most)
	_, ok = Share.Times(MaxMoney + 1)
	require.False(t, ok)
	_, ok = Share.Times(-MaxMoney - 1)
	require.False(t, ok)

	dividend, ok := shares(53).TimesPerShare(must(ParsePerShare("0.24")))
	require.True(t, ok)
	require.Equal(t, usd("12.72"), dividend)
	_, ok = MaxQuantity.TimesPerShare(math.MaxInt64)
	require.False(t, ok)
}

func TestPrinting(t *testing.T) {
	for m, want := range map[Money][2]string{
		0: {"0", "0.00"}, 1: {"0.0001", "0.0001"}, 15_000: {"1.5", "1.50"}, -15_000: {"-1.5", "-1.50"},
		10_000: {"1", "1.00"}, 1_106_800: {"110.68", "110.68"}, 1_922_750: {"192.275", "192.275"}, -5: {"-0.0005", "-0.0005"},
	} {
		require.Equal(t, want, [2]string{m.String(), m.Fixed2()})
	}
	require.Equal(t, "-922337203685477.5808", Money(math.MinInt64).String())
	require.Equal(t, "1.5", Quantity(1_500_000).String())
	require.True(t, shares(3).IsWhole())
	require.False(t, Quantity(1_500_000).IsWhole())
	require.InDelta(t, 1.5, Money(15_000).Float(), 0)
}

func TestPercentOf(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"10000", "10462.08", "4.6208"}, {"10000", "10000", "0"}, {"3", "2", "-33.3333"}, {"3", "5", "66.6667"},
		{"200000000", "200000001", "0"}, {"2000000", "2000001", "0.0001"}, {"2000000", "1999999", "-0.0001"},
		{"100", "0", "-100"},
	} {
		p, ok := PercentOf(usd(c.from), usd(c.to))
		require.True(t, ok)
		require.Equal(t, c.want, p.String(), "%s to %s", c.from, c.to)
	}
	_, ok := PercentOf(0, 1)
	require.False(t, ok)
	_, ok = PercentOf(-1, 1)
	require.False(t, ok)
	_, ok = PercentOf(1, 100*MaxMoney)
	require.False(t, ok)
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"41.932999999999936", "-1e-05", "00.10", "1e30", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		exact, err := ParseMoney(s)
		if err != nil {
			return
		}
		require.Equal(t, exact, must(RoundMoney(s)))
		require.Equal(t, exact, must(ParseMoney(exact.String())))
	})
}

// A value that is too long to be shown is cut between characters.
func TestALongValueIsCutBetweenCharacters(t *testing.T) {
	_, err := ParseMoney(strings.Repeat("9", 39) + "é" + strings.Repeat("9", 20))
	requireKind(t, err, KindInvalid, `"`+strings.Repeat("9", 39)+`..." is not a decimal number`)
}
