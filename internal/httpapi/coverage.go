package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// Coverage is which bars exist.
type Coverage struct {
	Totals  CoverageTotals   `json:"totals" doc:"All symbols together."`
	Symbols []SymbolCoverage `json:"symbols" doc:"Each symbol, sorted."`
}

// CoverageTotals is about all symbols.
type CoverageTotals struct {
	Symbols      int        `json:"symbols" doc:"The number of symbols with a bar."`
	Bars         int        `json:"bars" doc:"The number of bars."`
	FirstDate    *sim.Date  `json:"first_date" nullable:"true" doc:"The first date with a bar."`
	LastDate     *sim.Date  `json:"last_date" nullable:"true" doc:"The last date with a bar."`
	TradingDates int        `json:"dates_with_prices" doc:"The number of trading days that can be simulated: at least half of the universe has a bar."`
	Missing      []sim.Date `json:"missing" doc:"Trading days between first_date and last_date that cannot."`
	Closed       []sim.Date `json:"closed" doc:"Weekdays between them on which the exchanges are closed."`
	Version      string     `json:"version" doc:"Names this state of the prices."`
}

// SymbolCoverage is about one symbol.
type SymbolCoverage struct {
	Symbol    string     `json:"symbol" doc:"The ticker."`
	FirstDate sim.Date   `json:"first_date" doc:"Its first bar."`
	LastDate  sim.Date   `json:"last_date" doc:"Its last bar."`
	Bars      int        `json:"bars" doc:"The number of its bars."`
	OpenOnly  int        `json:"open_only" doc:"How many of them have only an open, because the day was not over when they were read."`
	Gaps      []sim.Date `json:"gaps" doc:"Trading days between its first and last bar without one."`
}

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
func coverage(market *sim.MarketData, universe []string) Coverage {
	c := Coverage{Symbols: []SymbolCoverage{}, Totals: CoverageTotals{Missing: []sim.Date{}, Closed: []sim.Date{}, Version: market.Version()}}
	dates := market.Dates()
	if len(dates) == 0 {
		return c
	}
	first, last := dates[0], dates[len(dates)-1]
	trading := sim.TradingDays(first, last)
	for _, symbol := range market.Symbols() {
		bars := market.Series(symbol, first, last)
		c.Symbols = append(c.Symbols, symbolCoverage(symbol, bars, trading))
		c.Totals.Bars += len(bars)
	}
	c.Totals.Symbols, c.Totals.FirstDate, c.Totals.LastDate = len(c.Symbols), &first, &last
	with := market.DatesWithBars(universe)
	for _, d := range trading {
		if _, ok := slices.BinarySearch(with, d); ok {
			c.Totals.TradingDates++
		} else {
			c.Totals.Missing = append(c.Totals.Missing, d)
		}
	}
	for d := first; d <= last; d++ {
		if day := d.Weekday(); day != time.Saturday && day != time.Sunday && !sim.IsTradingDay(d) {
			c.Totals.Closed = append(c.Totals.Closed, d)
		}
	}
	return c
}

// symbolCoverage walks a symbol's bars and the trading days side by side.
func symbolCoverage(symbol string, bars []sim.DatedBar, trading []sim.Date) SymbolCoverage {
	c := SymbolCoverage{Symbol: symbol, FirstDate: bars[0].Date, LastDate: bars[len(bars)-1].Date, Bars: len(bars), Gaps: []sim.Date{}}
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
