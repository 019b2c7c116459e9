package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// family is a market in the table: everything but the length of its bars.
type family struct {
	name     string
	zone     string
	calendar calendar
	sessions []session // in order
	// labelled says by which of its ends a bar within the day is named.
	labelled end
	// hourly is where the first bar of an hour begins, if not at the opening.
	hourly int
}

// session is a span of continuous trading, in minutes from midnight.
type session struct{ opens, closes int }

type end bool

const (
	byStart end = false
	byEnd   end = true
)

// clockAt returns the minutes from midnight.
func clockAt(hour, minute int) int { return hour*60 + minute }

// families is the table of markets. A new market is one entry here, and its calendar.
var families = []family{
	{
		name: "us", zone: "America/New_York", calendar: nyse,
		sessions: []session{{clockAt(9, 30), clockAt(16, 0)}},
		labelled: byStart,
		hourly:   clockAt(10, 0), // vendors name the bar of the first half hour 09:00, and it is not traded
	},
	{
		name: "cn", zone: "Asia/Shanghai", calendar: sse,
		sessions: []session{{clockAt(9, 30), clockAt(11, 30)}, {clockAt(13, 0), clockAt(15, 0)}},
		labelled: byEnd,
	},
	{
		name: "crypto", zone: "UTC",
		sessions: []session{{0, clockAt(24, 0)}},
		labelled: byStart,
	},
}

// DefaultMarket is the market of a configuration, and of a store, that names none.
var DefaultMarket = builtIn("us")

func builtIn(name string) *Market {
	m, err := MarketNamed(name)
	if err != nil {
		panic(err)
	}
	return m
}

// hourlyName is another name of bars of 60 minutes.
const hourlyName = "hourly"

// MarketNamed returns a market: "us" has one bar a day, "us-hourly" one an hour, and
// "us-5m" one in five minutes.
func MarketNamed(name string) (*Market, error) {
	base, interval, intraday := strings.Cut(name, "-")
	i := slices.IndexFunc(families, func(f family) bool { return f.name == base })
	minutes, ok := intervalNamed(interval)
	switch {
	case i >= 0 && !intraday:
		return families[i].market(name, 0)
	case i >= 0 && ok:
		return families[i].market(name, minutes)
	}
	return nil, Errorf(KindInvalid, "market %s is not known: %s is expected, or one of them with the length of its bars, "+
		"as in us-hourly and us-5m", quote(name), familyNames())
}

// intervalNamed reads the length of a bar.
func intervalNamed(s string) (minutes int, ok bool) {
	if s == hourlyName {
		return 60, true
	}
	minutes, err := strconv.Atoi(strings.TrimSuffix(s, "m"))
	return minutes, err == nil && s == fmt.Sprintf("%dm", minutes) && minutes > 0 && minutes != 60 && minutes < 24*60
}

func familyNames() string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

// market returns the market with bars of some minutes; 0 is one bar a day.
func (f family) market(name string, minutes int) (*Market, error) {
	zone, err := time.LoadLocation(f.zone)
	if err != nil {
		return nil, err
	}
	m := &Market{Name: name, Zone: zone, calendar: f.calendar, daily: minutes == 0}
	if m.daily {
		m.bars = []barTime{{opens: f.sessions[0].opens, closes: f.sessions[len(f.sessions)-1].closes}}
		return m, nil
	}
	for _, s := range f.sessions {
		m.bars = append(m.bars, f.barsOf(s, minutes)...)
	}
	return m, nil
}

// barsOf cuts a session into bars. What is left at its end is a shorter one.
func (f family) barsOf(s session, minutes int) []barTime {
	opens := s.opens
	if minutes == 60 {
		opens = max(opens, f.hourly)
	}
	var out []barTime
	for ; opens < s.closes; opens += minutes {
		b := barTime{label: opens, opens: opens, closes: min(opens+minutes, s.closes)}
		if f.labelled == byEnd {
			b.label = b.closes
		}
		out = append(out, b)
	}
	return out
}
