package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/calculator"
	"aitrader/internal/mcptool"
	"aitrader/internal/news"
	"aitrader/internal/sim"
)

// The tests of this file run whole sessions over the real tools and look for
// what must never be said. All prices of the market contain a mark: those that a
// model may know begin with 11, those that it may not with 99 or 88.
var leakToday = sim.MustParseDate("2025-03-06")

func leakMarket() *sim.MarketData {
	var rows []sim.SymbolBar
	bar := func(symbol string, date sim.Date, open, rest sim.Money, volume int64) {
		rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: date, Bar: sim.Bar{
			Open: open, High: rest + 30, Low: rest + 10, Close: rest + 20, Volume: volume,
		}})
	}
	for i, symbol := range []string{"AAA", "BBB"} {
		for day := range 40 {
			price := sim.Money(1_100_000 + 1000*i + 100*day)
			bar(symbol, leakToday.AddDays(day-40), price, price, 11_000)
		}
		bar(symbol, leakToday, 1_150_000, 9_912_300, 99_123_456)
		for day := range 40 {
			bar(symbol, leakToday.AddDays(1+day), 8_812_300, 8_845_600, 88_123_456)
		}
	}
	bar("LATE", leakToday.AddDays(1), 8_812_300, 8_845_600, 88_123_456)
	splits := []sim.Split{{Symbol: "AAA", ExDate: leakToday.AddDays(3), Numerator: 8877, Denominator: 1}}
	return sim.NewMarketData("v1", rows, splits, []sim.Dividend{{Symbol: "AAA", ExDate: leakToday.AddDays(2), Amount: 88_550_000_000}})
}

// hostile asks for everything that it should not get.
func hostile() []agent.ToolCall {
	dates := []string{"2025-03-07", "2025-03-08", "2025-04-01", "2026-01-01", "9999-12-31", "2025-03-06", "2025-03-05",
		"2025-02-30", "tomorrow",
		"+1", "2025-03-06T16:00:00Z", "20250307", "2025-3-7", "-2025-03-07", "2025-03-07 ", " ", "0"}
	symbols := []string{"AAA", "aaa ", "BBB", "LATE", "late", "NONE", "", "*", "%", "AAA,LATE", "../LATE", "AAA\u0000", "CASH"}
	var calls []agent.ToolCall
	add := func(tool string, arguments map[string]any) {
		text, _ := json.Marshal(arguments) // these always encode
		calls = append(calls, agent.ToolCall{Name: tool, Arguments: string(text)})
	}
	for _, symbol := range symbols {
		for _, date := range dates {
			add("get_price", map[string]any{"symbol": symbol, "date": date})
		}
		add("get_prices", map[string]any{"symbols": []string{symbol, "AAA", "LATE"}, "date": "2025-03-07"})
		add("get_price", map[string]any{"symbol": symbol, "as_of": "2025-03-07", "today": "2025-03-07", "close": true})
		for _, days := range []any{1, 250, -1, -5, 0, 251, "1e3", 1e300, "250", nil, []int{1}} {
			add("get_history", map[string]any{"symbol": symbol, "days": days, "end": "2025-03-07"})
			add("get_history", map[string]any{"symbols": []string{symbol, "BBB"}, "days": days, "end": "2025-03-07"})
		}
		for _, amount := range []any{1, 0, -1, 1.5, 1e9, 1e30, "2", "x", nil, true} {
			add("buy", map[string]any{"symbol": symbol, "amount": amount, "price": "close"})
			add("sell", map[string]any{"symbol": symbol, "amount": amount, "date": "2025-03-07"})
		}
	}
	for _, expression := range []string{"now()", "date()", "AAA.close", "close", "LATE", "1+1", "price('AAA')", "$env", "1/0"} {
		add("calculate", map[string]any{"expression": expression})
	}
	for _, query := range []string{"chips", "tomorrow", "8812", "2025-03-07", "after:2025-03-06", "chips\u202e 2025-03-07",
		strings.Repeat("x", 500), ""} {
		for _, about := range []any{nil, []string{"AAA"}, "AAA,BBB", []string{"LATE"}, []string{"NONE"}, 5, []any{nil},
			[]string{"AAA", "AAA", "AAA", "AAA", "AAA", "AAA"}} {
			add("search_news", map[string]any{"query": query, "symbols": about, "date": "2025-03-07", "time_to": "20250307T0000"})
		}
	}
	add("get_portfolio", map[string]any{"date": "2025-03-07", "valued_at": "close"})
	for _, arguments := range []string{"", "null", "{", "[]", `"{\"symbol\":\"LATE\"}"`, `{"symbol":"AAA","symbol":"LATE"}`, "\xff"} {
		for _, tool := range []string{"get_price", "get_prices", "get_history", "buy", "sell", "get_portfolio", "calculate", "search_news",
			"get_close", "get_tomorrow"} {
			calls = append(calls, agent.ToolCall{Name: tool, Arguments: arguments})
		}
	}
	return calls
}

