package baseline

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/realdata"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

func flat(cash string) sim.Ledger { return sim.NewLedger(simtest.Dollars(cash)) }

func TestCashFinishesAtOnce(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10"}, nil)
	d := play(t, m, "builtin/cash", m.brief(flat("10000"), "AAA"))
	assert.Empty(t, d.batches)
	assert.Equal(t, simtest.Dollars("10000"), d.closing.Cash)
}

func TestBuyAndHoldBuysWhatTheCashPays(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "597.17", "BBB": "1"}, nil)
	d := play(t, m, "builtin/buy-and-hold?symbol=AAA", m.brief(flat("10000"), "AAA", "BBB"))
	assert.Equal(t, []string{"buy 16 AAA"}, d.orders)
	assert.Equal(t, simtest.Dollars("445.28"), d.closing.Cash)
	assert.Empty(t, d.asked, "the brief tells the open")
}

func TestBuyAndHoldAsksForAPriceOutsideOfTheUniverse(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10", "QQQ": "300"}, nil)
	d := play(t, m, "builtin/buy-and-hold?symbol=QQQ", m.brief(flat("1000"), "AAA"))
	assert.Equal(t, []string{"get_price QQQ"}, d.asked)
	assert.Equal(t, []string{"buy 3 QQQ"}, d.orders)
}

func TestBuyAndHoldWaitsForATradingDayOfItsSymbol(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10"}, map[string][]string{"BBB": {"20"}})
	for _, universe := range [][]string{{"AAA", "BBB"}, {"AAA"}} { // known from the brief, or by asking
		b := m.brief(flat("1000"), universe...)
		d := play(t, m, "builtin/buy-and-hold?symbol=BBB", b)
		assert.Empty(t, d.orders)
		assert.Empty(t, d.refused)
	}
	next := newMarket(map[string]string{"BBB": "20"}, nil)
	b := next.brief(flat("1000"), "BBB")
	b.FirstDay = false
	assert.Equal(t, []string{"buy 50 BBB"}, play(t, next, "builtin/buy-and-hold?symbol=BBB", b).orders)
}

func TestBuyAndHoldHolds(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10"}, nil)
	ledger := flat("1000")
	ledger.Holdings["AAA"] = 5 * sim.Share
	assert.Empty(t, play(t, m, "builtin/buy-and-hold?symbol=AAA", m.brief(ledger, "AAA")).batches)
}

func TestBuyAndHoldPaysItsCosts(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "100"}, nil)
	b := m.brief(flat("1000"), "AAA")
	b.Costs = sim.TradingCosts{CommissionMin: simtest.Dollars("1")}
	assert.Equal(t, []string{"buy 9 AAA"}, play(t, m, "builtin/buy-and-hold?symbol=AAA", b).orders, "ten shares and the commission cost 1001")
	b.Fractional = true
	assert.Equal(t, []string{"buy 9.99 AAA"}, play(t, m, "builtin/buy-and-hold?symbol=AAA", b).orders)
	b.Costs = sim.TradingCosts{CommissionMin: simtest.Dollars("2000")}
	assert.Empty(t, play(t, m, "builtin/buy-and-hold?symbol=AAA", b).orders)
}

func TestBuyAndHoldRoundsFractionsDown(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "3"}, nil)
	b := m.brief(flat("10"), "AAA")
	b.Fractional = true
	assert.Equal(t, []string{"buy 3.333333 AAA"}, play(t, m, "builtin/buy-and-hold?symbol=AAA", b).orders)
}

func TestEqualWeightGivesEverySymbolItsPart(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10", "BBB": "33.34", "DDD": "300"}, map[string][]string{"CCC": {"5"}})
	b := m.brief(flat("1000"), "AAA", "BBB", "CCC", "DDD")
	// Held or asked for, but not in the universe: it gets no part.
	b.Prices = append(b.Prices, agent.SymbolPrice{Symbol: "EEE", Open: simtest.Dollars("1")})
	d := play(t, m, "builtin/equal-weight", b)
	assert.Equal(t, []string{"buy 25 AAA", "buy 7 BBB"}, d.orders, "250 each; CCC does not trade, DDD costs more than its part")

	b.Fractional = true
	d = play(t, m, "builtin/equal-weight", b)
	assert.Equal(t, []string{"buy 25 AAA", "buy 7.4985 BBB", "buy 0.833333 DDD"}, d.orders)

	b.FirstDay = false
	assert.Empty(t, play(t, m, "builtin/equal-weight", b).batches, "only on the first day")
}

