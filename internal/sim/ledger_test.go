package sim

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// holding makes a ledger from pairs of symbol and whole shares.
func holding(cash string, held map[string]int64) Ledger {
	l := NewLedger(usd(cash))
	for symbol, n := range held {
		l.Holdings[symbol] = shares(n)
	}
	return l
}

func TestApply(t *testing.T) {
	split := func(held, after Quantity, numerator, denominator int64, price string) Entry {
		return Entry{Kind: EntrySplit, Symbol: "AAA", Quantity: after, Numerator: numerator, Denominator: denominator, Price: usd(price)}
	}
	for _, c := range []struct {
		name  string
		entry Entry
		cash  string
		held  map[string]Quantity
	}{
		{"buy", Entry{Kind: EntryBuy, Symbol: "BBB", Quantity: shares(3), Price: usd("10.5"), Commission: usd("1")},
			"967.5", map[string]Quantity{"AAA": shares(10), "BBB": shares(3)}},
		{"buy more", Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: shares(2), Price: usd("1")},
			"998", map[string]Quantity{"AAA": shares(12)}},
		{"buy with the last cent", Entry{Kind: EntryBuy, Symbol: "BBB", Quantity: shares(999), Price: usd("1"), Commission: usd("1")},
			"0", map[string]Quantity{"AAA": shares(10), "BBB": shares(999)}},
		{"buy half a share", Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: Share / 2, Price: usd("0.0003")},
			"999.9998", map[string]Quantity{"AAA": 10_500_000}},
		{"sell some", Entry{Kind: EntrySell, Symbol: "AAA", Quantity: shares(4), Price: usd("2"), Commission: usd("0.5")},
			"1007.5", map[string]Quantity{"AAA": shares(6)}},
		{"sell all", Entry{Kind: EntrySell, Symbol: "AAA", Quantity: shares(10), Price: usd("2")},
			"1020", map[string]Quantity{}},
		{"sell at a loss to the commission", Entry{Kind: EntrySell, Symbol: "AAA", Quantity: shares(10), Price: usd("0.1"),
			Commission: usd("1001")},
			"0", map[string]Quantity{}},
		{"split", split(shares(10), shares(150), 15, 1, "90"),
			"1000", map[string]Quantity{"AAA": shares(150)}},
		{"reverse split with its fraction paid", split(shares(10), shares(2), 1, 4, "80"),
			"1040", map[string]Quantity{"AAA": shares(2)}},
		{"reverse split with its fraction kept", split(shares(10), 2_500_000, 1, 4, "80"),
			"1000", map[string]Quantity{"AAA": 2_500_000}},
		{"reverse split of everything", split(shares(10), 0, 1, 20, "80"),
			"1040", map[string]Quantity{}},
		{"three for two", split(shares(10), shares(15), 3, 2, "80"),
			"1000", map[string]Quantity{"AAA": shares(15)}},
		{"dividend", Entry{Kind: EntryDividend, Symbol: "AAA", Quantity: shares(10), PerShare: must(ParsePerShare("0.26"))},
			"1002.6", map[string]Quantity{"AAA": shares(10)}},
		{"dividend that rounds", Entry{Kind: EntryDividend, Symbol: "AAA", Quantity: shares(10), PerShare: must(ParsePerShare("0.12345678"))},
			"1001.2346", map[string]Quantity{"AAA": shares(10)}},
		{"split of what is not held", Entry{Kind: EntrySplit, Symbol: "CCC", Numerator: 2, Denominator: 1},
			"1000", map[string]Quantity{"AAA": shares(10)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := holding("1000", map[string]int64{"AAA": 10})
			e := c.entry
			require.NoError(t, l.Apply(&e))
			require.Equal(t, c.cash, l.Cash.String())
			require.Equal(t, l.Cash, e.CashAfter)
			require.Equal(t, c.held, l.Holdings)
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	buy := func(q Quantity, price, commission Money) Entry {
		return Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: q, Price: price, Commission: commission}
	}
	sell := func(q Quantity, price, commission Money) Entry {
		return Entry{Kind: EntrySell, Symbol: "AAA", Quantity: q, Price: price, Commission: commission}
	}
	const most = 1<<63 - 1
	for _, c := range []struct {
		name    string
		entry   Entry
		message string
	}{
		{"unknown kind", Entry{Kind: "gift"}, `entry of kind "gift"`},
		{"no shares", buy(0, Dollar, 0), "a positive quantity and price are expected"},
		{"fewer than none", sell(-Share, Dollar, 0), "a positive quantity and price are expected"},
		{"no price", buy(Share, 0, 0), "a positive quantity and price are expected"},
		{"paid to trade", buy(Share, Dollar, -1), "the commission -0.0001 is not from 0"},
		{"a commission that overflows", buy(Share, Dollar, most), "is not from 0 to 100000000000 USD"},
		{"too dear", buy(shares(100), usd("10"), usd("0.01")),
			"insufficient cash: 100 shares of AAA at 10.00 cost 1000.01, and 1000.00 is available"},
		{"too dear by one unit", buy(Share, usd("1000.0001"), 0), "cost 1000.0001, and 1000.00 is available"},
		{"beyond counting", buy(MaxQuantity, Dollar, 0), "are worth more than can be traded (100000000000 USD)"},
		{"most shares that fit", buy(most, 1, 0), "insufficient cash"},
		{"more than is held", sell(shares(11), Dollar, 0), "insufficient shares: 11 of AAA are to be sold, and 10 are held"},
		{"not held", Entry{Kind: EntrySell, Symbol: "BBB", Quantity: 1, Price: 1}, "and 0 are held"},
		{"a commission above everything", sell(Share, Dollar, usd("1001.0001")),
			"the commission 1001.0001 exceeds the proceeds 1.00 and the cash 1000.00"},
		{"proceeds above the limit", sell(Share, MaxMoney, 0), "more than 100000000000 USD of cash cannot be held"},
		{"split by nothing", Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: 0, Denominator: 1}, "split of AAA by 0:1: positive numbers"},
		{"split of nothing", Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: 1, Denominator: 0}, "positive numbers"},
		{"split into too many", Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: most, Denominator: 1}, "leaves too many shares"},
		{"split into more than the limit", Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: 200_000_000_000, Denominator: 1},
			"leaves too many shares"},
		{"split that gives too much", Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: 2, Denominator: 1, Quantity: shares(21)},
			"split of 10 shares of AAA by 2:1 cannot leave 21"},
		{"split that takes a share", Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: 2, Denominator: 1, Quantity: shares(19)},
			"cannot leave 19"},
		{"split that leaves less than none", Entry{Kind: EntrySplit, Symbol: "BBB", Numerator: 2, Denominator: 1, Quantity: -1},
			"cannot leave -0.000001"},
		{"fraction at a negative price", Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: 1, Denominator: 4, Quantity: shares(2),
			Price: -Dollar}, "the price -1 is out of range"},
		{"dividend for others", Entry{Kind: EntryDividend, Symbol: "AAA", Quantity: shares(9), PerShare: 1},
			"dividend of AAA for 9 shares, and 10 are held"},
		{"dividend that takes", Entry{Kind: EntryDividend, Symbol: "AAA", Quantity: shares(10), PerShare: -1},
			"the amount -0.00000001 is out of range"},
		{"dividend beyond counting", Entry{Kind: EntryDividend, Symbol: "AAA", Quantity: shares(10), PerShare: most}, "is out of range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := holding("1000", map[string]int64{"AAA": 10})
			e := c.entry
			requireKind(t, l.Apply(&e), KindInvalid, c.message)
			require.Equal(t, holding("1000", map[string]int64{"AAA": 10}), l)
			require.Equal(t, c.entry, e)
		})
	}
}

