package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestValuation(t *testing.T) {
	// AAA opens at 10, 12, 0 (no bar), 16 and closes a dollar above.
	rows := append(bars("AAA", "2025-06-02", "10", "12", "0", "16"), bars("BBB", "2025-06-02", "20", "22", "24", "26")...)
	rows = append(rows, openOnly("AAA", "2025-06-06", "30"), openOnly("BBB", "2025-06-06", "40"), openOnly("CCC", "2025-06-06", "7"))
	market := NewMarketData("v", rows, nil, nil)
	l := holding("100", map[string]int64{"AAA": 1, "BBB": 2})
	for _, c := range []struct {
		name   string
		ledger Ledger
		on     string
		close  Valuation
		open   Valuation
	}{
		{"all bars", l, "2025-06-03", Valuation{usd("159"), AtClose, nil}, Valuation{usd("156"), AtOpen, nil}},
		{"one without a bar", l, "2025-06-04", Valuation{usd("163"), AtLastClose, []string{"AAA"}},
			Valuation{usd("161"), AtLastClose, []string{"AAA"}}},
		{"only opens yet", l, "2025-06-06", Valuation{usd("210"), AtOpen, nil}, Valuation{usd("210"), AtOpen, nil}},
		{"a date without bars", l, "2025-06-07", Valuation{usd("171"), AtLastClose, []string{"AAA", "BBB"}},
			Valuation{usd("171"), AtLastClose, []string{"AAA", "BBB"}}},
		{"before the first bar", l, "2025-05-30", Valuation{usd("100"), AtLastClose, []string{"AAA", "BBB"}},
			Valuation{usd("100"), AtLastClose, []string{"AAA", "BBB"}}},
		{"never a close", holding("1", map[string]int64{"CCC": 1}), "2025-06-09", Valuation{usd("1"), AtLastClose, []string{"CCC"}},
			Valuation{usd("1"), AtLastClose, []string{"CCC"}}},
		{"cash only", holding("5", nil), "2025-06-04", Valuation{usd("5"), AtClose, nil}, Valuation{usd("5"), AtOpen, nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := market.Value(c.ledger, day(c.on))
			require.NoError(t, err)
			require.Equal(t, c.close, v)
			v, err = market.ValueAtOpen(c.ledger, day(c.on))
			require.NoError(t, err)
			require.Equal(t, c.open, v)
			v, err = NewView(market, day(c.on)).ValueAtOpen(c.ledger)
			require.NoError(t, err)
			require.Equal(t, c.open, v)
		})
	}
}

func TestTheWeakestBasisCounts(t *testing.T) {
	rows := append(bars("AAA", "2025-06-02", "10"), openOnly("BBB", "2025-06-02", "20"))
	rows = append(rows, bars("CCC", "2025-05-30", "5")...)
	market := NewMarketData("v", rows, nil, nil)
	v, err := market.Value(holding("0", map[string]int64{"AAA": 1, "BBB": 1}), day("2025-06-02"))
	require.NoError(t, err)
	require.Equal(t, Valuation{usd("31"), AtOpen, nil}, v)
	v, err = market.Value(holding("0", map[string]int64{"AAA": 1, "BBB": 1, "CCC": 1}), day("2025-06-02"))
	require.NoError(t, err)
	require.Equal(t, Valuation{usd("37"), AtLastClose, []string{"CCC"}}, v)
}

func TestValuationOutOfRange(t *testing.T) {
	market := NewMarketData("v", []SymbolBar{{"AAA", day("2025-06-02"),
		Bar{Open: MaxMoney, High: MaxMoney, Low: MaxMoney, Close: MaxMoney}}}, nil, nil)
	_, err := market.Value(holding("0", map[string]int64{"AAA": 2}), day("2025-06-02"))
	requireKind(t, err, KindInternal, "2 shares of AAA at 100000000000 are worth more than can be counted")
}

// A split without a bar since: the shares are new ones, the last close is per
// old share, and the worth stays.
func TestValuationAcrossASplitWithoutABar(t *testing.T) {
	rows := bars("AAA", "2025-06-02", "100", "0", "0", "11") // closes at 101, after the split at 12
	splits := []Split{{"AAA", day("2025-06-03"), 5, 1}, {"AAA", day("2025-06-04"), 2, 1}}
	market := NewMarketData("v", rows, splits, nil)
	closed, on := holding("0", map[string]int64{"AAA": 3}), day("2025-06-02")
	for _, c := range []struct {
		on, held, worth string
		basis           Basis
	}{
		{"2025-06-02", "3", "303", AtClose},
		{"2025-06-03", "15", "303", AtLastClose},
		{"2025-06-04", "30", "303", AtLastClose},
		{"2025-06-05", "30", "360", AtClose},
		{"2025-06-06", "30", "360", AtLastClose},
	} {
		l, _ := carry(t, market, closed, on, day(c.on), true)
		require.Equal(t, c.held, l.Holdings["AAA"].String(), c.on)
		v, err := market.Value(l, day(c.on))
		require.NoError(t, err)
		require.Equal(t, c.worth, v.Value.String(), c.on)
		require.Equal(t, c.basis, v.Basis, c.on)
	}
}

func TestACorruptSplitDoesNotPanic(t *testing.T) {
	market := NewMarketData("v", bars("AAA", "2025-06-02", "10"), []Split{{"AAA", day("2025-06-03"), 0, 0}}, nil)
	v, err := market.Value(holding("0", map[string]int64{"AAA": 1}), day("2025-06-03"))
	require.NoError(t, err)
	require.Equal(t, usd("11"), v.Value)
}

// The value of a ledger is its cash and the sum of its parts.
func TestValueIsASum(t *testing.T) {
	market := NewMarketData("v", append(bars("AAA", "2025-06-02", "10", "12"), bars("BBB", "2025-06-02", "20")...), nil, nil)
	rapid.Check(t, func(t *rapid.T) {
		on := rapid.SampledFrom([]Date{day("2025-06-02"), day("2025-06-03"), day("2025-06-04")}).Draw(t, "on")
		a, b := rapid.Int64Range(0, 1000).Draw(t, "AAA"), rapid.Int64Range(0, 1000).Draw(t, "BBB")
		cash := Money(rapid.Int64Range(0, 1_000_000).Draw(t, "cash"))
		both := Ledger{cash, map[string]Quantity{"AAA": shares(a), "BBB": shares(b)}}
		only := func(symbol string, n int64) Money {
			v, err := market.Value(Ledger{0, map[string]Quantity{symbol: shares(n)}}, on)
			require.NoError(t, err)
			return v.Value
		}
		v, err := market.Value(both, on)
		require.NoError(t, err)
		require.Equal(t, cash+only("AAA", a)+only("BBB", b), v.Value)
	})
}
