package e2e_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/realdata"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

func lower(symbol string) string { return strings.ToLower(symbol) }

const (
	twoYearsFirst = "2024-01-02"
	twoYearsLast  = "2025-11-07"
)

// twoYears is the range of the job, in a short run with some of the splits.
func twoYears() (first, last string) {
	if rounds.Long() {
		return twoYearsFirst, twoYearsLast
	}
	return "2024-05-20", "2024-07-31"
}

// TestTwoYears runs the cases of the two-year file. Those over its whole length
// are one job, together with two models that trade the symbols that split.
func TestTwoYears(t *testing.T) {
	t.Parallel()
	cases := goldenBaselines(t)
	s := newScene(t)
	h := s.open()
	h.importReal(twoYearPrices, allSplits, allDividends)
	for name, symbol := range goldenSplits {
		t.Run(name, func(t *testing.T) { checkBuyAndHold(t, h, s, cases[name], symbol) })
	}
	models := []sceneModel{
		{"signature": "equal-weight", "basemodel": "builtin/equal-weight"},
		{"signature": "momentum", "basemodel": "builtin/momentum?lookback=20&top=4"},
	}
	for _, symbol := range goldenTwoYears {
		models = append(models, sceneModel{"signature": "hold-" + lower(symbol), "basemodel": "builtin/buy-and-hold?symbol=" + symbol})
	}
	begin, end := twoYears()
	symbols, splits := goldenSplitRatios(t, begin, end)
	s.configure("long", models, map[string]any{"stock_symbols": symbols})
	h.run(goldenTrigger("long", "long", begin, end), "completed")
	for name, symbol := range goldenTwoYears {
		if !rounds.Long() {
			break // their figures are those of the whole range
		}
		require.Equal(t, []string{twoYearsFirst, twoYearsLast}, []string{cases[name].Start, cases[name].End})
		first, last := h.goldenDays("long", twoYearsFirst), h.goldenDays("long", twoYearsLast)
		checkHeld(t, cases[name], symbol, first["hold-"+lower(symbol)], last["hold-"+lower(symbol)])
	}
	checkEveryDay(t, h, models)
	checkSplits(t, h, symbols, splits)
}

// goldenSplitRatios returns the symbols that split, and the ratio by ex-date and
// symbol of the splits after the first date of a range.
func goldenSplitRatios(t *testing.T, first, last string) (symbols []string, splits map[string]map[string]int) {
	t.Helper()
	splits = map[string]map[string]int{}
	for _, row := range goldenTable(t, allSplits) {
		ratio, err := strconv.Atoi(row["ratio"])
		require.NoError(t, err)
		symbols = append(symbols, row["symbol"])
		if row["ex_date"] > first && row["ex_date"] <= last {
			splits[row["ex_date"]] = map[string]int{row["symbol"]: ratio} // no two on one date
		}
	}
	return symbols, splits
}

// checkSplits checks the ex-dates: what a model held the day before, multiplied
// by the split, and its trades give what it holds, and that at the day's closes
// is what it is worth. So a split makes no book richer or poorer.
func checkSplits(t *testing.T, h *sceneHome, symbols []string, splits map[string]map[string]int) {
	t.Helper()
	closes := twoYearCloses(t, symbols)
	crossed := map[string]int{}
	for exDate, ratios := range splits {
		before := sim.DefaultMarket.PrevBar(sim.MustParseDate(exDate)).String()
		yesterday, today := h.goldenDays("long", before), h.goldenDays("long", exDate)
		for _, model := range []string{"equal-weight", "momentum"} {
			day := today[model]
			cash, held := bookOf(t, yesterday[model])
			for symbol, ratio := range ratios {
				crossed[model] += int(min(held[symbol], 1))
				held[symbol] *= int64(ratio)
			}
			for _, trade := range day.Trades {
				q, total := wholeShares(t, trade.Amount), goldenMoney(t, trade.Total)
				if trade.Action == "sell" {
					q, total = -q, -total
				}
				held[trade.Symbol] += q
				cash -= total
			}
			maps.DeleteFunc(held, func(_ string, q int64) bool { return q == 0 })
			gotCash, got := bookOf(t, day)
			assert.Equal(t, held, got, "%s on %s", model, exDate)
			assert.Equal(t, cash, gotCash, "%s on %s", model, exDate)
			value := cash
			for symbol, q := range held {
				value += sim.Money(q) * closes[symbol+exDate]
			}
			assert.Equal(t, value, goldenMoney(t, day.DailyPnL.Value), "%s on %s", model, exDate)
		}
	}
	require.NotEmpty(t, splits)
	if rounds.Long() {
		assert.Equal(t, len(splits)-1, crossed["equal-weight"], "it holds all that split, except the one whose share is too expensive")
		assert.Positive(t, crossed["momentum"])
	} else {
		assert.Positive(t, crossed["equal-weight"])
	}
}

// bookOf returns the cash and the whole shares at the end of a day.
func bookOf(t *testing.T, day goldenDay) (cash sim.Money, held map[string]int64) {
	t.Helper()
	held = map[string]int64{}
	for symbol, n := range day.Positions {
		if symbol != "CASH" {
			held[symbol] = wholeShares(t, n)
		}
	}
	return goldenMoney(t, day.Positions["CASH"]), held
}

func wholeShares(t *testing.T, n json.Number) int64 {
	t.Helper()
	q, err := n.Int64()
	require.NoError(t, err)
	return q
}

// checkEveryDay checks that each model has a day on every trading day.
func checkEveryDay(t *testing.T, h *sceneHome, models []sceneModel) {
	t.Helper()
	first, last := twoYears()
	dates := sim.DefaultMarket.Bars(sim.MustParseDate(first), sim.MustParseDate(last))
	for _, model := range models {
		r := h.get("/portfolio/timeseries?experiment=long&model=" + model["signature"].(string))
		require.Equal(t, http.StatusOK, r.status, r.text)
		var curve struct {
			Points []struct{ Date sim.Date } `json:"timeseries"`
		}
		require.NoError(t, json.Unmarshal([]byte(r.text), &curve))
		var got []sim.Date
		for _, p := range curve.Points[1:] {
			got = append(got, p.Date)
		}
		assert.Equal(t, dates, got, model["signature"])
	}
}

// twoYearCloses returns the closes of some symbols by symbol and date, read
// without the product's help.
func twoYearCloses(t *testing.T, symbols []string) map[string]sim.Money {
	t.Helper()
	file, err := os.Open(realdata.Path(t, twoYearPrices))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	rows, err := csv.NewReader(unzipped).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"symbol", "date", "open", "high", "low", "close"}, rows[0][:6])
	closes := map[string]sim.Money{}
	for _, row := range rows[1:] {
		if slices.Contains(symbols, row[0]) {
			closes[row[0]+row[1]] = goldenMoney(t, json.Number(row[5]))
		}
	}
	return closes
}
