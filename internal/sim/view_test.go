package sim

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestView(t *testing.T) {
	rows := append(bars("AAA", "2025-06-02", "10", "12", "14", "16"), bars("BBB", "2025-06-02", "20", "0", "24")...)
	rows = append(rows, bars("NEW", "2025-06-05", "1")...)
	rows = append(rows, openOnly("OLD", "2025-06-03", "5"), openOnly("AAA", "2025-05-30", "9"))
	market := NewMarketData("v", rows, []Split{{"AAA", day("2025-06-03"), 2, 1}, {"AAA", day("2025-06-05"), 2, 1}}, nil)
	v := NewView(market, day("2025-06-04"))
	require.Equal(t, day("2025-06-04"), v.Date())
	require.Equal(t, "v", v.PricesVersion())
	require.Equal(t, []string{"AAA", "BBB"}, v.Symbols())

	open, ok := v.Open("AAA")
	require.True(t, ok)
	require.Equal(t, usd("14"), open)
	for _, s := range []string{"NEW", "OLD", "ZZZ"} {
		_, ok = v.Open(s)
		require.False(t, ok, s)
	}
	require.True(t, v.HasTraded("AAA"))
	require.True(t, v.HasTraded("OLD"))
	require.False(t, v.HasTraded("NEW"), "it is listed tomorrow")
	require.False(t, v.HasTraded("ZZZ"))
	require.True(t, NewView(market, day("2025-06-05")).HasTraded("NEW"))
	require.Equal(t, []string{"AAA", "OLD"}, v.Universe(nil, "BBB"))
	require.Equal(t, []string{"OLD", "AAA"}, v.Universe([]string{"OLD", "NEW", "AAA"}, ""))

	var opens []string
	for _, b := range v.History("AAA", 10) {
		opens = append(opens, b.Bar.Open.String())
	}
	require.Equal(t, []string{"9", "10", "12"}, opens)
	require.Equal(t, day("2025-06-03"), v.History("AAA", 1)[0].Date)
	for _, n := range []int{0, -1, -1 << 62} {
		require.Empty(t, v.History("AAA", n))
	}
	require.Empty(t, v.History("NEW", 10))

	price, on, ok := v.LastClose("BBB")
	require.True(t, ok)
	require.Equal(t, usd("21"), price)
	require.Equal(t, day("2025-06-02"), on)
	_, _, ok = v.LastClose("OLD")
	require.False(t, ok, "its close is not known yet")

	require.Equal(t, []Split{{"AAA", day("2025-06-03"), 2, 1}}, v.Splits("AAA", 0))
	require.Empty(t, v.Splits("AAA", day("2025-06-03")))
}

// world is what market data is made of.
type world struct {
	rows      []SymbolBar
	splits    []Split
	dividends []Dividend
}

func (w world) market() *MarketData { return NewMarketData("v", w.rows, w.splits, w.dividends) }

func drawBar(t *rapid.T) Bar {
	price := rapid.Int64Range(1, 500*int64(Dollar))
	b := Bar{Open: Money(price.Draw(t, "open"))}
	if b.OpenOnly = rapid.IntRange(0, 9).Draw(t, "open only") == 0; !b.OpenOnly {
		b.High, b.Low, b.Close = Money(price.Draw(t, "high")), Money(price.Draw(t, "low")), Money(price.Draw(t, "close"))
		b.Volume = rapid.Int64Range(0, 1_000_000).Draw(t, "volume")
	}
	return b
}

// drawWorld draws bars and actions of the symbols on dates of a span.
func drawWorld(t *rapid.T, symbols []string, from, to Date) world {
	var w world
	for _, symbol := range symbols {
		for d := from; d <= to; d = d.AddDays(1) {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0: // no bar
			case 1:
				w.splits = append(w.splits, Split{symbol, d, rapid.Int64Range(1, 5).Draw(t, "new"), rapid.Int64Range(1, 5).Draw(t, "old")})
			case 2:
				w.dividends = append(w.dividends, Dividend{symbol, d, PerShare(rapid.Int64Range(1, 100_000_000).Draw(t, "amount"))})
				fallthrough
			default:
				w.rows = append(w.rows, SymbolBar{symbol, d, drawBar(t)})
			}
		}
	}
	return w
}

