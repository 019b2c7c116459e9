package agent

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

func TestFillsAreExact(t *testing.T) {
	costs := sim.TradingCosts{CommissionPerShare: simtest.Dollars("0.01"), CommissionMin: simtest.Dollars("1")}
	slippage, err := sim.ParseBasisPoints("10")
	require.NoError(t, err)
	costs.Slippage = slippage
	opening := holding("1000", nil)
	d := NewDesk(sim.NewView(market(), today), opening, costs, false)

	bought := d.Buy(" aaa ", "10")
	require.JSONEq(t, `{"as_of":"2025-03-06","symbol":"AAA","action":"buy","amount":10,"price":50.05,"commission":1,`+
		`"total":500.5,"cash_after":498.5,"shares_after":10}`, bought.Content)
	sold := d.Sell("AAA", "4.0")
	require.JSONEq(t, `{"as_of":"2025-03-06","symbol":"AAA","action":"sell","amount":4,"price":49.95,"commission":1,`+
		`"total":199.8,"cash_after":697.3,"shares_after":6}`, sold.Content)
	require.False(t, bought.IsError || sold.IsError)

	fills := d.Fills()
	require.Len(t, fills, 2)
	closing, err := sim.Fold(opening, fills)
	require.NoError(t, err)
	require.True(t, closing.Equal(d.Ledger()))
	require.Equal(t, simtest.Dollars("1000"), opening.Cash, "the desk works on a copy")

	fills[0].Quantity = 99
	d.Ledger().Holdings["AAA"] = 99
	require.Equal(t, 10*sim.Share, d.Fills()[0].Quantity, "what is handed out is a copy")
	require.Equal(t, 6*sim.Share, d.Ledger().Holdings["AAA"])
}

func TestRefusedOrders(t *testing.T) {
	const whole = "a positive whole number of shares is expected, such as 5"
	figures := map[string]any{"symbol": "AAA", "open": 50.0, "cash": 120.0, "shares_held": 3.0}
	with := func(more map[string]any) map[string]any {
		out := map[string]any{}
		for _, m := range []map[string]any{figures, more} {
			maps.Copy(out, m)
		}
		return out
	}
	for name, c := range map[string]struct {
		tool, arguments, says string
		fields                map[string]any
	}{
		"zero":         {"buy", `{"symbol":"AAA","amount":0}`, "amount 0: " + whole, figures},
		"minus zero":   {"buy", `{"symbol":"AAA","amount":-0.0}`, "amount 0: " + whole, figures},
		"negative":     {"sell", `{"symbol":"AAA","amount":-5}`, "amount -5: " + whole, figures},
		"fraction":     {"buy", `{"symbol":"AAA","amount":5.5}`, "amount 5.5: " + whole, figures},
		"seven digits": {"buy", `{"symbol":"AAA","amount":"0.1234567"}`, "more than 6 decimals; " + whole, figures},
		"huge":         {"buy", `{"symbol":"AAA","amount":1e30}`, "out of range; " + whole, figures},
		"above bound":  {"sell", `{"symbol":"AAA","amount":1000000000001}`, "at most 1000000000000; " + whole, figures},
		"not a number": {"buy", `{"symbol":"AAA","amount":"1,000"}`, `"1,000" is not a decimal number; ` + whole, figures},
		"too dear to count": {"buy", `{"symbol":"AAA","amount":1000000000000}`, "worth more than can be traded",
			with(map[string]any{"action": "buy", "amount": 1e12, "affordable": 2.0})},
		"too little cash": {"buy", `{"symbol":"AAA","amount":3}`, "3 shares of AAA at 50.00 cost 150.00, and 120.00 is available",
			with(map[string]any{"action": "buy", "amount": 3.0, "required_cash": 150.0, "affordable": 2.0})},
		"too few shares": {"sell", `{"symbol":"AAA","amount":4}`, "4 of AAA are to be sold, and 3 are held",
			with(map[string]any{"action": "sell", "amount": 4.0})},
		"not held": {"sell", `{"symbol":"NEW","amount":1}`, "0 are held", map[string]any{"shares_held": 0.0, "cash": 120.0, "open": 7.5}},
		"no bar today": {"buy", `{"symbol":"BBB","amount":1}`, "BBB does not trade today",
			map[string]any{"symbol": "BBB", "open": nil, "cash": 120.0, "shares_held": 1.0}},
		"unknown":   {"buy", `{"symbol":"NONE","amount":1}`, `unknown symbol "NONE"`, nil},
		"no symbol": {"buy", `{"amount":1}`, `the argument "symbol" is missing`, nil},
		"no amount": {"buy", `{"symbol":"AAA","amount":null}`, `the argument "amount" is missing`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			opening := holding("120", map[string]sim.Quantity{"AAA": 3 * sim.Share, "BBB": sim.Share})
			d := testDesk(opening)
			got, result := call(t, d, c.tool, c.arguments)
			require.True(t, result.IsError)
			require.Contains(t, got["error"], c.says)
			for field, value := range c.fields {
				require.Contains(t, got, field)
				require.Equal(t, value, got[field], field)
			}
			require.Empty(t, d.Fills())
			require.True(t, d.Ledger().Equal(opening))
		})
	}
}

