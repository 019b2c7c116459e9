package feed

import (
	"context"

	"aitrader/internal/prices/download"
	"aitrader/internal/sim"
)

// Request selects the prices to fetch. Zero fields select what is likely to be missing.
type Request struct {
	// Start is the first date; zero: the day after the last bar of the symbol that
	// is furthest behind. One without any bar begins at InitDate, or else at the
	// first date with bars, or else at the end.
	Start sim.Date
	// InitDate is the first date of a model without history, by the configuration.
	InitDate sim.Date
	// End is the last date; zero: the last trading day that is over.
	End sim.Date
	// Symbols are the symbols; none: the universe and the benchmark of the
	// configuration.
	Symbols []string
	// Progress, if set, receives the number of requests made so far.
	Progress func(asked, all int)
}

// Request fetches prices from the source of the settings, without a limit of time. Kind
// invalid_request: the settings name no source, or the dates or symbols are not valid.
func (f *Feed) Request(ctx context.Context, s sim.Settings, r Request) (download.Report, error) {
	market, err := f.prices.MarketData(ctx)
	if err != nil {
		return download.Report{}, err
	}
	settled := market.Market().LastSettled(f.now())
	if r.End.IsZero() {
		r.End = settled
	}
	if len(r.Symbols) == 0 {
		r.Symbols = market.Priced(s)
	}
	if r.Start.IsZero() {
		r.Start = firstMissing(market, r.Symbols, r.InitDate, r.End)
	}
	if err := r.check(settled, s); err != nil {
		return download.Report{}, err
	}
	fetcher, err := f.fetcher(s)
	if err != nil {
		return download.Report{}, err
	}
	return f.download(ctx, fetcher, download.Wanted{Symbols: r.Symbols, Dates: market.Market().Bars(r.Start, r.End), Progress: r.Progress})
}

// delistedDays is how many days without a bar make a symbol count as delisted, so that
// it does not delay the others.
const delistedDays = 30

func firstMissing(market *sim.MarketData, symbols []string, init, end sim.Date) sim.Date {
	beginning, newest := end, sim.Date(0)
	if dates := market.Dates(); len(dates) > 0 {
		beginning, newest = dates[0], dates[len(dates)-1]
	}
	if !init.IsZero() {
		beginning = init
	}
	start := end
	for _, symbol := range symbols {
		bars := market.Series(symbol, 0, end)
		if len(bars) == 0 {
			start = min(start, beginning)
			continue
		}
		last := bars[len(bars)-1]
		if last.Bar.OpenOnly {
			last.Date = market.Market().PrevBar(last.Date) // its close is missing
		}
		if last.Date >= newest.AddDays(-delistedDays) {
			start = min(start, last.Date.Next())
		}
	}
	return start
}

func (r Request) check(settled sim.Date, s sim.Settings) error {
	switch {
	case r.End > settled:
		return sim.Errorf(sim.KindInvalid, "--end %s: prices are there up to %s, the last trading day that is over", r.End, settled)
	case r.Start > r.End:
		return sim.Errorf(sim.KindInvalid, "--start %s is after --end %s", r.Start, r.End)
	case len(r.Symbols) == 0 || len(s.Universe) == 0 && len(r.Symbols) == 1 && r.Symbols[0] == s.Benchmark:
		return sim.Errorf(sim.KindInvalid, "no symbols are known: name them with --symbols, or as agent_config.stock_symbols "+
			"of the configuration")
	}
	for _, symbol := range r.Symbols {
		if !sim.ValidSymbol(symbol) {
			return sim.Errorf(sim.KindInvalid, "--symbols %q: a symbol of 1 to 12 letters, digits, dots and hyphens is expected", symbol)
		}
	}
	return nil
}
