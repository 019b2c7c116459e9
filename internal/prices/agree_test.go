package prices_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
)

const (
	typed   = "symbol,ex_date,amount,dividend_type,frequency,id\n"
	untyped = "symbol,ex_date,amount,pay_date,id\n"
	splits  = "symbol,ex_date,ratio,id\n"
)

// aaa makes a file of rows about AAA on one day.
func aaa(head string, rows ...string) string {
	for _, row := range rows {
		head += "AAA,2025-10-01," + row + "\n"
	}
	return head
}

func TestRowsThatDifferInTheirIDCountOnce(t *testing.T) {
	for text, want := range map[string]sim.PriceRows{
		typed + "AAA,2025-10-01,0.25,CD,4,a\nAAA,2025-10-01,0.25,CD,4,b\n":                        {Dividends: dividend(25_000_000)},
		typed + "AAA,2025-10-01,0.25,CD,4,a\nAAA,2025-10-01,0.250,,,b\n":                          {Dividends: dividend(25_000_000)},
		typed + "AAA,2025-10-01,0.25,,,a\nAAA,2025-10-01,0.25,cd,0,b\n":                           {Dividends: dividend(25_000_000)},
		typed + "AAA,2025-10-01,0.25,CD,4,a\nAAA,2025-10-01,0.25,CD,1,b\n":                        {Dividends: dividend(25_000_000)},
		untyped + "AAA,2025-10-01,0.25,2025-10-20,a\nAAA,2025-10-01,0.25,2025-10-20,b\n":          {Dividends: dividend(25_000_000)},
		untyped + "AAA,2025-10-01,0.25,2025-10-20,a\nAAA,2025-10-01,2.5e-1,2025-10-20,b\n":        {Dividends: dividend(25_000_000)},
		untyped + "AAA,2025-10-01,0.24000000000000002,,a\nAAA,2025-10-01,0.24,,b\n":               {Dividends: dividend(24_000_000)},
		splits + "AAA,2025-10-01,4:2,a\nAAA,2025-10-01,2,b\nAAA,2025-10-01,2.0000,c\n":            {Splits: split(2, 1)},
		splits + "AAA,2025-10-01,1:30,a\nAAA,2025-10-01,0.0333,b\nAAA,2025-10-01,0.033333335,c\n": {Splits: split(1, 30)},
	} {
		set := mustRead(t, text)
		assert.Equal(t, want.Dividends, set.Dividends, text)
		assert.Equal(t, want.Splits, set.Splits, text)
		assert.Contains(t, set.Warnings[len(set.Warnings)-1], "rows that repeat an earlier one", text)
	}
}

func dividend(amount sim.PerShare) []sim.Dividend {
	return []sim.Dividend{{Symbol: "AAA", ExDate: sim.MustParseDate("2025-10-01"), Amount: amount}}
}

func split(numerator, denominator int64) []sim.Split {
	return []sim.Split{{Symbol: "AAA", ExDate: sim.MustParseDate("2025-10-01"), Numerator: numerator, Denominator: denominator}}
}

func TestDividendsOfSeveralKindsAddUp(t *testing.T) {
	const unclear = "were added: 1 (the first: AAA 2025-10-01: 0.25 + 1.5)"
	for text, warned := range map[string]string{
		aaa(typed, "0.25,CD,4,a", "1.5,SC,0,b"):                                       "",
		aaa(typed, "0.25,CD,4,a", "1.5,SC,0,b", "0.25,CD,4,c"):                        "repeat an earlier one",
		aaa(typed, "0.25,CD,4,a", "1.5,CD,0,b"):                                       "",
		aaa(typed, "0.25,,,a", "1.5,SC,0,b"):                                          unclear,
		aaa(untyped, "0.25,2025-10-20,a", "1.5,2025-10-20,b"):                         unclear,
		aaa(untyped, "0.25,,a", "1.5,,b", "0.25,,c"):                                  unclear,
		aaa(typed, "0.875,regular,,a", "0.875,special,,b"):                            "",
		aaa(typed, "0.875,,,a", "0.875,SC,,b", "0.875,CD,,c"):                         "repeat an earlier one",
		aaa("symbol,ex_date,amount,type\n", "0.25,Regular", "1.5,SPECIAL"):            "",
		aaa("symbol,ex_date,amount,kind\n", "0.25,x", "1.5,y") + "BBB,2025-10-01,9,x": "",
	} {
		set := mustRead(t, text)
		assert.Equal(t, dividend(175_000_000)[0], set.Dividends[0], text)
		if warnings := strings.Join(set.Warnings, "\n"); warned != "" {
			assert.Contains(t, warnings, warned, text)
		} else {
			assert.NotContains(t, warnings, "added", text)
		}
	}
}