// A refusal does not reveal that a symbol will be listed.
func TestASymbolThatIsListedLaterLooksUnknown(t *testing.T) {
	for _, c := range []struct{ tool, arguments string }{
		{"buy", `{"symbol":"%s","amount":1}`},
		{"sell", `{"symbol":"%s","amount":1e99}`},
		{"get_price", `{"symbol":"%s"}`},
		{"get_price", `{"symbol":"%s","date":"2025-03-05"}`},
		{"get_price", `{"symbol":"%s","date":"2025-03-07"}`},
		{"get_history", `{"symbol":"%s"}`},
	} {
		var texts [2]string
		for i, symbol := range []string{"LATE", "NONE"} {
			_, result := call(t, testDesk(holding("100", nil)), c.tool, fmt.Sprintf(c.arguments, symbol))
			require.True(t, result.IsError)
			texts[i] = strings.ReplaceAll(result.Content, symbol, "?")
		}
		require.Equal(t, texts[0], texts[1], c.tool)
	}
}

func TestFractionalShares(t *testing.T) {
	d := NewDesk(sim.NewView(market(), today), holding("100", nil), sim.TradingCosts{}, true)
	got, _ := call(t, d, "buy", `{"symbol":"AAA","amount":0.123456}`)
	require.Equal(t, 6.1728, got["total"])
	require.Equal(t, 0.123456, got["shares_after"])

	got, _ = call(t, d, "buy", `{"symbol":"AAA","amount":2}`)
	require.Equal(t, 1.876544, got["affordable"])
	require.Equal(t, 100.0, got["required_cash"])

	got, _ = call(t, d, "buy", `{"symbol":"AAA","amount":0.1234567}`)
	require.Contains(t, got["error"], "at most 6 decimals is expected")

	got, _ = call(t, d, "buy", `{"symbol":"AAA","amount":0.000001}`)
	require.Nil(t, got["error"], "0.00005 USD rounds up to 0.0001")
	got, _ = call(t, d, "buy", `{"symbol":"NEW","amount":0.000001}`)
	require.Contains(t, got["error"], "worth less than can be paid", "0.0000075 USD would be free")
	require.Len(t, d.Fills(), 2)
}

// Whatever is ordered: nothing is negative, the fills fold to the ledger, and
// what is said to be affordable is, while one more is not.
func TestDeskKeepsItsBooks(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		fractional := rapid.Bool().Draw(r, "fractional")
		costs := sim.TradingCosts{
			CommissionPerShare: sim.Money(rapid.Int64Range(0, 20_000).Draw(r, "per share")),
			CommissionMin:      sim.Money(rapid.Int64Range(0, 50_000).Draw(r, "minimum")),
			Slippage:           sim.BasisPoints(rapid.Int64Range(0, 150_000_000).Draw(r, "slippage")),
		}
		opening := sim.NewLedger(sim.Money(rapid.Int64Range(0, int64(5000*sim.Dollar)).Draw(r, "cash")))
		d := NewDesk(sim.NewView(market(), today), opening, costs, fractional)
		for range rapid.IntRange(1, 12).Draw(r, "orders") {
			symbol := rapid.SampledFrom([]string{"AAA", "NEW", "BBB", "OPEN", "LATE"}).Draw(r, "symbol")
			quantity := sim.Quantity(rapid.Int64Range(-int64(sim.Share), int64(40*sim.Share)).Draw(r, "quantity"))
			if rapid.Bool().Draw(r, "whole") {
				quantity -= quantity % sim.Share
			}
			var result ToolResult
			if rapid.Bool().Draw(r, "buy") {
				result = d.Buy(symbol, json.Number(quantity.String()))
			} else {
				result = d.Sell(symbol, json.Number(quantity.String()))
			}
			checkAffordable(r, d, symbol, result)
		}
		closing, err := sim.Fold(opening, d.Fills())
		require.NoError(r, err)
		require.True(r, closing.Equal(d.Ledger()))
		require.GreaterOrEqual(r, closing.Cash, sim.Money(0))
		for _, q := range closing.Holdings {
			require.Positive(r, q)
			require.True(r, fractional || q.IsWhole())
		}
	})
}

func checkAffordable(r *rapid.T, d *Desk, symbol string, result ToolResult) {
	var answer struct {
		Affordable *sim.Quantity `json:"affordable"`
	}
	require.NoError(r, json.Unmarshal([]byte(result.Content), &answer))
	if answer.Affordable == nil {
		return
	}
	unit := sim.Share
	if d.fractional {
		unit = 1
	}
	try := func(q sim.Quantity) bool {
		copied := NewDesk(d.view, d.Ledger(), d.costs, d.fractional)
		return !copied.Buy(symbol, json.Number(q.String())).IsError
	}
	tooSmall := *answer.Affordable < 100 // may round to no money at all
	require.True(r, tooSmall || try(*answer.Affordable), "affordable %s", answer.Affordable)
	require.False(r, try(*answer.Affordable+unit), "one more than %s", answer.Affordable)
}
