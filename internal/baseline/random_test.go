package baseline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

func TestRandomDependsOnSeedSignatureAndDate(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10", "BBB": "20"}, nil)
	days := map[string]bool{}
	for seed := range 4 {
		for _, signature := range []string{"a", "b"} {
			for date := range 4 {
				b := m.brief(flat("10000"), "AAA", "BBB")
				b.Key.Model, b.Date = signature, today.AddDays(date)
				basemodel := fmt.Sprintf("builtin/random?seed=%d", seed)
				d := play(t, m, basemodel, b)
				assert.Equal(t, d, play(t, m, basemodel, b))
				days[strings.Join(d.orders, ",")] = true
			}
		}
	}
	assert.Greater(t, len(days), 10, "seeds, signatures and dates make different days")
}

func TestRandomBuysSellsAndRests(t *testing.T) {
	m := newMarket(map[string]string{"AAA": "10", "BBB": "20"}, nil)
	seen := map[string]int{}
	for seed := range 60 {
		b := m.brief(sim.Ledger{Cash: simtest.Dollars("1000"), Holdings: map[string]sim.Quantity{"AAA": 50 * sim.Share}}, "AAA", "BBB")
		d := play(t, m, fmt.Sprintf("builtin/random?seed=%d", seed), b)
		require.Empty(t, d.refused)
		if len(d.orders) == 0 {
			seen["nothing"]++
		}
		for _, o := range d.orders {
			seen[strings.Fields(o)[0]]++
		}
	}
	assert.Greater(t, seen["buy"], 5)
	assert.Greater(t, seen["sell"], 5)
	assert.Greater(t, seen["nothing"], 5)
}

func TestRandomWithoutAnythingToTrade(t *testing.T) {
	m := newMarket(nil, map[string][]string{"AAA": {"10"}})
	for seed := range 20 {
		b := m.brief(sim.Ledger{Cash: simtest.Dollars("1000"), Holdings: map[string]sim.Quantity{"AAA": sim.Share / 2}}, "AAA")
		assert.Empty(t, play(t, m, fmt.Sprintf("builtin/random?seed=%d", seed), b).batches)
	}
	assert.Equal(t, sim.Share/2, upTo(sim.Share/2, nil), "less than a share goes as a whole")
}

// TestNoOrderIsRefused lets every model trade on random markets: what it asks
// for can always be executed, whatever the costs.
func TestNoOrderIsRefused(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		amount := func(label string, low, high int64) sim.Money {
			return sim.Money(rapid.Int64Range(low, high).Draw(r, label))
		}
		opens, closes, holdings := map[string]string{}, map[string][]string{}, map[string]sim.Quantity{}
		var universe []string
		for i := range rapid.IntRange(1, 6).Draw(r, "symbols") {
			symbol := fmt.Sprintf("S%d", i)
			universe = append(universe, symbol)
			closes[symbol] = []string{amount("close", 1, 5_000_000).String(), amount("close", 1, 5_000_000).String()}
			if rapid.Bool().Draw(r, "trades") {
				opens[symbol] = amount("open", 1, 5_000_000).String()
			}
			if rapid.IntRange(0, 3).Draw(r, "held") == 0 {
				holdings[symbol] = sim.Share * sim.Quantity(rapid.Int64Range(1, 500).Draw(r, "quantity"))
			}
		}
		m := newMarket(opens, closes)
		b := m.brief(sim.Ledger{Cash: amount("cash", 0, 1_000_000_000), Holdings: holdings}, universe...)
		b.Fractional = rapid.Bool().Draw(r, "fractional")
		b.Costs = sim.TradingCosts{
			CommissionPerShare: amount("per share", 0, 500), CommissionMin: amount("minimum", 0, 50_000),
			Slippage: sim.BasisPoints(rapid.Int64Range(0, 1_000_000).Draw(r, "slippage")),
		}
		basemodel := rapid.SampledFrom([]string{
			"builtin/buy-and-hold?symbol=S0", "builtin/equal-weight", "builtin/momentum?lookback=1&top=3", "builtin/random?seed=3",
		}).Draw(r, "model")
		d := play(t, m, basemodel, b)
		if len(d.refused) > 0 {
			r.Fatalf("refused: %v", d.refused)
		}
	})
}

// TestAffordable holds the search against its definition.
func TestAffordable(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := newMarket(map[string]string{"AAA": "1"}, nil)
		b := m.brief(flat("1"), "AAA")
		b.Fractional = rapid.Bool().Draw(r, "fractional")
		b.Costs = sim.TradingCosts{CommissionPerShare: sim.Money(rapid.Int64Range(0, 100_000).Draw(r, "per share")),
			CommissionMin: sim.Money(rapid.Int64Range(0, 100_000).Draw(r, "minimum"))}
		budget := sim.Money(rapid.Int64Range(-5, int64(sim.MaxMoney)).Draw(r, "budget"))
		open := sim.Money(rapid.Int64Range(0, 1_000_000_000).Draw(r, "open"))
		unit := sim.Share
		if b.Fractional {
			unit = 1
		}
		q := affordable(b, budget, open)
		if q%unit != 0 || q < 0 || q > 0 && !fits(b.Costs, q, budget, open) {
			r.Fatalf("%s cannot be paid from %s at %s", q, budget, open)
		}
		if q == 0 && b.Fractional {
			return // one more may be worth nothing
		}
		if next := q + unit; budget > 0 && open > 0 && next <= floorDiv(budget, open) && fits(b.Costs, next, budget, open) {
			r.Fatalf("%s can be paid too from %s at %s", next, budget, open)
		}
	})
	poor := &agent.Brief{Fractional: true, Costs: sim.TradingCosts{CommissionMin: sim.Dollar}}
	assert.Zero(t, affordable(poor, sim.Dollar, sim.Dollar), "what the commission leaves pays nothing")
	assert.Equal(t, sim.MaxQuantity, floorDiv(sim.MaxMoney, 1))
	assert.False(t, fits(sim.TradingCosts{Slippage: 1 << 60}, sim.Share, sim.MaxMoney, sim.MaxMoney))
}
