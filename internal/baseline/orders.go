package baseline

import (
	"math/bits"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// The tools that rules call, beside those of orders, which are named like entries.
const (
	toolPrice   = "get_price"
	toolHistory = "get_history"
)

// order is the argument of buy and sell.
type order struct {
	Symbol string       `json:"symbol"`
	Amount sim.Quantity `json:"amount"`
}

// todaysOpens maps what trades today to its open.
func todaysOpens(b *agent.Brief) map[string]sim.Money {
	out := make(map[string]sim.Money, len(b.Prices))
	for _, p := range b.Prices {
		if p.Open > 0 {
			out[p.Symbol] = p.Open
		}
	}
	return out
}

// affordable returns the largest quantity whose price at an open, with all
// costs, is within a budget: whole shares, or millionths where fractions are
// allowed.
func affordable(b *agent.Brief, budget, open sim.Money) sim.Quantity {
	if budget <= 0 || open <= 0 {
		return 0
	}
	unit := sim.Share
	if b.Fractional {
		unit = 1
	}
	// The cost grows with the quantity: search for the last one that fits, from
	// what would fit without costs.
	low, high := sim.Quantity(0), floorDiv(budget, open)/unit
	for low < high {
		mid := low + (high-low+1)/2
		if fits(b.Costs, mid*unit, budget, open) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	q := low * unit
	if worth, _ := q.Times(open); worth == 0 {
		return 0 // a fraction that rounds to no money cannot be bought
	}
	return q
}

// floorDiv returns how many shares, rounded down to a millionth, a budget pays
// at a price.
func floorDiv(budget, price sim.Money) sim.Quantity {
	hi, lo := bits.Mul64(uint64(budget), uint64(sim.Share))
	if hi >= uint64(price) {
		return sim.MaxQuantity
	}
	quotient, _ := bits.Div64(hi, lo, uint64(price))
	return sim.Quantity(min(quotient, uint64(sim.MaxQuantity)))
}

// fits reports whether buying a quantity costs no more than a budget.
func fits(costs sim.TradingCosts, q sim.Quantity, budget, open sim.Money) bool {
	price, commission, err := costs.FillPrice(sim.EntryBuy, q, open)
	if err != nil {
		return false
	}
	total, ok := q.Times(price)
	return ok && total+commission <= budget
}

// book applies planned orders to a ledger, so that a rule can plan several.
type book struct {
	brief  *agent.Brief
	opens  map[string]sim.Money
	ledger sim.Ledger
	calls  []call
}

func newBook(b *agent.Brief) *book {
	return &book{brief: b, opens: todaysOpens(b), ledger: b.Opening.Clone()}
}

// trade plans an order, unless it rounds to nothing or cannot be executed.
func (k *book) trade(kind sim.EntryKind, symbol string, q sim.Quantity) {
	open, trades := k.opens[symbol]
	if q <= 0 || !trades {
		return
	}
	price, commission, err := k.brief.Costs.FillPrice(kind, q, open)
	if err != nil {
		return
	}
	entry := sim.Entry{Kind: kind, Symbol: symbol, Quantity: q, Price: price, Commission: commission}
	if k.ledger.Apply(&entry) != nil {
		return
	}
	k.calls = append(k.calls, call{tool: string(kind), args: order{Symbol: symbol, Amount: q}})
}

func (k *book) buy(symbol string, q sim.Quantity)  { k.trade(sim.EntryBuy, symbol, q) }
func (k *book) sell(symbol string, q sim.Quantity) { k.trade(sim.EntrySell, symbol, q) }
