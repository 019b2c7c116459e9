package prices_test

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/prices"
	"aitrader/internal/rounds"
)

func TestACutRatioIsTheFractionItMeans(t *testing.T) {
	for text, want := range map[string][2]int64{
		// cut and rounded
		"0.033333": {1, 30}, "0.3333333": {1, 3}, "1.3333": {4, 3}, "1.3334": {6667, 5000}, "0.0333": {1, 30}, "0.6667": {2, 3},
		"0.6666": {2, 3}, "0.66667": {2, 3}, "0.666666": {2, 3}, "0.0286": {1, 35}, "0.0285": {1, 35}, "0.0143": {1, 70}, "0.014286": {1, 70},
		"0.0067": {1, 150}, "0.0033": {1, 300}, "0.006666667": {1, 150}, "0.000667": {1, 1500}, "0.0006667": {1, 1500}, "1.428571": {10, 7},
		"0.333": {1, 3}, "0.067": {1, 15}, "0.33": {1, 3}, "1.67": {5, 3}, "0.142857": {1, 7}, "0.016667": {1, 60}, "0.0111": {1, 90},
		"1.33333333": {4, 3}, "2.3333": {7, 3}, "0.0769": {1, 13}, "33.3333": {100, 3},
		// floating point
		"0.33333333333333331": {1, 3}, "0.33333333333333337": {1, 3}, "0.033333333333333333": {1, 30}, "0.30000000000000004": {3, 10},
		"0.03333333507180214": {1, 30}, "0.033333335": {1, 30}, "0.1000000014901161": {1, 10}, "1.3333333333333333": {4, 3},
		"0.99999999999999989": {1, 1}, "3.3333333333333335e-02": {1, 30}, "6.6666666666666671E-3": {1, 150}, "29.999999999999996": {30, 1},
		"1e-3": {1, 1000}, "2E1": {20, 1},
		// exactly what they say
		"0.125": {1, 8}, "1.5": {3, 2}, "0.1": {1, 10}, "0.05": {1, 20}, "0.0500": {1, 20}, "1.05": {21, 20}, "1.025": {41, 40},
		"0.12": {3, 25}, "0.3": {3, 10}, "0.35": {7, 20}, "0.02": {1, 50}, "0.001": {1, 1000}, "0.0005": {1, 2000}, "0.0001": {1, 10000},
		"1.1": {11, 10}, "0.0125": {1, 80}, "0.0625": {1, 16}, "0.15625": {5, 32}, "1.0123": {10123, 10000}, "0.1234": {617, 5000},
		"1.0472": {1309, 1250}, "0.99": {99, 100}, "0.999": {999, 1000}, "1.0001": {10001, 10000}, "2.0000": {2, 1}, "10": {10, 1},
		"1.00000000": {1, 1}, "0.75": {3, 4}, "2.5": {5, 2}, "0.0075": {3, 400},
		// no fraction: eight decimals
		"1.04712345678901": {104712346, 100000000},
		// pairs
		" 1 : 30 ": {1, 30}, "1:0.3333": {3, 1}, "0.6667:1.3333": {1, 2}, "1.5:3": {1, 2}, "1.000000:30.000000": {1, 30},
		"1/30": {1, 30}, "1.000000/30.000000": {1, 30}, " 3 / 2 ": {3, 2},
	} {
		n, d, ok := parse(text)
		assert.True(t, ok, text)
		divisor := new(big.Int).GCD(nil, nil, big.NewInt(want[0]), big.NewInt(want[1])).Int64()
		assert.Equal(t, [2]int64{want[0] / divisor, want[1] / divisor}, [2]int64{n, d}, text)
	}
	for _, text := range []string{
		"", "two", "0", "0.0", "-2", "10001", "0.00001", "None", "1e-5", "1e99", "1e999", "1/3/1", "1/0", "1:3/2", "0x1", "1_0",
		".5", "5.", "NaN", "Inf",
		"1:0", ":",
		"1:2:3",
		"+1", "1e",
		"0.000000000000000000000000000001", "1:10001", "100000000000000000000000000000000000000000000000",
	} {
		_, _, ok := parse(text)
		assert.False(t, ok, text)
	}
}

// parse reads a ratio by way of a file of splits.
func parse(ratio string) (numerator, denominator int64, ok bool) {
	set, err := read("symbol,ex_date,ratio\nAAA,2025-10-01," + ratio + "\n")
	if err != nil {
		return 0, 0, false
	}
	return set.Splits[0].Numerator, set.Splits[0].Denominator, true
}