// Rows that contradict each other are named with both values, and nothing of the file
// is stored: it does not say which are right.
func TestRowsThatDisagreeAreRefused(t *testing.T) {
	const differs = "AAA 2025-10-01 has other figures on line "
	for text, want := range map[string]string{
		aaa(splits, "2,a", "2,b", "3,c"):                     "line 4: " + differs + "2: ratio 2:1 there and 3:1 here",
		aaa(splits, "0.0333,a", "1:31,c"):                    "ratio 1:30 there and 1:31 here",
		aaa(typed, "0.24,CD,4,a", "0.25,CD,4,b"):             "line 3: " + differs + `2: the dividend of kind "cd" is 0.24 there and 0.25 here`,
		aaa(typed, "0.24,CD,4,a", "1,SC,0,a", "2,SC,,b"):     "line 4: " + differs + "3",
		aaa(header, "1,2,1,1.5,10", "1,2,1,1.6,11"):          differs + "2: close 1.5 there and 1.6 here, volume 10 there and 11 here",
		aaa(header, "1,,,,", "1.1,2,1,1.6,11"):               "open 1 there and 1.1 here",
		day("AAA", fullDay) + day("AAA", `{"1. open": "9"}`): differs + "1: open",
	} {
		_, err := read(text)
		require.ErrorContains(t, err, want, text)
		assert.ErrorContains(t, err, "test.file")
		assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	}
}

// day makes an answer of Alpha Vantage with one day.
func day(symbol, bar string) string { return answer(symbol, `"2025-10-01": `+bar) }

func TestAFullBarCompletesOneOfWhichOnlyTheOpenIsKnown(t *testing.T) {
	full, open := "AAA,2025-10-01,1,2,1,1.5,10\n", "AAA,2025-10-01,1,,,,\n"
	for _, text := range []string{full + open, open + full, open + full + open + full} {
		assert.Equal(t, []sim.SymbolBar{{Symbol: "AAA", Date: sim.MustParseDate("2025-10-01"),
			Bar: sim.Bar{Open: 10_000, High: 20_000, Low: 10_000, Close: 15_000, Volume: 10}}}, mustRead(t, header+text).Bars)
	}
}

// Whatever rows a source lists, their order plays no part in what is paid.
func TestTheOrderOfDividendsPlaysNoPart(t *testing.T) {
	row := rapid.Custom(func(t *rapid.T) prices.ListedDividend {
		return prices.ListedDividend{
			Dividend:  dividend(sim.PerShare(rapid.IntRange(1, 3).Draw(t, "amount")))[0],
			Kind:      rapid.SampledFrom([]string{"", "cd", "sc"}).Draw(t, "kind"),
			Frequency: rapid.SampledFrom([]string{"", "0", "4"}).Draw(t, "frequency"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(row, 1, 6).Draw(t, "rows")
		mixed := rapid.Permutation(rows).Draw(t, "mixed")
		again := append(slices.Clone(mixed), rapid.SampledFrom(rows).Draw(t, "again"))
		want := prices.SumDividends(rows)
		require.Len(t, want, 1)
		for _, other := range [][]prices.ListedDividend{mixed, again} {
			got := prices.SumDividends(other)
			require.Equal(t, want[0].Disagree == nil, got[0].Disagree == nil)
			require.Equal(t, want[0].Dividend, got[0].Dividend)
		}
	})
}
