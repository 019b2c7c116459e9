package baseline

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

// idleMarket has cheap symbols at 10 USD and dear ones at 5,000 USD, each with a history.
func idleMarket(cheap, dear int) testMarket {
	opens, closes := map[string]string{}, map[string][]string{}
	for i := range cheap + dear {
		symbol, open := fmt.Sprintf("S%03d", i), "10"
		if i >= cheap {
			open = "5000"
		}
		opens[symbol], closes[symbol] = open, []string{"10", "11"}
	}
	return newMarket(opens, closes)
}

func idle(m testMarket, basemodel string, s sim.Settings) string {
	return IdleCash(sim.ModelSpec{Signature: "base", BaseModel: basemodel}, s, m.view)
}

func TestABuiltInModelSaysThatItCannotInvest(t *testing.T) {
	t.Parallel()
	s := sim.Settings{InitialCash: 10000 * sim.Dollar}
	for name, c := range map[string]struct {
		market    testMarket
		basemodel string
		want      string
	}{
		"equal weight": {idleMarket(25, 75), "builtin/equal-weight",
			"base: 10,000.00 USD in 100 symbols is 100.00 USD each; 75 of them cost more than that at the open of 2025-10-01, " +
				"so about 75 % stays in cash; raise initial_cash or set fractional_shares"},
		"one dear symbol": {idleMarket(3, 1), "builtin/equal-weight",
			"base: 10,000.00 USD in 4 symbols is 2,500.00 USD each; one of them costs more than that at the open of 2025-10-01, " +
				"so about 25 % stays in cash; raise initial_cash or set fractional_shares"},
		"momentum": {idleMarket(0, 4), "builtin/momentum?lookback=1&top=3",
			"base: 10,000.00 USD in 3 symbols is 3,333.33 USD each; all of them cost more than that at the open of 2025-10-01, " +
				"so about 100 % stays in cash; raise initial_cash or set fractional_shares"},
		"a dear one among many": {idleMarket(19, 1), "builtin/equal-weight", ""},
		"affordable":            {idleMarket(3, 0), "builtin/equal-weight", ""},
		"held on purpose":       {idleMarket(0, 3), "builtin/cash", ""},
		"random":                {idleMarket(0, 3), "builtin/random?seed=1", ""},
		"no history yet":        {idleMarket(0, 3), "builtin/momentum?lookback=9", ""},
		"not built in":          {idleMarket(0, 3), "openai/gpt-5", ""},
		"no open":               {idleMarket(0, 3), "builtin/buy-and-hold?symbol=NONE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, idle(c.market, c.basemodel, s))
		})
	}
}

func TestTheAdviceOnIdleCashFitsTheSettings(t *testing.T) {
	t.Parallel()
	m := idleMarket(0, 1)
	poor := sim.Settings{InitialCash: 400 * sim.Dollar}
	assert.Equal(t, "base: a share of S000 costs more than its 400.00 USD at the open of 2025-10-01, so all of it stays in cash; "+
		"raise initial_cash or set fractional_shares", idle(m, "builtin/buy-and-hold?symbol=S000", poor))
	poor.Fractional = true
	assert.Empty(t, idle(m, "builtin/buy-and-hold?symbol=S000", poor), "a part of a share can be bought")
	poor.Costs.CommissionMin = 1000 * sim.Dollar
	assert.Contains(t, idle(m, "builtin/buy-and-hold?symbol=S000", poor), "stays in cash; raise initial_cash")
	assert.NotContains(t, idle(m, "builtin/buy-and-hold?symbol=S000", poor), "fractional_shares")
}

// The warning is about what the model does then.
func TestTheShareOfIdleCashIsWhatTheModelLeaves(t *testing.T) {
	t.Parallel()
	m := idleMarket(60, 40)
	ledger := sim.NewLedger(10000 * sim.Dollar)
	done := play(t, m, "builtin/equal-weight", m.brief(ledger, m.market.Symbols()...))
	assert.Equal(t, 4000*sim.Dollar, done.closing.Cash)
	assert.Contains(t, idle(m, "builtin/equal-weight", sim.Settings{InitialCash: 10000 * sim.Dollar}), "so about 40 % stays in cash")
}
