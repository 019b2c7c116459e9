package sample_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sample"
	"aitrader/internal/sim"
)

// pinned is the hash of the whole market. Stored demonstrations would mix two
// markets if it changed, so change it only on purpose.
const pinned = "cdf7134af5384cbaf64fcac6b344fd711ec73caed12ba965c8564e77c890f647"

func TestTheMarketIsAlwaysTheSame(t *testing.T) {
	set := sample.Market()
	sum := sha256.New()
	fmt.Fprintln(sum, "symbol,date,open,high,low,close,volume")
	for _, row := range set.Bars {
		b := row.Bar
		fmt.Fprintf(sum, "%s,%s,%s,%s,%s,%s,%d\n", row.Symbol, row.Date, b.Open, b.High, b.Low, b.Close, b.Volume)
	}
	require.NoError(t, json.NewEncoder(sum).Encode([]any{set.Splits, set.Dividends}))
	assert.Equal(t, pinned, hex.EncodeToString(sum.Sum(nil)))
	assert.Equal(t, sample.Market(), sample.Market(), "and nothing is kept between calls")
}

func TestEveryBarIsValid(t *testing.T) {
	set := sample.Market()
	assert.Equal(t, "synthetic sample market", set.Source)
	last := map[string]sim.Date{}
	for _, row := range set.Bars {
		b := row.Bar
		require.NoError(t, b.Check(), "%s %s", row.Symbol, row.Date)
		assert.True(t, sim.DefaultMarket.IsTradingDay(row.Date), row.Date)
		assert.False(t, b.OpenOnly)
		assert.GreaterOrEqual(t, b.High, max(b.Open, b.Close))
		assert.LessOrEqual(t, b.Low, min(b.Open, b.Close))
		for _, price := range []sim.Money{b.Open, b.High, b.Low, b.Close} {
			assert.Zero(t, price%(sim.Dollar/100), "whole cents")
		}
		assert.Greater(t, row.Date, last[row.Symbol], "in order of date")
		last[row.Symbol] = row.Date
	}
}

func TestDatesAndSymbols(t *testing.T) {
	dates := sample.Dates()
	assert.Equal(t, sim.DefaultMarket.Bars(dates[0], sim.MustParseDate("2025-10-31")), dates)
	assert.Len(t, dates, 60)

	symbols := symbols()
	require.Len(t, symbols, 13)
	assert.Equal(t, sample.Benchmark, symbols[12])
	for _, symbol := range symbols {
		assert.Regexp(t, `^[A-Z]{4,5}$`, symbol)
	}
}

// symbols returns those of the market, in its order.
func symbols() (list []string) {
	for _, row := range sample.Market().Bars {
		if n := len(list); n == 0 || list[n-1] != row.Symbol {
			list = append(list, row.Symbol)
		}
	}
	return list
}

// gaps returns the numbers of the days on which a symbol has no bar.
func gaps(market *sim.MarketData, symbol string) []int {
	var out []int
	for i, d := range sample.Dates() {
		if _, ok := market.Bar(symbol, d); !ok {
			out = append(out, i)
		}
	}
	return out
}

func TestEvents(t *testing.T) {
	set := sample.Market()
	market := sim.NewMarketData("sample", set.Bars, set.Splits, set.Dividends)
	var withGaps []string
	for _, symbol := range symbols() {
		if g := gaps(market, symbol); len(g) > 0 {
			withGaps = append(withGaps, symbol)
		}
	}
	assert.Equal(t, []string{"HUXTA", "PYRLO"}, withGaps)
	assert.Equal(t, []int{33, 34}, gaps(market, "HUXTA"), "halted")
	listed := gaps(market, "PYRLO")
	assert.Len(t, listed, 20)
	assert.Equal(t, 19, listed[19], "listed later")

	require.Len(t, set.Splits, 1)
	split := set.Splits[0]
	assert.Equal(t, sim.Split{Symbol: "ZAVRO", ExDate: sample.Dates()[40], Numerator: 2, Denominator: 1}, split)
	before, _ := market.Bar("ZAVRO", sample.Dates()[39])
	after, _ := market.Bar("ZAVRO", split.ExDate)
	assert.InDelta(t, 2, before.Close.Float()/after.Open.Float(), 0.2, "the price halves with the split")

	require.Len(t, set.Dividends, 1)
	assert.Equal(t, "0.42", set.Dividends[0].Amount.String())
	assert.Equal(t, sample.Dates()[25], set.Dividends[0].ExDate)
	assert.Len(t, market.DatesWithBars(market.Universe(nil, sample.Benchmark)), 60)
}

func TestTheMarketIsPlausible(t *testing.T) {
	set := sample.Market()
	first, last := map[string]sim.Money{}, map[string]sim.Money{}
	for _, row := range set.Bars {
		if first[row.Symbol] == 0 {
			first[row.Symbol] = row.Bar.Open
		}
		last[row.Symbol] = row.Bar.Close
	}
	for symbol, from := range first {
		change := last[symbol].Float() / from.Float()
		t.Logf("%s %s -> %s (%.2f)", symbol, from, last[symbol], change)
		assert.InDelta(t, 1, change, 0.65, symbol)
	}
}
