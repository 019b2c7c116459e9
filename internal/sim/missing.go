package sim

import "slices"

// MissingDates returns the trading days up to the last settled one that a plan
// would run if they had bars, in order. It is empty for a request that [MakePlan]
// refuses whatever bars there are, and for a range that is too long for a job.
func MissingDates(in PlanInput, settled Date) []Date {
	in = in.normalised()
	end := min(settled, in.Today)
	if !in.End.IsZero() {
		end = min(end, in.End)
	}
	if IsKind(in.check(), KindInvalid) {
		return nil
	}
	first := end + 1
	for _, model := range in.Models {
		from, _ := in.from(model, end)
		first = min(first, from)
	}
	days := TradingDays(first, end)
	if len(days) > in.Limits.MaxDates {
		return nil
	}
	return slices.DeleteFunc(days, func(d Date) bool {
		_, found := slices.BinarySearch(in.WithBars, d)
		return found
	})
}

// Late returns those of some symbols that have no whole bar on a trading day and
// are expected to: they traded on the trading day before, or nothing is known of
// them at all. One that is listed later, or is not listed any more, is not late.
func (t *MarketData) Late(symbols []string, d Date) []string {
	var late []string
	for _, symbol := range symbols {
		if t.HasWhole(symbol, d) {
			continue
		}
		_, traded := t.Bar(symbol, PrevTradingDay(d))
		if traded || len(t.series[symbol].dates) == 0 {
			late = append(late, symbol)
		}
	}
	return late
}

// HasWhole reports whether a symbol has a bar on a date of which more is known
// than the open.
func (t *MarketData) HasWhole(symbol string, d Date) bool {
	bar, ok := t.Bar(symbol, d)
	return ok && !bar.OpenOnly
}

// Priced returns the symbols whose prices a job needs: its universe and its
// benchmark, sorted.
func (t *MarketData) Priced(s Settings) []string {
	symbols := slices.Clone(t.Universe(s.Universe, s.Benchmark))
	if s.Benchmark != "" {
		symbols = append(symbols, s.Benchmark)
	}
	slices.Sort(symbols)
	return slices.Compact(symbols)
}

// PriceSource say where the prices that are missing come from, without any key.
// The zero value is nowhere.
type PriceSource struct {
	Source  string `json:"source"`             // alphavantage, polygon or stooq
	BaseURL string `json:"base_url,omitempty"` // "": the vendor's own
	// PerMinute bounds the requests of a minute.
	PerMinute int `json:"requests_per_minute"`
}
