package stats

import "math"

// Year is the number of trading days in a year.
const Year = 252

// Figure is a number, or the reason why it is undefined.
type Figure struct {
	Value  float64
	Reason string // "": Value holds
}

// The reasons why a figure is not defined.
const (
	TooShort     = "too few days"
	Flat         = "the curve does not move"
	NoLoss       = "no day has a loss"
	NoDrawdown   = "the curve has no drawdown"
	Ruined       = "the value is not above 0"
	NoBenchmark  = "the benchmark is not known on these days"
	SameAsOther  = "the curve does not differ from the benchmark"
	FlatOther    = "the benchmark does not move"
	NothingHeld  = "nothing was held"
	NothingSold  = "no position was closed"
	OutOfNumbers = "the figure is too large to represent"
)

// OK reports whether the figure is defined.
func (f Figure) OK() bool { return f.Reason == "" }

func none(reason string) Figure { return Figure{Reason: reason} }

// number is the figure of a value that may have overflowed.
func number(v float64) Figure {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none(OutOfNumbers)
	}
	return Figure{Value: v}
}