// leakNews has what was published up to the bell of today and what was not.
func leakNews(t *testing.T) *news.Search {
	t.Helper()
	source, err := news.ReadFile("leak.json", []byte(`{"items": [
		{"published": "2025-03-05T21:00:00Z", "title": "Chips at 1150", "text": "They closed at 110.5.", "symbols": ["AAA"]},
		{"published": "2025-03-06T14:29:59Z", "title": "Chips before the bell", "text": "They may rise.", "symbols": ["AAA"]},
		{"published": "2025-03-06T14:30:00Z", "title": "Chips at the bell 9912.3", "text": "9912.3", "symbols": ["AAA"]},
		{"published": "2025-03-06", "title": "Chips today 9912.3", "text": "9912.3", "symbols": ["AAA"]},
		{"published": "2025-03-07T12:00:00Z", "title": "Chips tomorrow 8812.3 on 2025-03-07", "url": "https://n.example/2025-03-07",
		 "text": "8812.3", "symbols": ["AAA", "BBB"]},
		{"published": "2025-03-01", "title": "Chips, updated on March 7, 2025", "text": "8812.3", "symbols": ["AAA"]},
		{"published": "2025-03-01", "title": "Chips: live updates", "text": "9912.3", "symbols": ["BBB"]},
		{"published": "2025-03-01", "title": "Chips", "url": "https://n.example/20250307", "text": "8812.3", "symbols": ["BBB"]}
	]}`))
	require.NoError(t, err)
	return news.New(source, news.Options{})
}

type model func(context.Context, agent.Request) (agent.Reply, error)

func (m model) Complete(ctx context.Context, r agent.Request) (agent.Reply, error) { return m(ctx, r) }

var (
	anyDate   = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)
	anyFigure = regexp.MustCompile(`\d+(\.\d+)?`)
)

func TestNothingOfLaterLeaks(t *testing.T) {
	view := sim.NewView(leakMarket(), leakToday)
	opening := sim.NewLedger(100_000 * sim.Dollar)
	opening.Holdings["AAA"] = 50 * sim.Share
	desk := agent.NewDesk(view, opening, sim.TradingCosts{}, false)
	desk.UseCalculator(calculator.Evaluate)
	desk.ReadNews(leakNews(t).On(leakToday))
	tools := mcptool.Open("leak test", desk.Tools())
	defer func() { require.NoError(t, tools.Close()) }()

	calls := hostile()
	const perAnswer = 100
	session := agent.Session{
		Toolbox: tools, Desk: desk, Now: time.Now,
		Brief: &agent.Brief{
			Date: leakToday, Opening: opening, News: true, MaxSteps: len(calls)/perAnswer + 2,
			Prices: agent.PriceTable(view, []string{"AAA", "BBB", "LATE", "NONE"}, opening),
		},
		Model: model(func(_ context.Context, r agent.Request) (agent.Reply, error) {
			from := min((r.Step-1)*perAnswer, len(calls))
			to := min(from+perAnswer, len(calls))
			content := ""
			if to == len(calls) {
				content = agent.FinishSignal
			}
			return agent.Reply{Message: agent.Message{Content: content, Calls: calls[from:to]}}, nil
		}),
	}
	out, err := session.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, sim.StopSignal, out.Session.StopReason)
	require.NotEmpty(t, out.Fills, "some of it is allowed")

	answered, allowed, read := 0, 0, 0
	for _, m := range out.Transcript {
		if m.Role == string(agent.RoleAssistant) {
			continue // the model's own words
		}
		if m.Role == string(agent.RoleTool) {
			answered++
			require.Equal(t, leakToday, m.AsOf)
			require.True(t, json.Valid([]byte(m.Content)), m.Content)
		}
		require.Empty(t, leaksIn(m.Content), "%s %s: %s", m.ToolName, m.Arguments, m.Content)
		if strings.Contains(m.Content, "<<<Chips before the bell>>>") {
			read++
		}
		for reason := range out.Session.NewsRefused {
			require.NotContains(t, m.Content, reason, "the model does not learn that there will be news")
		}
		if strings.Contains(m.Content, "115") { // today's open
			allowed++
		}
	}
	require.Equal(t, len(calls), answered)
	for _, reason := range []string{"after_bell", "names_later", "live_page"} {
		require.Positive(t, out.Session.NewsRefused[reason], reason)
	}
	require.Positive(t, read, "the news of before the bell are told")
	require.Greater(t, allowed, 10, "today's open is shown")
	for name, tool := range out.Session.ToolUsage {
		require.Positive(t, tool.Errors, name)
	}
}

