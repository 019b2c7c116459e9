package httpapi

import (
	"context"
	"net/http"
	"slices"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

func (s *server) priceCoverage(ctx context.Context, _ *struct{}) (answer, error) {
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return answer{}, err
	}
	benchmark, universe, err := s.Defaults(ctx)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, coverage(market, market.Universe(universe, benchmark)))
}

// coverage describes market data.
func coverage(market *sim.MarketData, universe []string) api.Coverage {
	c := api.Coverage{
		Symbols: []api.SymbolCoverage{},
		Totals:  api.CoverageTotals{Missing: []sim.Date{}, Closed: []sim.Date{}, Version: market.Version()},
	}
	dates := market.Dates()
	if len(dates) == 0 {
		return c
	}
	first, last := dates[0], dates[len(dates)-1]
	trading := market.Market().Bars(first, last)
	for _, symbol := range market.Symbols() {
		bars := market.Series(symbol, first, last)
		c.Symbols = append(c.Symbols, symbolCoverage(symbol, bars, trading))
		c.Totals.Bars += len(bars)
	}
	c.Totals.Symbols, c.Totals.FirstDate, c.Totals.LastDate = len(c.Symbols), &first, &last
	withBars := market.DatesWithBars(universe)
	for _, d := range trading {
		if _, ok := slices.BinarySearch(withBars, d); ok {
			c.Totals.TradingDates++
		} else {
			c.Totals.Missing = append(c.Totals.Missing, d)
		}
	}
	for d := first.Day(); d <= last; d = d.AddDays(1) {
		if market.Market().Holiday(d) != "" {
			c.Totals.Closed = append(c.Totals.Closed, d)
		}
	}
	return c
}

// symbolCoverage walks a symbol's bars and the trading days side by side.
func symbolCoverage(symbol string, bars []sim.DatedBar, trading []sim.Date) api.SymbolCoverage {
	c := api.SymbolCoverage{
		Symbol: symbol, FirstDate: bars[0].Date, LastDate: bars[len(bars)-1].Date, Bars: len(bars), Gaps: []sim.Date{},
	}
	from, _ := slices.BinarySearch(trading, c.FirstDate)
	trading = trading[from:]
	for _, b := range bars {
		if b.Bar.OpenOnly {
			c.OpenOnly++
		}
		for len(trading) > 0 && trading[0] < b.Date {
			c.Gaps = append(c.Gaps, trading[0])
			trading = trading[1:]
		}
		if len(trading) > 0 && trading[0] == b.Date {
			trading = trading[1:]
		}
	}
	return c
}
