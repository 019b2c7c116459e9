package sim

// View is the market as it stands before the opening bell of one date, plus
// that date's opening prices: what an agent may know. It is bound to its date;
// no method takes a later one, and none returns today's high, low, close or
// volume, or anything later. A symbol that is listed later does not exist yet.
type View struct {
	market *MarketData
	date   Date
}

// NewView binds market data to a date.
func NewView(m *MarketData, d Date) View { return View{market: m, date: d} }

// Date returns the date of the view.
func (v View) Date() Date { return v.date }

// PricesVersion names the state of the prices behind the view.
func (v View) PricesVersion() string { return v.market.version }

// Open returns today's opening price of a symbol. ok is false when it does not
// trade today.
func (v View) Open(symbol string) (price Money, ok bool) {
	bar, ok := v.market.Bar(symbol, v.date)
	return bar.Open, ok
}

// HasTraded reports whether a symbol has traded up to today.
func (v View) HasTraded(symbol string) bool {
	dates := v.market.series[symbol].dates
	return len(dates) > 0 && dates[0] <= v.date
}

// Symbols returns the symbols that trade today, sorted.
func (v View) Symbols() []string {
	var out []string
	for _, s := range v.market.symbols {
		if _, ok := v.market.Bar(s, v.date); ok {
			out = append(out, s)
		}
	}
	return out
}

// Universe returns those symbols of the universe ([MarketData.Universe]) that have
// traded up to today, in its order.
func (v View) Universe(configured []string, benchmark string) []string {
	all := v.market.Universe(configured, benchmark)
	out := make([]string, 0, len(all))
	for _, s := range all {
		if v.HasTraded(s) {
			out = append(out, s)
		}
	}
	return out
}

// History returns up to n of the last bars before today, in order. They are
// raw; Splits lists what changed the number of shares meanwhile. A bar that is
// still open-only has no other figure than its open.
func (v View) History(symbol string, n int) []DatedBar {
	return v.market.before(symbol, v.date, n)
}

// LastClose returns the last known close before today and its date.
func (v View) LastClose(symbol string) (price Money, on Date, ok bool) {
	last, ok := v.market.closeBefore(symbol, v.date)
	return last.Bar.Close, last.Date, ok
}

// Splits returns the splits of a symbol with an ex-date after a date and up to
// today, in order.
func (v View) Splits(symbol string, after Date) []Split {
	return v.market.Splits(symbol, after, v.date)
}

// ValueAtOpen values a ledger at today's opening prices.
func (v View) ValueAtOpen(l Ledger) (Valuation, error) {
	return v.market.ValueAtOpen(l, v.date)
}

// OpeningEntries returns the corporate actions that a ledger closed on a date
// has met since, up to and including today, as entries in the order of their
// ex-dates; of one day the dividend comes before the split, because it is
// announced per old share. Whole keeps holdings whole: a split's fraction is
// paid in cash at the open of its ex-date.
func (v View) OpeningEntries(closed Ledger, on Date, whole bool) ([]Entry, error) {
	if on.IsZero() {
		return nil, nil
	}
	ledger := closed.Clone()
	var entries []Entry
	for _, action := range v.actions(closed, on) {
		held := ledger.Holdings[action.symbol]
		if held == 0 {
			continue
		}
		e := action.entry(held, whole)
		if err := ledger.Apply(&e); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
