package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

// env is an environment for tests.
func env(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func decode(text string, opts config.Options) (config.Config, error) {
	return config.Decode("configs/test.json", []byte(text), opts)
}

func mustDecode(t *testing.T, text string, opts config.Options) config.Config {
	t.Helper()
	c, err := decode(text, opts)
	require.NoError(t, err)
	return c
}

// oneModel is a configuration of one model with further keys in it.
func oneModel(keys string) string {
	return `{"models": [{"basemodel": "openai/gpt-5", "signature": "gpt-5"` + keys + `}]}`
}

func texts(warnings []config.Warning) string {
	lines := make([]string, len(warnings))
	for i, w := range warnings {
		lines[i] = w.String()
	}
	return strings.Join(lines, "\n")
}

func TestAITraderFileLoadsUnchanged(t *testing.T) {
	c, err := config.Load("testdata/ai_trader_default_config.json", config.Options{
		AllowPlainKeys: true, Env: env(map[string]string{"OPENAI_API_BASE": "https://api.example.com/v1", "OPENAI_API_KEY": "canary"}),
	})
	require.NoError(t, err)
	assert.Equal(t, config.DateRange{Init: sim.MustParseDate("2025-10-01"), End: sim.MustParseDate("2025-10-21")}, c.DateRange)
	assert.Equal(t, sim.MustParseDate("2025-10-01"), c.InitDate())
	assert.Equal(t, []config.Warning{
		{Path: "models[1].openai_api_key", Text: "the key is in plain text; write ${NAME} and set it in the environment"},
		{Path: "agent_type", Text: "has no meaning here and is ignored"},
		{Path: "market", Text: "has no meaning here and is ignored"},
		{Path: "log_config", Text: "has no meaning here and is ignored"},
	}, c.Warnings)

	settings, err := c.Settings(nil)
	require.NoError(t, err)
	assert.Equal(t, sim.Settings{
		Config: "ai_trader_default_config",
		Models: []sim.ModelSpec{{Signature: "gpt-5", Name: "gpt-5", BaseModel: "openai/gpt-5", BaseURL: "https://api.example.com/v1"}},

		Benchmark: "QQQ", InitialCash: 10_000 * sim.Dollar,
		MaxSteps: 30, MaxRetries: 3, BaseDelay: 1, CallTimeout: 120,
	}, settings)

	deepseek, ok := c.Model("deepseek-chat-v3.1")
	require.True(t, ok)
	assert.False(t, deepseek.Enabled)
	assert.Equal(t, "https://openrouter.ai/api/v1", deepseek.BaseURL)
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Warnings), "canary")
}

