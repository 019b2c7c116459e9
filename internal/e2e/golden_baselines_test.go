package e2e_test

import (
	"aitrader/internal/realdata"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goldenBaseline is a case of golden/engine_baselines.json. Which figures it has
// depends on what it is about.
type goldenBaseline struct {
	Start         string `json:"buy_date"`
	End           string `json:"end_date"`
	Open          json.Number
	FillOpen      json.Number `json:"fill_open"`
	Shares        json.Number
	SharesBefore  json.Number `json:"shares_before"` // of a split
	SharesAfter   json.Number `json:"shares_after"`
	Cash          json.Number
	CashLeft      json.Number `json:"cash_left"`
	Value         json.Number `json:"end_value"`
	SplitValue    json.Number `json:"end_value_correct"`
	DividendValue json.Number `json:"end_value_with_cash_dividends"`
	Dividends     json.Number `json:"dividends_total"`

	// The costs of one order.
	Symbol, Date         string
	Quantity             json.Number `json:"qty"`
	Slippage             json.Number `json:"slippage_bps"`
	PerShare             json.Number `json:"commission_per_share"`
	MinCommission        json.Number `json:"min_commission"`
	FillPrice            json.Number `json:"fill_price"`
	Notional, Commission json.Number
}

func goldenBaselines(t *testing.T) map[string]goldenBaseline {
	t.Helper()
	text, err := os.ReadFile(realdata.Path(t, "golden/engine_baselines.json"))
	require.NoError(t, err)
	var cases map[string]goldenBaseline
	require.NoError(t, json.Unmarshal(text, &cases))
	return cases
}

// The cases that buy and hold one symbol, by their name.
var (
	goldenMonth = map[string]string{
		"buy_hold_integer_QQQ_2025-10": "QQQ", "buy_hold_integer_AAPL_2025-10": "AAPL",
	}
	goldenSplits   = map[string]string{"split_NVDA": "NVDA", "split_ORLY": "ORLY", "split_AVGO": "AVGO"}
	goldenTwoYears = map[string]string{"buy_hold_integer_QQQ_full": "QQQ", "dividends_cash_AAPL": "AAPL"}
	goldenOthers   = []string{"equal_weight_integer_floor_2025-10", "equal_weight_fractional_buy_hold_2025-10", "fee_slippage_example"}
)

func TestNoBaselineIsLeftOut(t *testing.T) {
	t.Parallel()
	tested := slices.Clone(goldenOthers)
	for _, cases := range []map[string]string{goldenMonth, goldenSplits, goldenTwoYears} {
		tested = slices.AppendSeq(tested, maps.Keys(cases))
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(goldenBaselines(t))), tested)
}

// firstNumber returns the first number that a case has.
func firstNumber(numbers ...json.Number) json.Number {
	i := slices.IndexFunc(numbers, func(n json.Number) bool { return n != "" })
	if i < 0 {
		return ""
	}
	return numbers[i]
}

// runBaseline runs one built-in model in an experiment and a configuration of
// its own, and returns its first and its last day.
func (h *sceneHome) runBaseline(s *scene, name string, b goldenBaseline, model, more string) (first, last goldenDay) {
	h.t.Helper()
	s.write(name+".json", `{"models":[{"signature":"m","basemodel":"`+model+`"}]`+more+`}`)
	experiment := "e-" + name
	h.run(goldenTrigger(experiment, name, b.Start, b.End), "completed")
	return h.goldenDays(experiment, b.Start)["m"], h.goldenDays(experiment, b.End)["m"]
}

// checkBuyAndHold runs a case on its own.
func checkBuyAndHold(t *testing.T, h *sceneHome, s *scene, want goldenBaseline, symbol string) {
	t.Helper()
	// The universe is small, because any symbol may be bought.
	first, last := h.runBaseline(s, "hold-"+lower(symbol), want, "builtin/buy-and-hold?symbol="+symbol,
		`,"agent_config":{"stock_symbols":["AAPL"]}`)
	checkHeld(t, want, symbol, first, last)
}

