package prices

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// The columns of the three kinds of tables.
var (
	barColumns      = []string{"symbol", "date", "open", "high", "low", "close", "volume"}
	splitColumns    = []string{"symbol", "ex_date", "ratio"}
	dividendColumns = []string{"symbol", "ex_date", "amount"}
	// kindColumns say of which kind a dividend is.
	kindColumns = []string{"type", "kind", "dividend_type", "frequency"}
	// sideColumns are common beside splits and dividends, and are ignored without a
	// warning.
	sideColumns = []string{"prev_close", "open", "close", "pay_date", "record_date", "declaration_date"}
)

// table is a CSV file whose header has been read.
type table struct {
	c       *collector
	bytes   *records
	csv     *csv.Reader
	line    int // of the row that was read last
	columns map[string]int
	record  []string
}

// readTable reads a CSV file of any kind.
func readTable(c *collector, r io.Reader) error {
	t := &table{c: c, bytes: &records{r: r}}
	t.csv = csv.NewReader(t.bytes)
	t.csv.ReuseRecord = true
	if err := t.readHeader(); err != nil {
		return err
	}
	switch {
	case t.has("ex_date") && t.has("ratio"):
		return t.readSplits()
	case t.has("ex_date") && t.has("amount"):
		return t.readDividends()
	default:
		return t.readBars()
	}
}

// readHeader finds the columns by their names.
func (t *table) readHeader() error {
	header, err := t.read()
	if err != nil {
		return t.csvError(err)
	}
	if len(header) > maxNames {
		return sim.Errorf(sim.KindInvalid, "%s, line 1: %d columns; at most %d are expected", t.c.file, len(header), maxNames)
	}
	t.columns = make(map[string]int, len(header))
	for i, text := range header {
		name := strings.ToLower(strings.TrimSpace(text))
		if name == "" {
			name = fmt.Sprintf("(column %d, without a name)", i+1)
		}
		if _, twice := t.columns[name]; twice {
			return sim.Errorf(sim.KindInvalid, "%s, line 1: the column %s is there twice", t.c.file, quote(name))
		}
		t.columns[name] = i
	}
	return nil
}

func (t *table) has(column string) bool {
	_, ok := t.columns[column]
	return ok
}

// need checks that the columns exist, and records unknown ones.
func (t *table) need(columns, known []string) error {
	var missing []string
	for _, name := range columns {
		if !t.has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return sim.Errorf(sim.KindInvalid, "%s, line 1: the header %s lacks %s%s; %s",
			t.c.file, t.headerText(), strings.Join(missing, ", "), t.hint(missing), understood)
	}
	for _, name := range t.inOrder() {
		if !slices.Contains(columns, name) && !slices.Contains(known, name) {
			t.c.ignoreColumn(name)
		}
	}
	return nil
}

// hint explains common mistakes in a header.
func (t *table) hint(missing []string) string {
	switch {
	case !slices.Contains(missing, "symbol"):
		return ""
	case len(t.columns) == 1 && strings.ContainsAny(t.inOrder()[0], ";\t|"):
		return " (columns are separated by commas)"
	case t.has("ticker"):
		return ` (rename "ticker" to "symbol")`
	default:
		return " (a file of one symbol needs it too: add a column with the ticker in every row)"
	}
}

// inOrder returns the names of the columns from left to right.
func (t *table) inOrder() []string {
	names := make([]string, len(t.columns))
	for name, i := range t.columns {
		names[i] = name
	}
	return names
}

func (t *table) headerText() string {
	return quote(strings.Join(t.inOrder(), ","))
}

// read reads the next row, the header first.
func (t *table) read() ([]string, error) {
	record, err := t.csv.Read()
	t.bytes.taken(t.csv.InputOffset())
	if err == nil {
		t.line, _ = t.csv.FieldPos(0)
	}
	return record, err
}

// next reads the next row; false: the file has ended.
func (t *table) next() (bool, error) {
	record, err := t.read()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, t.csvError(err)
	}
	t.record = record
	return true, nil
}

// at returns the place of the row that was read last.
func (t *table) at() place { return place{line: t.line} }

func (t *table) field(column string) string {
	return strings.TrimSpace(t.record[t.columns[column]])
}

// symbolAndDate reads the columns that every row has.
func (t *table) symbolAndDate(dateColumn string) (string, sim.Date, error) {
	symbol, err := t.c.symbol(t.at(), "symbol", t.field("symbol"))
	if err != nil {
		return "", 0, err
	}
	d, err := t.c.date(t.at(), dateColumn, t.field(dateColumn))
	return symbol, d, err
}

func (t *table) readBars() error {
	if err := t.need(barColumns, nil); err != nil {
		return err
	}
	names := barNames{"open", "high", "low", "close", "volume"}
	return t.eachRow("date", func(symbol string, d sim.Date) error {
		text := barText{t.field("open"), t.field("high"), t.field("low"), t.field("close"), t.field("volume")}
		return t.c.addBar(t.at(), symbol, d, text, names)
	})
}

// eachRow calls add for each row.
func (t *table) eachRow(dateColumn string, add func(symbol string, d sim.Date) error) error {
	for {
		ok, err := t.next()
		if !ok {
			return err
		}
		symbol, d, err := t.symbolAndDate(dateColumn)
		if err != nil {
			return err
		}
		if err := add(symbol, d); err != nil {
			return err
		}
	}
}

// csvError places an error in the format of a CSV file.
func (t *table) csvError(err error) error {
	var form *csv.ParseError
	if errors.Is(err, errRecord) {
		return sim.Errorf(sim.KindInvalid, "%s, after line %d: %w", t.c.file, t.line, errRecord)
	}
	if !errors.As(err, &form) {
		return err
	}
	if errors.Is(form.Err, csv.ErrFieldCount) {
		return sim.Errorf(sim.KindInvalid, "%s, line %d: another number of fields than in the header, which has %d", t.c.file,
			form.Line, len(t.columns))
	}
	return sim.Errorf(sim.KindInvalid, "%s, line %d, character %d: the CSV is broken: %w", t.c.file, form.Line, form.Column, form.Err)
}
