package sim

import (
	"cmp"
	"maps"
	"slices"
)

// MarketData is everything known about prices, past and future: the bars, splits and
// dividends of all symbols. It is immutable and safe for concurrent use. An agent
// never gets market data itself, but a [View] of it.
type MarketData struct {
	market    *Market
	version   string
	series    map[string]series
	symbols   []string
	dates     []Date
	splits    map[string][]Split
	dividends map[string][]Dividend
}

// series holds one symbol's bars in order of date, as two columns.
type series struct {
	dates []Date
	bars  []Bar
}

// DatedBar is a bar and its date.
type DatedBar struct {
	Date Date
	Bar  Bar
}

// NewMarketData builds market data of the [DefaultMarket]; see [MarketData.In]. The
// version names the state of the prices that it is built from. The rows may come in any order; of two rows of the same symbol and
// date the later one counts.
func NewMarketData(version string, rows []SymbolBar, splits []Split, dividends []Dividend) *MarketData {
	m := &MarketData{
		market: DefaultMarket, version: version, series: map[string]series{},
		splits: map[string][]Split{}, dividends: map[string][]Dividend{},
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b SymbolBar) int {
		return cmp.Or(cmp.Compare(a.Symbol, b.Symbol), cmp.Compare(a.Date, b.Date))
	})
	seen := map[Date]bool{}
	for start := 0; start < len(sorted); {
		end := start
		for ; end < len(sorted) && sorted[end].Symbol == sorted[start].Symbol; end++ {
			seen[sorted[end].Date] = true
		}
		m.addSeries(sorted[start:end])
		start = end
	}
	m.dates = slices.Sorted(maps.Keys(seen))
	for _, s := range splits {
		m.splits[s.Symbol] = append(m.splits[s.Symbol], s)
	}
	for _, list := range m.splits {
		slices.SortStableFunc(list, func(a, b Split) int { return cmp.Compare(a.ExDate, b.ExDate) })
	}
	for _, d := range dividends {
		m.dividends[d.Symbol] = append(m.dividends[d.Symbol], d)
	}
	for _, list := range m.dividends {
		slices.SortStableFunc(list, func(a, b Dividend) int { return cmp.Compare(a.ExDate, b.ExDate) })
	}
	return m
}

// addSeries adds the rows of one symbol, which are sorted.
func (m *MarketData) addSeries(rows []SymbolBar) {
	s := series{dates: make([]Date, 0, len(rows)), bars: make([]Bar, 0, len(rows))}
	for _, r := range rows {
		if n := len(s.dates); n > 0 && s.dates[n-1] == r.Date {
			s.bars[n-1] = r.Bar
			continue
		}
		s.dates = append(s.dates, r.Date)
		s.bars = append(s.bars, r.Bar)
	}
	m.series[rows[0].Symbol] = s
	m.symbols = append(m.symbols, rows[0].Symbol)
}

// In returns the same prices as those of another market.
func (m *MarketData) In(market *Market) *MarketData {
	moved := *m
	moved.market = market
	return &moved
}

// Market returns the market that the prices are of.
func (m *MarketData) Market() *Market { return m.market }

// Version names the state of the prices.
func (m *MarketData) Version() string { return m.version }

// Symbols returns all symbols with a bar, sorted. The caller must not change it.
func (m *MarketData) Symbols() []string { return m.symbols }

// Dates returns all dates on which any symbol has a bar, in order. The caller
// must not change it.
func (m *MarketData) Dates() []Date { return m.dates }

// Bar returns the bar of a symbol on a date.
func (m *MarketData) Bar(symbol string, d Date) (Bar, bool) {
	s := m.series[symbol]
	i, found := slices.BinarySearch(s.dates, d)
	if !found {
		return Bar{}, false
	}
	return s.bars[i], true
}

// Series returns all bars of a symbol from one date to another, both included,
// in order.
func (m *MarketData) Series(symbol string, from, to Date) []DatedBar {
	s := m.series[symbol]
	i, _ := slices.BinarySearch(s.dates, from)
	var out []DatedBar
	for ; i < len(s.dates) && s.dates[i] <= to; i++ {
		out = append(out, DatedBar{s.dates[i], s.bars[i]})
	}
	return out
}