func TestFullFile(t *testing.T) {
	opts := config.Options{Dir: "/conf", Env: env(map[string]string{"MY_KEY": "s3cret"})}
	c := mustDecode(t, "\ufeff"+`{
		"date_range": {"init_date": "2025-10-01", "end_date": null},
		"benchmark": "spy",
		"models": [
			{"name": "GPT-5", "basemodel": "openai/gpt-5", "signature": "gpt-5", "openai_base_url": " https://h.example/v1 ",
			 "openai_api_key": "${MY_KEY}", "params": {"temperature": 0.2, "seed": 7, "stop": ["a", {"b": null, "c": true}],
			"top_p": null}, "prompt": "Be bold."},
			{"name": "Hold", "basemodel": "builtin/buy-and-hold?symbol=QQQ", "signature": "hold", "enabled": true},
			{"basemodel": "recorded/../x y/position.jsonl", "signature": "rec"},
			{"basemodel": "recorded//abs/position.jsonl", "signature": "rec2", "enabled": false}
		],
		"agent_config": {"max_steps": 5.0, "max_retries": 0, "base_delay": 0.25, "timeout_seconds": 60, "max_parallel": 4,
			"initial_cash": 1234.5678, "stock_symbols": ["AAA", "bbb", "aaa"]},
		"costs": {"commission_per_share": 0.005, "commission_min": 1, "slippage_bps": 2.5},
		"fractional_shares": true
	}`, opts)
	settings, err := c.Settings(nil)
	require.NoError(t, err)
	assert.Equal(t, sim.Settings{
		Config: "test", Benchmark: "SPY", Universe: []string{"AAA", "BBB"}, InitialCash: 12_345_678, Fractional: true,
		MaxSteps: 5, MaxRetries: 0, BaseDelay: 0.25, CallTimeout: 60, MaxParallel: 4,
		Costs: sim.TradingCosts{CommissionPerShare: 50, CommissionMin: sim.Dollar, Slippage: 25_000},
		Models: []sim.ModelSpec{
			{Signature: "gpt-5", Name: "GPT-5", BaseModel: "openai/gpt-5", BaseURL: "https://h.example/v1", Prompt: "Be bold.",
				Params: map[string]any{"temperature": 0.2, "seed": 7.0, "stop": []any{"a", map[string]any{"c": true}}}},
			{Signature: "hold", Name: "Hold", BaseModel: "builtin/buy-and-hold?symbol=QQQ"},
			{Signature: "rec", Name: "rec", BaseModel: "recorded//x y/position.jsonl"},
		},
	}, settings)
	assert.Equal(t, `agent_config.stock_symbols[2]: "AAA" is there already, at index 0; ignored`, texts(c.Warnings))

	// What a store gives back is what went in.
	text, err := json.Marshal(settings)
	require.NoError(t, err)
	var again sim.Settings
	require.NoError(t, json.Unmarshal(text, &again))
	assert.Equal(t, settings, again)
	assert.NotContains(t, string(text), "s3cret")

	disabled, err := c.Settings([]string{"rec2", "gpt-5"})
	require.NoError(t, err)
	require.Len(t, disabled.Models, 2)
	assert.Equal(t, "gpt-5", disabled.Models[0].Signature, "in the order of the file")
	assert.Equal(t, "recorded//abs/position.jsonl", disabled.Models[1].BaseModel)
}

func TestRelativePathsAreRelativeToTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "my.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"models": [{"basemodel": "recorded/runs/position.jsonl", "signature": "r"}]}`), 0o600))
	c, err := config.Load(file, config.Options{})
	require.NoError(t, err)
	assert.Equal(t, "recorded/"+filepath.Join(dir, "runs", "position.jsonl"), c.Models[0].BaseModel)
	assert.Equal(t, "my", c.Base.Config)
}

func TestSettingsNamesUnknownModels(t *testing.T) {
	c := mustDecode(t, `{"models": [{"basemodel": "builtin/cash", "signature": "a"}, {"basemodel": "builtin/cash", `+
		`"signature": "b", "enabled": false}]}`, config.Options{})
	_, err := c.Settings([]string{"x", "a", "y"})
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	assert.ErrorContains(t, err, `unknown model "x", "y" in configuration test; the known ones are "a", "b"`)

	none := mustDecode(t, `{"models": [{"basemodel": "builtin/cash", "signature": "b", "enabled": false}]}`, config.Options{})
	assert.Contains(t, texts(none.Warnings), "no model is enabled")
	_, err = none.Settings(nil)
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	assert.ErrorContains(t, err, "no model is enabled")
}

func TestBaselines(t *testing.T) {
	c := mustDecode(t, `{"baselines": true, "benchmark": "SPY", "models": [{"basemodel": "builtin/cash", "signature": "cash"}]}`,
		config.Options{})
	var models []string
	for _, m := range c.Models {
		models = append(models, m.Signature+" "+m.BaseModel)
	}
	assert.Equal(t, []string{"cash builtin/cash", "buy-and-hold builtin/buy-and-hold?symbol=SPY",
		"equal-weight builtin/equal-weight", "momentum builtin/momentum", "random builtin/random"}, models)
	assert.Equal(t, `baselines: a model is called "cash"; the built-in one of that name is left out`, texts(c.Warnings))
	s, err := c.Settings(nil)
	require.NoError(t, err)
	assert.Len(t, s.Models, 5, "they run without being named")
}

