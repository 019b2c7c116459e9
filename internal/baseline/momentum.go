package baseline

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// momentum holds the symbols that have risen most over the last days, in equal
// parts, and trades only when that set changes.
type momentum struct {
	lookback int // trading days
	top      int // symbols
}

// historiesAnswer holds the fields of get_history that are read.
type historiesAnswer struct {
	Histories []history `json:"histories"`
}

type history struct {
	Symbol string      `json:"symbol"`
	Bars   []bar       `json:"bars"`
	Splits []sim.Split `json:"splits"`
}

// bar is a date and its close, nil where that is unknown.
type bar struct {
	Date  sim.Date
	Close *sim.Money
}

// UnmarshalJSON reads a list of the columns date, open, high, low, close and volume.
func (b *bar) UnmarshalJSON(text []byte) error {
	const columns, date, last = 6, 0, 4
	var row []json.RawMessage
	if err := json.Unmarshal(text, &row); err != nil || len(row) != columns {
		return errors.Join(errors.New("a bar is a list of six columns"), err)
	}
	return errors.Join(json.Unmarshal(row[date], &b.Date), json.Unmarshal(row[last], &b.Close))
}

func (s momentum) calls(b *agent.Brief, a answers) []call {
	k := newBook(b)
	candidates := slices.DeleteFunc(universe(b), func(symbol string) bool { return k.opens[symbol] == 0 })
	days := s.lookback + 1
	var plan []call
	for some := range slices.Chunk(candidates, min(agent.MaxSymbols, agent.MaxBars/days)) {
		plan = append(plan, call{toolHistory, struct {
			Symbols []string `json:"symbols"`
			Days    int      `json:"days"`
		}{some, days}})
	}
	if len(a) < len(plan) {
		return plan
	}
	s.rebalance(k, s.best(len(plan), a))
	return append(plan, k.calls...)
}

// best reads the answers to the calls that asked, and returns the symbols with the highest returns, the highest first; equal
// ones in order of symbol. A symbol without a full history has no rank.
func (s momentum) best(asked int, a answers) []string {
	type ranked struct {
		symbol string
		growth float64
	}
	var ranking []ranked
	for i := range asked {
		var answer historiesAnswer
		if !a.decode(i, &answer) {
			continue
		}
		for _, h := range answer.Histories {
			if growth, ok := s.growth(h); ok {
				ranking = append(ranking, ranked{h.Symbol, growth})
			}
		}
	}
	slices.SortStableFunc(ranking, func(x, y ranked) int { return cmp.Compare(y.growth, x.growth) })
	out := make([]string, 0, s.top)
	for _, r := range ranking[:min(s.top, len(ranking))] {
		out = append(out, r.symbol)
	}
	return out
}

// growth returns the last close divided by that of lookback days before, adjusted for
// the splits between them.
func (s momentum) growth(h history) (growth float64, ok bool) {
	n := len(h.Bars)
	if n < s.lookback+1 {
		return 0, false
	}
	first, last := h.Bars[n-1-s.lookback], h.Bars[n-1]
	if first.Close == nil || last.Close == nil || *first.Close <= 0 {
		return 0, false
	}
	growth = last.Close.Float() / first.Close.Float()
	for _, split := range h.Splits {
		if split.ExDate > first.Date && split.ExDate <= last.Date {
			growth *= float64(split.Numerator) / float64(split.Denominator)
		}
	}
	return growth, true
}

// rebalance plans the orders that bring the book to equal parts of the best
// symbols: sells first, because they pay for the buys. A holding that does not trade
// today stays and is not counted.
func (s momentum) rebalance(k *book, best []string) {
	target := targets(k, best)
	if len(best) == 0 || sameMembers(k, target) {
		return
	}
	for _, symbol := range k.ledger.Symbols() {
		k.sell(symbol, k.ledger.Holdings[symbol]-target[symbol])
	}
	for _, symbol := range best {
		missing := target[symbol] - k.ledger.Holdings[symbol]
		k.buy(symbol, min(missing, affordable(k.brief, k.ledger.Cash, k.opens[symbol])))
	}
}

// targets returns how much to hold of each of the best symbols. One whose part
// does not pay one share is left out.
func targets(k *book, best []string) map[string]sim.Quantity {
	value := k.ledger.Cash
	for symbol, held := range k.ledger.Holdings {
		worth, _ := held.Times(k.opens[symbol])
		value += worth
	}
	out := map[string]sim.Quantity{}
	for _, symbol := range best {
		if q := affordable(k.brief, value/sim.Money(len(best)), k.opens[symbol]); q > 0 {
			out[symbol] = q
		}
	}
	return out
}

// sameMembers reports whether the holdings that trade today are exactly the targets.
func sameMembers(k *book, target map[string]sim.Quantity) bool {
	held := 0
	for symbol := range k.ledger.Holdings {
		if k.opens[symbol] == 0 {
			continue
		}
		if target[symbol] == 0 {
			return false
		}
		held++
	}
	return held == len(target)
}
