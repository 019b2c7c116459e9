package portfolio

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

func TestACurveBeginsWithTheInitialCashOnTheTradingDayBefore(t *testing.T) {
	t.Parallel()
	monday := date("2025-10-06")
	p := CloseBefore(testMarket(nil, nil), sim.Day{Ref: sim.DayRef{Date: monday}, Opening: ledger("1000", nil)})
	assert.Equal(t, Point{date("2025-10-03"), simtest.Dollars("1000"), simtest.Dollars("1000"), sim.AtClose}, p)
}

func TestTheCloseBeforeALaterDayIsTheCloseOfItsPredecessor(t *testing.T) {
	t.Parallel()
	p := CloseBefore(testMarket(nil, nil), sim.Day{
		Ref: sim.DayRef{Date: date("2025-10-06")}, Prev: sim.DayRef{Date: date("2025-10-01")}, Opening: ledger("5", map[string]int64{"AAA": 3}),
	})
	assert.Equal(t, date("2025-10-01"), p.Date, "the predecessor, although trading days lie between")
	assert.Equal(t, simtest.Dollars("38"), p.Value)
}

func TestCloseOnCarriesTheLedgerAcrossSplitsAndDividends(t *testing.T) {
	t.Parallel()
	market := testMarket(
		[]sim.Split{{Symbol: "AAA", ExDate: date("2025-10-06"), Numerator: 3, Denominator: 2}},
		[]sim.Dividend{{Symbol: "AAA", ExDate: date("2025-10-03"), Amount: 50_000_000}}, // 0.50 USD
	)
	last := sim.Day{Ref: sim.DayRef{Date: date("2025-10-02")}, Closing: ledger("100", map[string]int64{"AAA": 3})}
	before := CloseOn(market, last, date("2025-10-02"), false)
	assert.Equal(t, simtest.Dollars("136"), before.Value)
	// 1.50 of dividend; 4 shares of 4.5, the half share paid at the open of 13;
	// the close of 10-07 is 15.
	after := CloseOn(market, last, date("2025-10-07"), false)
	assert.Equal(t, simtest.Dollars("108"), after.Cash)
	assert.Equal(t, simtest.Dollars("168"), after.Value)
	assert.Equal(t, sim.AtClose, after.Basis)
	last.Closing.Holdings["AAA"] += sim.Share / 2
	fractional := CloseOn(market, last, date("2025-10-07"), true)
	assert.Equal(t, simtest.Dollars("101.75"), fractional.Cash, "fractions are kept where they are held")
}

// The settings decide whether a split may leave a fraction of a share, for the board
// as for the engine; the holdings do not.
func TestTheSettingsDecideWhatASplitDoesToFractions(t *testing.T) {
	t.Parallel()
	market := sim.NewMarketData("v", []sim.SymbolBar{
		{Symbol: "AAA", Date: date("2025-10-02"),
			Bar: sim.Bar{Open: simtest.Dollars("60"), High: simtest.Dollars("80"), Low: simtest.Dollars("60"), Close: simtest.Dollars("80")}},
	}, []sim.Split{{Symbol: "AAA", ExDate: date("2025-10-02"), Numerator: 3, Denominator: 2}}, nil)
	last := sim.Day{Ref: sim.DayRef{Date: date("2025-10-01")}, Closing: ledger("0", map[string]int64{"AAA": 5})}
	for fractional, want := range map[bool]string{true: "600", false: "590"} { // 7.5 shares at 80; or 7, and a half paid at 60
		p := CloseOn(market, last, date("2025-10-02"), fractional)
		assert.Equal(t, simtest.Dollars(want), p.Value, "fractional: %t", fractional)
	}
}

// An absurd price hides no book: what is worth more than can be counted counts as the
// largest amount.
func TestAValueIsAtMostTheLargestAmount(t *testing.T) {
	t.Parallel()
	market := testMarket(nil, nil)
	huge := sim.Day{Ref: sim.DayRef{Date: date("2025-10-02")}, Closing: ledger("5", map[string]int64{"AAA": 1_000_000_000_000, "QQQ": 3})}
	huge.Closing.Holdings["AAA"] = sim.MaxQuantity
	curve := NewCurve(market, []sim.Day{huge}, huge)
	assert.Equal(t, Point{date("2025-10-02"), sim.MaxMoney, simtest.Dollars("5"), sim.AtClose}, curve.Last())
	assert.Equal(t, sim.MaxMoney, CloseOn(market, huge, date("2025-10-03"), false).Value)
	parts := Allocation(market, huge.Closing, date("2025-10-02"))
	assert.Equal(t, []sim.Money{sim.MaxMoney, simtest.Dollars("303"), simtest.Dollars("5")},
		[]sim.Money{parts[0].Value, parts[1].Value, parts[2].Value})
}

// A book whose shares or cash no ledger can hold after a split or dividend keeps its last
// value.
func TestABookThatCannotOpenKeepsItsLastValue(t *testing.T) {
	t.Parallel()
	last := sim.Day{Ref: sim.DayRef{Date: date("2025-10-02")}, Closing: ledger("5", map[string]int64{"AAA": 1_000_000_000})}
	for name, market := range map[string]*sim.MarketData{
		"too many shares": testMarket([]sim.Split{{Symbol: "AAA", ExDate: date("2025-10-03"), Numerator: 10_000, Denominator: 1}}, nil),
		"too much cash":   testMarket(nil, []sim.Dividend{{Symbol: "AAA", ExDate: date("2025-10-03"), Amount: 100_000 * 100_000_000}}),
	} {
		assert.Equal(t, Point{date("2025-10-06"), simtest.Dollars("12000000005"), simtest.Dollars("5"), sim.AtLastClose},
			CloseOn(market, last, date("2025-10-06"), false), name)
	}
}
