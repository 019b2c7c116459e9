package daily

import (
	"fmt"
	"time"

	"aitrader/internal/sim"
)

// TimeOfDay is a time on the clocks of New York.
type TimeOfDay struct{ hour, minute int }

// earliest is the first time at which the bars of the same day can be there: the
// exchanges close at 16:00, and a day is over for vendors half an hour later.
var earliest = TimeOfDay{16, 30}

// ParseTimeOfDay reads a time as HH:MM. It must be one at which the trading day
// is over.
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	t, err := time.Parse("15:04", text)
	at := TimeOfDay{t.Hour(), t.Minute()}
	if err != nil || len(text) != len("15:04") || at.before(earliest) {
		return TimeOfDay{}, sim.Errorf(sim.KindInvalid, "%q: a time of New York from %s to 23:59 is expected, as HH:MM: the exchanges close at 16:00, and bars are asked for half an hour later", text, earliest)
	}
	return at, nil
}

// String returns the time as HH:MM.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t.hour, t.minute) }

func (t TimeOfDay) before(o TimeOfDay) bool {
	return t.hour < o.hour || t.hour == o.hour && t.minute < o.minute
}

// on returns the instant at which clocks in New York show the time on a date,
// whatever the offset from UTC is on that day.
func (t TimeOfDay) on(d sim.Date, newYork *time.Location) time.Time {
	year, month, day := d.Time().Date()
	return time.Date(year, month, day, t.hour, t.minute, 0, 0, newYork)
}
