package home_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func lower(symbol string) string { return strings.ToLower(symbol) }

const (
	twoYearsFirst = "2024-01-02"
	twoYearsLast  = "2025-11-07"
)

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
	symbols, splits := goldenSplitRatios(t)
	s.configure("long", models, map[string]any{"stock_symbols": symbols})
	h.run(goldenTrigger("long", "long", twoYearsFirst, twoYearsLast), "completed")
	for name, symbol := range goldenTwoYears {
		require.Equal(t, []string{twoYearsFirst, twoYearsLast}, []string{cases[name].Start, cases[name].End})
		first, last := h.goldenDays("long", twoYearsFirst), h.goldenDays("long", twoYearsLast)
		checkHeld(t, cases[name], symbol, first["hold-"+lower(symbol)], last["hold-"+lower(symbol)])
	}
	checkEveryDay(t, h, models)
	checkSplits(t, h, symbols, splits)
}

// goldenSplitRatios returns the symbols that split, and the ratio by ex-date and
// symbol of the splits in the two years.
func goldenSplitRatios(t *testing.T) (symbols []string, splits map[string]map[string]int) {
	t.Helper()
	splits = map[string]map[string]int{}
	for _, row := range goldenTable(t, allSplits) {
		ratio, err := strconv.Atoi(row["ratio"])
		require.NoError(t, err)
		symbols = append(symbols, row["symbol"])
		if row["ex_date"] <= twoYearsLast {
			splits[row["ex_date"]] = map[string]int{row["symbol"]: ratio} // no two on one date
		}
	}
	return symbols, splits
}

// checkSplits checks that on no ex-date a portfolio is worth more or less than
// the market makes it, and that a split multiplies what is held.
func checkSplits(t *testing.T, h *sceneHome, symbols []string, splits map[string]map[string]int) {
	t.Helper()
	bars := twoYearBars(t, symbols)
	crossed := map[string]int{}
	for exDate, ratios := range splits {
		before := sim.PrevTradingDay(sim.MustParseDate(exDate)).String()
		yesterday, today := h.goldenDays("long", before), h.goldenDays("long", exDate)
		for _, model := range []string{"equal-weight", "momentum"} {
			day := today[model]
			low, high := growthOf(bars, ratios, before, exDate, yesterday[model], day)
			growth := goldenMoney(t, day.DailyPnL.Value).Float() / goldenMoney(t, yesterday[model].DailyPnL.Value).Float()
			assert.GreaterOrEqual(t, growth, low-1e-6, "%s on %s", model, exDate)
			assert.LessOrEqual(t, growth, high+1e-6, "%s on %s", model, exDate)
			for symbol, ratio := range ratios {
				crossed[model] += checkSplitShares(t, symbol, ratio, yesterday[model], day)
			}
		}
	}
	assert.Equal(t, len(splits)-1, crossed["equal-weight"], "it holds all that split, but the one of which a share is too dear")
	assert.Positive(t, crossed["momentum"])
}

// checkEveryDay checks that each model has a day on every trading day.
func checkEveryDay(t *testing.T, h *sceneHome, models []sceneModel) {
	t.Helper()
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
		assert.Equal(t, sim.TradingDays(sim.MustParseDate(twoYearsFirst), sim.MustParseDate(twoYearsLast)), got, model["signature"])
	}
}

// checkSplitShares checks that a split multiplies what was held, before the
// trades of its day. It returns 1 when it was held.
func checkSplitShares(t *testing.T, symbol string, ratio int, yesterday, day goldenDay) int {
	t.Helper()
	before := wholeShares(t, yesterday.Positions[symbol])
	traded := 0
	for _, trade := range day.Trades {
		if trade.Symbol == symbol {
			n := wholeShares(t, trade.Amount)
			if trade.Action == "sell" {
				n = -n
			}
			traded += n
		}
	}
	assert.Equal(t, before*ratio+traded, wholeShares(t, day.Positions[symbol]), "%s of %s", symbol, day.Model)
	return min(before, 1)
}

func wholeShares(t *testing.T, n json.Number) int {
	t.Helper()
	if n == "" {
		return 0
	}
	q, err := strconv.Atoi(n.String())
	require.NoError(t, err)
	return q
}

// growthOf returns the bounds between which a portfolio's value can grow from
// one close to the next: overnight with what was held, then from open to close
// with what is held. Cash does not grow.
func growthOf(bars map[string]twoYearBar, ratios map[string]int, before, on string, yesterday, day goldenDay) (low, high float64) {
	bound := func(positions map[string]json.Number, growth func(symbol string) float64) (low, high float64) {
		low, high = 1, 1
		for symbol := range positions {
			if symbol != "CASH" {
				g := growth(symbol)
				low, high = min(low, g), max(high, g)
			}
		}
		return low, high
	}
	overnightLow, overnightHigh := bound(yesterday.Positions, func(symbol string) float64 {
		return bars[symbol+on].open * float64(max(ratios[symbol], 1)) / bars[symbol+before].close
	})
	dayLow, dayHigh := bound(day.Positions, func(symbol string) float64 { return bars[symbol+on].close / bars[symbol+on].open })
	return overnightLow * dayLow, overnightHigh * dayHigh
}

// twoYearBar is a row of the two-year file, read without the product's help.
type twoYearBar struct{ open, close float64 }

// twoYearBars returns the bars of some symbols, by symbol and date.
func twoYearBars(t *testing.T, symbols []string) map[string]twoYearBar {
	t.Helper()
	file, err := os.Open(goldenFile(t, twoYearPrices))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	rows, err := csv.NewReader(unzipped).ReadAll()
	require.NoError(t, err)
	wanted := map[string]bool{}
	for _, symbol := range symbols {
		wanted[symbol] = true
	}
	bars := map[string]twoYearBar{}
	for _, row := range rows[1:] {
		if wanted[row[0]] {
			open, openErr := strconv.ParseFloat(row[2], 64)
			closing, closeErr := strconv.ParseFloat(row[5], 64)
			require.NoError(t, openErr)
			require.NoError(t, closeErr)
			bars[row[0]+row[1]] = twoYearBar{open, closing}
		}
	}
	require.NotEmpty(t, bars)
	return bars
}
