package sim

import (
	"slices"
	"sort"
)

// Tape is everything known about prices, without a sense of time: bars, splits
// and dividends of all symbols. It is immutable and safe for concurrent use.
// An agent never holds a tape; it holds a [View] of one.
type Tape struct {
	version   string
	series    map[string]series
	symbols   []string
	dates     []Date
	counts    map[Date]int
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

// NewTape builds a tape. The version names the state of the prices that it was
// made from. The rows may come in any order; of two rows of the same symbol and
// date the later one counts.
func NewTape(version string, rows []SymbolBar, splits []Split, dividends []Dividend) *Tape {
	t := &Tape{
		version: version, series: map[string]series{}, counts: map[Date]int{},
		splits: map[string][]Split{}, dividends: map[string][]Dividend{},
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b SymbolBar) int {
		if a.Symbol != b.Symbol {
			if a.Symbol < b.Symbol {
				return -1
			}
			return 1
		}
		return int(a.Date - b.Date)
	})
	for start := 0; start < len(sorted); {
		end := start
		for end < len(sorted) && sorted[end].Symbol == sorted[start].Symbol {
			end++
		}
		t.addSeries(sorted[start:end])
		start = end
	}
	for d := range t.counts {
		t.dates = append(t.dates, d)
	}
	slices.Sort(t.dates)
	for _, s := range splits {
		t.splits[s.Symbol] = append(t.splits[s.Symbol], s)
	}
	for _, list := range t.splits {
		slices.SortStableFunc(list, func(a, b Split) int { return int(a.ExDate - b.ExDate) })
	}
	for _, d := range dividends {
		t.dividends[d.Symbol] = append(t.dividends[d.Symbol], d)
	}
	for _, list := range t.dividends {
		slices.SortStableFunc(list, func(a, b Dividend) int { return int(a.ExDate - b.ExDate) })
	}
	return t
}

// addSeries adds the sorted rows of one symbol.
func (t *Tape) addSeries(rows []SymbolBar) {
	s := series{dates: make([]Date, 0, len(rows)), bars: make([]Bar, 0, len(rows))}
	for _, r := range rows {
		if n := len(s.dates); n > 0 && s.dates[n-1] == r.Date {
			s.bars[n-1] = r.Bar
			continue
		}
		s.dates = append(s.dates, r.Date)
		s.bars = append(s.bars, r.Bar)
		t.counts[r.Date]++
	}
	t.series[rows[0].Symbol] = s
	t.symbols = append(t.symbols, rows[0].Symbol)
}

// Version names the state of the prices that this tape holds.
func (t *Tape) Version() string { return t.version }

// Symbols returns all symbols with a bar, sorted. The caller must not change it.
func (t *Tape) Symbols() []string { return t.symbols }

// Dates returns all dates on which any symbol has a bar, in order. The caller
// must not change it.
func (t *Tape) Dates() []Date { return t.dates }

// Bar returns the bar of a symbol on a date.
func (t *Tape) Bar(symbol string, d Date) (Bar, bool) {
	s := t.series[symbol]
	i, found := slices.BinarySearch(s.dates, d)
	if !found {
		return Bar{}, false
	}
	return s.bars[i], true
}

// Series returns all bars of a symbol from one date to another, both included,
// in order.
func (t *Tape) Series(symbol string, from, to Date) []DatedBar {
	s := t.series[symbol]
	i, _ := slices.BinarySearch(s.dates, from)
	var out []DatedBar
	for ; i < len(s.dates) && s.dates[i] <= to; i++ {
		out = append(out, DatedBar{s.dates[i], s.bars[i]})
	}
	return out
}

// before returns up to n of the last bars before a date, in order.
func (t *Tape) before(symbol string, d Date, n int) []DatedBar {
	s := t.series[symbol]
	end, _ := slices.BinarySearch(s.dates, d)
	start := max(end-n, 0)
	out := make([]DatedBar, 0, end-start)
	for i := start; i < end; i++ {
		out = append(out, DatedBar{s.dates[i], s.bars[i]})
	}
	return out
}

// lastClose returns the last known close up to a date, itself included.
func (t *Tape) lastClose(symbol string, d Date) (DatedBar, bool) {
	s := t.series[symbol]
	for i := sort.Search(len(s.dates), func(i int) bool { return s.dates[i] > d }) - 1; i >= 0; i-- {
		if !s.bars[i].OpenOnly {
			return DatedBar{s.dates[i], s.bars[i]}, true
		}
	}
	return DatedBar{}, false
}

