package recorded

import (
	"slices"

	"aitrader/internal/sim"
)

// Recording is a recording in memory. It does not change and is safe for
// concurrent use.
type Recording struct {
	name  string
	dates []sim.Date // of its rows, in order
	days  map[sim.Date]*day
}

// day holds the rows of one date.
type day struct {
	orders []row // those that trade, in the order of the file
	last   row
}

func newRecording(name string) *Recording {
	return &Recording{name: name, days: map[sim.Date]*day{}}
}

// add takes in the next row of the file. The rows of a date need not stand
// together; their order counts.
func (r *Recording) add(next row) {
	d := r.days[next.date]
	if d == nil {
		d = &day{}
		r.days[next.date] = d
		r.dates = append(r.dates, next.date)
	}
	if next.order != nil {
		d.orders = append(d.orders, next)
	}
	d.last = next
}

// orders lists the rows that trade on a date.
func (r *Recording) orders(d sim.Date) []row {
	if day := r.days[d]; day != nil {
		return day.orders
	}
	return nil
}

// lastRow returns the last row up to a date.
func (r *Recording) lastRow(d sim.Date) (row, bool) {
	i, found := slices.BinarySearch(r.dates, d)
	if found {
		i++
	}
	if i == 0 {
		return row{}, false
	}
	return r.days[r.dates[i-1]].last, true
}
