package openaimodel

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"aitrader/internal/agent"
)

// offered are the names of the tools in tests of names.
var offered = []string{"buy", "sell", "get_price", "get_prices", "get_history", "get_portfolio", "calculate", "notes__look", "notes__file",
	"my-server__get_price"}

func specs(names ...string) []agent.ToolSpec {
	out := make([]agent.ToolSpec, len(names))
	for i, name := range names {
		out[i].Name = name
	}
	return out
}

func TestANameIsMappedToTheToolItMeans(t *testing.T) {
	for written, want := range map[string]string{
		"functions.buy": "buy", "default_api.buy": "buy", "default_api:buy": "buy", "tools/buy": "buy", "tool.buy": "buy",
		"functions.buy:0": "buy", "functions.get_price:12": "get_price", "buy:0": "buy", "buy_0": "buy", "buy-1": "buy", "buy#2": "buy",
		"buy<|channel|>commentary": "buy", "buy<|channel|>json": "buy", "buy <|constrain|>json": "buy", "buy<|im_end|>": "buy",
		"buy</tool_call>": "buy",
		" buy ":           "buy", "\tbuy\n": "buy", "Buy": "buy", "BUY": "buy", `"buy"`: "buy", "`buy`": "buy", "'buy'": "buy", "buy()": "buy",
		`buy(symbol="AAPL", amount=1)`: "buy", `buy{"symbol":"AAPL"}`: "buy", "buy;": "buy", ".buy": "buy", "/buy": "buy", "_buy": "buy",
		"getPrice": "get_price", "GetPortfolio": "get_portfolio", "get-price": "get_price", "get price": "get_price", "get.price": "get_price",
		"functions.getPrice": "get_price", "functions_buy": "buy", "default_api_buy": "buy", "mcp__aitrader__buy": "buy", "tool_buy": "buy",
		"buy_tool": "buy", "buy.json": "buy", "functions::buy": "buy", "functions->buy": "buy", "api/v1/buy": "buy",
		"assistant to=functions.buy": "buy", "functions.buy.0": "buy", "trading.desk.buy": "buy",
		"notes.look": "notes__look", "notes/look": "notes__look", "notes_look": "notes__look", "notes:look": "notes__look",
		"functions.notes__look": "notes__look", "functions.notes.look": "notes__look", "functions.my-server.get_price": "my-server__get_price",
		"NOTES__LOOK":         "notes__look",
		"my-server.get_price": "my-server__get_price", "my_server.get_price": "my-server__get_price",
	} {
		assert.Equal(t, want, meantTool(written, specs(offered...)), "%q", written)
	}
}

func TestANameThatMeansNoToolStays(t *testing.T) {
	for _, written := range []string{"", "buyy", "bu", "dont_buy", "do_not_buy", "buy_back", "rebuy", "notes.buy", "notes__buy", "look",
		"file.look", "functions", "functions.", "0", "<|channel|>", "buy.cancel", "buy or sell", "get_price get_prices", "买"} {
		assert.Equal(t, written, meantTool(written, specs(offered...)), "%q", written)
	}
	assert.Equal(t, "look", meantTool("look", specs("a__look", "b__look")))
	assert.Equal(t, "GetPrice", meantTool("GetPrice", specs("get_price", "getprice")), "two tools are meant")
}

func TestAnEchoedNameIsAcceptedByEveryProvider(t *testing.T) {
	for written, want := range map[string]string{"buy": "buy", "a.b": "a_b", "": "unknown", "...": "unknown", "买 buy": "buy", "a b": "a_b",
		"_look_": "_look_"} {
		assert.Equal(t, want, cleanName(written), "%q", written)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := cleanName(rapid.String().Draw(t, "name"))
		assert.Regexp(t, `^[A-Za-z0-9_-]{1,64}$`, name)
		assert.Equal(t, name, cleanName(name))
	})
}

func TestATokenOfTheTemplateIsCutOffOnEitherSide(t *testing.T) {
	assert.Equal(t, "buy", meantTool("<|python_tag|>buy", specs(offered...)))
	assert.Equal(t, "buy", meantTool("<function=buy>", specs(offered...)))
	assert.Equal(t, "buy", meantTool("<tool_call>buy</tool_call>", specs(offered...)))
}

// Whatever a name is, the tool that it is mapped to is one that is offered.
func TestAMappedNameIsOneThatIsOffered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z_.:/<|>0-9 ]{0,9}(buy|sell|look)[a-z_.:/<|>0-9 ]{0,9}`)).Draw(t, "name")
		got := meantTool(written, specs(offered...))
		if got != written {
			assert.Contains(t, offered, got)
		}
	})
}
