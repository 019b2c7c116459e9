package sim

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func bps(s string) BasisPoints { return must(ParseBasisPoints(s)) }

func TestFillGolden(t *testing.T) {
	var want struct {
		OpenText   string      `json:"open"`
		Quantity   int64       `json:"qty"`
		Slippage   BasisPoints `json:"slippage_bps"`
		PerShare   string      `json:"commission_per_share"`
		Min        string      `json:"min_commission"`
		FillPrice  string      `json:"fill_price"`
		Notional   string      `json:"notional"`
		Commission string      `json:"commission"`
	}
	golden(t, "fee_slippage_example", &want)
	costs := TradingCosts{CommissionPerShare: usd(want.PerShare), CommissionMin: usd(want.Min), Slippage: want.Slippage}
	require.NoError(t, costs.Check())
	price, commission, err := costs.FillPrice(EntryBuy, shares(want.Quantity), usd(want.OpenText))
	require.NoError(t, err)
	require.Equal(t, usd(want.FillPrice), price)
	require.Equal(t, usd(want.Commission), commission)
	require.Equal(t, usd(want.Notional), Entry{Quantity: shares(want.Quantity), Price: price}.Total())
}

func TestFill(t *testing.T) {
	for _, c := range []struct {
		name              string
		costs             TradingCosts
		kind              EntryKind
		quantity          Quantity
		open              string
		price, commission string
	}{
		{"free", TradingCosts{}, EntryBuy, shares(10), "255.04", "255.04", "0"},
		{"buy pays the slippage", TradingCosts{Slippage: bps("5")}, EntryBuy, shares(1), "189.60", "189.6948", "0"},
		{"sell loses the slippage", TradingCosts{Slippage: bps("5")}, EntrySell, shares(1), "189.60", "189.5052", "0"},
		// 0.01 x 1.005 = 0.01005 and 0.01 x 0.995 = 0.00995: both lie between two units.
		{"a buy's tie goes up", TradingCosts{Slippage: bps("50")}, EntryBuy, shares(1), "0.01", "0.0101", "0"},
		{"a sell's tie goes down", TradingCosts{Slippage: bps("50")}, EntrySell, shares(1), "0.01", "0.0099", "0"},
		{"less than a tie", TradingCosts{Slippage: bps("49")}, EntryBuy, shares(1), "0.01", "0.01", "0"},
		{"fractions of a basis point", TradingCosts{Slippage: bps("0.0001")}, EntryBuy, shares(1), "10000", "10000.0001", "0"},
		{"minimum", TradingCosts{CommissionPerShare: usd("0.005"), CommissionMin: usd("1")}, EntrySell, shares(200), "10", "10", "1"},
		{"above the minimum", TradingCosts{CommissionPerShare: usd("0.005"), CommissionMin: usd("1")}, EntrySell, shares(201), "10",
			"10", "1.005"},
		{"a commission's tie goes up", TradingCosts{CommissionPerShare: usd("0.0001")}, EntrySell, Share / 2, "10", "10", "0.0001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			price, commission, err := c.costs.FillPrice(c.kind, c.quantity, usd(c.open))
			require.NoError(t, err)
			require.Equal(t, c.price, price.String())
			require.Equal(t, c.commission, commission.String())
		})
	}
}

// A fill is never better than the open with the exact slippage by more than
// half a unit, and a tie never falls to the trader's side.
func TestFillIsAgainstTheTrader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		costs := TradingCosts{Slippage: BasisPoints(rapid.Int64Range(0, int64(one)-1).Draw(t, "slippage"))}
		require.NoError(t, costs.Check())
		open := Money(rapid.Int64Range(1, 10_000*int64(Dollar)).Draw(t, "open"))
		kind := rapid.SampledFrom([]EntryKind{EntryBuy, EntrySell}).Draw(t, "kind")
		sign := int64(1)
		if kind == EntrySell {
			sign = -1
		}
		price, _, err := costs.FillPrice(kind, Share, open)
		require.NoError(t, err)
		exact := new(big.Rat).Mul(big.NewRat(int64(open), 1), big.NewRat(int64(one)+sign*int64(costs.Slippage), int64(one)))
		worse := new(big.Rat).Mul(new(big.Rat).Sub(big.NewRat(int64(price), 1), exact), big.NewRat(sign, 1))
		require.LessOrEqual(t, worse.Cmp(big.NewRat(1, 2)), 0, "further than half a unit against the trader")
		require.Positive(t, worse.Cmp(big.NewRat(-1, 2)), "half a unit or more for the trader")
	})
}

func TestFillOutOfRange(t *testing.T) {
	_, _, err := TradingCosts{Slippage: bps("5000")}.FillPrice(EntryBuy, Share, MaxMoney)
	requireKind(t, err, KindInvalid, "with slippage of 5000 basis points is out of range")
	_, _, err = TradingCosts{CommissionPerShare: MaxMoney}.FillPrice(EntryBuy, shares(2), Dollar)
	requireKind(t, err, KindInvalid, "the commission of 2 shares is out of range")
}

func TestCostsCheck(t *testing.T) {
	require.NoError(t, TradingCosts{}.Check())
	requireKind(t, TradingCosts{CommissionPerShare: -1}.Check(), KindInvalid, "commission_per_share -0.0001")
	requireKind(t, TradingCosts{CommissionMin: -1}.Check(), KindInvalid, "commission_min -0.0001")
	requireKind(t, TradingCosts{Slippage: -1}.Check(), KindInvalid, "slippage_bps -0.0001")
	requireKind(t, TradingCosts{Slippage: one}.Check(), KindInvalid, "slippage_bps 10000")
}

func TestACommissionPerTrade(t *testing.T) {
	c := TradingCosts{CommissionPerShare: must(ParseMoney("0.01")), CommissionPerTrade: 2 * Dollar, CommissionMin: 3 * Dollar}
	for shares, want := range map[int64]string{1: "3", 100: "3", 150: "3.5"} {
		_, commission, err := c.FillPrice(EntryBuy, Quantity(shares)*Share, Dollar)
		require.NoError(t, err)
		require.Equal(t, want, commission.String(), shares)
	}
	require.Error(t, TradingCosts{CommissionPerTrade: -1}.Check())
	require.Error(t, TradingCosts{CommissionPerTrade: MaxMoney + 1}.Check())
	_, _, err := TradingCosts{CommissionPerShare: MaxMoney, CommissionPerTrade: 1}.FillPrice(EntryBuy, Share, Dollar)
	require.Error(t, err)
}
