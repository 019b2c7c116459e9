package agent_test

import (
	"context"
	"fmt"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// oneShare buys one share of a symbol on the first day of its book. It keeps nothing
// between calls: what it needs is in the request.
type oneShare struct{ symbol string }

// Complete implements [agent.Model].
func (m oneShare) Complete(_ context.Context, r agent.Request) (agent.Reply, error) {
	if r.Step > 1 || !r.Brief.FirstDay {
		return agent.Reply{Message: agent.Message{Content: "Done. " + agent.FinishSignal}}, nil
	}
	return agent.Reply{
		Message: agent.Message{
			Content: "I buy one share.",
			Calls:   []agent.ToolCall{{Name: "buy", Arguments: fmt.Sprintf(`{"symbol":%q,"amount":1}`, m.symbol)}},
		},
		Usage: sim.Usage{Input: 100, Output: 10}, // tokens
	}, nil
}

// Your own model trades one day of a small market.
func ExampleModel() {
	today := sim.MustParseDate("2025-10-01")
	view := sim.NewView(sim.NewMarketData("v1", []sim.SymbolBar{{
		Symbol: "AAPL", Date: today, Bar: sim.Bar{Open: 200 * sim.Dollar, OpenOnly: true},
	}}, nil, nil), today)
	opening := sim.NewLedger(1000 * sim.Dollar)

	desk := agent.NewDesk(view, opening, sim.TradingCosts{}, false)
	tools := mcptool.Open("example", desk.Tools())
	defer func() { _ = tools.Close() }()
	session := agent.Session{
		Model:   oneShare{"AAPL"},
		Toolbox: tools,
		Desk:    desk,
		Now:     time.Now,
		Brief: &agent.Brief{
			Date: today, Opening: opening, FirstDay: true, MaxSteps: 10,
			Prices: agent.PriceTable(view, []string{"AAPL"}, opening),
		},
	}
	outcome, err := session.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, fill := range outcome.Fills {
		fmt.Println(fill.Kind, fill.Quantity, fill.Symbol, "at", fill.Price, "leaves", fill.CashAfter)
	}
	fmt.Println(outcome.Session.StopReason, "after", outcome.Session.Steps, "steps:", outcome.Session.Summary)
	// Output:
	// buy 1 AAPL at 200 leaves 800
	// finish_signal after 2 steps: Done.
}
