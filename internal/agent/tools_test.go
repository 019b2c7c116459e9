package agent

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/calculator"
	"aitrader/internal/sim"
)

// The schemas ask for what a model must give, and for nothing that the session
// knows itself.
func TestSchemas(t *testing.T) {
	want := map[string][2][]string{ // properties, required
		"buy":           {{"amount", "symbol"}, {"symbol", "amount"}},
		"sell":          {{"amount", "symbol"}, {"symbol", "amount"}},
		"get_price":     {{"date", "symbol"}, {"symbol"}},
		"get_prices":    {{"symbols"}, {"symbols"}},
		"get_history":   {{"days", "symbol", "symbols"}, {}},
		"get_portfolio": {nil, {}},
		"calculate":     {{"expression"}, {"expression"}},
		"search_news":   {{"query", "symbols"}, {"query"}},
	}
	for _, fractional := range []bool{false, true} {
		desk := NewDesk(sim.NewView(market(), today), holding("1", nil), sim.TradingCosts{}, fractional)
		require.Len(t, desk.Tools(), len(want)-2, "without a calculator there is no tool for it")
		desk.UseCalculator(calculator.Evaluate)
		require.Len(t, desk.Tools(), len(want)-1, "without news there is no tool for it")
		desk.ReadNews(newsOf{})
		tools := desk.Tools()
		require.Len(t, tools, len(want))
		for _, tool := range tools {
			var schema struct {
				Type       string
				Properties map[string]struct{ Type, Description string }
				Required   []string
				Additional *bool `json:"additionalProperties"`
			}
			require.NoError(t, json.Unmarshal(tool.Spec.Schema, &schema), tool.Spec.Name)
			require.Equal(t, "object", schema.Type)
			require.Equal(t, want[tool.Spec.Name][0], slices.Sorted(maps.Keys(schema.Properties)), tool.Spec.Name)
			require.Equal(t, want[tool.Spec.Name][1], schema.Required, tool.Spec.Name)
			require.NotNil(t, schema.Additional)
			require.False(t, *schema.Additional)
			require.NotEmpty(t, tool.Spec.Description)
			for name, p := range schema.Properties {
				require.NotEmpty(t, p.Description, name)
				if name == "amount" {
					require.Equal(t, map[bool]string{false: "integer", true: "number"}[fractional], p.Type)
				}
			}
			// A known argument is not called unknown.
			args := map[string]json.RawMessage{"zzz": json.RawMessage("1")}
			for name := range schema.Properties {
				args[name] = json.RawMessage("null")
			}
			require.Contains(t, tool.Handle(t.Context(), args).Content, `"ignored_arguments":["zzz"]`)
		}
	}
}

func TestGetPrice(t *testing.T) {
	for arguments, want := range map[string]string{
		`{"symbol":"aaa"}`: `{"as_of":"2025-03-06","symbol":"AAA","date":"2025-03-06","open":50,"recent_bars":[
			{"date":"2025-03-03","open":100,"high":101,"low":99,"close":100.5,"volume":1000},
			{"date":"2025-03-04","open":101,"high":102,"low":100,"close":101.5,"volume":1100},
			{"date":"2025-03-05","open":102,"high":103,"low":101,"close":102.5,"volume":1200}],
			"splits":[{"ex_date":"2025-03-06","numerator":2,"denominator":1}]}`,
		`{"symbol":"AAA","date":"2025-03-06"}`: `{"as_of":"2025-03-06","symbol":"AAA","date":"2025-03-06","open":50}`,
		`{"symbol":"AAA","date":"2025-03-04"}`: `{"as_of":"2025-03-06","symbol":"AAA","date":"2025-03-04",` +
			`"open":101,"high":102,"low":100,"close":101.5,"volume":1100,
			"splits":[{"ex_date":"2025-03-06","numerator":2,"denominator":1}]}`,
		`{"symbol":"BBB","date":""}`: `{"as_of":"2025-03-06","symbol":"BBB","date":"2025-03-06","open":null,"recent_bars":[
			{"date":"2025-03-04","open":20.25,"high":21,"low":19,"close":20.5,"volume":10}],"splits":[]}`,
		`{"symbol":"NEW"}`: `{"as_of":"2025-03-06","symbol":"NEW","date":"2025-03-06","open":7.5,` +
			`"recent_bars":[],"splits":[]}`,
		`{"symbol":"OPEN","date":"2025-03-05"}`: `{"as_of":"2025-03-06","symbol":"OPEN","date":"2025-03-05","open":3,"splits":[]}`,
	} {
		_, result := call(t, testDesk(holding("1", nil)), "get_price", arguments)
		require.JSONEq(t, want, result.Content, arguments)
	}
}

