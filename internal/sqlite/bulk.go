package sqlite

import (
	"database/sql/driver"
	"strings"
)

// bulkInsert inserts rows of a table that share their first column.
type bulkInsert struct {
	columns int      // without the shared one
	texts   []string // of statements with 1, 2, ... rows
}

// maxRows bounds the rows of one statement, and with it the number of statements
// that are prepared.
const maxRows = 16

// newBulkInsert returns the statements of a table: into begins them, up to the table's
// name, shared is the shared column, others are the others, separated by commas.
func newBulkInsert(into, shared, others string) bulkInsert {
	b := bulkInsert{columns: strings.Count(others, ",") + 1}
	row := "(?1" + strings.Repeat(", ?", b.columns) + ")"
	for n := range maxRows {
		b.texts = append(b.texts, into+" ("+shared+", "+others+") VALUES "+row+strings.Repeat(", "+row, n))
	}
	return b
}

// bulkRows are the rows of a bulkInsert.
type bulkRows struct {
	into   bulkInsert
	chunks [][]any // the arguments of a statement each; the shared value is their first
	size   int     // how many rows are to come, where it is known: room is made for them at once
	err    error
}

// add adds a row, without the shared column. It converts the values to those of the
// driver, which leaves less work to the writer when the caller adds the rows.
func (r *bulkRows) add(values ...any) {
	last := len(r.chunks) - 1
	if last < 0 || len(r.chunks[last]) > (maxRows-1)*r.into.columns+1 {
		n := min(r.size, maxRows)
		r.chunks = append(r.chunks, make([]any, 1, n*r.into.columns+1))
		r.size -= n
		last++
	}
	for _, v := range bind(values) {
		v, err := driver.DefaultParameterConverter.ConvertValue(v)
		if err != nil && r.err == nil {
			r.err = err
		}
		r.chunks[last] = append(r.chunks[last], v)
	}
}

// insert writes the rows.
func (r bulkRows) insert(t *tx, shared any) error {
	if r.err != nil {
		return r.err
	}
	for _, chunk := range r.chunks {
		chunk[0] = shared
		if err := t.exec(r.into.texts[(len(chunk)-1)/r.into.columns-1], chunk...); err != nil {
			return err
		}
	}
	return nil
}