// otherFuture returns a world that is the same up to yesterday, has the same
// opens and actions today, and anything else: today's high, low, close and
// volume, whether today's bar is complete, and all that comes later.
func (w world) otherFuture(t *rapid.T, today Date, symbols []string) world {
	var o world
	for _, r := range w.rows {
		switch {
		case r.Date < today:
			o.rows = append(o.rows, r)
		case r.Date == today:
			other := drawBar(t)
			other.Open = r.Bar.Open
			o.rows = append(o.rows, SymbolBar{r.Symbol, r.Date, other})
		}
	}
	for _, s := range w.splits {
		if s.ExDate <= today {
			o.splits = append(o.splits, s)
		}
	}
	for _, d := range w.dividends {
		if d.ExDate <= today {
			o.dividends = append(o.dividends, d)
		}
	}
	future := drawWorld(t, symbols, today.AddDays(1), today.AddDays(4))
	o.rows = append(o.rows, future.rows...)
	o.splits = append(o.splits, future.splits...)
	o.dividends = append(o.dividends, future.dividends...)
	return o
}

// everything asks a view all that it can be asked.
func everything(v View, symbols []string, l Ledger, from, to Date) []any {
	answers := []any{v.Date(), v.PricesVersion(), v.Symbols(), v.Universe(nil, "AAA"), v.Universe(symbols, "AAA")}
	add := func(results ...any) { answers = append(answers, results...) }
	value, err := v.ValueAtOpen(l)
	add(value, err)
	for _, symbol := range symbols {
		price, ok := v.Open(symbol)
		add(price, ok, v.HasTraded(symbol))
		price, on, ok := v.LastClose(symbol)
		add(price, on, ok)
		for _, n := range []int{-1, 0, 1, 3, 1000} {
			add(v.History(symbol, n))
		}
	}
	for d := from; d <= to; d = d.AddDays(1) {
		for _, symbol := range symbols {
			add(v.Splits(symbol, d))
		}
		for _, whole := range []bool{true, false} {
			entries, err := v.OpeningEntries(l, d, whole)
			add(entries, err)
		}
	}
	return answers
}

// An agent that could tell two futures apart would know something of them. It
// cannot: whatever today's close and everything later is, every method of the
// view gives the same answer.
func TestViewDoesNotLookAhead(t *testing.T) {
	symbols := []string{"AAA", "BBB", "CCC", "DDD"}
	rapid.Check(t, func(t *rapid.T) {
		from := day("2025-06-02")
		today := from.AddDays(rapid.IntRange(0, 6).Draw(t, "today"))
		w := drawWorld(t, symbols[:3], from, from.AddDays(8))
		o := w.otherFuture(t, today, symbols) // DDD is listed in the other future only
		l := NewLedger(usd("100"))
		for _, s := range symbols {
			if n := rapid.Int64Range(0, 30).Draw(t, "held"); n > 0 {
				l.Holdings[s] = shares(n)
			}
		}
		require.Equal(t,
			everything(NewView(w.market(), today), symbols, l, from.AddDays(-1), from.AddDays(12)),
			everything(NewView(o.market(), today), symbols, l, from.AddDays(-1), from.AddDays(12)))
	})
}

// A new method of the view must join the property above.
func TestTheLookAheadPropertyCoversTheView(t *testing.T) {
	var names []string
	for m := range reflect.TypeFor[View]().Methods() {
		names = append(names, m.Name)
	}
	require.Equal(t, []string{
		"Date", "HasTraded", "History", "LastClose", "Open", "OpeningEntries", "PricesVersion", "Splits", "Symbols", "Universe", "ValueAtOpen",
	}, names)
}