// before returns up to n of the last bars before a date, in order.
func (m *MarketData) before(symbol string, d Date, n int) []DatedBar {
	s := m.series[symbol]
	end, _ := slices.BinarySearch(s.dates, d)
	var out []DatedBar
	for i := max(end-max(n, 0), 0); i < end; i++ {
		out = append(out, DatedBar{s.dates[i], s.bars[i]})
	}
	return out
}

// lastClose returns the last known close up to a date, itself included.
func (m *MarketData) lastClose(symbol string, d Date) (DatedBar, bool) {
	s := m.series[symbol]
	end, found := slices.BinarySearch(s.dates, d)
	if found {
		end++
	}
	return s.lastClose(end)
}

// closeBefore returns the last known close before a date.
func (m *MarketData) closeBefore(symbol string, d Date) (DatedBar, bool) {
	s := m.series[symbol]
	end, _ := slices.BinarySearch(s.dates, d)
	return s.lastClose(end)
}

// lastClose returns the last of the first n bars whose close is known.
func (s series) lastClose(n int) (DatedBar, bool) {
	for i := n - 1; i >= 0; i-- {
		if !s.bars[i].OpenOnly {
			return DatedBar{s.dates[i], s.bars[i]}, true
		}
	}
	return DatedBar{}, false
}

// Splits returns the splits of a symbol with an ex-date after one date and up
// to another, in order.
func (m *MarketData) Splits(symbol string, after, upTo Date) []Split {
	var out []Split
	for _, s := range m.splits[symbol] {
		if s.ExDate > after && s.ExDate <= upTo {
			out = append(out, s)
		}
	}
	return out
}

// Dividends returns the dividends of a symbol with an ex-date after one date
// and up to another, in order.
func (m *MarketData) Dividends(symbol string, after, upTo Date) []Dividend {
	var out []Dividend
	for _, d := range m.dividends[symbol] {
		if d.ExDate > after && d.ExDate <= upTo {
			out = append(out, d)
		}
	}
	return out
}

// Universe returns the symbols that are traded: the configured ones, or else all
// symbols with a bar except the benchmark. Where only the benchmark has bars, it is the
// universe.
func (m *MarketData) Universe(configured []string, benchmark string) []string {
	if len(configured) > 0 {
		return configured
	}
	out := make([]string, 0, len(m.symbols))
	for _, s := range m.symbols {
		if s != benchmark {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return m.symbols
	}
	return out
}

// TradableDates returns the dates, in order, on which a job with these settings can
// trade; see DatesWithBars.
func (m *MarketData) TradableDates(s Settings) []Date {
	return m.DatesWithBars(m.Universe(s.Universe, s.Benchmark))
}

// DatesWithBars returns the dates, in order, on which at least half of the
// universe has a bar. An open-only bar counts: its open can be traded.
func (m *MarketData) DatesWithBars(universe []string) []Date {
	if len(universe) == 0 {
		return nil
	}
	counts := make([]int, len(m.dates))
	for _, symbol := range universe {
		i := 0
		for _, d := range m.series[symbol].dates { // which are among the others, in the same order
			for m.dates[i] != d {
				i++
			}
			counts[i]++
		}
	}
	out := make([]Date, 0, len(m.dates))
	for i, d := range m.dates {
		if 2*counts[i] >= len(universe) {
			out = append(out, d)
		}
	}
	return out
}

// HasWhole reports whether a symbol has a bar on a date with more than the open.
func (m *MarketData) HasWhole(symbol string, d Date) bool {
	bar, ok := m.Bar(symbol, d)
	return ok && !bar.OpenOnly
}

// Late returns those of some symbols whose bar of a trading day is missing or
// open-only although it is expected: they traded on the trading day before, or have no
// bars at all. A symbol that is listed later, or no longer, is not late.
func (m *MarketData) Late(symbols []string, d Date) []string {
	var late []string
	for _, symbol := range symbols {
		if m.HasWhole(symbol, d) {
			continue
		}
		_, traded := m.Bar(symbol, m.market.PrevBar(d))
		if traded || len(m.series[symbol].dates) == 0 {
			late = append(late, symbol)
		}
	}
	return late
}

// Priced returns the symbols whose prices a job needs: its universe and its
// benchmark, sorted.
func (m *MarketData) Priced(s Settings) []string {
	symbols := slices.Clone(m.Universe(s.Universe, s.Benchmark))
	if s.Benchmark != "" {
		symbols = append(symbols, s.Benchmark)
	}
	slices.Sort(symbols)
	return slices.Compact(symbols)
}
