package sim

import "time"

// The calendar of the US exchanges (NYSE and Nasdaq), by rule from 2000 on.
// Sources: the holiday rule of NYSE (Rule 7.2) and the exchanges' notices of
// one-off closures.

var nyse = calendar{weekend: true, holiday: nyseHoliday, closesEarly: nyseEarlyClose}

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

// nyseHoliday returns why the exchanges are closed on a weekday, or "".
func nyseHoliday(d Date) string {
	if reason, ok := specialClosures[d]; ok {
		return reason
	}
	year, month, day := d.Time().Date()
	switch {
	case month == time.January && d.Weekday() == time.Monday && nth(day) == 3:
		return "Martin Luther King Jr. Day"
	case month == time.February && d.Weekday() == time.Monday && nth(day) == 3:
		return "Washington's Birthday"
	case d == easter(year).AddDays(-2):
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
			on = on.AddDays(-1)
		case time.Sunday:
			on = on.AddDays(1)
		}
		if d == on {
			return h.name
		}
	}
	return ""
}

// nyseEarlyClose returns 13:00 for the trading days on which the exchanges close early:
// before Independence Day, after Thanksgiving, on Christmas Eve. This is the practice
// since 2013; earlier years had a few more.
func nyseEarlyClose(d Date) (minute int, early bool) {
	_, month, day := d.Time().Date()
	switch {
	case month == time.July && day == 3,
		month == time.November && d.Weekday() == time.Friday && nyseHoliday(d.AddDays(-1)) == "Thanksgiving Day",
		month == time.December && day == 24:
		return 13 * 60, true
	}
	return 0, false
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
