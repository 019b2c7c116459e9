package portfolio

import (
	"slices"

	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Curve is a range of a book's closed days with their values. It has at least one
// day.
type Curve struct {
	Days   []sim.Day // in order
	Before Point     // the close before the first day, or the initial cash
	Points []Point   // the close of each day
}

// NewCurve values closed days of one book, in order. opening is the first of them
// again, with its opening ledger, which days may lack.
func NewCurve(market *sim.MarketData, days []sim.Day, opening sim.Day) Curve {
	c := Curve{Days: days, Before: CloseBefore(market, opening), Points: make([]Point, len(days))}
	for i, d := range days {
		c.Points[i] = CloseOf(market, d)
	}
	return c
}

// Last is the close of the last day.
func (c Curve) Last() Point { return c.Points[len(c.Points)-1] }

// Series is the curve in numbers, with the point before the first day.
func (c Curve) Series() Series {
	s := Series{[]sim.Date{c.Before.Date}, []float64{c.Before.Value.Float()}}
	for _, p := range c.Points {
		s.Dates, s.Values = append(s.Dates, p.Date), append(s.Values, p.Value.Float())
	}
	return s
}

// Series holds values in USD by date, in order.
type Series struct {
	Dates  []sim.Date
	Values []float64
}

// ByDate indexes the values.
func (s Series) ByDate() Closes {
	closes := make(Closes, len(s.Dates))
	for i, d := range s.Dates {
		closes[d] = s.Values[i]
	}
	return closes
}

// Closes holds the values of one book in USD by date.
type Closes map[sim.Date]float64

// returnsOn gives the returns from each of some dates to the next one. All dates
// must be there.
func (c Closes) returnsOn(dates []sim.Date) []float64 {
	values := make([]float64, len(dates))
	for i, d := range dates {
		values[i] = c[d]
	}
	return stats.Returns(values)
}

// commonDates returns the dates on which all curves have a close, in order.
func commonDates(curves []Closes) []sim.Date {
	if len(curves) == 0 {
		return nil
	}
	var common []sim.Date
	for d := range curves[0] {
		missing := func(c Closes) bool { _, ok := c[d]; return !ok }
		if !slices.ContainsFunc(curves[1:], missing) {
			common = append(common, d)
		}
	}
	slices.Sort(common)
	return common
}
