package daily

import (
	"fmt"
	"time"

	"aitrader/internal/sim"
)

// TimeOfDay is a wall-clock time in New York.
type TimeOfDay struct{ hour, minute int }

// earliest is when the bars of the same day can first be available: the exchanges
// close at 16:00, and vendors need half an hour.
var earliest = TimeOfDay{16, 30}

// ParseTimeOfDay reads a time as HH:MM. It must be after the end of the trading
// day.
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	t, err := time.Parse("15:04", text)
	at := TimeOfDay{t.Hour(), t.Minute()}
	if err != nil || len(text) != len("15:04") || at.before(earliest) {
		return TimeOfDay{}, sim.Errorf(sim.KindInvalid, "%q: a time in New York from %s to 23:59 is expected, as HH:MM: "+
			"the exchanges close at 16:00, and bars are available half an hour later", text, earliest)
	}
	return at, nil
}

// String returns the time as HH:MM.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t.hour, t.minute) }

func (t TimeOfDay) before(o TimeOfDay) bool {
	return t.hour < o.hour || t.hour == o.hour && t.minute < o.minute
}

// on returns the instant at which clocks in New York show the time on a date, with
// or without daylight saving time.
func (t TimeOfDay) on(d sim.Date) time.Time {
	year, month, day := d.Time().Date()
	return time.Date(year, month, day, t.hour, t.minute, 0, 0, sim.DefaultMarket.Zone)
}
