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

func (h *harness) put(set sim.PriceRows) sim.ImportReport {
	h.t.Helper()
	report, err := h.Prices.PutPrices(h.ctx, set, h.now())
	h.ok(err)
	return report
}

func (h *harness) version() string {
	h.t.Helper()
	v, err := h.Prices.PricesVersion(h.ctx)
	h.ok(err)
	return v
}

func (h *harness) market() *sim.MarketData {
	h.t.Helper()
	market, err := h.Prices.MarketData(h.ctx)
	h.ok(err)
	return market
}

// stored returns a bar that must be there.
func (h *harness) stored(symbol string, d sim.Date) sim.Bar {
	h.t.Helper()
	got, ok := h.market().Bar(symbol, d)
	require.True(h.t, ok, "%s on %s", symbol, d)
	return got
}

var priceTests = []test{
	{"without prices the tape is empty", func(h *harness) {
		assert.Empty(h.t, h.version())
		assert.Empty(h.t, h.market().Symbols())
		assert.Empty(h.t, h.market().Version())
		report := h.put(sim.PriceRows{Source: "empty.csv"})
		assert.Equal(h.t, sim.ImportReport{}, report)
		assert.Empty(h.t, h.version())
	}},
	{"rows are stored and read back as they were", func(h *harness) {
		set := sim.PriceRows{
			Source: "prices.csv",
			Bars: []sim.SymbolBar{bar("MSFT", dates[1], 500_0000), bar("AAPL", dates[0], 250_1234), bar("AAPL", dates[1], 251),
				openOnly("AAPL", dates[2], 252)},
			Splits:    []sim.Split{{Symbol: "AAPL", ExDate: dates[1], Numerator: 15, Denominator: 1}},
			Dividends: []sim.Dividend{{Symbol: "MSFT", ExDate: dates[1], Amount: 83_000_001}},
		}
		report := h.put(set)
		assert.Equal(h.t, 6, report.Added)
		assert.NotEmpty(h.t, report.Version)
		for _, handle := range []*harness{h, h.again()} {
			market := handle.market()
			assert.Equal(h.t, report.Version, market.Version())
			assert.Equal(h.t, report.Version, handle.version())
			assert.Equal(h.t, []string{"AAPL", "MSFT"}, market.Symbols())
			for _, row := range set.Bars {
				got, ok := market.Bar(row.Symbol, row.Date)
				assert.True(h.t, ok)
				assert.Equal(h.t, row.Bar, got)
			}
			assert.Equal(h.t, set.Splits, market.Splits("AAPL", 0, dates[5]))
			assert.Equal(h.t, set.Dividends, market.Dividends("MSFT", 0, dates[5]))
		}
	}},
	{"the same again changes nothing, the version included", func(h *harness) {
		set := sim.PriceRows{
			Bars:      []sim.SymbolBar{bar("AAPL", dates[0], 250), openOnly("AAPL", dates[1], 251)},
			Splits:    []sim.Split{{Symbol: "AAPL", ExDate: dates[1], Numerator: 3, Denominator: 2}},
			Dividends: []sim.Dividend{{Symbol: "AAPL", ExDate: dates[1], Amount: 5}},
		}
		first := h.put(set)
		market := h.market()
		assert.Equal(h.t, sim.ImportReport{Version: first.Version, Unchanged: 4}, h.put(set))
		assert.Equal(h.t, first.Version, h.version())
		assert.Same(h.t, market, h.market(), "a tape is built once for a version")
	}},
	{"an open-only bar becomes full, and a full one never open-only", func(h *harness) {
		v1 := h.put(sim.PriceRows{Bars: []sim.SymbolBar{openOnly("AAPL", dates[0], 250)}}).Version
		report := h.put(sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 250)}})
		assert.Equal(h.t, 1, report.Completed)
		assert.Empty(h.t, report.Revised)
		assert.NotEqual(h.t, v1, report.Version)
		assert.Equal(h.t, sim.ImportReport{Version: report.Version, Unchanged: 1},
			h.put(sim.PriceRows{Bars: []sim.SymbolBar{openOnly("AAPL", dates[0], 999)}}))
		assert.Equal(h.t, bar("AAPL", dates[0], 250).Bar, h.stored("AAPL", dates[0]))
	}},
	{"a different bar wins and is reported", func(h *harness) {
		v1 := h.put(sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 250), openOnly("MSFT", dates[0], 500),
			bar("NVDA", dates[0], 9)}}).Version
		held := h.market()
		revised := sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 260), bar("MSFT", dates[0], 501), bar("NVDA", dates[0], 9)}}
		report := h.again().put(revised)
		assert.NotEqual(h.t, v1, report.Version)
		assert.Equal(h.t, 1, report.Unchanged)
		assert.Zero(h.t, report.Added)
		assert.Equal(h.t, []sim.Revision{
			{Symbol: "AAPL", Date: dates[0], Old: bar("AAPL", dates[0], 250).Bar, New: bar("AAPL", dates[0], 260).Bar},
			{Symbol: "MSFT", Date: dates[0], Old: openOnly("MSFT", dates[0], 500).Bar, New: bar("MSFT", dates[0], 501).Bar},
		}, report.Revised)
		assert.Equal(h.t, bar("AAPL", dates[0], 260).Bar, h.stored("AAPL", dates[0]), "another handle's import is seen")
		old, _ := held.Bar("AAPL", dates[0])
		assert.Equal(h.t, sim.Money(250), old.Open, "market data never changes once it is handed out")
		// Back to what it was is a change too, with a version of its own.
		back := h.put(sim.PriceRows{Bars: []sim.SymbolBar{bar("AAPL", dates[0], 250)}})
		assert.Len(h.t, back.Revised, 1)
		assert.NotContains(h.t, []string{v1, report.Version}, back.Version)
	}},
	{"of rows that say it twice the last counts, unless it says less", func(h *harness) {
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
		report := h.put(set)
		assert.Equal(h.t, sim.ImportReport{Version: report.Version, Added: 5, Unchanged: 5}, report)
		assert.Equal(h.t, sim.Money(251), h.stored("AAPL", dates[0]).Open)
		assert.Equal(h.t, sim.Money(500), h.stored("MSFT", dates[0]).Open)
		assert.Equal(h.t, sim.Money(11), h.stored("NVDA", dates[0]).Open)
		assert.Equal(h.t, set.Splits[1:], h.market().Splits("AAPL", 0, dates[1]))
		assert.Equal(h.t, set.Dividends[1:], h.market().Dividends("AAPL", 0, dates[1]))
		assert.Equal(h.t, sim.ImportReport{Version: report.Version, Unchanged: 10}, h.put(set), "importing twice changes nothing")
	}},
	{"a corrected split or dividend replaces the one of its date", func(h *harness) {
		v1 := h.put(sim.PriceRows{Splits: []sim.Split{{Symbol: "A", ExDate: dates[1], Numerator: 2, Denominator: 1}},
			Dividends: []sim.Dividend{{Symbol: "A", ExDate: dates[1], Amount: 1}}}).Version
		fixed := sim.PriceRows{Splits: []sim.Split{{Symbol: "A", ExDate: dates[1], Numerator: 3, Denominator: 1}},
			Dividends: []sim.Dividend{{Symbol: "A", ExDate: dates[1], Amount: 2}}}
		assert.NotEqual(h.t, v1, h.put(fixed).Version)
		assert.Equal(h.t, fixed.Splits, h.market().Splits("A", 0, dates[1]))
		assert.Equal(h.t, fixed.Dividends, h.market().Dividends("A", 0, dates[1]))
	}},
	{"a bad row stores nothing", func(h *harness) {
		good := bar("AAPL", dates[0], 250)
		for name, set := range map[string]sim.PriceRows{
			"price":    {Bars: []sim.SymbolBar{good, bar("MSFT", dates[0], 0)}},
			"symbol":   {Bars: []sim.SymbolBar{good, bar("not a ticker", dates[0], 10)}},
			"date":     {Bars: []sim.SymbolBar{good, bar("MSFT", 0, 10)}},
			"split":    {Bars: []sim.SymbolBar{good}, Splits: []sim.Split{{Symbol: "AAPL", ExDate: dates[0], Numerator: 0, Denominator: 1}}},
			"dividend": {Bars: []sim.SymbolBar{good}, Dividends: []sim.Dividend{{Symbol: "AAPL", ExDate: dates[0]}}},
		} {
			_, err := h.Prices.PutPrices(h.ctx, set, h.now())
			require.Equal(h.t, sim.KindInvalid, sim.KindOf(err), name)
		}
		assert.Empty(h.t, h.version())
		assert.Empty(h.t, h.market().Symbols())
	}},
	{"many rows are read back as they were", func(h *harness) {
		var set sim.PriceRows
		for i := range 40 {
			for j, d := range dates {
				set.Bars = append(set.Bars, bar(fmt.Sprintf("S%d", i), d, sim.Money(1000+31*i+j)))
			}
		}
		assert.Equal(h.t, len(set.Bars), h.put(set).Added)
		market := h.again().market()
		for _, row := range set.Bars {
			got, ok := market.Bar(row.Symbol, row.Date)
			require.True(h.t, ok)
			require.Equal(h.t, row.Bar, got)
		}
		assert.Equal(h.t, dates, market.Dates())
	}},
}
