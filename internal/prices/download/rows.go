package download

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aitrader/internal/prices"
	"aitrader/internal/sim"
	"aitrader/internal/strictjson"
)

// maxRowWarnings bounds the warnings about the rows of one answer.
const maxRowWarnings = 100

// rows gathers the rows of the answer to a question. An odd row costs its own symbol
// something, and no other one: a bar that cannot be used, or two that contradict each
// other, are left out. After a split or dividend that is left out, the symbol's bars are
// left out as well: a book that used them without it would stay wrong.
type rows struct {
	q Question
	// list names what is read, in warnings.
	list      string
	bars      map[absence]numbered[sim.Bar]
	splits    map[absence]numbered[sim.Split]
	dividends []prices.ListedDividend
	sums      []sim.Dividend
	withheld  map[string]sim.Date // by symbol: the first date whose bars are left out
	unread    []unread            // by list
	warnings  []string
}

// numbered is a row with its number in its list.
type numbered[T any] struct {
	row     T
	number  int
	refused bool // another row contradicts it
}

func newRows(q Question) *rows {
	return &rows{
		q: q, bars: map[absence]numbered[sim.Bar]{}, splits: map[absence]numbered[sim.Split]{}, withheld: map[string]sim.Date{},
	}
}

func (r *rows) warn(format string, args ...any) {
	if len(r.warnings) < maxRowWarnings {
		r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
	}
}

// unread counts the rows of a list of which not even the symbol can be read.
type unread struct {
	list         string
	first, count int
}

// unnamed records a row of which not even the symbol can be read.
func (r *rows) unnamed(number int) {
	if n := len(r.unread); n > 0 && r.unread[n-1].list == r.list {
		r.unread[n-1].count++
		return
	}
	r.unread = append(r.unread, unread{r.list, number, 1})
}

// bar adds a bar.
func (r *rows) bar(number int, symbol string, d sim.Date, f figures) {
	bar, ok := f.bar()
	if !ok {
		r.warn("%s on %s: the figures are not those of a bar", symbol, d)
		return
	}
	at := absence{symbol, d}
	before, again := r.bars[at]
	if !again {
		r.bars[at] = numbered[sim.Bar]{row: bar, number: number}
		return
	}
	whole, differs := prices.MergeBars(before.row, bar)
	if differs != "" && !before.refused {
		before.refused = true
		r.warn("%s on %s: rows %d and %d of %s contradict each other: %s; none is stored", symbol, d, before.number, number, r.list, differs)
	}
	before.row = whole
	r.bars[at] = before
}

// action reads the date of a split or dividend; ok is false where the question does not
// ask about it.
func (r *rows) action(number int, what, symbol, day string) (d sim.Date, ok bool) {
	d, err := sim.ParseDate(day)
	if err != nil {
		r.withhold(symbol, 0)
		r.warn("%s: row %d of %s is a %s without a date; no bars of the symbol are stored", symbol, number, r.list, what)
		return 0, false
	}
	return d, r.q.wants(symbol, d)
}

// withhold leaves out the bars of a symbol from a date on.
func (r *rows) withhold(symbol string, from sim.Date) {
	if first, ok := r.withheld[symbol]; !ok || from < first {
		r.withheld[symbol] = from
	}
}

// odd leaves out a split or dividend.
func (r *rows) odd(number int, what, symbol string, d sim.Date) {
	r.withhold(symbol, d)
	r.warn("%s on %s: row %d of %s is not a valid %s; no bars of the symbol are stored from that day on", symbol, d, number, r.list, what)
}

// split adds a split of some new shares for some old ones.
func (r *rows) split(number int, symbol, day, to, from string) {
	d, ok := r.action(number, "split", symbol, day)
	if !ok {
		return
	}
	s := sim.Split{Symbol: symbol, ExDate: d}
	if s.Numerator, s.Denominator, ok = prices.ParseRatio(to, from); !ok {
		r.odd(number, "split", symbol, d)
		return
	}
	at := absence{symbol, d}
	before, again := r.splits[at]
	switch {
	case s.Numerator == s.Denominator: // it changes nothing
	case !again:
		r.splits[at] = numbered[sim.Split]{row: s, number: number}
	case before.row != s && !before.refused:
		before.refused = true
		r.splits[at] = before
		r.withhold(symbol, d)
		r.warn("%s on %s: rows %d and %d of %s contradict each other: %s; none is stored, nor the symbol's bars from that day on",
			symbol, d, before.number, number, r.list, prices.DifferentSplits(before.row, s))
	}
}

