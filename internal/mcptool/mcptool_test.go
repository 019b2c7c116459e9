package mcptool

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"aitrader/internal/agent"
	"aitrader/internal/calculator"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// today is the date of the desks of these tests.
var today = sim.MustParseDate("2024-10-04")

// desk opens a desk with cash on a market of one symbol.
func desk(cash sim.Money) *agent.Desk {
	market := sim.NewMarketData("v1", []sim.SymbolBar{{Symbol: "AAA", Date: today,
		Bar: sim.Bar{Open: 10 * sim.Dollar, OpenOnly: true}}}, nil, nil)
	d := agent.NewDesk(sim.NewView(market, today), sim.NewLedger(cash), sim.TradingCosts{}, false)
	d.UseCalculator(calculator.Evaluate)
	return d
}

func open(t testing.TB, tools []agent.Tool) agent.Toolbox {
	box := Open("test", tools)
	t.Cleanup(func() { require.NoError(t, box.Close()) })
	return box
}

func echo(name string, handle func(args map[string]json.RawMessage) agent.ToolResult) agent.Tool {
	return agent.Tool{
		Spec:   agent.ToolSpec{Name: name, Description: "a test tool", Schema: json.RawMessage(`{"type":"object"}`)},
		Handle: func(_ context.Context, args map[string]json.RawMessage) agent.ToolResult { return handle(args) },
	}
}

func TestCallReachesTheDesk(t *testing.T) {
	d := desk(100 * sim.Dollar)
	box := open(t, d.Tools())

	result, err := box.Call(t.Context(), "buy", json.RawMessage(`{"symbol":"AAA","amount":3}`))
	require.NoError(t, err)
	require.False(t, result.IsError, result.Content)
	require.JSONEq(t, `{"as_of":"2024-10-04","symbol":"AAA","action":"buy","amount":3,"price":10,"commission":0,"total":30,`+
		`"cash_after":70,"shares_after":3}`, result.Content)
	require.Len(t, d.Fills(), 1)

	result, err = box.Call(t.Context(), "buy", json.RawMessage(`{"symbol":"AAA","amount":8}`))
	require.NoError(t, err)
	require.True(t, result.IsError)
	require.Contains(t, result.Content, `"required_cash":80`)
	require.Len(t, d.Fills(), 1)
}

func TestArgumentsArriveAsWritten(t *testing.T) {
	var got map[string]json.RawMessage
	box := open(t, []agent.Tool{echo("echo", func(args map[string]json.RawMessage) agent.ToolResult {
		got = args
		return agent.ToolResult{Content: `{"ok":true}`}
	})})
	for sent, want := range map[string]map[string]string{
		`{"n":9007199254740993,"f":5.0,"s":"<&>"}`: {"n": "9007199254740993", "f": "5.0", "s": `"<&>"`},
		`"{\"n\": 1e3}"`: {"n": "1e3"},
		``:               {},
		`null`:           {},
		`{}`:             {},
	} {
		got = nil
		result, err := box.Call(t.Context(), "echo", json.RawMessage(sent))
		require.NoError(t, err, sent)
		require.False(t, result.IsError, sent)
		require.Len(t, got, len(want), sent)
		for name, value := range want {
			require.JSONEq(t, value, string(got[name]), sent)
		}
	}
}

func TestNumbersKeepTheirText(t *testing.T) {
	var got string
	box := open(t, []agent.Tool{echo("echo", func(args map[string]json.RawMessage) agent.ToolResult {
		got = string(args["n"])
		return agent.ToolResult{Content: `{}`}
	})})
	for _, number := range []string{"5.0", "9007199254740993", "1e3", "0.1234567890123456789"} {
		_, err := box.Call(t.Context(), "echo", json.RawMessage(`{"n":`+number+`}`))
		require.NoError(t, err)
		require.Equal(t, number, got)
	}
}

// newsless finds nothing, so that search_news is among the tools.
type newsless struct{}

func (newsless) Search(context.Context, string, []string) (sim.NewsFound, error) {
	return sim.NewsFound{}, nil
}

