package sim

import "time"

// Date is a calendar date without a time zone, as days since 1970-01-01. The
// zero value means "no date"; the dates of a market are all later. Dates are
// compared and subtracted with the operators of integers.
type Date int32

const dateLayout = "2006-01-02"

// NewDate returns the date of a year, month and day, normalised as time.Date
// does.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads a zero-padded YYYY-MM-DD date that exists in the calendar.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil || t.Year() < 1971 {
		return 0, Errorf(KindInvalid, "%q is not a date: YYYY-MM-DD is expected, a real calendar date from 1971 on", s)
	}
	return DateOf(t), nil
}

// MustParseDate is ParseDate for constants in code; it panics on a bad date.
func MustParseDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// DateOf returns the calendar date of an instant in the zone that it carries.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return NewDate(y, m, d)
}

// Time returns midnight UTC of the date.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == 0 }

// String returns YYYY-MM-DD, or "" for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(dateLayout)
}

// MarshalText writes YYYY-MM-DD, or nothing for no date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
