package sim

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// carry brings a ledger that was closed on one date to the opening of another.
func carry(t require.TestingT, market *MarketData, closed Ledger, on, to Date, whole bool) (Ledger, []Entry) {
	entries, err := NewView(market, to).OpeningEntries(closed, on, whole)
	require.NoError(t, err)
	l, err := Fold(closed, entries)
	require.NoError(t, err)
	return l, entries
}

func TestSplitsGolden(t *testing.T) {
	for _, symbol := range []string{"NVDA", "ORLY", "AVGO"} {
		t.Run(symbol, func(t *testing.T) {
			var want struct {
				BuyDate      Date   `json:"buy_date"`
				Open         string `json:"open"`
				SharesBefore int64  `json:"shares_before"`
				Cash         string `json:"cash"`
				ExDate       Date   `json:"ex_date"`
				SharesAfter  int64  `json:"shares_after"`
				EndDate      Date   `json:"end_date"`
				EndClose     string `json:"end_close"`
				EndValue     string `json:"end_value_correct"`
				Ignored      string `json:"end_value_if_split_ignored"`
			}
			golden(t, "split_"+symbol, &want)
			market := twoYears(t, symbol)
			open, ok := NewView(market, want.BuyDate).Open(symbol)
			require.True(t, ok)
			require.Equal(t, usd(want.Open), open)

			l := NewLedger(usd("10000"))
			require.NoError(t, l.Apply(&Entry{Kind: EntryBuy, Symbol: symbol, Quantity: shares(want.SharesBefore), Price: open}))
			require.Equal(t, usd(want.Cash), l.Cash)

			same, none := carry(t, market, l, want.BuyDate, want.ExDate.AddDays(-1), true)
			require.Empty(t, none, "before the ex-date nothing has happened")
			require.True(t, l.Equal(same))

			after, entries := carry(t, market, l, want.BuyDate, want.EndDate, true)
			require.Len(t, entries, 1)
			require.Equal(t, shares(want.SharesAfter), after.Holdings[symbol])
			require.Equal(t, usd(want.Cash), after.Cash)
			v, err := market.Value(after, want.EndDate)
			require.NoError(t, err)
			require.Equal(t, Valuation{Value: usd(want.EndValue), Basis: AtClose}, v)
			ignored, err := market.Value(l, want.EndDate)
			require.NoError(t, err)
			require.Equal(t, usd(want.Ignored), ignored.Value)

			// Day by day it comes out the same.
			daily, on := l, want.BuyDate
			for _, d := range DefaultMarket.Bars(want.BuyDate.AddDays(1), want.EndDate) {
				daily, _ = carry(t, market, daily, on, d, true)
				on = d
			}
			require.True(t, after.Equal(daily))
		})
	}
}

func TestDividendsGolden(t *testing.T) {
	var want struct {
		BuyDate   Date                `json:"buy_date"`
		Shares    int64               `json:"shares"`
		Cash      string              `json:"cash"`
		Dividends [][]json.RawMessage `json:"ex_dividends"`
		Total     string              `json:"dividends_total"`
		EndDate   Date                `json:"end_date"`
		PriceOnly string              `json:"end_value_price_only"`
		WithCash  string              `json:"end_value_with_cash_dividends"`
	}
	golden(t, "dividends_cash_AAPL", &want)
	market := twoYears(t, "AAPL")
	open, _ := NewView(market, want.BuyDate).Open("AAPL")
	l := NewLedger(usd("10000"))
	require.NoError(t, l.Apply(&Entry{Kind: EntryBuy, Symbol: "AAPL", Quantity: shares(want.Shares), Price: open}))
	require.Equal(t, usd(want.Cash), l.Cash)
	before, err := market.Value(l, want.EndDate)
	require.NoError(t, err)
	require.Equal(t, usd(want.PriceOnly), before.Value)

	after, entries := carry(t, market, l, want.BuyDate, want.EndDate, true)
	require.Len(t, entries, len(want.Dividends))
	require.Equal(t, usd(want.Total), after.Cash-l.Cash)
	v, err := market.Value(after, want.EndDate)
	require.NoError(t, err)
	require.Equal(t, usd(want.WithCash), v.Value)
}

// bars makes full bars of one symbol with the given opens; the close is the
// open plus one dollar.
func bars(symbol, first string, opens ...string) []SymbolBar {
	var out []SymbolBar
	d := day(first)
	for _, o := range opens {
		if open := usd(o); open > 0 {
			out = append(out, SymbolBar{symbol, d, Bar{Open: open, High: open + 2*Dollar, Low: open / 2, Close: open + Dollar, Volume: 100}})
		}
		d = DefaultMarket.NextBar(d)
	}
	return out
}

