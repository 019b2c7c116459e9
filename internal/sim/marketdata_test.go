package sim

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func openOnly(symbol, on, open string) SymbolBar {
	return SymbolBar{symbol, day(on), Bar{Open: usd(open), OpenOnly: true}}
}

func TestMarketData(t *testing.T) {
	rows := append(bars("BBB", "2025-06-02", "10", "11", "12"), bars("AAA", "2025-06-03", "20", "0", "22")...)
	market := NewMarketData("v7", rows, nil, nil)
	require.Equal(t, "v7", market.Version())
	require.Equal(t, []string{"AAA", "BBB"}, market.Symbols())
	require.Equal(t, []Date{day("2025-06-02"), day("2025-06-03"), day("2025-06-04"), day("2025-06-05")}, market.Dates())

	bar, ok := market.Bar("AAA", day("2025-06-03"))
	require.True(t, ok)
	require.Equal(t, usd("20"), bar.Open)
	for _, missing := range []struct{ symbol, date string }{{"AAA", "2025-06-04"}, {"AAA", "2025-06-02"}, {"AAA", "2025-06-06"},
		{"CCC", "2025-06-03"}} {
		_, ok = market.Bar(missing.symbol, day(missing.date))
		require.False(t, ok, missing)
	}

	series := market.Series("AAA", day("2025-06-01"), day("2025-06-05"))
	require.Len(t, series, 2)
	require.Equal(t, day("2025-06-03"), series[0].Date)
	require.Equal(t, usd("22"), series[1].Bar.Open)
	require.Len(t, market.Series("AAA", day("2025-06-03"), day("2025-06-03")), 1)
	require.Empty(t, market.Series("AAA", day("2025-06-04"), day("2025-06-04")))
	require.Empty(t, market.Series("CCC", day("2025-06-01"), day("2025-06-05")))
}

func TestEmptyMarketData(t *testing.T) {
	market := NewMarketData("", nil, nil, nil)
	require.Empty(t, market.Symbols())
	require.Empty(t, market.Dates())
	require.Empty(t, market.Universe(nil, "QQQ"))
	require.Empty(t, market.DatesWithBars(nil))
	require.Empty(t, NewView(market, day("2025-06-03")).Symbols())
}

func TestOfTwoRowsTheLaterCounts(t *testing.T) {
	market := NewMarketData("v", append(bars("AAA", "2025-06-02", "10", "11"), bars("AAA", "2025-06-02", "12")...), nil, nil)
	require.Len(t, market.Dates(), 2)
	bar, _ := market.Bar("AAA", day("2025-06-02"))
	require.Equal(t, usd("12"), bar.Open)
}

// The order of the rows does not matter, and the caller's slice stays as it is.
func TestMarketDataOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := append(bars("BBB", "2025-06-02", "10", "11", "12"), bars("AAA", "2025-06-03", "20", "21", "22")...)
		splits := []Split{{"AAA", day("2025-06-03"), 2, 1}, {"AAA", day("2025-06-04"), 3, 1}, {"BBB", day("2025-06-03"), 2, 1}}
		dividends := []Dividend{{"AAA", day("2025-06-03"), 1}, {"AAA", day("2025-06-05"), 2}}
		want := NewMarketData("v", rows, splits, dividends)
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		r.Shuffle(len(splits), func(i, j int) { splits[i], splits[j] = splits[j], splits[i] })
		r.Shuffle(len(dividends), func(i, j int) { dividends[i], dividends[j] = dividends[j], dividends[i] })
		first := rows[0]
		require.Equal(t, want, NewMarketData("v", rows, splits, dividends))
		require.Equal(t, first, rows[0])
	})
}

