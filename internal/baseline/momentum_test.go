package baseline

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

// trending is a market in which BBB has risen most over two days, then AAA;
// CCC has fallen.
func trending() testMarket {
	return newMarket(
		map[string]string{"AAA": "100", "BBB": "50", "CCC": "10"},
		map[string][]string{"AAA": {"90", "95", "99"}, "BBB": {"40", "45", "50"}, "CCC": {"12", "11", "10"}},
	)
}

func TestMomentumBuysTheBestInEqualParts(t *testing.T) {
	m := trending()
	d := play(t, m, "builtin/momentum?lookback=2&top=2", m.brief(flat("1000"), "AAA", "BBB", "CCC"))
	assert.Equal(t, []string{"get_history AAA BBB CCC"}, d.asked)
	assert.Equal(t, []string{"buy 10 BBB", "buy 5 AAA"}, d.orders)
	assert.Equal(t, []int{1, 2}, d.batches)
	assert.Empty(t, d.refused)
}

func TestMomentumSellsBeforeItBuys(t *testing.T) {
	m := trending()
	ledger := sim.Ledger{Cash: simtest.Dollars("10"), Holdings: map[string]sim.Quantity{"CCC": 40 * sim.Share, "BBB": 16 * sim.Share}}
	d := play(t, m, "builtin/momentum?lookback=2&top=2", m.brief(ledger, "AAA", "BBB", "CCC"))
	assert.Equal(t, []string{"sell 4 BBB", "sell 40 CCC", "buy 6 AAA"}, d.orders, "1210 in two parts of 605")
	assert.Empty(t, d.refused)
}

func TestMomentumDoesNotTradeWhileItsMembersStay(t *testing.T) {
	m := trending()
	ledger := sim.Ledger{Cash: simtest.Dollars("500"), Holdings: map[string]sim.Quantity{"AAA": sim.Share, "BBB": 16 * sim.Share}}
	d := play(t, m, "builtin/momentum?lookback=2&top=2", m.brief(ledger, "AAA", "BBB", "CCC"))
	assert.Empty(t, d.orders, "out of balance, but the same members")
}

func TestMomentumKeepsHoldingsThatDoNotTrade(t *testing.T) {
	m := trending()
	ledger := sim.Ledger{Cash: simtest.Dollars("500"),
		Holdings: map[string]sim.Quantity{"ZZZ": 9 * sim.Share, "BBB": 10 * sim.Share, "AAA": 5 * sim.Share}}
	b := m.brief(ledger, "AAA", "BBB", "CCC")
	b.Prices = append(b.Prices, agent.SymbolPrice{Symbol: "ZZZ", LastClose: simtest.Dollars("7")})
	assert.Empty(t, play(t, m, "builtin/momentum?lookback=2&top=2", b).orders)
}

func TestMomentumSeesThroughASplit(t *testing.T) {
	yesterday := sim.DefaultMarket.PrevBar(today)
	m := newMarket(
		map[string]string{"AAA": "11", "BBB": "10"},
		map[string][]string{"AAA": {"100", "11"}, "BBB": {"10", "10.5"}},
		sim.Split{Symbol: "AAA", ExDate: yesterday, Numerator: 10, Denominator: 1},
		sim.Split{Symbol: "BBB", ExDate: today, Numerator: 10, Denominator: 1},
	)
	d := play(t, m, "builtin/momentum?lookback=1&top=1", m.brief(flat("110"), "AAA", "BBB"))
	assert.Equal(t, []string{"buy 10 AAA"}, d.orders, "110 old dollars against 100; a split of today lies after both closes")
}

func TestMomentumNeedsAFullHistory(t *testing.T) {
	m := newMarket(
		map[string]string{"AAA": "10", "NEW": "10"},
		map[string][]string{"AAA": {"10", "9"}, "NEW": {"99"}, "OFF": {"1", "9"}},
	)
	d := play(t, m, "builtin/momentum?lookback=1&top=3", m.brief(flat("100"), "AAA", "NEW", "OFF"))
	assert.Equal(t, []string{"get_history AAA NEW"}, d.asked, "OFF does not trade today")
	assert.Equal(t, []string{"buy 10 AAA"}, d.orders)

	d = play(t, m, "builtin/momentum?lookback=9&top=3", m.brief(flat("100"), "AAA", "NEW", "OFF"))
	assert.Empty(t, d.orders, "no symbol has a rank yet")
}

func TestMomentumSkipsSymbolsItCannotAfford(t *testing.T) {
	m := newMarket(
		map[string]string{"AAA": "10", "BBB": "90"},
		map[string][]string{"AAA": {"9", "10"}, "BBB": {"80", "90"}},
	)
	ledger := sim.Ledger{Cash: simtest.Dollars("50"), Holdings: map[string]sim.Quantity{"AAA": 5 * sim.Share}}
	d := play(t, m, "builtin/momentum?lookback=1&top=2", m.brief(ledger, "AAA", "BBB"))
	assert.Empty(t, d.orders, "a part of 50 does not pay one share of BBB, so AAA alone is the right set")
}

func TestMomentumIgnoresARefusalAndAnUnknownClose(t *testing.T) {
	m := trending()
	b := m.brief(flat("1000"), "AAA", "BBB")
	contestant, err := Parse("builtin/momentum?lookback=1&top=2")
	require.NoError(t, err)
	const bbb = `{"symbol": "BBB", "bars": [["2025-09-29", 1, 1, 1, 40, 1], ["2025-09-30", 1, 1, 1, 41, 1]]}`
	for said, want := range map[string]string{
		`{"error": "no such symbol"}`: "Done", `{"histories": 5}`: "Done", `not JSON`: "Done", `{"histories": [{"bars": [[]]}]}`: "Done",
		`{"histories": [` + bbb + `], "unknown_symbols": ["AAA"]}`: "Orders: buy 20 BBB.",
		`{"histories": [{"symbol": "AAA", "bars": [["2025-09-29",1,1,1,40,1], ["2025-09-30",1,null,null,null,null]]},` +
			bbb + `]}`: "Orders: buy 20 BBB.",
		`{"histories": [{"symbol": "AAA", "bars": [["2025-09-29",1,1,1,0,1], ["2025-09-30",1,1,1,3,1]]},` +
			bbb + `]}`: "Orders: buy 20 BBB.",
	} {
		r, err := contestant.Complete(t.Context(), agent.Request{Brief: b, Messages: []agent.Message{
			{Role: agent.RoleAssistant, Calls: []agent.ToolCall{{ID: "call-1"}}},
			{Role: agent.RoleTool, CallID: "call-1", Content: said},
		}})
		require.NoError(t, err)
		assert.Contains(t, r.Message.Content, want, said)
	}
}
