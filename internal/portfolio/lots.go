package portfolio

import (
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// openLot is a purchase that is still held.
type openLot struct {
	quantity float64 // shares
	cost     float64 // USD per share, commission included
	bought   sim.Date
}

// SoldLots matches the sales of a curve with its purchases, first in, first out.
// What was held before the curve counts as bought at the close before it. The days
// need their entries, and the first one its opening ledger.
func SoldLots(market *sim.MarketData, c Curve) []stats.Lot {
	open := openingLots(market, c)
	var sold []stats.Lot
	for _, d := range c.Days {
		for _, e := range d.Entries {
			switch e.Kind {
			case sim.EntryBuy:
				quantity := e.Quantity.Float()
				cost := (e.Total() + e.Commission).Float() / quantity
				open[e.Symbol] = append(open[e.Symbol], openLot{quantity, cost, d.Ref.Date})
			case sim.EntrySell:
				var closed []stats.Lot
				closed, open[e.Symbol] = sellLots(open[e.Symbol], e, d.Ref.Date)
				sold = append(sold, closed...)
			case sim.EntrySplit:
				splitLots(open[e.Symbol], float64(e.Numerator)/float64(e.Denominator))
			}
		}
	}
	return sold
}

func openingLots(market *sim.MarketData, c Curve) map[string][]openLot {
	lots := map[string][]openLot{}
	for symbol, quantity := range c.Days[0].Opening.Holdings {
		lots[symbol] = []openLot{{quantity.Float(), holdingValue(market, symbol, sim.Share, c.Before.Date).Float(), c.Before.Date}}
	}
	return lots
}

// sellLots takes a sale out of the oldest lots.
func sellLots(lots []openLot, e sim.Entry, d sim.Date) (closed []stats.Lot, rest []openLot) {
	left := e.Quantity.Float()
	price := (e.Total() - e.Commission).Float() / left
	for left > dust && len(lots) > 0 {
		q := min(left, lots[0].quantity)
		closed = append(closed, stats.Lot{Quantity: q, Profit: q * (price - lots[0].cost), Days: float64(d.DaysSince(lots[0].bought))})
		left -= q
		if lots[0].quantity -= q; lots[0].quantity <= dust {
			lots = lots[1:]
		}
	}
	return closed, lots
}

// dust is less than the smallest part of a share, and more than the rounding of
// what is left of a lot.
const dust = 1e-9

func splitLots(lots []openLot, factor float64) {
	for i := range lots {
		lots[i].quantity *= factor
		lots[i].cost /= factor
	}
}
