package portfolio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestACurveBeginsWithTheInitialCashOnTheTradingDayBefore(t *testing.T) {
	t.Parallel()
	monday := date("2025-10-06")
	p, err := CloseBefore(testMarket(nil, nil), sim.Day{Ref: sim.DayRef{Date: monday}, Opening: ledger("1000", nil)})
	require.NoError(t, err)
	assert.Equal(t, Point{date("2025-10-03"), dollars("1000"), dollars("1000"), sim.AtClose}, p)
}

func TestTheCloseBeforeALaterDayIsTheCloseOfItsPredecessor(t *testing.T) {
	t.Parallel()
	p, err := CloseBefore(testMarket(nil, nil), sim.Day{
		Ref: sim.DayRef{Date: date("2025-10-06")}, Prev: sim.DayRef{Date: date("2025-10-01")}, Opening: ledger("5", map[string]int64{"AAA": 3}),
	})
	require.NoError(t, err)
	assert.Equal(t, date("2025-10-01"), p.Date, "the predecessor, although trading days lie between")
	assert.Equal(t, dollars("38"), p.Value)
}

func TestCloseOnCarriesTheLedgerAcrossSplitsAndDividends(t *testing.T) {
	t.Parallel()
	market := testMarket(
		[]sim.Split{{Symbol: "AAA", ExDate: date("2025-10-06"), Numerator: 3, Denominator: 2}},
		[]sim.Dividend{{Symbol: "AAA", ExDate: date("2025-10-03"), Amount: 50_000_000}}, // 0.50 USD
	)
	last := sim.Day{Ref: sim.DayRef{Date: date("2025-10-02")}, Closing: ledger("100", map[string]int64{"AAA": 3})}
	before, err := CloseOn(market, last, date("2025-10-02"), false)
	require.NoError(t, err)
	assert.Equal(t, dollars("136"), before.Value)
	// 1.50 of dividend; 4 shares of 4.5, the half share paid at the open of 13;
	// the close of 10-07 is 15.
	after, err := CloseOn(market, last, date("2025-10-07"), false)
	require.NoError(t, err)
	assert.Equal(t, dollars("108"), after.Cash)
	assert.Equal(t, dollars("168"), after.Value)
	assert.Equal(t, sim.AtClose, after.Basis)
	last.Closing.Holdings["AAA"] += sim.Share / 2
	fractional, err := CloseOn(market, last, date("2025-10-07"), true)
	require.NoError(t, err)
	assert.Equal(t, dollars("101.75"), fractional.Cash, "fractions are kept where they are held")
}

// The settings decide whether a split may leave a fraction of a share, for the board
// as for the engine; the holdings do not.
func TestTheSettingsDecideWhatASplitDoesToFractions(t *testing.T) {
	t.Parallel()
	market := sim.NewMarketData("v", []sim.SymbolBar{
		{Symbol: "AAA", Date: date("2025-10-02"),
			Bar: sim.Bar{Open: dollars("60"), High: dollars("80"), Low: dollars("60"), Close: dollars("80")}},
	}, []sim.Split{{Symbol: "AAA", ExDate: date("2025-10-02"), Numerator: 3, Denominator: 2}}, nil)
	last := sim.Day{Ref: sim.DayRef{Date: date("2025-10-01")}, Closing: ledger("0", map[string]int64{"AAA": 5})}
	for fractional, want := range map[bool]string{true: "600", false: "590"} { // 7.5 shares at 80; or 7, and a half paid at 60
		p, err := CloseOn(market, last, date("2025-10-02"), fractional)
		require.NoError(t, err)
		assert.Equal(t, dollars(want), p.Value, "fractional: %t", fractional)
	}
}

func TestValuesThatOverflowAreErrors(t *testing.T) {
	t.Parallel()
	market := testMarket(nil, nil)
	huge := sim.Day{Ref: sim.DayRef{Date: date("2025-10-02")}, Closing: sim.Ledger{Holdings: map[string]sim.Quantity{"AAA": sim.MaxQuantity}}}
	_, err := NewCurve(market, []sim.Day{huge}, huge)
	assert.Error(t, err)
	_, err = CloseOn(market, huge, date("2025-10-03"), false)
	assert.Error(t, err)
}
