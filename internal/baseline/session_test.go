package baseline

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

// TestRealSessions runs every model for some days with the real session, desk
// and tools: no call is refused, and each day ends with the signal.
func TestRealSessions(t *testing.T) {
	dates := sim.DefaultMarket.Bars(today, today.AddDays(20))
	var rows []sim.SymbolBar
	for i, d := range dates {
		for j, symbol := range []string{"AAA", "BBB", "CCC", "QQQ"} {
			p := simtest.Dollars("100") + sim.Money((i*(j+3)*7919)%97)*sim.Dollar/2
			rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: d, Bar: sim.Bar{Open: p, High: p, Low: p, Close: p + sim.Dollar, Volume: 1}})
		}
	}
	market := sim.NewMarketData("test", rows, nil, nil)
	for basemodel, wantTrades := range map[string]bool{
		"builtin/buy-and-hold?symbol=QQQ": true, "builtin/equal-weight": true, "builtin/momentum?lookback=2&top=2": true,
		"builtin/random?seed=5": true, "builtin/cash": false,
	} {
		contestant, err := Parse(basemodel)
		require.NoError(t, err)
		ledger, fills := flat("10000"), 0
		for i, d := range dates {
			view := sim.NewView(market, d)
			desk := agent.NewDesk(view, ledger, sim.TradingCosts{CommissionMin: 5000, Slippage: 50_000}, false)
			tools := mcptool.Open("test", desk.Tools())
			out, err := (&agent.Session{
				Model: contestant, Toolbox: tools, Desk: desk, Now: time.Now,
				Brief: &agent.Brief{
					Key: sim.ModelDayKey{Model: "m", Date: d}, Date: d, Opening: ledger, FirstDay: i == 0, MaxSteps: 10,
					Prices: agent.PriceTable(view, []string{"AAA", "BBB", "CCC"}, ledger),
					Costs:  sim.TradingCosts{CommissionMin: 5000, Slippage: 50_000},
				},
			}).Run(context.Background())
			require.NoError(t, err, basemodel)
			require.NoError(t, tools.Close())
			assert.Equal(t, sim.StopSignal, out.Session.StopReason, basemodel)
			for tool, n := range out.Session.ToolUsage {
				assert.Zero(t, n.Errors, "%s on %s: %s", basemodel, d, tool)
			}
			ledger, err = sim.Fold(ledger, out.Fills)
			require.NoError(t, err)
			fills += len(out.Fills)
		}
		assert.Equal(t, wantTrades, fills > 0, basemodel)
	}
}