func TestEqualWeightOfNothing(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10"}, nil)
	assert.Empty(t, play(t, m, "builtin/equal-weight", m.brief(flat("1000"))).batches)
}

func TestManyOrdersAreSplitOverAnswers(t *testing.T) {
	opens, universe := map[string]string{}, []string(nil)
	for i := range 300 {
		symbol := fmt.Sprintf("S%03d", i)
		opens[symbol] = "1"
		universe = append(universe, symbol)
	}
	m := newMarket(opens, nil)
	d := play(t, m, "builtin/equal-weight", m.brief(flat("3000"), universe...))
	assert.Equal(t, []int{128, 128, 44}, d.batches)
	assert.Len(t, d.orders, 300)
	assert.Empty(t, d.refused)
	assert.Zero(t, d.closing.Cash)
}

func TestAModelNeedsABriefAndALiveContext(t *testing.T) {
	contestant, err := Parse("builtin/cash")
	require.NoError(t, err)
	_, err = contestant.Complete(context.Background(), agent.Request{})
	assert.True(t, sim.IsKind(err, sim.KindInternal))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = contestant.Complete(ctx, agent.Request{Brief: &agent.Brief{}})
	assert.ErrorIs(t, err, context.Canceled)
}

// TestRealOpens compares quantities with the worked-out figures of the shared
// test data.
func TestRealOpens(t *testing.T) {
	raw, err := os.ReadFile(realdata.Path(t, "golden/engine_baselines.json"))
	require.NoError(t, err)
	var golden struct {
		QQQ  goldenHold `json:"buy_hold_integer_QQQ_2025-10"`
		Full goldenHold `json:"buy_hold_integer_QQQ_full"`
		AAPL goldenHold `json:"buy_hold_integer_AAPL_2025-10"`
		List struct {
			Symbols []string `json:"symbols"`
		} `json:"equal_weight_fractional_buy_hold_2025-10"`
		Equal struct {
			CashLeft string `json:"cash_left"`
		} `json:"equal_weight_integer_floor_2025-10"`
	}
	require.NoError(t, json.Unmarshal(raw, &golden))
	for _, g := range []goldenHold{golden.QQQ, golden.Full, golden.AAPL} {
		m := newMarket(map[string]string{"AAA": g.Open}, nil)
		d := play(t, m, "builtin/buy-and-hold?symbol=AAA", m.brief(flat("10000"), "AAA"))
		assert.Equal(t, []string{fmt.Sprintf("buy %d AAA", g.Shares)}, d.orders)
		assert.Equal(t, simtest.Dollars(g.Cash), d.closing.Cash)
	}

	m := newMarket(firstOpens(t, golden.List.Symbols), nil)
	d := play(t, m, "builtin/equal-weight", m.brief(flat("10000"), golden.List.Symbols...))
	assert.Equal(t, simtest.Dollars(golden.Equal.CashLeft), d.closing.Cash)
	assert.Empty(t, d.refused)
}

type goldenHold struct {
	Open   string `json:"fill_open"`
	Shares int    `json:"shares"`
	Cash   string `json:"cash"`
}

// firstOpens reads the opens of the symbols on the test's date from the shared
// test data.
func firstOpens(t *testing.T, symbols []string) map[string]string {
	t.Helper()
	file, err := os.Open(realdata.Path(t, "us_daily/nasdaq100_plus_QQQ_daily_2025-06-02_2025-10-30.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	out := map[string]string{}
	for _, row := range rows {
		if row[1] == today.String() && slices.Contains(symbols, row[0]) {
			out[row[0]] = row[2]
		}
	}
	require.Len(t, out, len(symbols))
	return out
}

func TestBuyAndHoldOfAnUnknownSymbol(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10"}, nil)
	d := play(t, m, "builtin/buy-and-hold?symbol=NONE", m.brief(flat("1000"), "AAA"))
	assert.Equal(t, []string{"get_price NONE"}, d.asked)
	assert.Empty(t, d.orders)
}