// dividend adds a dividend, of which the kind and the frequency are "" where the vendor
// does not say them.
func (r *rows) dividend(number int, symbol, day, amount, kind, frequency string) {
	d, ok := r.action(number, "dividend", symbol, day)
	if !ok {
		return
	}
	value, ok := prices.ParseDividend(amount)
	if !ok {
		r.odd(number, "dividend", symbol, d)
		return
	}
	r.dividends = append(r.dividends, prices.ListedDividend{
		Dividend: sim.Dividend{Symbol: symbol, ExDate: d, Amount: value}, Kind: kind, Frequency: frequency, Row: number,
	})
}

// sumDividends adds up the dividends of each day, at the end of their list.
func (r *rows) sumDividends() {
	for _, day := range prices.SumDividends(r.dividends) {
		if two := day.Disagree; two != nil {
			r.withhold(day.Symbol, day.ExDate)
			r.warn("%s on %s: rows %d and %d of %s contradict each other: a dividend of %s there and of %s here; none is stored, nor the "+
				"symbol's bars from that day on", day.Symbol, day.ExDate, two[0].Row, two[1].Row, r.list, two[0].Amount, two[1].Amount)
			continue
		}
		if day.Unclear() {
			r.warn("%s on %s: %s lists several dividends without their kinds, which were added: %s", day.Symbol, day.ExDate, r.list, day.Sum())
		}
		r.sums = append(r.sums, day.Dividend)
	}
}

// answer returns what was gathered.
func (r *rows) answer() Answer {
	var a Answer
	a.Dividends = r.sums
	for _, s := range r.splits {
		if !s.refused {
			a.Splits = append(a.Splits, s.row)
		}
	}
	for at, b := range r.bars {
		if from, ok := r.withheld[at.symbol]; !b.refused && (!ok || at.date < from) {
			a.Bars = append(a.Bars, sim.SymbolBar{Symbol: at.symbol, Date: at.date, Bar: b.row})
		}
	}
	sorted, _ := a.Settled()
	a.PriceRows = sorted
	slices.Sort(r.warnings)
	for _, u := range r.unread {
		r.warnings = append(r.warnings, fmt.Sprintf("row %d of %s cannot be read (such rows: %d)", u.first, u.list, u.count))
	}
	a.Warnings = r.warnings
	return a
}

// members are the members of a JSON object in their order. A name may be repeated.
type members []strictjson.Member

// UnmarshalJSON implements [json.Unmarshaler].
func (m *members) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	start, err := d.Token()
	if err != nil {
		return err
	}
	if start != json.Delim('{') {
		return &strictjson.Error{Kind: strictjson.NotObject}
	}
	*m = members{}
	return strictjson.Members(d, func(name string, _ bool) error {
		var value json.RawMessage
		err := d.Decode(&value)
		*m = append(*m, strictjson.Member{Name: name, Value: value})
		return err
	})
}

// text returns a text or a number as it is written; "" where it is missing, null, or
// there twice with different values.
func (m members) text(name string) string {
	var found json.RawMessage
	for _, member := range m {
		switch {
		case member.Name != name:
		case found == nil:
			found = member.Value
		case !bytes.Equal(found, member.Value):
			return ""
		}
	}
	if bytes.Equal(found, []byte("null")) {
		return ""
	}
	return strings.TrimSpace(strings.Trim(string(found), `"`))
}

// fieldsOf reads a row; ok is false where it is not an object.
func fieldsOf(row json.RawMessage) (fields members, ok bool) {
	return fields, json.Unmarshal(row, &fields) == nil && fields != nil
}
