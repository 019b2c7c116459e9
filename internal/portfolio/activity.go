package portfolio

import (
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// Activity says how the cash and the holdings of a curve were used. Turnover needs
// the entries of its days.
func Activity(market *sim.MarketData, c Curve) stats.Activity {
	days := make([]stats.Day, len(c.Days))
	for i, d := range c.Days {
		days[i] = activityDay(market, d, c.Points[i])
	}
	return stats.MeasureActivity(days)
}

func activityDay(market *sim.MarketData, d sim.Day, p Point) stats.Day {
	day := stats.Day{Value: p.Value.Float(), Cash: p.Cash.Float()}
	for _, symbol := range d.Closing.Symbols() { // in order: the sum of floats depends on it
		day.Holdings = append(day.Holdings, holdingValue(market, symbol, d.Closing.Holdings[symbol], d.Ref.Date).Float())
	}
	for _, fill := range d.Fills() {
		day.Traded += fill.Total().Float()
	}
	return day
}