func TestOpeningEntries(t *testing.T) {
	// 2025-06-02 is a Monday; "0" is a date without a bar.
	held := holding("100", map[string]int64{"AAA": 25, "BBB": 10})
	split := func(symbol, on string, numerator, denominator int64) Split {
		return Split{symbol, day(on), numerator, denominator}
	}
	dividend := func(symbol, on, amount string) Dividend {
		return Dividend{symbol, day(on), must(ParsePerShare(amount))}
	}
	for _, c := range []struct {
		name      string
		bars      []SymbolBar
		splits    []Split
		dividends []Dividend
		on, to    string
		whole     bool
		cash      string
		aaa       string
		order     []EntryKind
	}{
		{name: "nothing happened", on: "2025-06-02", to: "2025-06-06", whole: true, cash: "100", aaa: "25"},
		{name: "a reverse split pays the fraction at the open", bars: bars("AAA", "2025-06-02", "8", "80", "90"),
			splits: []Split{split("AAA", "2025-06-03", 1, 10)}, on: "2025-06-02", to: "2025-06-03", whole: true,
			cash: "140", aaa: "2", order: []EntryKind{EntrySplit}},
		{name: "a later view still pays the open of the ex-date", bars: bars("AAA", "2025-06-02", "8", "80", "90"),
			splits: []Split{split("AAA", "2025-06-03", 1, 10)}, on: "2025-06-02", to: "2025-06-04", whole: true,
			cash: "140", aaa: "2", order: []EntryKind{EntrySplit}},
		{name: "fractions are kept where they are allowed", bars: bars("AAA", "2025-06-02", "8", "80"),
			splits: []Split{split("AAA", "2025-06-03", 1, 10)}, on: "2025-06-02", to: "2025-06-03",
			cash: "100", aaa: "2.5", order: []EntryKind{EntrySplit}},
		{name: "three for two of an odd lot", bars: bars("AAA", "2025-06-02", "60", "40"),
			splits: []Split{split("AAA", "2025-06-03", 3, 2)}, on: "2025-06-02", to: "2025-06-03", whole: true,
			cash: "120", aaa: "37", order: []EntryKind{EntrySplit}},
		{name: "no bar on the ex-date: the first open after it", bars: bars("AAA", "2025-06-02", "8", "0", "84"),
			splits: []Split{split("AAA", "2025-06-03", 1, 10)}, on: "2025-06-02", to: "2025-06-04", whole: true,
			cash: "142", aaa: "2", order: []EntryKind{EntrySplit}},
		{name: "no bar yet: the last close, brought across", bars: bars("AAA", "2025-06-02", "8", "0", "84"),
			splits: []Split{split("AAA", "2025-06-03", 1, 10)}, on: "2025-06-02", to: "2025-06-03", whole: true,
			cash: "145", aaa: "2", order: []EntryKind{EntrySplit}}, // 0.5 x (8 + 1) x 10
		{name: "no bar at all: the fraction is worth nothing",
			splits: []Split{split("AAA", "2025-06-03", 1, 10)}, on: "2025-06-02", to: "2025-06-03", whole: true,
			cash: "100", aaa: "2", order: []EntryKind{EntrySplit}},
		{name: "everything turns into cash", bars: bars("AAA", "2025-06-02", "8", "320"),
			splits: []Split{split("AAA", "2025-06-03", 1, 50)}, dividends: []Dividend{dividend("AAA", "2025-06-04", "9")},
			on: "2025-06-02", to: "2025-06-04", whole: true, cash: "260", aaa: "0", order: []EntryKind{EntrySplit}},
		{name: "of one day the dividend comes first, per old share", bars: bars("AAA", "2025-06-02", "8", "4"),
			splits: []Split{split("AAA", "2025-06-03", 2, 1)}, dividends: []Dividend{dividend("AAA", "2025-06-03", "0.10")},
			on: "2025-06-02", to: "2025-06-03", whole: true, cash: "102.5", aaa: "50", order: []EntryKind{EntryDividend, EntrySplit}},
		{name: "a dividend after the split is per new share", bars: bars("AAA", "2025-06-02", "8", "4", "4"),
			splits: []Split{split("AAA", "2025-06-03", 2, 1)}, dividends: []Dividend{dividend("AAA", "2025-06-04", "0.10")},
			on: "2025-06-02", to: "2025-06-04", whole: true, cash: "105", aaa: "50", order: []EntryKind{EntrySplit, EntryDividend}},
		{name: "two splits over a gap", bars: bars("AAA", "2025-06-02", "8", "4", "2"),
			splits: []Split{split("AAA", "2025-06-04", 2, 1), split("AAA", "2025-06-03", 2, 1)},
			on:     "2025-06-02", to: "2025-06-06", whole: true, cash: "100", aaa: "100", order: []EntryKind{EntrySplit, EntrySplit}},
		{name: "on the closing date itself nothing is due",
			splits: []Split{split("AAA", "2025-06-03", 2, 1)}, dividends: []Dividend{dividend("AAA", "2025-06-03", "1")},
			on: "2025-06-03", to: "2025-06-05", whole: true, cash: "100", aaa: "25"},
		{name: "after the view nothing is known",
			splits: []Split{split("AAA", "2025-06-06", 2, 1)}, dividends: []Dividend{dividend("AAA", "2025-06-06", "1")},
			on: "2025-06-02", to: "2025-06-05", whole: true, cash: "100", aaa: "25"},
		{name: "over a weekend", splits: []Split{split("AAA", "2025-06-09", 2, 1)}, dividends: []Dividend{dividend("BBB", "2025-06-07", "1")},
			on: "2025-06-06", to: "2025-06-09", whole: true, cash: "110", aaa: "50", order: []EntryKind{EntryDividend, EntrySplit}},
		{name: "a book without a closed day", splits: []Split{split("AAA", "2025-06-03", 2, 1)}, on: "", to: "2025-06-04", whole: true,
			cash: "100", aaa: "25"},
		{name: "what is not held does not matter", splits: []Split{split("CCC", "2025-06-03", 2, 1)}, on: "2025-06-02",
			to: "2025-06-04", whole: true, cash: "100", aaa: "25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, entries := carry(t, NewMarketData("v", c.bars, c.splits, c.dividends), held, dayOrNone(c.on), day(c.to), c.whole)
			require.Equal(t, c.cash, l.Cash.String())
			require.Equal(t, c.aaa, l.Holdings["AAA"].String())
			var order []EntryKind
			for _, e := range entries {
				order = append(order, e.Kind)
			}
			require.Equal(t, c.order, order)
		})
	}
}

