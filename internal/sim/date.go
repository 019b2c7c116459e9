package sim

import "time"

// Date names a bar in time: a day, or in a market with several bars a day the minute
// that a bar is labelled with, on the clock of the exchange. It has no time zone. The
// zero value means "no date"; the dates of a market are all later.
//
// Dates are compared with the operators of integers: a day comes before its bars, and
// they come before the next day. They are not added to; see [Date.AddDays].
type Date int64

// perDay is the number of dates within a day: the day itself, and each of its minutes.
const perDay = 1 + 24*60

const (
	dayLayout    = "2006-01-02"
	minuteLayout = "2006-01-02 15:04"
)

// NewDate returns the day of a year, month and day, normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400 * perDay)
}

// ParseDate reads a day: a zero-padded YYYY-MM-DD date that exists in the calendar.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dayLayout, s)
	if err != nil || t.Year() < 1971 {
		return 0, Errorf(KindInvalid, "%q is not a date: YYYY-MM-DD is expected, a real calendar date from 1971 on", s)
	}
	return DateOf(t), nil
}

// ParseBar reads a day, or YYYY-MM-DD HH:MM. Seconds of zero, and a T for the blank, are
// understood.
func ParseBar(s string) (Date, error) {
	for _, layout := range []string{minuteLayout, "2006-01-02 15:04:00", "2006-01-02T15:04", "2006-01-02T15:04:00"} {
		if len(s) != len(layout) {
			continue // most are days: their errors would cost more than their reading
		}
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1971 && t.Format(layout) == s {
			return DateOf(t).At(t.Hour()*60 + t.Minute()), nil
		}
	}
	d, err := ParseDate(s)
	if err != nil {
		return 0, Errorf(KindInvalid, "%q is not a date: YYYY-MM-DD is expected, a real calendar date from 1971 on, or YYYY-MM-DD HH:MM", s)
	}
	return d, nil
}

// MustParseDate is [ParseBar] for constants in code; it panics on a bad date.
func MustParseDate(s string) Date {
	d, err := ParseBar(s)
	if err != nil {
		panic(err)
	}
	return d
}

// DateOf returns the day of an instant in the zone that it carries.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return NewDate(y, m, d)
}

// Day returns the day that the date lies in.
func (d Date) Day() Date { return d - d%perDay }

// At returns a minute of the day, counted from midnight.
func (d Date) At(minute int) Date { return d.Day() + 1 + Date(minute) }

// Minute returns the minute of the day, from midnight; ok is false for a day.
func (d Date) Minute() (minute int, ok bool) {
	of := int(d % perDay)
	return of - 1, of > 0
}

// LastMinute returns the last minute of the day: no date of the day is after it.
func (d Date) LastMinute() Date { return d.Day() + perDay - 1 }

// AddDays returns the date some days later, or earlier, at the same minute.
func (d Date) AddDays(days int) Date { return d + Date(days)*perDay }

// DaysSince returns the number of calendar days from another date to this one,
// whatever their minutes.
func (d Date) DaysSince(from Date) int { return int(d/perDay - from/perDay) }

// Next returns the first date of the same kind after this one: the next day, or the
// next minute.
func (d Date) Next() Date {
	minute, ok := d.Minute()
	switch {
	case !ok:
		return d.AddDays(1)
	case minute == 24*60-1:
		return d.AddDays(1).At(0)
	}
	return d + 1
}

// Time returns the date as if it were in UTC; a day is its midnight.
func (d Date) Time() time.Time {
	minute, _ := d.Minute()
	return time.Unix(int64(d/perDay)*86400+int64(max(minute, 0))*60, 0).UTC()
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == 0 }

// String returns YYYY-MM-DD, YYYY-MM-DD HH:MM for a minute, or "" for no date. Texts
// sort as the dates do.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	if _, ok := d.Minute(); ok {
		return d.Time().Format(minuteLayout)
	}
	return d.Time().Format(dayLayout)
}

// MarshalText writes what String returns.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseBar(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