// realRatio draws a ratio that a split can have: some shares for some others, or one
// for a round number of them.
func realRatio(t *rapid.T) *big.Rat {
	small := rapid.Int64Range(1, 40)
	n, d := small.Draw(t, "new"), small.Draw(t, "old")
	switch rapid.SampledFrom([]string{"some for some", "reverse", "forward", "stock dividend"}).Draw(t, "kind") {
	case "reverse":
		n, d = 1, rapid.OneOf(rapid.Int64Range(1, 80), rapid.Map(rapid.Int64Range(1, 200), func(m int64) int64 { return 10 * m })).Draw(t, "m")
	case "forward":
		n, d = rapid.Int64Range(1, 10_000).Draw(t, "m"), 1
	case "stock dividend":
		n, d = 100+rapid.Int64Range(1, 25).Draw(t, "percent"), 100 // 1.33 means 4:3
	}
	return big.NewRat(n, d)
}

// A real ratio survives every way in which a vendor writes it: rounded or cut to some
// digits, and as a float of 32 or 64 bits.
func TestRealRatiosSurviveTheirDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ratio := realRatio(t)
		v, _ := ratio.Float64()
		digits := rapid.IntRange(6, 20).Draw(t, "digits")
		text := map[string]string{
			"rounded": ratio.FloatString(digits),
			"cut":     cut(ratio, digits),
			"float64": strconv.FormatFloat(v, 'f', -1, 64),
			"17":      strconv.FormatFloat(v, 'e', 16, 64),
			"float32": strconv.FormatFloat(v, 'f', -1, 32),
			"widened": strconv.FormatFloat(float64(float32(v)), 'f', -1, 64),
			"pair":    ratio.Num().String() + ":" + ratio.Denom().String(),
		}[rapid.SampledFrom([]string{"rounded", "cut", "float64", "17", "float32", "widened", "pair"}).Draw(t, "form")]
		if ratio.Denom().Int64() > 200 && digits < 10 {
			t.Skip("six digits do not tell 1:1490 from 1:1500 by more than its roundness")
		}
		to, from, isPair := strings.Cut(text, ":")
		if !isPair {
			from = "1"
		}
		n, d, ok := prices.ParseRatio(to, from)
		require.True(t, ok, text)
		require.Equal(t, ratio.String(), big.NewRat(n, d).String(), text)
	})
}

// cut writes a ratio with some digits, without rounding.
func cut(r *big.Rat, digits int) string {
	text := r.FloatString(digits + 5)
	return text[:len(text)-5]
}

// Four digits, which most vendors write, are enough for every small ratio, and five for
// the others.
func TestSmallRatiosNeedFourDigits(t *testing.T) {
	step := int64(4)
	if rounds.Long() {
		step = 1
	} else {
		t.Logf("one of %d ratios is read; %s=1 reads each", step, rounds.Variable)
	}
	for digits, largest := range map[int]int64{4: 40, 5: 50, 6: 100} {
		for d := int64(1); d <= largest; d++ {
			for n := 1 + d%step; n <= largest; n += step {
				ratio := big.NewRat(n, d)
				for _, text := range []string{ratio.FloatString(digits), cut(ratio, digits)} {
					gotN, gotD, ok := prices.ParseRatio(text, "1")
					require.True(t, ok, text)
					assert.Equal(t, ratio.String(), big.NewRat(gotN, gotD).String(), text)
				}
			}
		}
	}
}

// A decimal that is a real split as it stands stays, with any number of zeros after it.
func TestExactRatiosStay(t *testing.T) {
	for _, d := range []int64{1, 2, 4, 5, 8, 10, 16, 20, 25, 40, 50, 80, 100, 125, 200, 250, 400} {
		for n := int64(1); n <= 3*d; n++ {
			exact := big.NewRat(n, d)
			for _, text := range []string{exact.FloatString(4), exact.FloatString(5), exact.FloatString(9)} {
				if n > 20 && d > 100 || mustRat(text).Cmp(exact) != 0 {
					continue
				}
				gotN, gotD, ok := prices.ParseRatio(text, "1")
				require.True(t, ok, text)
				assert.Equal(t, exact.String(), big.NewRat(gotN, gotD).String(), text)
			}
		}
	}
}

func mustRat(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

// Reading a ratio ends, and keeps close to what is written, for any text.
func TestAnyRatioStaysCloseToItsDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,4}(\.[0-9]{1,20})?(e-?[0-9])?`).Draw(t, "ratio")
		n, d, ok := prices.ParseRatio(text, "1")
		if !ok {
			return
		}
		require.Positive(t, n)
		require.Positive(t, d)
		got, _ := big.NewRat(n, d).Float64()
		want, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		require.InEpsilon(t, want, got, 0.04, "%d:%d", n, d)
	})
}
