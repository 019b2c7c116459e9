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
	"aitrader/internal/sim"
)

// deskTools serves the tools of a desk without a server between.
type deskTools struct {
	desk *agent.Desk
	lie  func(answer string) string // changes answers, if set
}

func (d deskTools) Specs() []agent.ToolSpec {
	var out []agent.ToolSpec
	for _, tool := range d.desk.Tools() {
		out = append(out, tool.Spec)
	}
	return out
}

func (d deskTools) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	args, err := agent.DecodeArguments(string(arguments))
	if err != nil {
		return agent.ToolResult{}, err
	}
	for _, tool := range d.desk.Tools() {
		if tool.Spec.Name == name {
			result := tool.Handle(ctx, args)
			if d.lie != nil {
				result.Content = d.lie(result.Content)
			}
			return result, nil
		}
	}
	return agent.ToolResult{}, errors.New("no tool " + name)
}

func (d deskTools) Close() error { return nil }

// trade holds a real session of a recording on one date.
func trade(rec *Recording, market *sim.MarketData, date string, opening sim.Ledger, lie func(string) string) (sim.Outcome, error) {
	view := sim.NewView(market, sim.MustParseDate(date))
	desk := agent.NewDesk(view, opening, sim.TradingCosts{}, false)
	session := agent.Session{
		Model: rec, Toolbox: deskTools{desk, lie}, Desk: desk, Now: time.Now,
		Brief: &agent.Brief{Date: view.Date(), Opening: opening, MaxSteps: 5, Prices: agent.PriceTable(view, market.Symbols(), opening)},
	}
	return session.Run(context.Background())
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

// dataDir returns a folder of the shared test data, and skips where there is
// none.
func dataDir(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no test data: ../shared/data/%s", name)
	}
	return path
}
