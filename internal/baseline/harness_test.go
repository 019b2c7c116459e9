package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

var today = sim.MustParseDate("2025-10-01")

// testMarket is market data with a view of one date, for the tools of a test.
type testMarket struct {
	market *sim.MarketData
	view   sim.View
}

// newMarket makes market data with the opens of today and, for each symbol, closes of
// the days before, the last one yesterday.
func newMarket(opens map[string]string, closes map[string][]string, splits ...sim.Split) testMarket {
	var rows []sim.SymbolBar
	for symbol, open := range opens {
		rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: today, Bar: sim.Bar{Open: simtest.Dollars(open), OpenOnly: true}})
	}
	for symbol, list := range closes {
		d := today
		for _, text := range slices.Backward(list) {
			d = sim.DefaultMarket.PrevBar(d)
			p := simtest.Dollars(text)
			rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: d, Bar: sim.Bar{Open: p, High: p, Low: p, Close: p, Volume: 1}})
		}
	}
	market := sim.NewMarketData("test", rows, splits, nil)
	return testMarket{market, sim.NewView(market, today)}
}

// brief describes the market to a model that holds a ledger.
func (m testMarket) brief(ledger sim.Ledger, universe ...string) *agent.Brief {
	b := &agent.Brief{
		Key: sim.ModelDayKey{JobID: "job", Date: m.view.Date(), Model: "tester"}, Experiment: "main",
		Date: m.view.Date(), Opening: ledger, FirstDay: len(ledger.Holdings) == 0,
	}
	for _, symbol := range universe {
		open, _ := m.view.Open(symbol)
		last, on, _ := m.view.LastClose(symbol)
		b.Prices = append(b.Prices, agent.SymbolPrice{Symbol: symbol, Open: open, LastClose: last, CloseDate: on, InUniverse: true})
	}
	return b
}

// day is what a model did in a session.
type day struct {
	orders   []string // "buy 3 AAA"
	refused  []string
	asked    []string // other tools: "get_price QQQ"
	batches  []int    // tool calls of each answer
	closing  sim.Ledger
	lastWord string
}

// play holds a session of a model on the market, with a desk of the test's own.
func play(t *testing.T, m testMarket, basemodel string, brief *agent.Brief) day {
	t.Helper()
	contestant, err := Parse(basemodel)
	require.NoError(t, err)
	desk := desk{market: m, brief: brief, ledger: brief.Opening.Clone()}
	messages := []agent.Message{{Role: agent.RoleSystem, Content: "prompt"}, {Role: agent.RoleUser, Content: "go"}}
	for step := 1; step <= 20; step++ {
		request := agent.Request{Brief: brief, Step: step, Messages: messages}
		answer, err := contestant.Complete(context.Background(), request)
		require.NoError(t, err)
		again, err := contestant.Complete(context.Background(), request)
		require.NoError(t, err)
		require.Equal(t, answer, again, "the same request must get the same answer")
		require.Equal(t, agent.RoleAssistant, answer.Message.Role)
		messages = append(messages, answer.Message)
		if len(answer.Message.Calls) == 0 {
			require.Contains(t, answer.Message.Content, agent.FinishSignal)
			desk.day.closing, desk.day.lastWord = desk.ledger, answer.Message.Content
			return desk.day
		}
		require.NotContains(t, answer.Message.Content, agent.FinishSignal)
		desk.day.batches = append(desk.day.batches, len(answer.Message.Calls))
		for _, c := range answer.Message.Calls {
			messages = append(messages, agent.Message{Role: agent.RoleTool, CallID: c.ID, ToolName: c.Name, Content: desk.answer(c)})
		}
	}
	require.Fail(t, "the model did not finish")
	return day{}
}

// desk answers the tools of a test in the form of the real ones.
type desk struct {
	market testMarket
	brief  *agent.Brief
	ledger sim.Ledger
	day    day
}

func (d *desk) answer(c agent.ToolCall) string {
	var args struct {
		Symbol  string       `json:"symbol"`
		Symbols []string     `json:"symbols"`
		Amount  sim.Quantity `json:"amount"`
		Days    int          `json:"days"`
	}
	if err := json.Unmarshal([]byte(c.Arguments), &args); err != nil {
		return refusal(err)
	}
	open, trades := d.market.view.Open(args.Symbol)
	switch c.Name {
	case "buy", "sell":
		return d.execute(sim.EntryKind(c.Name), args.Symbol, args.Amount, open)
	case "get_price":
		d.day.asked = append(d.day.asked, c.Name+" "+args.Symbol)
		if !d.market.view.HasTraded(args.Symbol) {
			return refusal(errors.New("unknown symbol"))
		}
		if !trades {
			return text(map[string]any{"symbol": args.Symbol, "date": today, "open": nil})
		}
		return text(map[string]any{"symbol": args.Symbol, "date": today, "open": open})
	case "get_history":
		d.day.asked = append(d.day.asked, c.Name+" "+strings.Join(args.Symbols, " "))
		return d.history(args.Symbols, args.Days)
	}
	return refusal(fmt.Errorf("unknown tool %s", c.Name))
}

func (d *desk) execute(kind sim.EntryKind, symbol string, q sim.Quantity, open sim.Money) string {
	name := fmt.Sprintf("%s %s %s", kind, q, symbol)
	price, commission, err := d.brief.Costs.FillPrice(kind, q, open)
	entry := sim.Entry{Kind: kind, Symbol: symbol, Quantity: q, Price: price, Commission: commission}
	if err == nil {
		err = d.ledger.Apply(&entry)
	}
	if err != nil {
		d.day.refused = append(d.day.refused, name)
		return refusal(err)
	}
	d.day.orders = append(d.day.orders, name)
	return text(map[string]any{"symbol": symbol, "action": kind, "amount": q, "price": price, "cash_after": d.ledger.Cash})
}

func (d *desk) history(symbols []string, days int) string {
	histories := []map[string]any{}
	for _, symbol := range symbols {
		bars := [][]any{}
		for _, b := range d.market.view.History(symbol, days) {
			bars = append(bars, []any{b.Date, b.Bar.Open, b.Bar.High, b.Bar.Low, b.Bar.Close, b.Bar.Volume})
		}
		splits := d.market.view.Splits(symbol, sim.MustParseDate("2000-01-01"))
		histories = append(histories, map[string]any{"symbol": symbol, "bars": bars, "splits": splits})
	}
	return text(map[string]any{"histories": histories, "as_of": today})
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func refusal(err error) string { return text(map[string]string{"error": err.Error()}) }