func TestServersOfTools(t *testing.T) {
	c := mustDecode(t, `{"models": [{"basemodel": "builtin/cash", "signature": "a"}], "mcp_servers": [
		{"name": "notes", "url": "https://tools.example.com/mcp", "headers": {"Authorization": "${NOTES_KEY}"}, "tools": ["look"]},
			{"name": "local", "url": "http://127.0.0.1:9/mcp"}]}`,
		config.Options{Env: func(string) (string, bool) { return "Bearer canary", true }})
	assert.Empty(t, c.Warnings)
	assert.Equal(t, []sim.MCPServer{{Name: "notes", URL: "https://tools.example.com/mcp", Tools: []string{"look"}},
		{Name: "local", URL: "http://127.0.0.1:9/mcp"}}, c.Base.MCPServers)
	assert.Equal(t, "${NOTES_KEY}", c.MCPHeaders["notes"]["Authorization"].String())
	assert.NotContains(t, fmt.Sprintf("%+v", c), "canary")
}

func TestPricesAndBudgets(t *testing.T) {
	c := mustDecode(t, `{"budget_usd": 20.5, "models": [
		{"basemodel": "a/b", "signature": "a", "price": {"input": 1.25, "output": 10, "cached": 0, "cache_write": 1.5}, "budget_usd": 2,
			"params": {"max_tokens": 4096}},
		{"basemodel": "a/c", "signature": "off", "enabled": false},
		{"basemodel": "builtin/cash", "signature": "cash"}]}`, config.Options{AllowPlainKeys: true})
	assert.Empty(t, c.Warnings)
	s, err := c.Settings(nil)
	require.NoError(t, err)
	assert.Equal(t, 20*sim.Dollar+sim.Dollar/2, s.Budget)
	assert.Equal(t, &sim.TokenPrice{Input: sim.Dollar + sim.Dollar/4, Output: 10 * sim.Dollar, Cached: new(sim.Money),
		CacheWrite: new(sim.Dollar + sim.Dollar/2)}, s.Models[0].Price)
	assert.Equal(t, 2*sim.Dollar, s.Models[0].Budget)
	assert.Nil(t, s.Models[1].Price)
}

func TestSettingsShareNothing(t *testing.T) {
	c := mustDecode(t, `{"models": [{"basemodel": "builtin/cash", "signature": "a"}], "agent_config": {"stock_symbols": ["AAA"]}}`,
		config.Options{})
	one, err := c.Settings(nil)
	require.NoError(t, err)
	one.Universe[0] = "ZZZ"
	two, err := c.Settings(nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"AAA"}, two.Universe)
}

