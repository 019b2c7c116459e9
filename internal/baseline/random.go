package baseline

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// maxTosses bounds the decisions of a random day.
const maxTosses = 3

// random trades by coin tosses that depend only on its seed, its signature and the date:
// two replicas differ, and a second run repeats the first.
type random struct{ seed int64 }

func (s random) calls(b *agent.Brief, _ answers) []call {
	toss := s.source(b)
	k := newBook(b)
	for range 1 + toss.IntN(maxTosses) {
		switch toss.IntN(3) {
		case 0:
			buySome(k, toss)
		case 1:
			sellSome(k, toss)
		}
	}
	return k.calls
}

func (s random) source(b *agent.Brief) *rand.Rand {
	text := fmt.Sprintf("%d/%s/%s", s.seed, b.Key.Model, b.Date)
	return rand.New(rand.NewChaCha8(sha256.Sum256([]byte(text))))
}

// buySome buys a random symbol of the universe for up to half of the cash.
func buySome(k *book, toss *rand.Rand) {
	symbols := tradable(k, universe(k.brief))
	if len(symbols) == 0 {
		return
	}
	symbol := symbols[toss.IntN(len(symbols))]
	k.buy(symbol, upTo(affordable(k.brief, k.ledger.Cash/2, k.opens[symbol]), toss))
}

// sellSome sells a random part of a random holding.
func sellSome(k *book, toss *rand.Rand) {
	symbols := tradable(k, k.ledger.Symbols())
	if len(symbols) == 0 {
		return
	}
	symbol := symbols[toss.IntN(len(symbols))]
	k.sell(symbol, upTo(k.ledger.Holdings[symbol], toss))
}

// tradable keeps the symbols that trade today.
func tradable(k *book, symbols []string) []string {
	var out []string
	for _, s := range symbols {
		if k.opens[s] > 0 {
			out = append(out, s)
		}
	}
	return out
}

// upTo returns a random whole number of shares from 1 to q, or all of q when it
// is less than one share.
func upTo(q sim.Quantity, toss *rand.Rand) sim.Quantity {
	if q < sim.Share {
		return q
	}
	return sim.Share * sim.Quantity(1+toss.Int64N(int64(q/sim.Share)))
}