func TestGetPriceRefusesDates(t *testing.T) {
	const refusal = `{"as_of":"2025-03-06","error":"the date cannot be used: a calendar date written YYYY-MM-DD, not later ` +
		`than today (2025-03-06), is expected"}`
	for _, date := range []string{"2025-03-07", "2099-01-01", "2025-13-45", "tomorrow", "9999-99-99", "1900-01-01"} {
		_, result := call(t, testDesk(holding("1", nil)), "get_price", `{"symbol":"AAA","date":"`+date+`"}`)
		require.JSONEq(t, refusal, result.Content, date)
	}
	for _, date := range []string{"2025-03-02", "1971-01-01"} {
		got, _ := call(t, testDesk(holding("1", nil)), "get_price", `{"symbol":"AAA","date":"`+date+`"}`)
		require.Contains(t, got["error"], "AAA has no bar on "+date)
	}
	got, _ := call(t, testDesk(holding("1", nil)), "get_price", `{"symbol":"AAA","date":20250305}`)
	require.Equal(t, `the argument "date" is 20250305: a text is expected`, got["error"])
}

func TestGetHistory(t *testing.T) {
	for arguments, dates := range map[string][]string{
		`{"symbol":"AAA"}`:              {"2025-03-03", "2025-03-04", "2025-03-05"},
		`{"symbol":"AAA","days":"2"}`:   {"2025-03-04", "2025-03-05"},
		`{"symbol":"AAA","days":1.0}`:   {"2025-03-05"},
		`{"symbol":"AAA","days":250}`:   {"2025-03-03", "2025-03-04", "2025-03-05"},
		`{"symbol":"AAA","days":null}`:  {"2025-03-03", "2025-03-04", "2025-03-05"},
		`{"symbol":"NEW","days":"250"}`: {},
	} {
		_, result := call(t, testDesk(holding("1", nil)), "get_history", arguments)
		var got struct {
			Bars   []struct{ Date string }
			Splits []sim.Split
		}
		require.NoError(t, json.Unmarshal([]byte(result.Content), &got))
		require.Len(t, got.Bars, len(dates), arguments)
		for i := range dates {
			require.Equal(t, dates[i], got.Bars[i].Date)
		}
		require.Equal(t, len(dates) > 0, len(got.Splits) == 1, arguments)
	}
	for _, days := range []string{"0", "-1", "251", "1.5", `"x"`, "1e30"} {
		got, _ := call(t, testDesk(holding("1", nil)), "get_history", `{"symbol":"AAA","days":`+days+`}`)
		require.Contains(t, got["error"], "a whole number from 1 to 250 is expected", days)
	}
	got, _ := call(t, testDesk(holding("1", nil)), "get_history", `{"symbol":"AAA","days":[1]}`)
	require.Contains(t, got["error"], "a number is expected")
	got, _ = call(t, testDesk(holding("1", nil)), "get_history", `{"days":1}`)
	require.Contains(t, got["error"], `"symbol" is missing`)
}

func TestGetPortfolio(t *testing.T) {
	d := testDesk(holding("100.25", map[string]sim.Quantity{"BBB": 2 * sim.Share, "AAA": 3 * sim.Share}))
	_, result := call(t, d, "get_portfolio", `{}`)
	require.JSONEq(t, `{"as_of":"2025-03-06","cash":100.25,"holdings":[
		{"symbol":"AAA","quantity":3,"open":50,"value":150,"valued_at":"open"},
		{"symbol":"BBB","quantity":2,"open":null,"value":41,"valued_at":"last_close"}],
		"holdings_value":191,"total_value":291.25}`, result.Content)

	d.Sell("AAA", "1")
	got, _ := call(t, d, "get_portfolio", `null`)
	require.Equal(t, 150.25, got["cash"], "as it stands now")
	require.Equal(t, 291.25, got["total_value"])
}

func TestGetPortfolioSaysWhatCannotBeCounted(t *testing.T) {
	d := testDesk(holding("1", map[string]sim.Quantity{"AAA": sim.MaxQuantity}))
	got, result := call(t, d, "get_portfolio", `{}`)
	require.True(t, result.IsError)
	require.Contains(t, got["error"], "worth more than can be counted")
}

func TestCalculate(t *testing.T) {
	for expression, want := range map[string]string{
		"7.5 % 2": `{"as_of":"2025-03-06","expression":"7.5 % 2","result":1.5}`,
		"1 < 2":   `{"as_of":"2025-03-06","expression":"1 < 2","result":true}`,
		"cash * 2": `{"as_of":"2025-03-06","error":"the expression holds the name \"cash\": only numbers, + - * / % **, comparisons ` +
			`and abs, ceil, floor, round, min, max are understood"}`,
	} {
		arguments, err := json.Marshal(map[string]string{"expression": expression})
		require.NoError(t, err)
		_, result := call(t, testDesk(holding("1", nil)), "calculate", string(arguments))
		require.Equal(t, strings.HasPrefix(expression, "cash"), result.IsError)
		require.Equal(t, want, result.Content)
	}
	got, _ := call(t, testDesk(holding("1", nil)), "calculate", `{}`)
	require.Contains(t, got["error"], `"expression" is missing`)
}
