package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"aitrader/internal/sim"
)

// instantLayout has a fixed width, so that instants sort as text.
const instantLayout = "2006-01-02T15:04:05.000000000Z"

// instant stores a time as text in UTC, and the zero time as NULL.
type instant time.Time

// Value writes the column.
func (i instant) Value() (driver.Value, error) {
	t := time.Time(i)
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Format(instantLayout), nil
}

// Scan reads the column.
func (i *instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = instant{}
		return nil
	case string:
		t, err := time.Parse(instantLayout, v)
		*i = instant(t)
		return err
	default:
		return fmt.Errorf("sqlite: cannot read an instant from %T", src)
	}
}

// date reads a date that is stored as text, or as NULL for no date. Statements and
// scans convert dates of the domain by [bind] and [into]: a [sim.Date] itself is an
// integer to database/sql.
type date sim.Date

// Scan reads the column.
func (d *date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = 0
		return nil
	case string:
		return (*sim.Date)(d).UnmarshalText([]byte(v))
	default:
		return fmt.Errorf("sqlite: cannot read a date from %T", src)
	}
}

// bind gives the arguments of a statement the form in which they are stored.
func bind(args []any) []any {
	for i, a := range args {
		switch d, ok := a.(sim.Date); {
		case !ok:
		case d.IsZero():
			args[i] = nil
		default:
			args[i] = d.String()
		}
	}
	return args
}

// into is the reverse of bind, for the targets of a scan.
func into(dest []any) []any {
	for i, to := range dest {
		if d, ok := to.(*sim.Date); ok {
			dest[i] = (*date)(d)
		}
	}
	return dest
}

// jsonColumn stores what v points to as JSON text.
type jsonColumn struct{ v any }

// Value writes the column.
func (c jsonColumn) Value() (driver.Value, error) {
	text, err := json.Marshal(c.v)
	return string(text), err
}

// Scan reads the column.
func (c jsonColumn) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("sqlite: cannot read JSON from %T", src)
	}
	if text == "null" {
		switch v := reflect.ValueOf(c.v).Elem(); v.Kind() { // most columns are empty
		case reflect.Map, reflect.Pointer, reflect.Slice:
			v.SetZero()
			return nil
		}
	}
	return json.Unmarshal([]byte(text), c.v)
}