func TestMistakesNamePathValueAndWhatIsAllowed(t *testing.T) {
	models := `"models": [{"basemodel": "builtin/cash", "signature": "a"}]`
	with := func(keys string) string { return "{" + models + ", " + keys + "}" }
	many := strings.Repeat(`{"basemodel": "builtin/cash", "signature": "S"},`, 41)
	for i := range 41 {
		many = strings.Replace(many, `"S"`, fmt.Sprintf(`"s%d"`, i), 1)
	}
	for name, tc := range map[string]struct{ text, want string }{
		"no object":         {`[1]`, "a list: an object with the key models is expected"},
		"no models":         {`{}`, "models: a list with at least one model"},
		"empty models":      {`{"models": []}`, "models: a list with at least one model"},
		"models type":       {`{"models": {}}`, "models: an object: a list is expected"},
		"model type":        {`{"models": ["gpt-5"]}`, `models[0]: "gpt-5": an object is expected`},
		"no signature":      {`{"models": [{"basemodel": "a/b"}]}`, "models[0].signature: missing: a signature of 1 to 64"},
		"signature type":    {`{"models": [{"basemodel": "a/b", "signature": 5}]}`, "models[0].signature: 5: a text"},
		"bad signature":     {`{"models": [{"basemodel": "a/b", "signature": "gpt 5"}]}`, `models[0].signature: "gpt 5": a signature`},
		"replica signature": {`{"models": [{"basemodel": "a/b", "signature": "gpt-5~2"}]}`, `"gpt-5~2"`},
		"folder signature":  {`{"models": [{"basemodel": "a/b", "signature": ".."}]}`, `".."`},
		"long signature":    {`{"models": [{"basemodel": "a/b", "signature": "` + strings.Repeat("a", 65) + `"}]}`, "1 to 64"},
		"same signature": {`{"models": [{"basemodel": "a/b", "signature": "a"}, {"basemodel": "a/b", "signature": "a"}]}`,
			`models[1].signature: "a": a signature of its own is expected; it is the one of models[0]`},
		"too many":           {`{"models": [` + strings.TrimSuffix(many, ",") + `]}`, "41 models are enabled; at most 40"},
		"no basemodel":       {`{"models": [{"signature": "a"}]}`, "models[0].basemodel: missing"},
		"basemodel type":     {`{"models": [{"signature": "a", "basemodel": true}]}`, "models[0].basemodel: true: a text"},
		"empty basemodel":    {`{"models": [{"signature": "a", "basemodel": ""}]}`, `models[0].basemodel: "": a provider's model`},
		"space in basemodel": {`{"models": [{"signature": "a", "basemodel": "gpt 5"}]}`, `models[0].basemodel: "gpt 5"`},
		"bare prefix":        {`{"models": [{"signature": "a", "basemodel": "recorded/"}]}`, `"recorded/"`},
		"control character":  {`{"models": [{"signature": "a", "basemodel": "recorded/a\u0000b"}]}`, `"recorded/a\x00b"`},
		"long name":          {oneModel(`, "name": "` + strings.Repeat("é", 201) + `"`), "models[0].name: 201 characters: at most 200"},
		"long prompt":        {oneModel(`, "prompt": "` + strings.Repeat("é", 20001) + `"`), "models[0].prompt: 20001 characters"},
		"enabled":            {oneModel(`, "enabled": "yes"`), `models[0].enabled: "yes": true or false`},
		"url scheme":         {oneModel(`, "openai_base_url": "ftp://h/v1"`), `models[0].openai_base_url: "ftp://h/v1": a URL such as`},
		"url host":           {oneModel(`, "openai_base_url": "https:///v1"`), `models[0].openai_base_url: "https:///v1"`},
		"url fragment":       {oneModel(`, "openai_base_url": "https://h/v1#x"`), "neither a query nor a fragment"},
		"no url":             {oneModel(`, "openai_base_url": "http://h:port"`), "models[0].openai_base_url: not a URL"},
		"long url":           {oneModel(`, "openai_base_url": "http://h/` + strings.Repeat("a", 1000) + `"`), "longer than 1000"},
		"model parameter":    {oneModel(`, "params": {"model": "gpt-4"}`), "models[0].params.model: is set by this service"},
		"params type":        {oneModel(`, "params": [1]`), "models[0].params: a list: an object"},
		"huge seed": {oneModel(`, "params": {"a": [{"seed": 9007199254740993000}]}`),
			"models[0].params.a[0].seed: 9007199254740993000: a number that is kept exactly"},
		"huge number":       {oneModel(`, "params": {"a": 1e999}`), "models[0].params.a: 1e999"},
		"key twice":         {oneModel(`, "enabled": true, "enabled": false`), "models[0].enabled: the key is there more than once"},
		"parameter twice":   {oneModel(`, "params": {"x": {"y": 1, "y": 2}}`), "models[0].params.x.y: the key is there more than once"},
		"benchmark":         {with(`"benchmark": "Q Q"`), `benchmark: "Q Q": a symbol`},
		"cash as benchmark": {with(`"benchmark": "cash"`), `benchmark: "cash"`},
		"range type":        {with(`"date_range": "2025"`), `date_range: "2025": an object`},
		"date": {with(`"date_range": {"init_date": "2025-10-01 10:00:00"}`),
			`date_range.init_date: "2025-10-01 10:00:00": a date YYYY-MM-DD`},
		"date type": {with(`"date_range": {"init_date": 20251001}`), "date_range.init_date: 20251001: a text"},
		"range": {with(`"date_range": {"init_date": "2025-10-02", "end_date": "2025-10-01"}`),
			`date_range.end_date: "2025-10-01": a date not before init_date, 2025-10-02`},
		"max_steps":      {with(`"agent_config": {"max_steps": 0}`), "agent_config.max_steps: 0: a whole number from 1 to 1000"},
		"part of a step": {with(`"agent_config": {"max_steps": 1.5}`), "agent_config.max_steps: 1.5"},
		"steps type":     {with(`"agent_config": {"max_steps": "30"}`), `agent_config.max_steps: "30": a whole number`},
		"max_retries":    {with(`"agent_config": {"max_retries": 1e9}`), "agent_config.max_retries: 1e9: a whole number from 0 to 20"},
		"base_delay":     {with(`"agent_config": {"base_delay": -1}`), "agent_config.base_delay: -1: a number of seconds from 0 to 300"},
		"delay type":     {with(`"agent_config": {"base_delay": "1s"}`), `agent_config.base_delay: "1s"`},
		"timeout": {with(`"agent_config": {"timeout_seconds": 0.5}`),
			"agent_config.timeout_seconds: 0.5: a number of seconds from 1 to 3600"},
		"max_parallel": {with(`"agent_config": {"max_parallel": -1}`), "agent_config.max_parallel: -1"},
		"cash": {with(`"agent_config": {"initial_cash": 0}`),
			"agent_config.initial_cash: 0: an amount in USD with at most 4 decimals from 1 to 1000000000"},
		"cash decimals": {with(`"agent_config": {"initial_cash": 10000.00001}`), "agent_config.initial_cash: 10000.00001"},
		"cash type":     {with(`"agent_config": {"initial_cash": "a lot"}`), `agent_config.initial_cash: "a lot"`},
		"symbols type":  {with(`"agent_config": {"stock_symbols": "AAA"}`), `agent_config.stock_symbols: "AAA": a list`},
		"symbol":        {with(`"agent_config": {"stock_symbols": ["AAA", 5]}`), "agent_config.stock_symbols[1]: 5: a symbol"},
		"too many symbols": {with(`"agent_config": {"stock_symbols": [` + strings.Repeat(`"A",`, 5000) + `"B"]}`),
			"agent_config.stock_symbols: a list of symbols from 0 to 5000"},
		"commission": {with(`"costs": {"commission_per_share": -0.01}`),
			"costs.commission_per_share: -0.01: an amount in USD with at most 4 decimals from 0 to 100"},
		"minimum": {with(`"costs": {"commission_min": 1001}`), "costs.commission_min: 1001"},
		"slippage": {with(`"costs": {"slippage_bps": 1000.1}`),
			"costs.slippage_bps: 1000.1: a number of basis points with at most 4 decimals from 0 to 1000"},
		"slippage type": {with(`"costs": {"slippage_bps": true}`), "costs.slippage_bps: true"},
		"price": {`{"models": [{"basemodel": "a/b", "signature": "a", "price": {"input": -1}}]}`,
			"models[0].price.output: missing: USD per million tokens are expected"},
		"price type": {`{"models": [{"basemodel": "a/b", "signature": "a", "price": 3}]}`, "models[0].price: 3: an object"},
		"cached price": {`{"models": [{"basemodel": "a/b", "signature": "a", "price": {"input": 1, "output": 1, ` +
			`"cached": 10001}}]}`, "models[0].price.cached: 10001: an amount in USD with at most 4 decimals from 0 to 10000"},
		"budget":             {with(`"budget_usd": -1`), "budget_usd: -1: an amount in USD with at most 4 decimals from 0.0001"},
		"budget of no price": {`{"budget_usd": 5, "models": [{"basemodel": "a/b", "signature": "a"}]}`, `budget_usd: model "a" has no price`},
		"budget of no bound": {`{"models": [{"basemodel": "a/b", "signature": "a", "budget_usd": 5, "price": {"input": 1, ` +
			`"output": 1}}]}`, `the answers of model "a" have no bound`},
		"servers": {with(`"mcp_servers": {}`), "mcp_servers: an object: a list is expected"},
		"server":  {with(`"mcp_servers": ["x"]`), `mcp_servers[0]: "x": an object is expected`},
		"server name": {with(`"mcp_servers": [{"name": "a__b", "url": "http://x/mcp"}]`),
			`mcp_servers[0].name: "a__b": a name of 1 to 20`},
		"server twice": {with(`"mcp_servers": [{"name": "a", "url": "http://x/mcp"}, {"name": "a", "url": "http://y/mcp"}]`),
			`mcp_servers[1].name: "a"`},
		"server without URL": {with(`"mcp_servers": [{"name": "a"}]`), "mcp_servers[0].url: missing"},
		"server URL":         {with(`"mcp_servers": [{"name": "a", "url": "https://u:pw@x/mcp"}]`), "keys belong into headers"},
		"server tool":        {with(`"mcp_servers": [{"name": "a", "url": "http://x/mcp", "tools": ["t", "t"]}]`), "mcp_servers[0].tools[1]"},
		"server header": {with(`"mcp_servers": [{"name": "a", "url": "http://x/mcp", "headers": {"X Y": "${K}"}}]`),
			"not the name of a header"},
		"fractional": {with(`"fractional_shares": 1`), "fractional_shares: 1: true or false"},
		"empty":      {"", "configs/test.json, line 1, column 1: the JSON is broken"},
		"syntax":     {"{\n  \"é\": tru }", "configs/test.json, line 2, column 11: the JSON is broken"},
		"cut":        {"{\n\"models\": [", "line 2, column 11: the JSON is broken"},
		"two values": {"{}\n{}", "line 2, column 1: the JSON is broken"},
		"not UTF-8":  {"{\"a\": \"\xff\"}", "not text in UTF-8"},
		"too large":  {strings.Repeat(" ", 1<<20) + "{}", "larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := decode(tc.text, config.Options{AllowPlainKeys: true})
			require.Error(t, err)
			assert.Empty(t, c.Models)
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
			assert.ErrorContains(t, err, tc.want)
			assert.ErrorContains(t, err, "configs/test.json")
		})
	}
}

