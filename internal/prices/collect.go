package prices

import (
	"fmt"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// maxDaysAhead is how many days after today a date may be: splits are announced in
// advance. Any later date is a mistake.
const maxDaysAhead = 366

// place is the position of a row in its file. Path is the JSON path, of a row in JSON.
type place struct {
	line int
	path string
}

func (p place) String() string {
	if p.path == "" {
		return fmt.Sprintf("line %d", p.line)
	}
	return fmt.Sprintf("line %d, %s", p.line, p.path)
}

// column returns the place of one value of the row.
func (p place) column(name string) string {
	if p.path == "" {
		return fmt.Sprintf("%s, column %s", p, name)
	}
	return fmt.Sprintf("%s[%q]", p, name)
}

// rowKey identifies a bar or a split: a file may hold each once per symbol and date.
// Dividends add up.
type rowKey struct {
	kind   rowKind
	symbol string
	date   sim.Date
}

type rowKind byte

const (
	barRow rowKind = iota
	splitRow
)

// seenRow is an earlier row, for the comparison with a later one of the same key.
type seenRow struct {
	index, line int32
}

// collector gathers the rows of one file and applies the rules that hold in
// every format.
type collector struct {
	file string
	// maxRows bounds the rows.
	maxRows int
	last    sim.Date // the last date allowed
	set     sim.PriceRows
	names   map[string]string // a symbol as written -> the symbol, one copy of each
	seen    map[rowKey]seenRow
	paid    []ListedDividend
	words   map[string]string // one copy of each kind of dividend

	ignored  []string // unknown columns, in the order of their appearance
	rounded  int      // prices with more than four decimals
	cut      noted    // ratios that mean another fraction than they say
	repeated noted    // rows that repeat an earlier one
	added    noted    // days with several dividends of unknown kinds
	closed   noted    // bars of days on which nothing trades
}

// noted counts rows for a warning, which shows the first one.
type noted struct {
	count int
	first string
}

func (n *noted) note(format string, args ...any) {
	if n.count++; n.count == 1 {
		n.first = fmt.Sprintf(format, args...)
	}
}

func newCollector(file string, today sim.Date) *collector {
	return &collector{
		file: file, last: today.AddDays(maxDaysAhead), maxRows: maxRows,
		set:   sim.PriceRows{Source: file},
		names: map[string]string{}, seen: map[rowKey]seenRow{}, words: map[string]string{},
	}
}

// badValue is the error of one value.
func (c *collector) badValue(at place, column, value, allowed string) error {
	return sim.Errorf(sim.KindInvalid, "%s, %s: %s: %s", c.file, at.column(column), quote(value), allowed)
}

// symbol checks a symbol and returns its one copy in upper case.
func (c *collector) symbol(at place, column, text string) (string, error) {
	if name, ok := c.names[text]; ok {
		return name, nil
	}
	name := strings.ToUpper(text)
	if !sim.ValidSymbol(name) {
		return "", c.badValue(at, column, text, "a symbol of 1 to 12 letters, digits, dots and hyphens is expected, beginning with "+
			"a letter or digit (CASH is none)")
	}
	if len(c.names) >= maxSymbols {
		return "", errSymbols
	}
	// The text is part of a whole line, which must not be kept alive.
	text = strings.Clone(text)
	if known, ok := c.names[name]; ok {
		name = known
	} else {
		name = strings.Clone(name)
		c.names[name] = name
	}
	c.names[text] = name
	return name, nil
}

// date checks a date.
func (c *collector) date(at place, column, text string) (sim.Date, error) {
	d, err := sim.ParseDate(text)
	if err != nil || d > c.last {
		return 0, c.badValue(at, column, text, fmt.Sprintf("a date YYYY-MM-DD from 1971-01-01 to %s is expected", c.last))
	}
	return d, nil
}

// word returns the one copy of a short text in lower case. It is cut, because only its
// difference from others counts.
func (c *collector) word(text string) string {
	text = strings.ToLower(text[:min(len(text), maxWord)])
	if known, ok := c.words[text]; ok {
		return known
	}
	text = strings.Clone(text)
	if len(c.words) < maxWords {
		c.words[text] = text
	}
	return text
}

// ignoreColumn records a column that is not read. The first maxIgnored are enough for a
// warning.
func (c *collector) ignoreColumn(column string) {
	if len(c.ignored) == maxIgnored || slices.Contains(c.ignored, column) {
		return
	}
	c.ignored = append(c.ignored, strings.Clone(column))
}

// addBar parses, checks and keeps a bar.
func (c *collector) addBar(at place, symbol string, d sim.Date, text barText, names barNames) error {
	bar, err := c.parseBar(at, text, names)
	if err != nil {
		return err
	}
	if err := bar.Check(); err != nil {
		return sim.Errorf(sim.KindInvalid, "%s, %s: %s", c.file, at, sim.MessageOf(err))
	}
	key := rowKey{barRow, symbol, d}
	if first, ok := c.seen[key]; ok {
		return c.addAgain(at, key, first, bar)
	}
	if err := c.see(key, len(c.set.Bars), at); err != nil {
		return err
	}
	c.set.Bars = append(c.set.Bars, sim.SymbolBar{Symbol: symbol, Date: d, Bar: bar})
	if !sim.DefaultMarket.IsTradingDay(d) {
		c.closed.note("%s %s", symbol, d)
	}
	return nil
}

// addAgain takes a second bar of the same symbol and date. A full bar completes one of
// which only the open is known.
func (c *collector) addAgain(at place, key rowKey, first seenRow, bar sim.Bar) error {
	stored := &c.set.Bars[first.index].Bar
	whole, differs := MergeBars(*stored, bar)
	if differs != "" {
		return c.disagree(at, key, first, differs)
	}
	*stored = whole
	c.repeat(at, key, first)
	return nil
}

// addSplit checks and keeps a split.
func (c *collector) addSplit(at place, column, ratio string, s sim.Split) error {
	var ok bool
	if s.Numerator, s.Denominator, ok = parseRatio(ratio); !ok {
		return c.badValue(at, column, ratio, "new shares for each old one are expected, as 10, 3:2 or 0.125, from 0.0001 to 10000")
	}
	if !saysRatio(ratio, s.Numerator, s.Denominator) {
		c.cut.note("%s %s: %s is read as %d:%d", s.Symbol, s.ExDate, quote(ratio), s.Numerator, s.Denominator)
	}
	key := rowKey{splitRow, s.Symbol, s.ExDate}
	if first, ok := c.seen[key]; ok {
		if before := c.set.Splits[first.index]; before != s {
			return c.disagree(at, key, first, DifferentSplits(before, s))
		}
		c.repeat(at, key, first)
		return nil
	}
	if err := c.see(key, len(c.set.Splits), at); err != nil {
		return err
	}
	c.set.Splits = append(c.set.Splits, s)
	return nil
}

// addDividend checks and keeps a dividend.
func (c *collector) addDividend(at place, column, amount string, d ListedDividend) error {
	var ok bool
	if d.Amount, ok = ParseDividend(amount); !ok {
		return c.badValue(at, column, amount, "an amount in USD per share is expected, above 0, at most 100000")
	}
	if len(c.paid) >= c.maxRows {
		return errRows
	}
	d.Row = at.line
	c.paid = append(c.paid, d)
	return nil
}

// sumDividends adds up the dividends of each day.
func (c *collector) sumDividends() error {
	for _, day := range SumDividends(c.paid) {
		if two := day.Disagree; two != nil {
			return sim.Errorf(sim.KindInvalid, "%s, line %d: %s %s has other figures on line %d: the dividend of kind %s is %s there and "+
				"%s here; one amount of each kind is expected", c.file, two[1].Row, day.Symbol, day.ExDate, two[0].Row, quote(two[0].Kind),
				two[0].Amount, two[1].Amount)
		}
		for _, row := range day.Repeats {
			c.repeated.note("%s %s on line %d, as on line %d", row.Symbol, row.ExDate, row.Row, day.like(row).Row)
		}
		if day.Unclear() {
			c.added.note("%s %s: %s", day.Symbol, day.ExDate, day.Sum())
		}
		c.set.Dividends = append(c.set.Dividends, day.Dividend)
	}
	return nil
}

// see remembers a new row.
func (c *collector) see(key rowKey, index int, at place) error {
	if len(c.seen) >= c.maxRows {
		return errRows
	}
	c.seen[key] = seenRow{int32(index), int32(at.line)}
	return nil
}

// repeat counts a second row of the same key with the same figures.
func (c *collector) repeat(at place, key rowKey, first seenRow) {
	c.repeated.note("%s %s on line %d, as on line %d", key.symbol, key.date, at.line, first.line)
}

// disagree is the error of a second row of the same key with other figures: the file
// does not say which are right.
func (c *collector) disagree(at place, key rowKey, first seenRow, differs string) error {
	return sim.Errorf(sim.KindInvalid, "%s, %s: %s %s has other figures on line %d: %s; one row for each symbol and date is expected",
		c.file, at, key.symbol, key.date, first.line, differs)
}

// finish returns the rows with the warnings.
func (c *collector) finish() (sim.PriceRows, error) {
	if err := c.sumDividends(); err != nil {
		return sim.PriceRows{}, err
	}
	if len(c.set.Bars)+len(c.set.Splits)+len(c.set.Dividends) == 0 {
		return sim.PriceRows{}, sim.Errorf(sim.KindInvalid, "%s: the file has no rows; at least one is expected", c.file)
	}
	if len(c.ignored) > 0 {
		c.warn("ignored, because they are not known: %s", strings.Join(c.ignored, ", "))
	}
	if c.rounded > 0 {
		c.warn("prices with more than 4 decimals, rounded half away from zero to 1/10,000 USD: %d", c.rounded)
	}
	for _, w := range []struct {
		rows noted
		text string
	}{
		{c.cut, "ratios with cut decimals, read as the fractions they mean"},
		{c.repeated, "rows that repeat an earlier one with the same figures"},
		{c.added, "days with several dividends, which do not say of which kind they are, and were added"},
		{c.closed, "bars of weekends and holidays, which will never be traded"},
	} {
		if w.rows.count > 0 {
			c.warn("%s: %d (the first: %s)", w.text, w.rows.count, w.rows.first)
		}
	}
	return c.set, nil
}

func (c *collector) warn(format string, args ...any) {
	c.set.Warnings = append(c.set.Warnings, fmt.Sprintf(format, args...))
}
