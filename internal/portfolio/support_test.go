package portfolio

import (
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

// The market of the tests has ten trading days from Wednesday, 2025-10-01. On day i
// (from 0) AAA opens at 10+i and closes at 11+i, and QQQ closes at 100+i. On the last
// day, 10-14, only opens are known.
var marketDates = sim.DefaultMarket.Bars(date("2025-10-01"), date("2025-10-14"))

func testMarket(splits []sim.Split, dividends []sim.Dividend) *sim.MarketData {
	var rows []sim.SymbolBar
	for i, d := range marketDates {
		for symbol, open := range map[string]int{"AAA": 10, "QQQ": 99} {
			price := sim.Money(open+i) * sim.Dollar
			bar := sim.Bar{Open: price, High: price + sim.Dollar, Low: price, Close: price + sim.Dollar}
			if i == len(marketDates)-1 {
				bar = sim.Bar{Open: price, OpenOnly: true}
			}
			rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: d, Bar: bar})
		}
	}
	return sim.NewMarketData("v", rows, splits, dividends)
}

func date(s string) sim.Date { return sim.MustParseDate(s) }

func ledger(cash string, shares map[string]int64) sim.Ledger {
	l := sim.NewLedger(simtest.Dollars(cash))
	for symbol, n := range shares {
		l.Holdings[symbol] = sim.Quantity(n) * sim.Share
	}
	return l
}