// checkHeld checks the first fill, and the shares, the cash and the value at the
// end.
func checkHeld(t *testing.T, want goldenBaseline, symbol string, first, last goldenDay) {
	t.Helper()
	require.Len(t, first.Trades, 1)
	bought := first.Trades[0]
	assert.Equal(t, firstNumber(want.SharesBefore, want.Shares), bought.Amount)
	assert.Equal(t, tenThousandths(t, want.Cash), bought.CashAfter.String())
	if open := firstNumber(want.Open, want.FillOpen); open != "" {
		assert.Equal(t, tenThousandths(t, open), bought.Price.String())
	}
	cash := goldenMoney(t, want.Cash)
	if want.Dividends != "" {
		cash += goldenMoney(t, want.Dividends)
	}
	assert.Equal(t, cash, goldenMoney(t, last.Positions["CASH"]))
	assert.Equal(t, firstNumber(want.SharesAfter, want.Shares), last.Positions[symbol])
	assert.Equal(t, tenThousandths(t, firstNumber(want.Value, want.SplitValue, want.DividendValue)), last.DailyPnL.Value.String())
}

// TestMonthBaselines runs the cases of October 2025.
func TestMonthBaselines(t *testing.T) {
	t.Parallel()
	cases := goldenBaselines(t)
	s := newScene(t)
	h := s.open()
	h.importReal(octoberPrices, octoberCloses)
	for name, symbol := range goldenMonth {
		t.Run(name, func(t *testing.T) { checkBuyAndHold(t, h, s, cases[name], symbol) })
	}
	month := goldenBaseline{Start: realFirst, End: realLast}
	t.Run("equal weight", func(t *testing.T) {
		want := cases["equal_weight_integer_floor_2025-10"]
		_, last := h.runBaseline(s, "equal", month, "builtin/equal-weight", "")
		assert.Equal(t, tenThousandths(t, want.CashLeft), last.Positions["CASH"].String())
		assert.Equal(t, tenThousandths(t, want.Value), last.DailyPnL.Value.String())
	})
	// Fractions are kept to a millionth of a share here, and without end there.
	t.Run("equal weight of fractions", func(t *testing.T) {
		want, err := cases["equal_weight_fractional_buy_hold_2025-10"].Value.Float64()
		require.NoError(t, err)
		_, last := h.runBaseline(s, "fractions", month, "builtin/equal-weight", `,"fractional_shares":true`)
		assert.InDelta(t, want, goldenMoney(t, last.DailyPnL.Value).Float(), 0.01)
		assert.Len(t, last.Positions, 101+1)
	})
	t.Run("costs", func(t *testing.T) { checkCosts(t, h, s, cases["fee_slippage_example"]) })
}

func checkCosts(t *testing.T, h *sceneHome, s *scene, want goldenBaseline) {
	t.Helper()
	want.Start, want.End = want.Date, want.Date
	// Cash for the quantity of the example, and not for one share more.
	config := `,"agent_config":{"initial_cash":2850},"costs":{"slippage_bps":` + want.Slippage.String() +
		`,"commission_per_share":` + want.PerShare.String() + `,"commission_min":` + want.MinCommission.String() + `}`
	day, _ := h.runBaseline(s, "costs", want, "builtin/buy-and-hold?symbol="+want.Symbol, config)
	require.Len(t, day.Trades, 1)
	trade := day.Trades[0]
	assert.Equal(t, []string{want.Quantity.String(), tenThousandths(t, want.FillPrice), tenThousandths(t, want.Notional),
		tenThousandths(t, want.Commission)},
		[]string{trade.Amount.String(), trade.Price.String(), trade.Total.String(), trade.Commission.String()})
	spent := goldenMoney(t, trade.Total) + goldenMoney(t, trade.Commission)
	assert.Equal(t, goldenMoney(t, "2850")-spent, goldenMoney(t, trade.CashAfter))
}
