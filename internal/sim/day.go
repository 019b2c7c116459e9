package sim

import "time"

// Day is one closed day of a book. It never changes.
type Day struct {
	Book      BookKey
	Ref       DayRef
	Prev      DayRef // its predecessor in the chain
	JobID     string
	Attempt   int
	Opening   Ledger  // the predecessor's closing ledger, or the initial cash
	Entries   []Entry // corporate actions first, then fills
	Closing   Ledger
	Session   Session
	Prices    string // the version of the prices that it was traded on
	StartedAt time.Time
	ClosedAt  time.Time
}

// Fills returns the executed orders of the day.
func (d Day) Fills() []Entry {
	var out []Entry
	for _, e := range d.Entries {
		if e.IsFill() {
			out = append(out, e)
		}
	}
	return out
}
