package agent

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

func request(before ...Message) Request {
	return Request{Messages: before, Tools: []ToolSpec{{Name: "buy"}, {Name: "sell"}, {Name: "get_portfolio"}, {Name: "notes__look"}}}
}

func TestCallsInTheTextAreFound(t *testing.T) {
	for _, text := range []string{
		// Templates of models, of which the server knows nothing.
		"<tool_call>\n{\"name\": \"buy\", \"arguments\": {\"symbol\": \"AAPL\", \"amount\": 1}}\n</tool_call>",
		`I buy now. <tool_call>{"name": "buy", "arguments": {"symbol": "AAPL"`,
		"<tool_call>\n<function=buy>\n<parameter=symbol>\nAAPL\n</parameter>\n</function>\n</tool_call>",
		"<tool_call>buy\n<arg_key>symbol</arg_key>\n<arg_value>AAPL</arg_value>\n</tool_call>",
		`<function=buy>{"symbol": "AAPL", "amount": 1}</function>`,
		`<function name="buy"><parameter name="symbol">AAPL</parameter></function>`,
		`<|python_tag|>{"name": "buy", "parameters": {"symbol": "AAPL"}}`,
		`<|python_tag|>buy.call(symbol="AAPL")`,
		`[TOOL_CALLS] [{"name": "buy", "arguments": {"symbol": "AAPL"}}]`,
		`[TOOL_CALLS]buy[ARGS]{"symbol": "AAPL"}`,
		"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>buy\n```json\n{}\n```<｜tool▁call▁end｜>",
		"<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"buy\">",
		`<|tool_calls_section_begin|><|tool_call_begin|>functions.buy:0<|tool_call_argument_begin|>{"symbol":"AAPL"}<|tool_call_end|>`,
		`<function_calls><invoke name="buy"><parameter name="symbol">AAPL</parameter></invoke></function_calls>`,
		`<minimax:tool_call><invoke name="buy">`,
		`<|channel|>commentary to=functions.buy <|constrain|>json<|message|>{"symbol":"AAPL"}<|call|>`,
		`<|tool_call|>[{"name":"buy"`,
		`functools[{"name": "buy", "arguments": {"symbol": "AAPL"}}]`,
		`<|action_start|><|plugin|>{"name": "buy"}<|action_end|>`,
		`<TOOLCALL>[{"name": "buy", "arguments": {}}]</TOOLCALL>`,
		`<|START_ACTION|>[{"tool_name": "buy", "parameters": {}}]<|END_ACTION|>`,
		`<|tool_call_start|>[buy(symbol="AAPL")]<|tool_call_end|>`,
		`<longcat_tool_call>buy`, `<seed:tool_call><function=buy>`, `<start_function_call>call:buy{symbol:<escape>AAPL<escape>}`,
		`<function_call>{"name": "buy"}</function_call>`, `<functioncall> {"name": "buy"}`, `<tool_use>buy</tool_use>`,
		"```tool_code\nprint(default_api.buy(symbol=\"AAPL\"))\n```",
		// What models write by themselves.
		"```json\n{\"name\": \"buy\", \"arguments\": {\"symbol\": \"AAPL\", \"amount\": 1}}\n```",
		"Here is my order:\n```\n{\"tool\": \"functions.buy\", \"args\": {\"symbol\": \"AAPL\"}}\n```",
		`{"type": "function", "function": {"name": "buy", "arguments": "{\"symbol\":\"AAPL\"}"}}`,
		`{"action": "buy", "action_input": {"symbol": "AAPL"}}`,
		`{"tool_uses": [{"recipient_name": "functions.buy", "parameters": {"symbol": "AAPL"}}]}`,
		`{'name': 'buy', 'arguments': {'symbol': 'AAPL'}}`,
		`{\"name\": \"buy\", \"arguments\": {\"symbol\": \"AAPL\"}}`,
		`{"name": "BUY", "input": {"symbol": "AAPL"}} ` + FinishSignal,
		"```json\n{\"name\": \"get_portfolio\"}\n```",
		`{"name": "notes__look", "arguments": {}}`,
		"Thought: cheap.\nAction: buy\nAction Input: {\"symbol\": \"AAPL\"}",
		"**Action:** buy(symbol=\"AAPL\", amount=1)",
		`[buy(symbol="AAPL", amount=1), sell(symbol="MSFT", amount=2)]`,
		"```python\nresult = buy(symbol='AAPL', amount=1)\nprint(result)\n```",
		`buy({"symbol": "AAPL", "amount": 1})`,
		"get_portfolio()",
		`buy(symbol="AAPL", amount=1) ` + FinishSignal,
		"<buy>\n<symbol>AAPL</symbol>\n<amount>1</amount>\n</buy>",
		`<buy symbol="AAPL" amount="1"/>`,
		`<think>I need AAPL.</think><tool_call>{"name":"buy"}`,
	} {
		assert.Equal(t, sim.StopTextCall, Broken(Message{Content: text}, request()), text)
	}
}

func TestWordsAreNoCall(t *testing.T) {
	bought := Message{Role: RoleAssistant, Calls: []ToolCall{{Name: "buy"}}}
	for _, text := range []string{
		"I hold what I have. " + FinishSignal,
		"I would buy AAPL (it is cheap), but sell nothing; a buy is a decision too.",
		"Today's actions:\n- Buy 10 AAPL\n- Sell 5 MSFT\n" + FinishSignal,
		"Action: hold.\n" + FinishSignal,
		"| tool | calls |\n| buy | 3 |",
		`{"summary": "bought AAPL", "positions": {"AAPL": 10}}`,
		`{"actions": [{"symbol": "AAPL", "amount": 10, "side": "buy"}]}`,
		"buy (AAPL): the trend is up",
		"The function calls above are all I needed. I use no further tools.",
		"<b>buy</b> low, sell high <summary>held</summary>",
		"<think>Maybe <tool_call>{\"name\": \"buy\"}</tool_call>? No.</think>I hold.",
		"What I did:\nbuy(symbol=\"AAPL\", amount=1)\n" + FinishSignal,
	} {
		assert.Empty(t, Broken(Message{Content: text}, request(bought)), text)
	}
	assert.Empty(t, Broken(Message{Content: "<tool_call>{}</tool_call>", Calls: bought.Calls}, request()), "beside a real call")
	assert.Empty(t, Broken(Message{Content: "Hm."}, Request{}))
}

func TestAnEmptyAnswerSaysNothing(t *testing.T) {
	for _, text := range []string{"", " \n\t", "<think>hm</think>\n", "<think>hm", "hm</think>", "[THINK]hm[/THINK]"} {
		assert.Equal(t, sim.StopEmpty, Broken(Message{Content: text}, request()), "%q", text)
	}
	assert.Empty(t, Broken(Message{Calls: []ToolCall{{Name: "buy"}}}, request()))
}
