package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
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
	return json.Unmarshal([]byte(text), c.v)
}
