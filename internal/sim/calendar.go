package sim

import (
	"time"
	_ "time/tzdata" // New York, where the system has no time zones: a scratch container, a Lambda base image
)

// The calendar of the US exchanges (NYSE and Nasdaq), by rule from 2000 on.
// Sources: the holiday rule of NYSE (Rule 7.2) and the exchanges' notices of
// one-off closures.

// NewYork is the time zone of the US exchanges.
var NewYork = func() *time.Location {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err) // time/tzdata holds it
	}
	return zone
}()

// Today returns the date in New York at a time.
func Today(now time.Time) Date { return DateOf(now.In(NewYork)) }

// OpeningBell returns the moment at which the exchanges open on a date: 09:30 in
// New York.
func OpeningBell(d Date) time.Time {
	year, month, day := d.Time().Date()
	return time.Date(year, month, day, 9, 30, 0, 0, NewYork)
}

// specialClosures lists the closures outside the rule.
var specialClosures = map[Date]string{
	NewDate(2001, time.September, 11): "terrorist attacks",
	NewDate(2001, time.September, 12): "terrorist attacks",
	NewDate(2001, time.September, 13): "terrorist attacks",
	NewDate(2001, time.September, 14): "terrorist attacks",
	NewDate(2004, time.June, 11):      "mourning for President Reagan",
	NewDate(2007, time.January, 2):    "mourning for President Ford",
	NewDate(2012, time.October, 29):   "Hurricane Sandy",
	NewDate(2012, time.October, 30):   "Hurricane Sandy",
	NewDate(2018, time.December, 5):   "mourning for President Bush",
	NewDate(2025, time.January, 9):    "mourning for President Carter",
}

// IsTradingDay reports whether the US exchanges trade on a date.
func IsTradingDay(d Date) bool {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	return Holiday(d) == ""
}

// Holiday returns why the exchanges are closed on a weekday, or "".
func Holiday(d Date) string {
	if reason, ok := specialClosures[d]; ok {
		return reason
	}
	year, month, day := d.Time().Date()
	switch {
	case month == time.January && d.Weekday() == time.Monday && nth(day) == 3:
		return "Martin Luther King Jr. Day"
	case month == time.February && d.Weekday() == time.Monday && nth(day) == 3:
		return "Washington's Birthday"
	case d == easter(year)-2:
		return "Good Friday"
	case month == time.May && d.Weekday() == time.Monday && day > 24:
		return "Memorial Day"
	case month == time.September && d.Weekday() == time.Monday && nth(day) == 1:
		return "Labor Day"
	case month == time.November && d.Weekday() == time.Thursday && nth(day) == 4:
		return "Thanksgiving Day"
	}
	return fixedHoliday(d, year)
}

// fixedHoliday returns the holiday of a fixed date that is observed on d: on the
// Friday before a Saturday, on the Monday after a Sunday. New Year's Day on a
// Saturday is not moved, because the year's books close on that Friday.
func fixedHoliday(d Date, year int) string {
	for _, h := range []struct {
		name  string
		month time.Month
		day   int
		from  int
	}{
		{"New Year's Day", time.January, 1, 0},
		{"Juneteenth", time.June, 19, 2022},
		{"Independence Day", time.July, 4, 0},
		{"Christmas Day", time.December, 25, 0},
	} {
		if year < h.from {
			continue
		}
		on := NewDate(year, h.month, h.day)
		switch on.Weekday() {
		case time.Saturday:
			if h.month == time.January {
				continue
			}
			on--
		case time.Sunday:
			on++
		}
		if d == on {
			return h.name
		}
	}
	return ""
}

// IsEarlyClose reports whether the exchanges close at 13:00 instead of 16:00 on
// a trading day: before Independence Day, after Thanksgiving, on Christmas Eve.
// This is the practice since 2013; earlier years had a few more.
func IsEarlyClose(d Date) bool {
	if !IsTradingDay(d) {
		return false
	}
	_, month, day := d.Time().Date()
	switch {
	case month == time.July && day == 3:
		return true
	case month == time.November && d.Weekday() == time.Friday:
		return Holiday(d-1) == "Thanksgiving Day"
	case month == time.December && day == 24:
		return true
	}
	return false
}

// settling is how long after the close a day's bars are taken for final. The feeds
// of many vendors lag by 15 minutes, and would report a day that is not over for
// them.
const settling = 30 * time.Minute

// LastSettled returns the last trading day that is over at a time, and whose bars
// vendors can know.
func LastSettled(now time.Time) Date {
	now = now.In(NewYork)
	today := DateOf(now)
	closing := 16
	if IsEarlyClose(today) {
		closing = 13
	}
	year, month, day := now.Date()
	over := time.Date(year, month, day, closing, 0, 0, 0, NewYork).Add(settling)
	if IsTradingDay(today) && !now.Before(over) {
		return today
	}
	return PrevTradingDay(today)
}

// NextTradingDay returns the first trading day after a date.
func NextTradingDay(d Date) Date {
	for d++; !IsTradingDay(d); d++ {
	}
	return d
}

// PrevTradingDay returns the last trading day before a date.
func PrevTradingDay(d Date) Date {
	for d--; !IsTradingDay(d); d-- {
	}
	return d
}

// TradingDays returns the trading days from one date to another, both included.
func TradingDays(from, to Date) []Date {
	var out []Date
	for d := from; d <= to; d++ {
		if IsTradingDay(d) {
			out = append(out, d)
		}
	}
	return out
}

// nth returns which of its weekday in the month a day is, from 1.
func nth(day int) int { return (day-1)/7 + 1 }

// easter returns Easter Sunday in the Gregorian calendar, by the anonymous
// algorithm (Nature, 20 April 1876; Meeus, Astronomical Algorithms, ch. 8).
func easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return NewDate(year, time.Month(month), day)
}
