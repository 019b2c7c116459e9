package httpapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/sim"
)

func testMarket(splits []sim.Split, dividends []sim.Dividend) *sim.MarketData {
	return sim.NewMarketData("v", marketBars(), splits, dividends)
}

func ledger(cash string, shares map[string]int64) sim.Ledger {
	l := sim.NewLedger(dollars(cash))
	for symbol, n := range shares {
		l.Holdings[symbol] = sim.Quantity(n) * sim.Share
	}
	return l
}

func TestCurveBeginsWithTheInitialCashOnTheTradingDayBefore(t *testing.T) {
	t.Parallel()
	monday := date("2025-10-06")
	p, err := startOf(testMarket(nil, nil), sim.Day{Ref: sim.DayRef{Date: monday}, Opening: ledger("1000", nil)})
	require.NoError(t, err)
	assert.Equal(t, point{date("2025-10-03"), dollars("1000"), dollars("1000"), sim.AtClose}, p)
}

func TestStartOfALaterDayIsTheCloseOfItsPredecessor(t *testing.T) {
	t.Parallel()
	p, err := startOf(testMarket(nil, nil), sim.Day{
		Ref: sim.DayRef{Date: date("2025-10-06")}, Prev: sim.DayRef{Date: date("2025-10-01")}, Opening: ledger("5", map[string]int64{"AAA": 3}),
	})
	require.NoError(t, err)
	assert.Equal(t, date("2025-10-01"), p.date, "the predecessor, although trading days lie between")
	assert.Equal(t, dollars("38"), p.value)
}

func TestValueOnCarriesTheLedgerAcrossSplitsAndDividends(t *testing.T) {
	t.Parallel()
	market := testMarket(
		[]sim.Split{{Symbol: "AAA", ExDate: date("2025-10-06"), Numerator: 3, Denominator: 2}},
		[]sim.Dividend{{Symbol: "AAA", ExDate: date("2025-10-03"), Amount: 50_000_000}}, // 0.50 USD
	)
	last := sim.Day{Ref: sim.DayRef{Date: date("2025-10-02")}, Closing: ledger("100", map[string]int64{"AAA": 3})}
	before, err := valueOn(market, last, date("2025-10-02"))
	require.NoError(t, err)
	assert.Equal(t, dollars("136"), before.value)
	// 1.50 of dividend; 4 shares of 4.5, the half share paid at the open of 13;
	// the close of 10-07 is 15.
	after, err := valueOn(market, last, date("2025-10-07"))
	require.NoError(t, err)
	assert.Equal(t, dollars("108"), after.cash)
	assert.Equal(t, dollars("168"), after.value)
	assert.Equal(t, sim.AtClose, after.basis)
	last.Closing.Holdings["AAA"] += sim.Share / 2
	fractional, err := valueOn(market, last, date("2025-10-07"))
	require.NoError(t, err)
	assert.Equal(t, dollars("101.75"), fractional.cash, "fractions are kept where they are held")
}

func TestValuesThatDoNotFit(t *testing.T) {
	t.Parallel()
	market := testMarket(nil, nil)
	huge := sim.Day{Ref: sim.DayRef{Date: date("2025-10-02")}, Closing: sim.Ledger{Holdings: map[string]sim.Quantity{"AAA": sim.MaxQuantity}}}
	_, err := closes(market, []sim.Day{huge})
	assert.Error(t, err)
	_, err = valueOn(market, huge, date("2025-10-03"))
	assert.Error(t, err)
}

func TestGain(t *testing.T) {
	t.Parallel()
	assert.Equal(t, sim.Percent(-333_333), *gain(dollars("3"), dollars("2")))
	assert.Nil(t, gain(0, dollars("2")))
}