func TestAllMistakesAreReportedTogether(t *testing.T) {
	_, err := decode(`{"date_range": {"init_date": "soon"}, "models": [{"signature": "a b"}, 7], "costs": {"slippage_bps": -1}}`,
		config.Options{})
	require.Error(t, err)
	for _, want := range []string{"5 errors", "date_range.init_date", "models[0].signature", "models[0].basemodel", "models[1]: 7",
		"costs.slippage_bps"} {
		assert.ErrorContains(t, err, want)
	}
	_, err = decode(`{"models": [`+strings.TrimSuffix(strings.Repeat("7,", 60), ",")+`]}`, config.Options{})
	assert.ErrorContains(t, err, "60 errors, the first 50:")
	assert.NotContains(t, err.Error(), "models[50]")
}

func TestUnknownKeysAreWarnings(t *testing.T) {
	c := mustDecode(t, `{"models": [{"basemodel": "builtin/cash", "signature": "a", "Enabled": false}],
		"date_range": {"x": 1}, "agent_config": {"verbose": true}, "costs": {"tax": 1}, "market": null}`, config.Options{})
	assert.Equal(t, strings.Join([]string{
		"date_range.x: unknown key, ignored",
		"models[0].Enabled: unknown key, ignored",
		"agent_config.verbose: unknown key, ignored",
		"costs.tax: unknown key, ignored",
		"market: has no meaning here and is ignored",
	}, "\n"), texts(c.Warnings))
}