// Splits returns the splits of a symbol with an ex-date after one date and up
// to another, in order.
func (t *Tape) Splits(symbol string, after, upTo Date) []Split {
	var out []Split
	for _, s := range t.splits[symbol] {
		if s.ExDate > after && s.ExDate <= upTo {
			out = append(out, s)
		}
	}
	return out
}

// Dividends returns the dividends of a symbol with an ex-date after one date
// and up to another, in order.
func (t *Tape) Dividends(symbol string, after, upTo Date) []Dividend {
	var out []Dividend
	for _, d := range t.dividends[symbol] {
		if d.ExDate > after && d.ExDate <= upTo {
			out = append(out, d)
		}
	}
	return out
}

// Universe returns the symbols that the rule "a date has bars" counts: the
// configured ones, or else all symbols with a bar except the benchmark.
func (t *Tape) Universe(configured []string, benchmark string) []string {
	if len(configured) > 0 {
		return configured
	}
	out := make([]string, 0, len(t.symbols))
	for _, s := range t.symbols {
		if s != benchmark {
			out = append(out, s)
		}
	}
	return out
}

// DatesWithBars returns the dates, in order, on which at least half of the
// universe has a bar. An open-only bar counts: its open can be traded.
func (t *Tape) DatesWithBars(universe []string) []Date {
	if len(universe) == 0 {
		return nil
	}
	counts := make(map[Date]int, len(t.dates))
	for _, symbol := range universe {
		for _, d := range t.series[symbol].dates {
			counts[d]++
		}
	}
	var out []Date
	for _, d := range t.dates {
		if 2*counts[d] >= len(universe) {
			out = append(out, d)
		}
	}
	return out
}

// Basis says which price a valuation rests on.
type Basis string

// The bases of a valuation, from the best to the weakest.
const (
	AtClose     Basis = "close"      // every holding at its close of the date
	AtOpen      Basis = "open"       // some close is not known yet, the open of the date is used
	AtLastClose Basis = "last_close" // some holding has no bar on the date: its last close before is used
)

// Valuation is what a ledger is worth.
type Valuation struct {
	Value Money
	Basis Basis
	// Stale lists the holdings that are valued at an earlier close, sorted.
	Stale []string
}

// Value returns what a ledger is worth at the close of a date. A holding whose
// close is not known yet counts at the open; one without a bar on the date
// counts at its last close before, brought across the splits since. A symbol
// without any earlier close counts at zero and is listed as stale. It returns
// an error when a product leaves the range of [Money].
func (t *Tape) Value(l Ledger, d Date) (Valuation, error) {
	return t.value(l, d, true)
}

// ValueAtOpen returns what a ledger is worth at the open of a date; what has no
// bar that day counts at its last close before.
func (t *Tape) ValueAtOpen(l Ledger, d Date) (Valuation, error) {
	return t.value(l, d, false)
}

func (t *Tape) value(l Ledger, d Date, useClose bool) (Valuation, error) {
	v := Valuation{Value: l.Cash, Basis: AtClose}
	if !useClose {
		v.Basis = AtOpen
	}
	for symbol, quantity := range l.Holdings {
		price, basis := t.priceAt(symbol, d, useClose)
		if basis == AtLastClose {
			v.Stale = append(v.Stale, symbol)
			quantity = t.acrossSplits(symbol, quantity, d)
		}
		if basisRank(basis) > basisRank(v.Basis) {
			v.Basis = basis
		}
		worth, ok := quantity.Times(price)
		if !ok {
			return Valuation{}, Errorf(KindInternal, "%s shares of %s at %s are worth more than can be counted", quantity, symbol, price)
		}
		v.Value += worth
	}
	slices.Sort(v.Stale)
	return v, nil
}

func basisRank(b Basis) int {
	switch b {
	case AtClose:
		return 0
	case AtOpen:
		return 1
	default:
		return 2
	}
}

// priceAt returns the price of a symbol for a valuation on a date.
func (t *Tape) priceAt(symbol string, d Date, useClose bool) (Money, Basis) {
	if bar, ok := t.Bar(symbol, d); ok {
		if useClose && !bar.OpenOnly {
			return bar.Close, AtClose
		}
		return bar.Open, AtOpen
	}
	last, _ := t.lastClose(symbol, d)
	return last.Bar.Close, AtLastClose
}

// acrossSplits returns how many shares of the last bar's kind a quantity of a
// date stands for, so that it can be multiplied by that bar's raw close.
func (t *Tape) acrossSplits(symbol string, q Quantity, d Date) Quantity {
	last, ok := t.lastClose(symbol, d)
	if !ok {
		return q
	}
	for _, s := range t.Splits(symbol, last.Date, d) {
		if v, ok := mulDiv(int64(q), s.Denominator, s.Numerator); ok {
			q = Quantity(v)
		}
	}
	return q
}