func TestActionsInASpan(t *testing.T) {
	market := NewMarketData("v", nil,
		[]Split{{"AAA", day("2025-06-03"), 2, 1}, {"AAA", day("2025-06-05"), 3, 1}},
		[]Dividend{{"AAA", day("2025-06-03"), 1}, {"AAA", day("2025-06-05"), 2}})
	for _, c := range []struct {
		after, upTo string
		n           int
	}{{"2025-06-02", "2025-06-05", 2}, {"2025-06-03", "2025-06-05", 1}, {"2025-06-02", "2025-06-04", 1},
		{"2025-06-03", "2025-06-04", 0}, {"2025-06-05", "2025-06-09", 0}} {
		require.Len(t, market.Splits("AAA", day(c.after), day(c.upTo)), c.n, c)
		require.Len(t, market.Dividends("AAA", day(c.after), day(c.upTo)), c.n, c)
		require.Empty(t, market.Splits("BBB", day(c.after), day(c.upTo)))
	}
}

func TestUniverseAndDatesWithBars(t *testing.T) {
	rows := append(bars("AAA", "2025-06-02", "1", "1", "0", "0", "0"), bars("BBB", "2025-06-02", "0", "1", "1", "0", "0")...)
	rows = append(rows, bars("CCC", "2025-06-02", "0", "1", "1", "1", "0")...)
	rows = append(rows, bars("QQQ", "2025-06-02", "1", "1", "1", "1", "1")...)
	rows = append(rows, openOnly("AAA", "2025-06-09", "1"), openOnly("BBB", "2025-06-09", "1"))
	market := NewMarketData("v", rows, nil, nil)

	require.Equal(t, []string{"AAA", "BBB", "CCC"}, market.Universe(nil, "QQQ"))
	require.Equal(t, []string{"AAA", "BBB", "CCC", "QQQ"}, market.Universe(nil, ""))
	require.Equal(t, []string{"CCC", "ZZZ"}, market.Universe([]string{"CCC", "ZZZ"}, "QQQ"))

	// Of three: two on 06-03, 06-04 and, with only their opens, on 06-09.
	require.Equal(t, []Date{day("2025-06-03"), day("2025-06-04"), day("2025-06-09")}, market.DatesWithBars([]string{"AAA", "BBB", "CCC"}))
	// Half is enough, and a symbol without any bar counts as missing.
	require.Equal(t, []Date{day("2025-06-03"), day("2025-06-04"), day("2025-06-05")}, market.DatesWithBars([]string{"CCC", "ZZZ"}))
	require.Empty(t, market.DatesWithBars([]string{"CCC", "ZZZ", "YYY"}))
	require.Empty(t, market.DatesWithBars(nil))
}

func TestBarCheck(t *testing.T) {
	good := Bar{Open: 10, High: 12, Low: 9, Close: 11, Volume: 0}
	require.NoError(t, good.Check())
	require.NoError(t, Bar{Open: 10, OpenOnly: true}.Check())
	for message, change := range map[string]func(*Bar){
		"open 0: a positive price":     func(b *Bar) { b.Open = 0 },
		"high -1: a positive price":    func(b *Bar) { b.High = -Dollar },
		"low 0: a positive price":      func(b *Bar) { b.Low = 0 },
		"close 0: a positive price":    func(b *Bar) { b.Close = 0 },
		"high 0.0008 is below low":     func(b *Bar) { b.High = 8 },
		"volume -1: a number of":       func(b *Bar) { b.Volume = -1 },
		"a bar with only an open has ": func(b *Bar) { b.OpenOnly = true },
	} {
		b := good
		change(&b)
		requireKind(t, b.Check(), KindInvalid, message)
	}
	for _, b := range []Bar{{High: 1}, {Low: 1}, {Close: 1}, {Volume: 1}} {
		b.Open, b.OpenOnly = 1, true
		requireKind(t, b.Check(), KindInvalid, "has other figures")
	}
}

func TestValidSymbol(t *testing.T) {
	for _, s := range []string{"A", "AAPL", "BRK.B", "BF-B", "3M", "ABCDEFGHIJKL", "CASHX"} {
		require.True(t, ValidSymbol(s), s)
	}
	for _, s := range []string{"", "CASH", "aapl", ".A", "-A", "A B", "ABCDEFGHIJKLM", "A/B", "ÄPL", "A\n"} {
		require.False(t, ValidSymbol(s), s)
	}
}