func TestWarningsSurviveAnError(t *testing.T) {
	c, err := decode(`{"models": [], "x": 1}`, config.Options{})
	require.Error(t, err)
	assert.Equal(t, "x: unknown key, ignored", texts(c.Warnings))
}

func TestCheckModel(t *testing.T) {
	opts := config.Options{CheckModel: func(m sim.ModelSpec) error {
		switch m.BaseModel {
		case "builtin/good":
			return nil
		case "builtin/odd":
			return errors.New("odd")
		}
		return sim.Errorf(sim.KindInvalid, "%q is not a built-in model", m.BaseModel)
	}}
	c := mustDecode(t, `{"models": [{"basemodel": "builtin/good", "signature": "a"}, {"basemodel": "builtin/bad", `+
		`"signature": "b", "enabled": false}]}`, opts)
	assert.Equal(t, `models[1].basemodel: the model is disabled, and would not run: "builtin/bad" is not a built-in model`, texts(c.Warnings))
	_, err := decode(`{"models": [{"basemodel": "builtin/bad", "signature": "a"}, {"basemodel": "builtin/odd", "signature": "b"}]}`, opts)
	assert.ErrorContains(t, err, `models[0].basemodel: "builtin/bad" is not a built-in model`)
	assert.ErrorContains(t, err, "models[1].basemodel: odd")
	assert.NotContains(t, err.Error(), "invalid_request: \"builtin", "the kind is for programs")
}
