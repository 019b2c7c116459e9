package portfolio

import (
	"math"

	"aitrader/internal/sim"
)

// Return is the change from one value to another, in percent of the first; nil
// when the first is not above 0, and when the percentage does not fit.
func Return(from, to sim.Money) *sim.Percent {
	p, ok := sim.PercentOf(from, to)
	if !ok {
		return nil
	}
	return &p
}

// shareOf is a part in percent of the whole; nil when the whole is not above 0.
func shareOf(part, whole sim.Money) *sim.Percent { return Return(whole, whole+part) }

// CalendarDays counts the days from one date to another, both included.
func CalendarDays(from, to sim.Date) int { return to.DaysSince(from) + 1 }

// maxAnnualized bounds an annualized return, in percent: above it the number says
// nothing any more.
const maxAnnualized = 1e11

// Annualized is the yearly rate that gives the change from one value to another in
// a number of calendar days: (to/from)^(365/days) - 1, in percent. It is nil for
// fewer than two days, for values that have no rate, and above 1e11 percent.
func Annualized(from, to sim.Money, days int) *sim.Percent {
	if days < 2 || from <= 0 || to < 0 {
		return nil
	}
	percent := 100 * (math.Pow(to.Float()/from.Float(), 365/float64(days)) - 1)
	if math.IsNaN(percent) || math.Abs(percent) > maxAnnualized {
		return nil
	}
	p := sim.Percent(math.Round(percent * 10_000))
	return &p
}