func TestOpeningEntriesRefuseWhatCannotBe(t *testing.T) {
	market := NewMarketData("v", nil, []Split{{"AAA", day("2025-06-03"), 0, 1}}, nil)
	_, err := NewView(market, day("2025-06-04")).OpeningEntries(holding("1", map[string]int64{"AAA": 1}), day("2025-06-02"), true)
	requireKind(t, err, KindInvalid, "split of AAA by 0:1: positive numbers are expected")
}

// Carrying a ledger over a gap gives what carrying it day by day gives, and
// whole holdings stay whole.
func TestCarryingIsAFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := DefaultMarket.Bars(day("2025-06-02"), day("2025-06-30"))
		var rows []SymbolBar
		var splits []Split
		var dividends []Dividend
		for _, symbol := range []string{"AAA", "BBB"} {
			for _, d := range days {
				open := Money(rapid.Int64Range(1, 300*int64(Dollar)).Draw(t, "open"))
				rows = append(rows, SymbolBar{symbol, d, Bar{Open: open, High: open, Low: open, Close: open}})
			}
			for range rapid.IntRange(0, 3).Draw(t, "splits") {
				splits = append(splits, Split{symbol, rapid.SampledFrom(days).Draw(t, "ex-date"), rapid.Int64Range(1, 20).Draw(t, "new"),
					rapid.Int64Range(1, 20).Draw(t, "old")})
			}
			for range rapid.IntRange(0, 3).Draw(t, "dividends") {
				dividends = append(dividends, Dividend{symbol, rapid.SampledFrom(days).Draw(t, "ex-date"),
					PerShare(rapid.Int64Range(1, 500_000_000).Draw(t, "amount"))})
			}
		}
		market := NewMarketData("v", rows, splits, dividends)
		closed := holding("1000", map[string]int64{
			"AAA": rapid.Int64Range(1, 50).Draw(t, "AAA"), "BBB": rapid.Int64Range(1, 50).Draw(t, "BBB"),
		})
		last := days[len(days)-1]

		atOnce, entries := carry(t, market, closed, days[0], last, true)
		daily, on := closed, days[0]
		for _, d := range days[1:] {
			daily, _ = carry(t, market, daily, on, d, true)
			on = d
		}
		require.True(t, atOnce.Equal(daily), "%v and %v", atOnce, daily)
		for _, q := range atOnce.Holdings {
			require.True(t, q.IsWhole())
		}
		for _, e := range entries {
			if e.Kind == EntrySplit {
				require.True(t, e.Quantity.IsWhole())
			}
		}
	})
}

func TestSplitAndDividendCheck(t *testing.T) {
	require.NoError(t, Split{Numerator: 1, Denominator: 10}.Check())
	requireKind(t, Split{Numerator: 0, Denominator: 1}.Check(), KindInvalid, "split 0:1")
	requireKind(t, Split{Numerator: 1, Denominator: -1}.Check(), KindInvalid, "split 1:-1")
	require.NoError(t, Dividend{Amount: 1}.Check())
	requireKind(t, Dividend{}.Check(), KindInvalid, "dividend 0: a positive amount")
}
