package storetest

import (
	"fmt"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// bar makes a full bar around a price.
func bar(symbol string, d sim.Date, price sim.Money) sim.SymbolBar {
	return sim.SymbolBar{Symbol: symbol, Date: d,
		Bar: sim.Bar{Open: price, High: price + 3, Low: price - 2, Close: price + 1, Volume: int64(price) * 1000}}
}

// openOnly makes a bar of a day that is not over.
func openOnly(symbol string, d sim.Date, price sim.Money) sim.SymbolBar {
	return sim.SymbolBar{Symbol: symbol, Date: d, Bar: sim.Bar{Open: price, OpenOnly: true}}
}

func (b *bench) put(set sim.PriceRows) sim.ImportReport {
	b.t.Helper()
	report, err := b.Prices.PutPrices(b.ctx, set, b.now())
	b.ok(err)
	return report
}

func (b *bench) version() string {
	b.t.Helper()
	v, err := b.Prices.PricesVersion(b.ctx)
	b.ok(err)
	return v
}

func (b *bench) market() *sim.MarketData {
	b.t.Helper()
	market, err := b.Prices.MarketData(b.ctx)
	b.ok(err)
	return market
}

// stored returns a bar that must be there.
func (b *bench) stored(symbol string, d sim.Date) sim.Bar {
	b.t.Helper()
	got, ok := b.market().Bar(symbol, d)
	require.True(b.t, ok, "%s on %s", symbol, d)
	return got
}

var priceTests = []test{
	{"without prices the tape is empty", func(b *bench) {
		assert.Empty(b.t, b.version())
		assert.Empty(b.t, b.market().Symbols())
		assert.Empty(b.t, b.market().Version())
		report := b.put(sim.PriceRows{Source: "empty.csv"})
		assert.Equal(b.t, sim.ImportReport{}, report)
		assert.Empty(b.t, b.version())
	}},
	{"rows are stored and read back as they were", func(b *bench) {
		set := sim.PriceRows{
			Source: "prices.csv",
			Bars: []sim.SymbolBar{bar("MSFT", dates[1], 500_0000), bar("AAPL", dates[0], 250_1234), bar("AAPL", dates[1], 251),
				openOnly("AAPL", dates[2], 252)},
			Splits:    []sim.Split{{Symbol: "AAPL", ExDate: dates[1], Numerator: 15, Denominator: 1}},
			Dividends: []sim.Dividend{{Symbol: "MSFT", ExDate: dates[1], Amount: 83_000_001}},
		}
		report := b.put(set)
		assert.Equal(b.t, 6, report.Added)
		assert.NotEmpty(b.t, report.Version)
		for _, handle := range []*bench{b, b.again()} {
			market := handle.market()
			assert.Equal(b.t, report.Version, market.Version())
			assert.Equal(b.t, report.Version, handle.version())
			assert.Equal(b.t, []string{"AAPL", "MSFT"}, market.Symbols())
			for _, row := range set.Bars {
				got, ok := market.Bar(row.Symbol, row.Date)
				assert.True(b.t, ok)
				assert.Equal(b.t, row.Bar, got)
			}
			assert.Equal(b.t, set.Splits, market.Splits("AAPL", 0, dates[5]))
			assert.Equal(b.t, set.Dividends, market.Dividends("MSFT", 0, dates[5]))
		}
	}},
	{"the same again changes nothing, the version included", func(b *bench) {
		set := sim.PriceRows{
			Bars:      []sim.SymbolBar{bar("AAPL", dates[0], 250), openOnly("AAPL", dates[1], 251)},
			Splits:    []sim.Split{{Symbol: "AAPL", ExDate: dates[1], Numerator: 3, Denominator: 2}},
			Dividends: []sim.Dividend{{Symbol: "AAPL", ExDate: dates[1], Amount: 5}},
		}
		first := b.put(set)
		market := b.market()
		assert.Equal(b.t, sim.ImportReport{Version: first.Version, Unchanged: 4}, b.put(set))
		assert.Equal(b.t, first.Version, b.version())
		assert.Same(b.t, market, b.market(), "a tape is built once for a version")
	}},
	{"an open-only bar becomes full, and a full one never open-only", func(b *bench) {
		v1 := b.put(sim.PriceRows{Bars: []sim.SymbolBar{openOnly("AAPL", dates[0], 250)}}).Version
		report := b.put(sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 250)}})
		assert.Equal(b.t, 1, report.Completed)
		assert.Empty(b.t, report.Revised)
		assert.NotEqual(b.t, v1, report.Version)
		assert.Equal(b.t, sim.ImportReport{Version: report.Version, Unchanged: 1},
			b.put(sim.PriceRows{Bars: []sim.SymbolBar{openOnly("AAPL", dates[0], 999)}}))
		assert.Equal(b.t, bar("AAPL", dates[0], 250).Bar, b.stored("AAPL", dates[0]))
	}},
	{"a different bar wins and is reported", func(b *bench) {
		v1 := b.put(sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 250), openOnly("MSFT", dates[0], 500),
			bar("NVDA", dates[0], 9)}}).Version
		held := b.market()
		revised := sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 260), bar("MSFT", dates[0], 501), bar("NVDA", dates[0], 9)}}
		report := b.again().put(revised)
		assert.NotEqual(b.t, v1, report.Version)
		assert.Equal(b.t, 1, report.Unchanged)
		assert.Zero(b.t, report.Added)
		assert.Equal(b.t, []sim.Revision{
			{Symbol: "AAPL", Date: dates[0], Old: bar("AAPL", dates[0], 250).Bar, New: bar("AAPL", dates[0], 260).Bar},
			{Symbol: "MSFT", Date: dates[0], Old: openOnly("MSFT", dates[0], 500).Bar, New: bar("MSFT", dates[0], 501).Bar},
		}, report.Revised)
		assert.Equal(b.t, bar("AAPL", dates[0], 260).Bar, b.stored("AAPL", dates[0]), "another handle's import is seen")
		old, _ := held.Bar("AAPL", dates[0])
		assert.Equal(b.t, sim.Money(250), old.Open, "market data never changes once it is handed out")
		// Back to what it was is a change too, with a version of its own.
		back := b.put(sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 250)}})
		assert.Len(b.t, back.Revised, 1)
		assert.NotContains(b.t, []string{v1, report.Version}, back.Version)
	}},
	{"of rows that say it twice the last counts, unless it says less", func(b *bench) {
		set := sim.PriceRows{
			Bars: []sim.SymbolBar{
				bar("AAPL", dates[0], 250), bar("AAPL", dates[0], 251),
				bar("MSFT", dates[0], 500), openOnly("MSFT", dates[0], 501),
				openOnly("NVDA", dates[0], 10), bar("NVDA", dates[0], 11),
			},
			Splits: []sim.Split{{Symbol: "AAPL", ExDate: dates[1], Numerator: 2, Denominator: 1},
				{Symbol: "AAPL", ExDate: dates[1], Numerator: 3, Denominator: 1}},
			Dividends: []sim.Dividend{{Symbol: "AAPL", ExDate: dates[1], Amount: 1}, {Symbol: "AAPL", ExDate: dates[1], Amount: 2}},
		}
		report := b.put(set)
		assert.Equal(b.t, sim.ImportReport{Version: report.Version, Added: 5, Unchanged: 5}, report)
		assert.Equal(b.t, sim.Money(251), b.stored("AAPL", dates[0]).Open)
		assert.Equal(b.t, sim.Money(500), b.stored("MSFT", dates[0]).Open)
		assert.Equal(b.t, sim.Money(11), b.stored("NVDA", dates[0]).Open)
		assert.Equal(b.t, set.Splits[1:], b.market().Splits("AAPL", 0, dates[1]))
		assert.Equal(b.t, set.Dividends[1:], b.market().Dividends("AAPL", 0, dates[1]))
		assert.Equal(b.t, sim.ImportReport{Version: report.Version, Unchanged: 10}, b.put(set), "importing twice changes nothing")
	}},
	{"a corrected split or dividend replaces the one of its date", func(b *bench) {
		v1 := b.put(sim.PriceRows{Splits: []sim.Split{{Symbol: "A", ExDate: dates[1], Numerator: 2, Denominator: 1}},
			Dividends: []sim.Dividend{{Symbol: "A", ExDate: dates[1], Amount: 1}}}).Version
		fixed := sim.PriceRows{Splits: []sim.Split{{Symbol: "A", ExDate: dates[1], Numerator: 3, Denominator: 1}},
			Dividends: []sim.Dividend{{Symbol: "A", ExDate: dates[1], Amount: 2}}}
		assert.NotEqual(b.t, v1, b.put(fixed).Version)
		assert.Equal(b.t, fixed.Splits, b.market().Splits("A", 0, dates[1]))
		assert.Equal(b.t, fixed.Dividends, b.market().Dividends("A", 0, dates[1]))
	}},
	{"a bad row stores nothing", func(b *bench) {
		good := bar("AAPL", dates[0], 250)
		for name, set := range map[string]sim.PriceRows{
			"price":    {Bars: []sim.SymbolBar{good, bar("MSFT", dates[0], 0)}},
			"symbol":   {Bars: []sim.SymbolBar{good, bar("not a ticker", dates[0], 10)}},
			"date":     {Bars: []sim.SymbolBar{good, bar("MSFT", 0, 10)}},
			"split":    {Bars: []sim.SymbolBar{good}, Splits: []sim.Split{{Symbol: "AAPL", ExDate: dates[0], Numerator: 0, Denominator: 1}}},
			"dividend": {Bars: []sim.SymbolBar{good}, Dividends: []sim.Dividend{{Symbol: "AAPL", ExDate: dates[0]}}},
		} {
			_, err := b.Prices.PutPrices(b.ctx, set, b.now())
			require.Equal(b.t, sim.KindInvalid, sim.KindOf(err), name)
		}
		assert.Empty(b.t, b.version())
		assert.Empty(b.t, b.market().Symbols())
	}},
	{"many rows are read back as they were", func(b *bench) {
		var set sim.PriceRows
		for i := range 40 {
			for j, d := range dates {
				set.Bars = append(set.Bars, bar(fmt.Sprintf("S%d", i), d, sim.Money(1000+31*i+j)))
			}
		}
		assert.Equal(b.t, len(set.Bars), b.put(set).Added)
		market := b.again().market()
		for _, row := range set.Bars {
			got, ok := market.Bar(row.Symbol, row.Date)
			require.True(b.t, ok)
			require.Equal(b.t, row.Bar, got)
		}
		assert.Equal(b.t, dates, market.Dates())
	}},
}
