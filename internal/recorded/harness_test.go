package recorded

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// liar changes what tools answer.
type liar struct {
	agent.Toolbox
	lie func(answer string) string
}

func (l liar) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	result, err := l.Toolbox.Call(ctx, name, arguments)
	result.Content = l.lie(result.Content)
	return result, err
}

// toolsOf serves the tools of a desk, whose answers lie changes; nil: it does not.
func toolsOf(desk *agent.Desk, lie func(string) string) agent.Toolbox {
	tools := mcptool.Open("test", desk.Tools())
	if lie == nil {
		return tools
	}
	return liar{tools, lie}
}

// trade holds a real session of a recording on one date.
func trade(rec *Recording, market *sim.MarketData, date string, opening sim.Ledger, lie func(string) string) (sim.Outcome, error) {
	view := sim.NewView(market, sim.MustParseDate(date))
	desk := agent.NewDesk(view, opening, sim.TradingCosts{}, false)
	tools := toolsOf(desk, lie)
	session := agent.Session{
		Model: rec, Toolbox: tools, Desk: desk, Now: time.Now,
		Brief: &agent.Brief{Date: view.Date(), Opening: opening, MaxSteps: 5, Prices: agent.PriceTable(view, market.Symbols(), opening)},
	}
	out, err := session.Run(context.Background())
	return out, errors.Join(err, tools.Close())
}

// file writes a recording and loads it.
func file(t *testing.T, lines ...string) *Recording {
	t.Helper()
	path := filepath.Join(t.TempDir(), "position.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	rec, err := Load(path)
	require.NoError(t, err)
	return rec
}

// bars makes market data with open bars: "2025-10-01 AAA 10.5".
func bars(lines ...string) *sim.MarketData {
	var rows []sim.SymbolBar
	for _, line := range lines {
		f := strings.Fields(line)
		open, err := sim.ParseMoney(f[2])
		if err != nil {
			panic(err)
		}
		rows = append(rows, sim.SymbolBar{Date: sim.MustParseDate(f[0]), Symbol: f[1], Bar: sim.Bar{Open: open, OpenOnly: true}})
	}
	return sim.NewMarketData("test", rows, nil, nil)
}