// odd are arguments that some JSON reader stumbles over. In a long run the longest one is
// as long as an answer of a model can be.
func odd(t testing.TB) []string {
	longest := strings.Repeat("A", rounds.Of(t, 1, 7)<<20)
	deep := strings.Repeat(`{"a":`, 9999) + "1" + strings.Repeat("}", 9999)
	list := strings.Repeat("[", 9998) + strings.Repeat("]", 9998)
	digits := "1" + strings.Repeat("0", 400)
	return []string{
		`{"symbol":"AAA","amount":` + digits + `}`, `{"symbol":"AAA","amount":-` + digits + `}`, `{"symbol":"AAA","amount":0.` + digits + `}`,
		`{"symbol":"AAA","amount":1e400,"days":1e400,"date":1e400}`, `{"symbol":"AAA","amount":-1e400}`, `{"amount":1e-400,"symbol":"AAA"}`,
		`{"symbol":"AAA","amount":1e99999999999999999999}`, `{"symbol":"AAA","amount":"1e999999999"}`, `{"symbol":1e400}`,
		`{"expression":1e400}`, `{"expression":"1e400"}`, `{"expression":"` + strings.Repeat("(", 499) + `"}`,
		`{"query":1e400,"symbols":[1e400]}`,
		deep, `{"symbol":` + list + `}`, `{"amount":` + list + `,"symbol":"AAA"}`, `{"zzz":1e400}`, `{"1e400":` + digits + `}`,
		`{"symbol":"` + strings.Repeat("A", 60<<10) + `","amount":1}`, `{"symbol":"` + strings.Repeat("\\u0000", 10<<10) + `","amount":1}`,
		`{"` + strings.Repeat("a", 60<<10) + `":1}`, `{"symbol":"` + longest + `"}`, `{"a":1,"a":1}`, `{"a":1,"\u0061":1}`,
		"{\"symbol\":\"\xff\xfe\",\"amount\":1}", "{\"\xff\":1}", `{"symbol":"\ud800","amount":1}`, `{"\udfff\ud800":"\ud800"}`, "\xff", "\x00",
		`{"symbol":"AAA","amount":1` + "\x00" + `}`, `[1e400]`, `1e400`, `"1e400"`, `"{\"amount\":1e400,\"symbol\":\"AAA\"}"`, `"\ud800"`, `NaN`,
		`{"amount":NaN}`, `{"amount":Infinity}`, `{"amount":0x10}`, `{"amount":01}`, `{"amount":-}`, `{"amount":-0,"symbol":"AAA"}`, "\ufeff{}",
	}
}

// Whatever JSON a model sends, and also what is none, each tool answers with JSON.
func TestAnyArgumentsAreAnswered(t *testing.T) {
	d := desk(100 * sim.Dollar)
	d.ReadNews(newsless{})
	box := open(t, d.Tools())
	for _, arguments := range odd(t) {
		for _, spec := range box.Specs() {
			answers(t, box, spec.Name, arguments)
		}
	}
	require.Empty(t, d.Fills())
}

// FuzzTools sends arguments to each tool through the client and the server of a session.
func FuzzTools(f *testing.F) {
	for _, seed := range odd(f) {
		if len(seed) < 100<<10 { // mutants of larger ones would take all the time
			f.Add(seed)
		}
	}
	f.Add(`{"symbol":"AAA","amount":1}`)
	f.Add(`{"symbols":["AAA","ZZZ"],"days":3}`)
	f.Fuzz(func(t *testing.T, arguments string) {
		opening := 100 * sim.Dollar
		d := desk(opening)
		d.ReadNews(newsless{})
		box := open(t, d.Tools())
		for _, spec := range box.Specs() {
			answers(t, box, spec.Name, arguments)
		}
		closing, err := sim.Fold(sim.NewLedger(opening), d.Fills())
		require.NoError(t, err)
		require.True(t, closing.Equal(held(t, box)))
	})
}

// held returns the ledger that get_portfolio shows.
func held(t *testing.T, box agent.Toolbox) sim.Ledger {
	t.Helper()
	result, err := box.Call(t.Context(), "get_portfolio", json.RawMessage(`{}`))
	require.NoError(t, err)
	var shown struct {
		Cash     sim.Money
		Holdings []struct {
			Symbol   string
			Quantity sim.Quantity
		}
	}
	require.NoError(t, json.Unmarshal([]byte(result.Content), &shown), result.Content)
	l := sim.NewLedger(shown.Cash)
	for _, h := range shown.Holdings {
		l.Holdings[h.Symbol] = h.Quantity
	}
	return l
}

// answers calls a tool, which must answer with JSON.
func answers(t *testing.T, box agent.Toolbox, tool, arguments string) {
	t.Helper()
	result, err := box.Call(t.Context(), tool, json.RawMessage(arguments))
	require.NoError(t, err, "%s %.80q", tool, arguments)
	require.True(t, json.Valid([]byte(result.Content)), "%s %.80q answers %.200q", tool, arguments, result.Content)
	require.Less(t, len(result.Content), 8<<10, "%s %.80q", tool, arguments)
}