func TestRefusalsCarryFigures(t *testing.T) {
	l := holding("1000", map[string]int64{"AAA": 10})
	var e *Error
	require.ErrorAs(t, l.Apply(&Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: shares(2), Price: usd("600"), Commission: usd("1")}), &e)
	require.Equal(t, map[string]any{"required_cash": usd("1201"), "cash": usd("1000")}, e.Fields)
	require.ErrorAs(t, l.Apply(&Entry{Kind: EntrySell, Symbol: "AAA", Quantity: shares(11), Price: usd("600")}), &e)
	require.Equal(t, map[string]any{"shares_held": shares(10), "cash": usd("1000")}, e.Fields)
}

func TestHoldingsAreBounded(t *testing.T) {
	l := Ledger{Cash: MaxMoney, Holdings: map[string]Quantity{"AAA": MaxQuantity}}
	requireKind(t, l.Apply(&Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: 1, Price: 1}), KindInvalid,
		"more than 1000000000000 shares of AAA cannot be held")
	requireKind(t, l.Apply(&Entry{Kind: EntryDividend, Symbol: "AAA", Quantity: MaxQuantity, PerShare: 1}), KindInvalid, "cash cannot be held")
	l.Holdings["BBB"] = shares(3)
	requireKind(t, l.Apply(&Entry{Kind: EntrySplit, Symbol: "BBB", Numerator: 1, Denominator: 2, Quantity: Share, Price: 2}),
		KindInvalid, "cash cannot be held")
	require.Equal(t, shares(3), l.Holdings["BBB"])
}

// drawEntry draws an entry of which a good part can be applied.
func drawEntry(t *rapid.T, l Ledger) Entry {
	symbol := rapid.SampledFrom([]string{"AAA", "BBB", "CCC"}).Draw(t, "symbol")
	held := l.Holdings[symbol]
	e := Entry{
		Kind:   rapid.SampledFrom([]EntryKind{EntryBuy, EntrySell, EntrySplit, EntryDividend}).Draw(t, "kind"),
		Symbol: symbol,
	}
	switch e.Kind {
	case EntryBuy, EntrySell:
		e.Quantity = Quantity(rapid.Int64Range(-1, 5*int64(Share)).Draw(t, "quantity"))
		e.Price = Money(rapid.Int64Range(-1, 500*int64(Dollar)).Draw(t, "price"))
		e.Commission = Money(rapid.Int64Range(-1, 2*int64(Dollar)).Draw(t, "commission"))
	case EntrySplit:
		s := Split{Numerator: rapid.Int64Range(0, 20).Draw(t, "numerator"), Denominator: rapid.Int64Range(0, 20).Draw(t, "denominator")}
		open := Money(rapid.Int64Range(-1, 500*int64(Dollar)).Draw(t, "open"))
		e = action{symbol: symbol, split: &s, open: open}.entry(held, rapid.Bool().Draw(t, "whole"))
	case EntryDividend:
		e.Quantity = held
		e.PerShare = PerShare(rapid.Int64Range(-1, 300_000_000).Draw(t, "per share"))
	}
	return e
}

func TestLedgerProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opening := NewLedger(Money(rapid.Int64Range(0, 10_000*int64(Dollar)).Draw(t, "cash")))
		l := opening.Clone()
		var entries []Entry
		for range rapid.IntRange(0, 40).Draw(t, "entries") {
			e := drawEntry(t, l)
			before, untouched := l.Clone(), e
			if err := l.Apply(&e); err != nil {
				require.Equal(t, KindInvalid, KindOf(err))
				require.True(t, before.Equal(l), "a refused entry changed the ledger")
				require.Equal(t, untouched, e)
				continue
			}
			entries = append(entries, e)
			require.GreaterOrEqual(t, l.Cash, Money(0))
			require.LessOrEqual(t, l.Cash, MaxMoney)
			for symbol, q := range l.Holdings {
				require.Positive(t, q, symbol)
				require.LessOrEqual(t, q, MaxQuantity)
			}
		}
		folded, err := Fold(opening, entries)
		require.NoError(t, err)
		require.True(t, l.Equal(folded), "the fold is not what was applied one by one")
		again, err := Fold(opening, entries)
		require.NoError(t, err)
		require.True(t, folded.Equal(again))

		// The account survives its JSON.
		text, err := json.Marshal(entries)
		require.NoError(t, err)
		var back []Entry
		require.NoError(t, json.Unmarshal(text, &back))
		folded, err = Fold(opening, back)
		require.NoError(t, err)
		require.True(t, l.Equal(folded))
	})
}

// Buying and selling at the same price without costs gives the cash back.
func TestRoundTripCostsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLedger(usd("1000000"))
		n := shares(rapid.Int64Range(1, 1000).Draw(t, "shares"))
		price := Money(rapid.Int64Range(1, 900*int64(Dollar)).Draw(t, "price"))
		require.NoError(t, l.Apply(&Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: n, Price: price}))
		require.NoError(t, l.Apply(&Entry{Kind: EntrySell, Symbol: "AAA", Quantity: n, Price: price}))
		require.True(t, NewLedger(usd("1000000")).Equal(l))
	})
}

func TestFoldRefusesAFalseAccount(t *testing.T) {
	opening := holding("100", nil)
	good := Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: shares(2), Price: usd("20"), CashAfter: usd("60")}
	closing, err := Fold(opening, []Entry{good})
	require.NoError(t, err)
	require.Equal(t, holding("60", map[string]int64{"AAA": 2}), closing)
	require.Equal(t, holding("100", nil), opening, "the opening ledger is the caller's")

	wrong := good
	wrong.CashAfter++
	_, err = Fold(opening, []Entry{wrong})
	requireKind(t, err, KindInternal, "entry 0 states cash of 60.0001, and the fold gives 60")
	_, err = Fold(opening, []Entry{good, good, good})
	requireKind(t, err, KindInternal, "entry 1 states cash of 60, and the fold gives 20")
	_, err = Fold(opening, []Entry{good, {Kind: EntrySell, Symbol: "BBB", Quantity: 1, Price: 1}})
	requireKind(t, err, KindInternal, "entry 1 does not follow from the ledger: insufficient shares")
}

func TestLedgerBasics(t *testing.T) {
	l := holding("5", map[string]int64{"BBB": 2, "AAA": 1})
	require.Equal(t, []string{"AAA", "BBB"}, l.Symbols())
	c := l.Clone()
	c.Holdings["AAA"] = 0
	require.Equal(t, shares(1), l.Holdings["AAA"])
	require.False(t, l.Equal(c))
	require.True(t, l.Equal(l.Clone()))
	require.True(t, NewLedger(5).Equal(Ledger{Cash: 5}), "no holdings are no holdings")

	var empty Ledger // as a store may read it back
	require.NoError(t, empty.Apply(&Entry{Kind: EntrySplit, Symbol: "AAA", Numerator: 2, Denominator: 1}))
	empty = Ledger{Cash: Dollar}
	require.NoError(t, empty.Apply(&Entry{Kind: EntryBuy, Symbol: "AAA", Quantity: Share, Price: Dollar}))
	require.Equal(t, holding("0", map[string]int64{"AAA": 1}), empty)

	require.Equal(t, usd("31.5"), Entry{Quantity: shares(3), Price: usd("10.5"), Commission: usd("1")}.Total())
}
