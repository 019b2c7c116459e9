package agent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/calculator"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// BenchmarkModelDay measures all that a session costs beside its model: the
// table of prices of 100 symbols, the prompt, the tools opened and closed, and
// the calls.
func BenchmarkModelDay(b *testing.B) {
	var rows []sim.SymbolBar
	var universe []string
	for i := range 100 {
		symbol := fmt.Sprintf("S%03d", i)
		universe = append(universe, symbol)
		for day := range 250 {
			price := sim.Money(100_000 + 1000*i + day)
			rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: leakToday.AddDays(-day),
				Bar: sim.Bar{Open: price, High: price, Low: price, Close: price}})
		}
	}
	market := sim.NewMarketData("v1", rows, nil, nil)
	for _, calls := range []int{0, 5} {
		b.Run(fmt.Sprint(calls, " calls"), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					benchSession(b, market, universe, calls)
				}
			})
		})
	}
}

func benchSession(b *testing.B, market *sim.MarketData, universe []string, calls int) {
	view, opening := sim.NewView(market, leakToday), sim.NewLedger(10_000*sim.Dollar)
	desk := agent.NewDesk(view, opening, sim.TradingCosts{}, false)
	desk.UseCalculator(calculator.Evaluate)
	tools := mcptool.Open("bench", desk.Tools())
	reply := agent.Reply{Message: agent.Message{Content: agent.FinishSignal}}
	for i := range calls {
		reply.Message.Calls = append(reply.Message.Calls, agent.ToolCall{Name: "buy", Arguments: fmt.Sprintf(`{"symbol":"S%03d","amount":1}`, i)})
	}
	session := agent.Session{
		Toolbox: tools, Desk: desk, Now: time.Now,
		Brief: &agent.Brief{Date: leakToday, Opening: opening, MaxSteps: 5, Prices: agent.PriceTable(view, universe, opening)},
		Model: model(func(context.Context, agent.Request) (agent.Reply, error) { return reply, nil }),
	}
	out, err := session.Run(b.Context())
	if err != nil || len(out.Fills) != calls {
		b.Error(err, len(out.Fills))
	}
	if err := tools.Close(); err != nil {
		b.Error(err)
	}
}