func TestMistakesInACallAreAnswered(t *testing.T) {
	box := open(t, desk(sim.Dollar).Tools())
	for _, c := range []struct{ name, arguments, want string }{
		{"short", `{}`, "unknown tool"},
		{"buy", `{"symbol":`, "not valid JSON"},
		{"buy", `[1]`, "not a JSON object"},
		{"buy", `{"amount":1,"amount":2,"symbol":"AAA"}`, "given twice"},
		{"buy", `{"amount":1}`, `the argument \"symbol\" is missing`},
	} {
		result, err := box.Call(t.Context(), c.name, json.RawMessage(c.arguments))
		require.NoError(t, err)
		require.True(t, result.IsError, c)
		require.Contains(t, result.Content, c.want)
		require.True(t, json.Valid([]byte(result.Content)), result.Content)
	}
}

func TestAPanicAndACancelledContextAreErrors(t *testing.T) {
	box := open(t, []agent.Tool{
		echo("panic", func(map[string]json.RawMessage) agent.ToolResult { panic("secret") }),
		echo("fine", func(map[string]json.RawMessage) agent.ToolResult { return agent.ToolResult{Content: "{}"} }),
	})
	_, err := box.Call(t.Context(), "panic", nil)
	require.True(t, sim.IsKind(err, sim.KindInternal), err)
	_, err = box.Call(t.Context(), "fine", nil)
	require.NoError(t, err, "the server lives on")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = box.Call(ctx, "fine", nil)
	require.ErrorIs(t, err, context.Canceled)
}

// The first call connects. When it cannot, there is nothing to close, and the
// next one tries again.
func TestTheFirstCallConnects(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	box := Open("test", desk(100*sim.Dollar).Tools())
	require.NoError(t, box.Close(), "nothing was opened")
	_, err := box.Call(ctx, "get_portfolio", json.RawMessage("{}"))
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, sim.IsKind(err, sim.KindInternal))
	require.NoError(t, box.Close())
	_, err = box.Call(t.Context(), "get_portfolio", json.RawMessage("{}"))
	require.NoError(t, err)
	require.NoError(t, box.Close())
}

// A client that knows nothing of our types lists the tools over the protocol, in
// both of its ages, and calls one with arguments that were not normalised.
func TestServesAClientOfTheProtocol(t *testing.T) {
	d := desk(100 * sim.Dollar)
	specs := map[string]agent.ToolSpec{}
	for _, spec := range open(t, d.Tools()).Specs() {
		specs[spec.Name] = spec
	}
	for _, protocol := range []string{"", mcp.LATEST_LEGACY_PROTOCOL_VERSION} {
		c, err := client.NewInProcessClient(newServer("test", d.Tools(), plain))
		require.NoError(t, err)
		require.NoError(t, c.Start(t.Context()))
		var hello mcp.InitializeRequest
		hello.Params.ProtocolVersion = protocol
		hello.Params.ClientInfo = mcp.Implementation{Name: "a stranger", Version: "1"}
		welcome, err := c.Initialize(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "test", welcome.ServerInfo.Name)

		list, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
		require.NoError(t, err)
		require.Len(t, list.Tools, len(specs))
		for _, listed := range list.Tools {
			require.Equal(t, specs[listed.Name].Description, listed.Description)
			schema, err := json.Marshal(listed.InputSchema)
			require.NoError(t, err)
			var got, want map[string]any
			require.NoError(t, json.Unmarshal(schema, &got))
			require.NoError(t, json.Unmarshal(specs[listed.Name].Schema, &want))
			require.Equal(t, want["properties"], got["properties"], listed.Name)
			require.Equal(t, want["required"], got["required"], listed.Name)
			require.Equal(t, false, got["additionalProperties"], listed.Name)
		}

		for arguments, refused := range map[string]bool{`{"symbol":"aaa"}`: false, `[]`: true} {
			request := mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "get_price", Arguments: json.RawMessage(arguments)}}
			result, err := c.CallTool(t.Context(), request)
			require.NoError(t, err)
			require.Equal(t, refused, result.IsError, arguments)
		}
		require.NoError(t, c.Close())
	}
}

// Many model-days at once: no call reaches another one's desk.
func TestNothingCrosses(t *testing.T) {
	const n, rounds = 64, 10
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for round := range rounds {
				opening := sim.Money(10_000+i) * sim.Dollar
				d := desk(opening)
				box := Open(fmt.Sprint("day ", i), d.Tools())
				for k := range 3 {
					result, err := box.Call(t.Context(), "buy", json.RawMessage(fmt.Sprintf(`{"symbol":"AAA","amount":%d}`, i+1)))
					var answer struct {
						Cash sim.Money `json:"cash_after"`
					}
					if err != nil || json.Unmarshal([]byte(result.Content), &answer) != nil {
						t.Errorf("day %d round %d call %d: %v %s", i, round, k, err, result.Content)
						break
					}
					if want := opening - sim.Money(10*(i+1)*(k+1))*sim.Dollar; answer.Cash != want {
						t.Errorf("day %d round %d call %d: cash %s, want %s", i, round, k, answer.Cash, want)
					}
				}
				if err := box.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