func TestAnnualized(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		days     int
		want     string
	}{
		{"100", "110", 365, "10"},
		{"100", "121", 730, "10"},
		{"100", "110", 30, "218.868"}, // 1.1^(365/30) - 1, worked out with exact decimals
		{"100", "0", 30, "-100"},
		{"100", "100", 2, "0"},
		{"100", "90", 2, "-100"},
	} {
		got := annualized(dollars(c.from), dollars(c.to), c.days)
		require.NotNil(t, got, "%v", c)
		assert.Equal(t, c.want, got.String(), "%v", c)
	}
	assert.Nil(t, annualized(dollars("100"), dollars("110"), 1), "less than two days")
	assert.Nil(t, annualized(0, dollars("110"), 30))
	assert.Nil(t, annualized(dollars("1"), dollars("1000"), 2), "more than can be said")
	assert.Equal(t, 30, calendarDays(date("2025-10-01"), date("2025-10-30")))
}

// TestAnnualizedHasTheSignOfTheGain: whatever the numbers, it fits, and it does
// not turn a loss into a gain.
func TestAnnualizedHasTheSignOfTheGain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := sim.Money(rapid.Int64Range(1, int64(sim.MaxMoney)).Draw(t, "from"))
		to := sim.Money(rapid.Int64Range(0, int64(sim.MaxMoney)).Draw(t, "to"))
		p := annualized(from, to, rapid.IntRange(2, 2000).Draw(t, "days"))
		if p == nil {
			return
		}
		if to >= from && *p < 0 || to <= from && *p > 0 || *p < -1_000_000 {
			t.Fatalf("%s to %s gives %s", from, to, p)
		}
	})
}

func TestBenchmarkGain(t *testing.T) {
	t.Parallel()
	market := testMarket(nil, nil)
	assert.Equal(t, "1", benchmarkGain(market, "QQQ", date("2025-10-01"), date("2025-10-02")).String())
	assert.Equal(t, "2", benchmarkGain(market, "QQQ", date("2025-10-01"), date("2025-10-05")).String(), "a Sunday counts as the Friday before")
	assert.Nil(t, benchmarkGain(market, "QQQ", date("2025-10-01"), date("2025-10-14")), "the close is not known yet")
	assert.Nil(t, benchmarkGain(market, "QQQ", date("2025-09-30"), date("2025-10-02")), "no bar at the beginning")
	assert.Nil(t, benchmarkGain(market, "NONE", date("2025-10-01"), date("2025-10-02")))
	split := testMarket([]sim.Split{{Symbol: "QQQ", ExDate: date("2025-10-02"), Numerator: 2, Denominator: 1}}, nil)
	assert.Equal(t, "102", benchmarkGain(split, "QQQ", date("2025-10-01"), date("2025-10-02")).String())
}

func TestPlannedPagesCoverThePlanInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dates := marketDates[:rapid.IntRange(1, len(marketDates)).Draw(t, "dates")]
		plan := sim.Plan{Dates: dates}
		for _, m := range []string{"c", "a", "b"}[:rapid.IntRange(1, 3).Draw(t, "models")] {
			from := rapid.IntRange(0, len(dates)-1).Draw(t, "from")
			to := rapid.IntRange(from, len(dates)-1).Draw(t, "to")
			plan.Models = append(plan.Models, sim.PlannedSpan{Model: m, From: dates[from], To: dates[to]})
		}
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		var all []place
		after := place{}
		for more := true; more; {
			var page []place
			page, more = planned(plan, after, limit)
			if len(page) > limit || more && len(page) < limit {
				t.Fatalf("a page of %d, limit %d, more %t", len(page), limit, more)
			}
			if len(page) > 0 {
				var err error
				if after, err = parsePlace("details_next", page[len(page)-1].String()); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, page...)
		}
		if len(all) != plan.Total() {
			t.Fatalf("%d model-days of %d", len(all), plan.Total())
		}
		for i, p := range all {
			if !plan.Has(p.model, p.date) || i > 0 && !all[i-1].before(p) {
				t.Fatalf("%v at %d", p, i)
			}
		}
	})
}
