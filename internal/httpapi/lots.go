package httpapi

import (
	"aitrader/internal/sim"
	"aitrader/internal/stats"
)

// lot is a purchase that is still held.
type lot struct {
	quantity float64
	cost     float64 // USD per share, with the commission
	bought   sim.Date
}

// lotsSold follows the purchases of a range to their sales, first in, first out.
// What is held at its beginning counts as bought at the close before.
func lotsSold(market *sim.MarketData, r modelRange) []stats.Lot {
	held := lotsBefore(market, r)
	var sold []stats.Lot
	for _, d := range r.days {
		for _, e := range d.Entries {
			switch e.Kind {
			case sim.EntryBuy:
				q := e.Quantity.Float()
				held[e.Symbol] = append(held[e.Symbol], lot{q, (e.Total() + e.Commission).Float() / q, d.Ref.Date})
			case sim.EntrySell:
				var closed []stats.Lot
				closed, held[e.Symbol] = sellLots(held[e.Symbol], e, d.Ref.Date)
				sold = append(sold, closed...)
			case sim.EntrySplit:
				splitLots(held[e.Symbol], float64(e.Numerator)/float64(e.Denominator))
			}
		}
	}
	return sold
}

func lotsBefore(market *sim.MarketData, r modelRange) map[string][]lot {
	held := map[string][]lot{}
	opening := r.days[0].Opening
	for symbol, quantity := range opening.Holdings {
		if v, err := worth(market, symbol, sim.Share, r.before.date); err == nil { // the whole has been valued
			held[symbol] = []lot{{quantity.Float(), v.Float(), r.before.date}}
		}
	}
	return held
}

// sellLots takes a sale out of the oldest lots.
func sellLots(lots []lot, e sim.Entry, d sim.Date) (closed []stats.Lot, rest []lot) {
	left := e.Quantity.Float()
	price := (e.Total() - e.Commission).Float() / left
	for left > dust && len(lots) > 0 {
		q := min(left, lots[0].quantity)
		closed = append(closed, stats.Lot{Quantity: q, Profit: q * (price - lots[0].cost), Days: float64(d - lots[0].bought)})
		left -= q
		if lots[0].quantity -= q; lots[0].quantity <= dust {
			lots = lots[1:]
		}
	}
	return closed, lots
}

// dust is less than the smallest part of a share.
const dust = 1e-9

func splitLots(lots []lot, factor float64) {
	for i := range lots {
		lots[i].quantity *= factor
		lots[i].cost /= factor
	}
}
