package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/calculator"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

// The market of these tests: today is a Thursday.
var (
	today     = sim.MustParseDate("2025-03-06")
	yesterday = today.AddDays(-1)
)

func row(symbol string, date sim.Date, open, high, low, last string, volume int64) sim.SymbolBar {
	return sim.SymbolBar{Symbol: symbol, Date: date, Bar: sim.Bar{
		Open: simtest.Dollars(open), High: simtest.Dollars(high), Low: simtest.Dollars(low), Close: simtest.Dollars(last), Volume: volume,
	}}
}

// market has AAA (trades every day; 2:1 split today), BBB (does not trade
// today), NEW (first trades today) and LATE (first trades tomorrow).
func market() *sim.MarketData {
	rows := []sim.SymbolBar{
		row("AAA", today.AddDays(-3), "100", "101", "99", "100.5", 1000),
		row("AAA", today.AddDays(-2), "101", "102", "100", "101.5", 1100),
		row("AAA", yesterday, "102", "103", "101", "102.5", 1200),
		row("AAA", today, "50", "777.01", "1.77", "666.02", 55555),
		row("AAA", today.AddDays(1), "888.03", "889", "887", "888.5", 44444),
		row("BBB", today.AddDays(-2), "20.25", "21", "19", "20.5", 10),
		row("BBB", today.AddDays(1), "22", "22", "22", "22", 10),
		row("NEW", today, "7.5", "8", "7", "7.75", 10),
		row("LATE", today.AddDays(1), "9", "9", "9", "9", 10),
		{Symbol: "OPEN", Date: yesterday, Bar: sim.Bar{Open: simtest.Dollars("3"), OpenOnly: true}},
		{Symbol: "OPEN", Date: today, Bar: sim.Bar{Open: simtest.Dollars("3.5"), OpenOnly: true}},
	}
	splits := []sim.Split{
		{Symbol: "AAA", ExDate: today, Numerator: 2, Denominator: 1},
		{Symbol: "AAA", ExDate: today.AddDays(1), Numerator: 17, Denominator: 1},
	}
	return sim.NewMarketData("v1", rows, splits, nil)
}

func holding(cash string, held map[string]sim.Quantity) sim.Ledger {
	l := sim.NewLedger(simtest.Dollars(cash))
	maps.Copy(l.Holdings, held)
	return l
}

func testDesk(l sim.Ledger) *Desk {
	d := NewDesk(sim.NewView(market(), today), l, sim.TradingCosts{}, false)
	d.UseCalculator(calculator.Evaluate)
	return d
}

// call calls a tool of a desk with arguments as a model writes them.
func call(t testing.TB, d *Desk, tool, arguments string) (fields map[string]any, result ToolResult) {
	t.Helper()
	result, err := direct(d.Tools()).Call(t.Context(), tool, json.RawMessage(arguments))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(result.Content), &fields), result.Content)
	require.Equal(t, today.String(), fields["as_of"], result.Content)
	require.Equal(t, result.IsError, fields["error"] != nil, result.Content)
	return fields, result
}

// direct is a toolbox without a protocol.
type direct []Tool

func (b direct) Specs() []ToolSpec {
	var out []ToolSpec
	for _, t := range b {
		out = append(out, t.Spec)
	}
	return out
}

func (b direct) Call(ctx context.Context, name string, arguments json.RawMessage) (ToolResult, error) {
	for _, t := range b {
		if t.Spec.Name == name {
			args, err := DecodeArguments(string(arguments))
			if err != nil {
				return ToolResult{}, err
			}
			return t.Handle(ctx, args), nil
		}
	}
	return ToolResult{}, fmt.Errorf("no tool %s", name)
}

func (b direct) Close() error { return nil }

// script is a model that gives its answers one after the other.
type script func(ctx context.Context, r Request) (Reply, error)

func (s script) Complete(ctx context.Context, r Request) (Reply, error) { return s(ctx, r) }

// answers gives one answer a step; the last one is repeated.
func answers(replies ...Reply) script {
	return func(_ context.Context, r Request) (Reply, error) {
		return replies[min(r.Step, len(replies))-1], nil
	}
}

func says(content string, calls ...ToolCall) Reply {
	return Reply{Message: Message{Content: content, Calls: calls}}
}

func wants(tool, arguments string) ToolCall { return ToolCall{Name: tool, Arguments: arguments} }

// clock ticks a second each time it is asked.
func clock() func() time.Time {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	return func() time.Time { now = now.Add(time.Second); return now }
}

// session makes a session of a model on a desk with 1,000 USD.
func session(m Model) *Session {
	d := testDesk(holding("1000", nil))
	return &Session{
		Model: m, Toolbox: direct(d.Tools()), Desk: d, Now: clock(),
		Brief: &Brief{Date: today, Opening: d.Ledger(), MaxSteps: 5},
	}
}

// Ledger returns a copy of the current ledger.
func (d *Desk) Ledger() sim.Ledger { return d.ledger.Clone() }

// Buy buys shares, as the tool buy does.
func (d *Desk) Buy(symbol string, amount json.Number) ToolResult {
	return d.orderNow(sim.EntryBuy, symbol, amount)
}

// Sell sells shares, as the tool sell does.
func (d *Desk) Sell(symbol string, amount json.Number) ToolResult {
	return d.orderNow(sim.EntrySell, symbol, amount)
}

func (d *Desk) orderNow(side sim.EntryKind, symbol string, amount json.Number) ToolResult {
	fields, err := d.order(side, symbol, amount)
	return newAnswer(d.Date(), fields, err, nil)
}
