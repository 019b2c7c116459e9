package agent

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// Unknown symbols, among them one that is listed tomorrow, are named, and cost no others.
func TestGetPricesAnswersManySymbols(t *testing.T) {
	for _, symbols := range []string{`["aaa","BBB","NEW","LATE","ZZZ","AAA"]`, `"aaa, BBB NEW,LATE ZZZ AAA"`} {
		_, result := call(t, testDesk(holding("1", nil)), "get_prices", `{"symbols":`+symbols+`}`)
		require.JSONEq(t, `{"as_of":"2025-03-06","date":"2025-03-06","prices":[
			{"symbol":"AAA","open":50,"last_close":102.5,"close_date":"2025-03-05",
			 "splits":[{"ex_date":"2025-03-06","numerator":2,"denominator":1}]},
			{"symbol":"BBB","open":null,"last_close":20.5,"close_date":"2025-03-04"},
			{"symbol":"NEW","open":7.5,"last_close":null,"close_date":null}],"unknown_symbols":["LATE","ZZZ"]}`, result.Content)
	}
	got, _ := call(t, testDesk(holding("1", nil)), "get_prices", `{"symbols":["ZZZ"]}`)
	require.Equal(t, []any{"ZZZ"}, got["unknown_symbols"])
}

func TestGetHistoryAnswersManySymbols(t *testing.T) {
	_, result := call(t, testDesk(holding("1", nil)), "get_history", `{"symbols":["AAA","OPEN","LATE"],"days":2}`)
	require.JSONEq(t, `{"as_of":"2025-03-06","columns":["date","open","high","low","close","volume"],"histories":[
		{"symbol":"AAA","bars":[["2025-03-04",101,102,100,101.5,1100],["2025-03-05",102,103,101,102.5,1200]],
		 "splits":[{"ex_date":"2025-03-06","numerator":2,"denominator":1}]},
		{"symbol":"OPEN","bars":[["2025-03-05",3,null,null,null,null]],"splits":[]}],"unknown_symbols":["LATE"]}`, result.Content)
}

func TestCallsForManySymbolsAreBounded(t *testing.T) {
	for arguments, want := range map[string]string{
		`get_prices {}`:              `"symbols" is missing`,
		`get_prices {"symbols":[]}`:  `"symbols" is missing`,
		`get_prices {"symbols":5}`:   "a list of texts is expected",
		`get_prices {"symbols":[5]}`: "a list of texts is expected",
		`get_prices {"symbols":"` + strings.Repeat("A ", 129) + `"}`: "129 values: at most 128 are allowed",
		`get_history {"days":5}`:                                     `"symbol" is missing`,
		`get_history {"symbol":"AAA","symbols":["BBB"]}`:             "give one of them",
		`get_history {"symbols":["AAA"],"days":251}`:                 "from 1 to 250",
	} {
		tool, text, _ := strings.Cut(arguments, " ")
		got, result := call(t, testDesk(holding("1", nil)), tool, text)
		require.True(t, result.IsError, arguments)
		require.Contains(t, got["error"], want, arguments)
	}
	got, _ := call(t, testDesk(holding("1", nil)), "get_history", `{"symbol":"AAA","symbols":[]}`)
	require.NotNil(t, got["bars"], "an empty list is not given")
}

// The largest answer fits into a message, so that nothing of it is cut.
func TestTheLargestHistoryFitsIntoAMessage(t *testing.T) {
	var rows []sim.SymbolBar
	var symbols []string
	for i := range 128 {
		symbol := fmt.Sprintf("LONG%d", i)
		symbols = append(symbols, symbol)
		for day := range 30 {
			rows = append(rows, row(symbol, today.AddDays(day-30), "123456.7891", "123457.7891", "123455.7891", "123456.7891", 123_456_789_012))
		}
	}
	d := NewDesk(sim.NewView(sim.NewMarketData("v1", rows, nil, nil), today), holding("1", nil), sim.TradingCosts{}, false)
	ask := func(days int) string {
		text, err := json.Marshal(map[string]any{"symbols": symbols, "days": days})
		require.NoError(t, err)
		return string(text)
	}
	_, result := call(t, d, "get_history", ask(MaxBars/128))
	require.False(t, result.IsError)
	require.Less(t, len(result.Content), maxMessage)
	got, _ := call(t, d, "get_history", ask(30))
	require.Contains(t, got["error"], "128 symbols with 30 days are 3840 bars: at most 3000 are allowed in one call; "+
		"ask for 23 days, or for 100 symbols")
}
