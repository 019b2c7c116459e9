package baseline

import (
	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// cash does nothing.
type cash struct{}

func (cash) calls(*agent.Brief, answers) []call { return nil }

// buyAndHold puts all cash into one symbol, on the first day that it trades.
type buyAndHold struct{ symbol string }

func (s buyAndHold) calls(b *agent.Brief, a answers) []call {
	if len(b.Opening.Holdings) > 0 {
		return nil
	}
	open, plan := s.todaysOpen(b, a)
	if q := affordable(b, b.Opening.Cash, open); q > 0 {
		plan = append(plan, call{string(sim.EntryBuy), order{s.symbol, q}})
	}
	return plan
}

// todaysOpen returns today's open, or 0 where the symbol does not trade or the open is
// not known yet. It also returns the call that asks for the open of a symbol outside the
// brief: a benchmark need not be in the universe.
func (s buyAndHold) todaysOpen(b *agent.Brief, a answers) (sim.Money, []call) {
	for _, p := range b.Prices {
		if p.Symbol == s.symbol {
			return p.Open, nil
		}
	}
	var answer struct {
		Open *sim.Money `json:"open"` // null when it does not trade today
	}
	ask := []call{{toolPrice, map[string]string{"symbol": s.symbol}}}
	if !a.decode(0, &answer) || answer.Open == nil {
		return 0, ask
	}
	return *answer.Open, ask
}

// equalWeight buys the universe in equal parts on the book's first day. A
// symbol that does not trade, or whose part does not pay one share, is left
// out; its part stays cash.
type equalWeight struct{}

func (equalWeight) calls(b *agent.Brief, _ answers) []call {
	if !b.FirstDay {
		return nil
	}
	universe := universe(b)
	k := newBook(b)
	for _, symbol := range universe {
		part := b.Opening.Cash / sim.Money(len(universe))
		k.buy(symbol, affordable(b, part, k.opens[symbol]))
	}
	return k.calls
}

// universe lists the symbols of the universe, whether they trade today or not.
func universe(b *agent.Brief) []string {
	var out []string
	for _, p := range b.Prices {
		if p.InUniverse {
			out = append(out, p.Symbol)
		}
	}
	return out
}
