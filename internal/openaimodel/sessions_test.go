package openaimodel

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// day is the date of the sessions of these tests. AAA opens at 10 USD.
var day = sim.MustParseDate("2025-10-01")

// deskTools is a toolbox without a protocol.
type deskTools []agent.Tool

func (d deskTools) Specs() []agent.ToolSpec {
	var out []agent.ToolSpec
	for _, t := range d {
		out = append(out, t.Spec)
	}
	return out
}

func (d deskTools) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	for _, t := range d {
		if t.Spec.Name == name {
			args, err := agent.DecodeArguments(string(arguments))
			if err != nil {
				return agent.ToolResult{}, err
			}
			return t.Handle(ctx, args), nil
		}
	}
	return agent.ToolResult{}, fmt.Errorf("no tool %s", name)
}

func (d deskTools) Close() error { return nil }

// holdSession holds a whole session of up to 8 steps with a provider, on a desk with
// 1,000 USD.
func holdSession(t *testing.T, baseURL string, change ...func(*Config)) (sim.Outcome, error) {
	t.Helper()
	m, _ := modelAt(t, baseURL, change...)
	bar := sim.Bar{Open: 10 * sim.Dollar, High: 10 * sim.Dollar, Low: 10 * sim.Dollar, Close: 10 * sim.Dollar, Volume: 1}
	market := sim.NewMarketData("t", []sim.SymbolBar{{Symbol: "AAA", Date: day, Bar: bar}}, nil, nil)
	brief := &agent.Brief{Date: day, Opening: sim.NewLedger(1000 * sim.Dollar), MaxSteps: 8}
	desk := agent.NewDesk(sim.NewView(market, day), brief.Opening, sim.TradingCosts{}, false)
	s := agent.Session{Model: m, Toolbox: deskTools(desk.Tools()), Desk: desk, Brief: brief, Now: time.Now}
	return s.Run(t.Context())
}

// bought returns the shares that a session bought.
func bought(out sim.Outcome) (shares sim.Quantity) {
	for _, f := range out.Fills {
		shares += f.Quantity
	}
	return shares
}
