package config_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

func FuzzDecode(f *testing.F) {
	file, err := os.ReadFile("testdata/ai_trader_default_config.json")
	require.NoError(f, err)
	f.Add(file)
	for _, seed := range []string{
		"", "{}", cashOnly, oneModel(`, "openai_api_key": "sk-fuzz", "openai_base_url": "https://u:p@h/?key=1", "params": ` +
			`{"a": [1, {"b": 2e400}]}`),
		withNews(`{"source": "alphavantage", "days": 3, "api_key": "sk-fuzz"}`), withNews(`{"source": "file", "file": "a", "b": 1}`),
		`{"agent_config": {"initial_cash": 1e-9, "stock_symbols": [null, "é"]}, "costs": {"slippage_bps": -0}, "a": 1, "a": 2}`, `{"models": [`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Decode("fuzz.json", data, config.Options{AllowPlainKeys: true, Dir: "/conf"})
		if err != nil {
			assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
			assert.Empty(t, c.Models)
			return
		}
		// What is accepted can be stored, and comes back the same.
		var signatures []string
		for _, m := range c.Models {
			signatures = append(signatures, m.Signature)
		}
		settings, err := c.Settings(signatures)
		require.NoError(t, err)
		text, err := json.Marshal(settings)
		require.NoError(t, err)
		var again sim.Settings
		require.NoError(t, json.Unmarshal(text, &again))
		assert.Equal(t, settings, again)
	})
}