// leaksIn returns the figures and dates of a text that lie behind the view.
func leaksIn(text string) []string {
	var leaks []string
	for _, found := range anyDate.FindAllString(text, -1) {
		if date, err := sim.ParseDate(found); err == nil && date > leakToday {
			leaks = append(leaks, found)
		}
	}
	for _, figure := range anyFigure.FindAllString(text, -1) {
		for _, secret := range []string{"9912", "8812", "8845", "991.2", "881.2", "884.5", "885.5", "8877"} {
			if strings.HasPrefix(figure, secret) {
				leaks = append(leaks, figure)
			}
		}
	}
	return leaks
}

// The search finds what it is made to find.
func TestTheLeakSearchFindsLeaks(t *testing.T) {
	market := leakMarket()
	now, later := mustBar(t, market, leakToday), mustBar(t, market, leakToday.AddDays(1))
	for _, secret := range []any{
		now.High, now.Low, now.Close, now.Volume,
		later.Open, later.High, later.Low, later.Close, later.Volume, leakToday.AddDays(1), 8877, "885.5",
	} {
		require.NotEmpty(t, leaksIn(fmt.Sprint("x ", secret)), secret)
	}
	require.Empty(t, leaksIn(fmt.Sprint(now.Open, mustBar(t, market, leakToday.AddDays(-1)).Close, leakToday)))
}

func mustBar(t *testing.T, market *sim.MarketData, date sim.Date) sim.Bar {
	bar, ok := market.Bar("AAA", date)
	require.True(t, ok)
	return bar
}

// Many sessions at once, each with a date, a name and cash of its own: no one
// sees anything of another.
func TestSessionsDoNotCross(t *testing.T) {
	market := leakMarket()
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			date := leakToday.AddDays(-i % 30)
			opening := sim.NewLedger(sim.Money(70_000+i) * sim.Dollar)
			desk := agent.NewDesk(sim.NewView(market, date), opening, sim.TradingCosts{}, false)
			desk.UseCalculator(calculator.Evaluate)
			tools := mcptool.Open(fmt.Sprint("session ", i), desk.Tools())
			session := agent.Session{
				Toolbox: tools, Desk: desk, Now: time.Now,
				Brief: &agent.Brief{Date: date, Opening: opening, MaxSteps: 3},
				Model: model(func(_ context.Context, r agent.Request) (agent.Reply, error) {
					if r.Step == 3 {
						return agent.Reply{Message: agent.Message{Content: agent.FinishSignal}}, nil
					}
					return agent.Reply{Message: agent.Message{Calls: []agent.ToolCall{{Name: "get_portfolio"},
						{Name: "buy", Arguments: `{"symbol":"AAA","amount":1}`}}}}, nil
				}),
			}
			out, err := session.Run(t.Context())
			if err != nil || len(out.Fills) != 2 {
				t.Error(err, len(out.Fills))
				return
			}
			if first := out.Transcript[3].Content; !strings.Contains(first, fmt.Sprintf(`"as_of":"%s","cash":%d,`, date, 70_000+i)) {
				t.Errorf("session %d got %s", i, first)
			}
			for _, m := range out.Transcript {
				for _, found := range anyDate.FindAllString(m.Content, -1) {
					if found != date.String() {
						t.Errorf("session %d of %s got the date %s", i, date, found)
					}
				}
			}
			if err := tools.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
