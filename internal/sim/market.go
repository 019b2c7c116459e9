package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the zones of the markets, where the system has none: a scratch container, a Lambda base image
)

// Market is a place of trading, as a value: where and when it trades, in which steps of
// time, and by which rules. The table of markets is in markets.go. A market never
// changes, and is safe for concurrent use.
type Market struct {
	Name string
	// Zone is the time zone of its clock. Dates are on that clock.
	Zone *time.Location

	calendar calendar
	bars     []barTime
	daily    bool // one bar a day, which is named by its day
}

// calendar says on which days a market trades.
type calendar struct {
	weekend bool // it is closed on Saturdays and Sundays
	// holiday returns why the market is closed on another day, or "".
	holiday func(Date) string
	// closesEarly returns the minute of the close, on days when it is before the usual one.
	closesEarly func(Date) (minute int, early bool)
}

// barTime is one bar of a day, in minutes from midnight.
type barTime struct {
	label         int // by which files name it
	opens, closes int
}

// IsTradingDay reports whether the market trades on the day of a date.
func (m *Market) IsTradingDay(d Date) bool {
	return !m.isWeekend(d) && m.Holiday(d) == ""
}

// isWeekend reports whether the market is closed because of the day of the week.
func (m *Market) isWeekend(d Date) bool {
	w := d.Weekday()
	return m.calendar.weekend && (w == time.Saturday || w == time.Sunday)
}

// Holiday returns why the market is closed on a day on which it would trade by the day
// of the week, or "".
func (m *Market) Holiday(d Date) string {
	if m.calendar.holiday == nil || m.isWeekend(d) {
		return ""
	}
	return m.calendar.holiday(d.Day())
}

// Intraday reports whether the market has several bars a day.
func (m *Market) Intraday() bool { return !m.daily }

// IsBar reports whether a date names a bar of the market.
func (m *Market) IsBar(d Date) bool {
	minute, intraday := d.Minute()
	if intraday == m.daily || !m.IsTradingDay(d) {
		return false
	}
	if m.daily {
		return true
	}
	b, found := m.labelled(minute)
	return found && b.closes <= m.closing(d)
}

// labelled returns the bar that a minute names.
func (m *Market) labelled(minute int) (barTime, bool) {
	i, found := slices.BinarySearchFunc(m.bars, minute, func(b barTime, label int) int { return b.label - label })
	if !found {
		return barTime{}, false
	}
	return m.bars[i], true
}

// barsOn returns the bars of a day, in order.
func (m *Market) barsOn(d Date) []Date {
	day := d.Day()
	if !m.IsTradingDay(day) {
		return nil
	}
	if m.daily {
		return []Date{day}
	}
	closing := m.closing(day)
	out := make([]Date, 0, len(m.bars))
	for _, b := range m.bars {
		if b.closes <= closing {
			out = append(out, day.At(b.label))
		}
	}
	return out
}

// closing returns the minute at which trading ends on a trading day.
func (m *Market) closing(d Date) int {
	if m.calendar.closesEarly != nil {
		if minute, early := m.calendar.closesEarly(d.Day()); early {
			return minute
		}
	}
	return m.bars[len(m.bars)-1].closes
}

// Bars returns the bars from one date to another, both included. A day as a bound stands
// for all of its bars.
func (m *Market) Bars(from, to Date) []Date {
	var out []Date
	for day := from.Day(); day <= to; day = day.AddDays(1) {
		for _, d := range m.barsOn(day) {
			if d >= from && d <= m.through(to) {
				out = append(out, d)
			}
		}
	}
	return out
}

// through returns the last date that a bound includes.
func (m *Market) through(d Date) Date {
	if _, isBar := d.Minute(); isBar || m.daily {
		return d
	}
	return d.LastMinute()
}

// NextBar returns the first bar after a date.
func (m *Market) NextBar(d Date) Date {
	for day := d.Day(); ; day = day.AddDays(1) {
		for _, bar := range m.barsOn(day) {
			if bar > d {
				return bar
			}
		}
	}
}

// PrevBar returns the last bar before a date.
func (m *Market) PrevBar(d Date) Date {
	for day := d.Day(); ; day = day.AddDays(-1) {
		for _, bar := range slices.Backward(m.barsOn(day)) {
			if bar < d {
				return bar
			}
		}
	}
}

// LastBar returns the last bar up to a date, itself included. A day stands for its last
// bar.
func (m *Market) LastBar(d Date) Date {
	if d = m.through(d); m.IsBar(d) {
		return d
	}
	return m.PrevBar(d)
}

// City names the time zone for people: "New York".
func (m *Market) City() string {
	zone := m.Zone.String()
	return strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " ")
}

// barNames lists how its bars are named, for an error.
func (m *Market) barNames() string {
	if m.daily {
		return "a day, as YYYY-MM-DD,"
	}
	var names []string
	for i, b := range m.bars {
		if i < 8 || i == len(m.bars)-1 {
			names = append(names, fmt.Sprintf("%02d:%02d", b.label/60, b.label%60))
		} else if i == 8 {
			names = append(names, "...")
		}
	}
	return "one of " + strings.Join(names, ", ")
}

// Today returns the day at a time.
func (m *Market) Today(now time.Time) Date { return DateOf(now.In(m.Zone)) }

// Opens returns the moment at which a bar opens. A day opens with its first bar.
func (m *Market) Opens(d Date) time.Time { return m.clock(d, m.barTime(d).opens) }

// closes returns the moment at which a bar closes.
func (m *Market) closes(d Date) time.Time {
	return m.clock(d, min(m.barTime(d).closes, m.closing(d)))
}

// barTime returns the times of a bar; of a date that names none, those of the first.
func (m *Market) barTime(d Date) barTime {
	minute, _ := d.Minute()
	if b, found := m.labelled(minute); found {
		return b
	}
	return m.bars[0]
}

// clock returns the moment of a minute of a day.
func (m *Market) clock(d Date, minute int) time.Time {
	year, month, day := d.Time().Date()
	return time.Date(year, month, day, 0, minute, 0, 0, m.Zone)
}

// settling is how long after its close a bar is taken for final. The feeds of many
// vendors lag by 15 minutes, and would report a bar that is not over for them.
const settling = 30 * time.Minute

// LastSettled returns the last bar that is over at a time, and that vendors can know.
func (m *Market) LastSettled(now time.Time) Date {
	d := m.LastBar(m.Today(now))
	for now.Before(m.closes(d).Add(settling)) {
		d = m.PrevBar(d)
	}
	return d
}
