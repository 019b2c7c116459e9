package stats

import "math"

// Day is what a portfolio held and traded on a day.
type Day struct {
	Value    float64   // at the close
	Cash     float64   // part of Value
	Traded   float64   // USD bought and sold
	Holdings []float64 // the value of each holding at the close
}

// Activity holds the figures of what a portfolio held and traded.
type Activity struct {
	Turnover      Figure
	Exposure      Figure
	Concentration Figure
}

// MeasureActivity computes the activity of a portfolio.
func MeasureActivity(days []Day) Activity {
	if len(days) == 0 {
		f := none(TooShort)
		return Activity{f, f, f}
	}
	n := float64(len(days))
	var value, traded, invested, herfindahl, held float64
	for _, d := range days {
		if d.Value <= 0 {
			f := none(Ruined)
			return Activity{f, f, f}
		}
		value += d.Value / n
		traded += d.Traded
		invested += (d.Value - d.Cash) / d.Value / n
		if h, ok := concentration(d.Holdings); ok {
			herfindahl += h
			held++
		}
	}
	a := Activity{
		// Half of what was bought and sold, divided by the mean value, per year.
		Turnover: number(traded / 2 / value * Year / n),
		// The mean share of the value that is not cash.
		Exposure:      number(invested),
		Concentration: none(NothingHeld),
	}
	if held > 0 {
		// The mean Herfindahl-Hirschman index of the holdings on days with any.
		a.Concentration = number(herfindahl / held)
	}
	return a
}

// concentration is the sum of the squared shares of the holdings: 1 for one, 1/k
// for k equal ones.
func concentration(holdings []float64) (index float64, ok bool) {
	var sum float64
	for _, h := range holdings {
		sum += h
	}
	if sum <= 0 {
		return 0, false
	}
	for _, h := range holdings {
		index += math.Pow(h/sum, 2)
	}
	return index, true
}

// Lot is a part of a position with one purchase and one sale.
type Lot struct {
	Quantity float64 // shares, as of the sale
	Profit   float64 // USD, after costs
	Days     float64 // calendar days from the purchase to the sale
}

// Closed holds the figures of the lots that were sold.
type Closed struct {
	HitRate     Figure // the share of the lots with a profit above 0
	HoldingDays Figure // their mean age at the sale, weighted by shares
}

// MeasureLots computes the figures of sold lots.
func MeasureLots(lots []Lot) Closed {
	if len(lots) == 0 {
		return Closed{none(NothingSold), none(NothingSold)}
	}
	var hits, shares, days float64
	for _, l := range lots {
		if l.Profit > 0 {
			hits++
		}
		shares += l.Quantity
		days += l.Quantity * l.Days
	}
	return Closed{HitRate: number(hits / float64(len(lots))), HoldingDays: number(days / shares)}
}
