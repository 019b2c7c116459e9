package prices_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/prices"
	"aitrader/internal/realdata"
	"aitrader/internal/sim"
)

func readReal(t testing.TB, name string) sim.PriceRows {
	t.Helper()
	set, err := prices.ReadAsOf(name, bytes.NewReader(realdata.Read(t, name)), today)
	require.NoError(t, err)
	return set
}

// market builds market data of price sets, for questions about single bars.
func market(sets ...sim.PriceRows) *sim.MarketData {
	var bars []sim.SymbolBar
	for _, set := range sets {
		bars = append(bars, set.Bars...)
	}
	return sim.NewMarketData("test", bars, nil, nil)
}

func TestRealMergedLines(t *testing.T) {
	set := readReal(t, "us_daily/merged.jsonl")
	assert.Empty(t, set.Warnings)
	merged := market(set)
	assert.Len(t, merged.Symbols(), 101)
	assert.Len(t, merged.Dates(), 100)
	last := sim.MustParseDate("2025-10-30")
	for _, symbol := range merged.Symbols() {
		bar, ok := merged.Bar(symbol, last)
		require.True(t, ok, symbol)
		assert.True(t, bar.OpenOnly, symbol)
	}
	// The full bars of the CSV are the same ones.
	full := market(readReal(t, "us_daily/nasdaq100_plus_QQQ_daily_2025-06-02_2025-10-30.csv"))
	for _, row := range set.Bars {
		bar, ok := full.Bar(row.Symbol, row.Date)
		require.True(t, ok, "%s %s", row.Symbol, row.Date)
		if row.Bar.OpenOnly {
			assert.Equal(t, bar.Open, row.Bar.Open, "%s %s", row.Symbol, row.Date)
		} else {
			assert.Equal(t, bar, row.Bar, "%s %s", row.Symbol, row.Date)
		}
	}
}

func TestRealCSV(t *testing.T) {
	set := readReal(t, "us_daily/nasdaq100_plus_QQQ_daily_2025-06-02_2025-10-30.csv")
	assert.Len(t, set.Bars, 10_811)
	assert.Empty(t, set.Warnings)
	assert.Len(t, market(set).Symbols(), 102)
}

func TestRealTwoYears(t *testing.T) {
	set := readReal(t, "us_daily_2y/ndx_daily_2024-01_2025-12.csv.gz")
	assert.Len(t, set.Bars, 48_365)
	assert.Equal(t, []string{"ignored, because they are not known: source"}, set.Warnings)
}

func TestRealSplitsAndDividends(t *testing.T) {
	splits := readReal(t, "us_daily_2y/splits_2024_2025.csv")
	assert.Empty(t, splits.Warnings)
	require.Len(t, splits.Splits, 10)
	assert.Equal(t, sim.Split{Symbol: "ORLY", ExDate: sim.MustParseDate("2025-06-10"), Numerator: 15, Denominator: 1}, splits.Splits[8])

	dividends := readReal(t, "us_daily_2y/dividends_AAPL.csv")
	assert.Empty(t, dividends.Warnings)
	assert.Len(t, dividends.Dividends, 7)
}

func TestRealAlphaVantageAnswers(t *testing.T) {
	full := market(readReal(t, "us_daily/nasdaq100_plus_QQQ_daily_2025-06-02_2025-10-30.csv"))
	for file, symbol := range map[string]string{
		"daily_prices_AAPL.a0a1c85.json": "AAPL", "daily_prices_NVDA.a0a1c85.json": "NVDA", "daily_prices_ORLY.a0a1c85.json": "ORLY",
		"daily_prices_ORLY.df5c25c.json": "ORLY", "daily_prices_QQQ.a0a1c85.json": "QQQ",
	} {
		set := readReal(t, "us_daily/raw/"+file)
		require.Len(t, set.Bars, 100, file)
		for _, row := range set.Bars {
			require.Equal(t, symbol, row.Symbol)
			bar, ok := full.Bar(row.Symbol, row.Date)
			if ok {
				assert.Equal(t, bar, row.Bar, "%s %s", file, row.Date)
			}
		}
	}
	_, err := prices.Read("news.json", bytes.NewReader(realdata.Read(t, "us_daily/raw/alpha_vantage_news_sentiment.json")))
	assert.ErrorContains(t, err, `"items"`)
}

func BenchmarkReadTwoYears(b *testing.B) {
	content := realdata.Read(b, "us_daily_2y/ndx_daily_2024-01_2025-12.csv.gz")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := prices.ReadAsOf("two years", bytes.NewReader(content), today); err != nil {
			b.Fatal(err)
		}
	}
}
