package sim

import (
	"strings"
	"time"
)

// The calendar of the Shanghai and Shenzhen stock exchanges, from 2000 to 2026: the
// State Council announces the holidays of a year at the end of the one before, and the
// exchanges publish their closures from them. In a year that is not listed every weekday
// counts as a trading day, and those without bars are left out of jobs.

var sse = calendar{weekend: true, holiday: sseHoliday}

// sseClosures lists the closed weekdays of each year: days, and spans of days, which may
// cross a weekend.
var sseClosures = map[int]string{
	2000: "01-03 01-31:02-11 05-01:05-05 10-02:10-06",
	2001: "01-01 01-22:02-02 05-01:05-07 10-01:10-05",
	2002: "01-01:01-03 02-11:02-22 05-01:05-07 09-30:10-07",
	2003: "01-01 01-30:02-07 05-01:05-09 10-01:10-07",
	2004: "01-01 01-19:01-28 05-03:05-07 10-01:10-07",
	2005: "01-03 02-07:02-15 05-02:05-06 10-03:10-07",
	2006: "01-02:01-03 01-26:02-03 05-01:05-05 10-02:10-06",
	2007: "01-01:01-03 02-19:02-23 05-01:05-07 10-01:10-05 12-31",
	2008: "01-01 02-06:02-12 04-04 05-01:05-02 06-09 09-15 09-29:10-03",
	2009: "01-01:01-02 01-26:01-30 04-06 05-01 05-28:05-29 10-01:10-08",
	2010: "01-01 02-15:02-19 04-05 05-03 06-14:06-16 09-22:09-24 10-01:10-07",
	2011: "01-03 02-02:02-08 04-04:04-05 05-02 06-06 09-12 10-03:10-07",
	2012: "01-02:01-03 01-23:01-27 04-02:04-04 04-30:05-01 06-22 10-01:10-05",
	2013: "01-01:01-03 02-11:02-15 04-04:04-05 04-29:05-01 06-10:06-12 09-19:09-20 10-01:10-07",
	2014: "01-01 01-31:02-06 04-07 05-01:05-02 06-02 09-08 10-01:10-07",
	2015: "01-01:01-02 02-18:02-24 04-06 05-01 06-22 09-03:09-04 10-01:10-07",
	2016: "01-01 02-08:02-12 04-04 05-02 06-09:06-10 09-15:09-16 10-03:10-07",
	2017: "01-02 01-27:02-02 04-03:04-04 05-01 05-29:05-30 10-02:10-06",
	2018: "01-01 02-15:02-21 04-05:04-06 04-30:05-01 06-18 09-24 10-01:10-05 12-31",
	2019: "01-01 02-04:02-08 04-05 05-01:05-03 06-07 09-13 10-01:10-07",
	2020: "01-01 01-24:01-31 04-06 05-01:05-05 06-25:06-26 10-01:10-08",
	2021: "01-01 02-11:02-17 04-05 05-03:05-05 06-14 09-20:09-21 10-01:10-07",
	2022: "01-03 01-31:02-04 04-04:04-05 05-02:05-04 06-03 09-12 10-03:10-07",
	2023: "01-02 01-23:01-27 04-05 05-01:05-03 06-22:06-23 09-29:10-06",
	2024: "01-01 02-09:02-16 04-04:04-05 05-01:05-03 06-10 09-16:09-17 10-01:10-07",
	2025: "01-01 01-28:02-04 04-04 05-01:05-05 06-02 10-01:10-08",
	2026: "01-01:01-02 02-16:02-23 04-06 05-01:05-05 06-19 09-25 10-01:10-07",
}

// sseHoliday returns the name of the holiday for which the exchanges are closed on a
// weekday, or "".
func sseHoliday(d Date) string {
	t := d.Time()
	day := t.Format("01-02")
	for span := range strings.FieldsSeq(sseClosures[t.Year()]) {
		first, last, isSpan := strings.Cut(span, ":")
		if !isSpan {
			last = first
		}
		if first <= day && day <= last {
			return chineseHoliday(t.Month())
		}
	}
	return ""
}

// chineseHoliday names the public holiday that a closure in a month is for. Where two
// fall into one month, the name holds both.
func chineseHoliday(m time.Month) string {
	switch m {
	case time.January, time.February:
		return "New Year or Spring Festival"
	case time.April:
		return "Qingming Festival"
	case time.May:
		return "Labour Day or Dragon Boat Festival"
	case time.June:
		return "Dragon Boat Festival"
	case time.December:
		return "New Year"
	}
	return "National Day or Mid-Autumn Festival"
}
