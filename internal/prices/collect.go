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

// rowKey identifies a row: a file may hold each kind of row once per symbol and date.
type rowKey struct {
	kind   rowKind
	symbol string
	date   sim.Date
}

type rowKind byte

const (
	barRow rowKind = iota
	splitRow
	dividendRow
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

	ignored   []string // unknown columns, in the order of their appearance
	rounded   int      // prices with more than four decimals
	repeated  int      // rows that repeat an earlier one
	repeatAt  string   // the first of them
	closedFor int      // bars of days on which nothing trades
	closedAt  string   // the first of them
}

func newCollector(file string, today sim.Date) *collector {
	return &collector{
		file: file, last: today + maxDaysAhead, maxRows: maxRows,
		set:   sim.PriceRows{Source: file},
		names: map[string]string{}, seen: map[rowKey]seenRow{},
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
		return c.addRepeated(at, key, first, c.set.Bars[first.index].Bar == bar)
	}
	if err := c.see(key, len(c.set.Bars), at); err != nil {
		return err
	}
	c.set.Bars = append(c.set.Bars, sim.SymbolBar{Symbol: symbol, Date: d, Bar: bar})
	if !sim.IsTradingDay(d) {
		if c.closedFor++; c.closedFor == 1 {
			c.closedAt = symbol + " " + d.String()
		}
	}
	return nil
}

// addSplit checks and keeps a split.
func (c *collector) addSplit(at place, column, ratio string, s sim.Split) error {
	var ok bool
	if s.Numerator, s.Denominator, ok = parseRatio(ratio); !ok {
		return c.badValue(at, column, ratio, "new shares for each old one are expected, as 10, 3:2 or 0.125, from 0.0001 to 10000")
	}
	key := rowKey{splitRow, s.Symbol, s.ExDate}
	if first, ok := c.seen[key]; ok {
		return c.addRepeated(at, key, first, c.set.Splits[first.index] == s)
	}
	if err := c.see(key, len(c.set.Splits), at); err != nil {
		return err
	}
	c.set.Splits = append(c.set.Splits, s)
	return nil
}

// maxDividend bounds an amount per share: 100,000 USD.
const maxDividend = sim.PerShare(100_000 * 100_000_000)

// addDividend checks and keeps a dividend.
func (c *collector) addDividend(at place, column, amount string, d sim.Dividend) error {
	value, err := sim.ParsePerShare(amount)
	if err != nil || value <= 0 || value > maxDividend {
		return c.badValue(at, column, amount, "an amount in USD per share is expected, above 0, at most 100000, with at most 8 decimals")
	}
	d.Amount = value
	key := rowKey{dividendRow, d.Symbol, d.ExDate}
	if first, ok := c.seen[key]; ok {
		return c.addRepeated(at, key, first, c.set.Dividends[first.index] == d)
	}
	if err := c.see(key, len(c.set.Dividends), at); err != nil {
		return err
	}
	c.set.Dividends = append(c.set.Dividends, d)
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

// addRepeated counts a second row of the same key with the same figures. Other figures
// are an error, because the file does not say which are right.
func (c *collector) addRepeated(at place, key rowKey, first seenRow, same bool) error {
	if !same {
		return sim.Errorf(sim.KindInvalid, "%s, %s: %s %s has other figures on line %d: one row for each symbol and date is expected",
			c.file, at, key.symbol, key.date, first.line)
	}
	if c.repeated++; c.repeated == 1 {
		c.repeatAt = fmt.Sprintf("%s %s on line %d, as on line %d", key.symbol, key.date, at.line, first.line)
	}
	return nil
}

// finish returns the rows with the warnings.
func (c *collector) finish() (sim.PriceRows, error) {
	if len(c.set.Bars)+len(c.set.Splits)+len(c.set.Dividends) == 0 {
		return sim.PriceRows{}, sim.Errorf(sim.KindInvalid, "%s: the file has no rows; at least one is expected", c.file)
	}
	if len(c.ignored) > 0 {
		c.warn("ignored, because they are not known: %s", strings.Join(c.ignored, ", "))
	}
	if c.rounded > 0 {
		c.warn("prices with more than 4 decimals, rounded half away from zero to 1/10,000 USD: %d", c.rounded)
	}
	if c.repeated > 0 {
		c.warn("rows that repeat an earlier one with the same figures: %d (the first: %s)", c.repeated, c.repeatAt)
	}
	if c.closedFor > 0 {
		c.warn("bars of weekends and holidays, which will never be traded: %d (the first: %s)", c.closedFor, c.closedAt)
	}
	return c.set, nil
}

func (c *collector) warn(format string, args ...any) {
	c.set.Warnings = append(c.set.Warnings, fmt.Sprintf(format, args...))
}
