package config_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

// withPrices is a configuration with a source of prices.
func withPrices(prices string) string {
	return `{"models": [{"basemodel": "builtin/cash", "signature": "a"}], "prices": ` + prices + `}`
}

func TestPrices(t *testing.T) {
	vantage := sim.PriceSource{Source: "alphavantage", PerMinute: 5}
	for name, tc := range map[string]struct {
		text    string
		env     map[string]string
		want    sim.PriceSource
		key     string
		warning string
	}{
		"none": {"null", nil, sim.PriceSource{}, "", ""},
		"alphavantage": {
			`{"source": "alphavantage"}`, map[string]string{"ALPHAVANTAGE_API_KEY": canary, "ALPHAADVANTAGE_API_KEY": "x"},
			vantage, "${ALPHAVANTAGE_API_KEY}", "",
		},
		"AI-Trader's spelling": {
			`{"source": "alphavantage"}`, map[string]string{"ALPHAADVANTAGE_API_KEY": canary}, vantage, "${ALPHAADVANTAGE_API_KEY}", "",
		},
		"alphavantage, no key yet": {
			`{"source": "alphavantage"}`, nil, vantage, "${ALPHAVANTAGE_API_KEY}",
			"prices.api_key: the environment variable ALPHAVANTAGE_API_KEY is not set; no prices can be fetched without it",
		},
		"polygon": {`{"source": "polygon", "requests_per_minute": 600}`, map[string]string{"POLYGON_API_KEY": canary},
			sim.PriceSource{Source: "polygon", PerMinute: 600}, "${POLYGON_API_KEY}", ""},
		"no key yet": {`{"source": "polygon"}`, nil, sim.PriceSource{Source: "polygon", PerMinute: 5}, "${POLYGON_API_KEY}",
			"prices.api_key: the environment variable POLYGON_API_KEY is not set; no prices can be fetched without it"},
		"stooq": {`{"source": "stooq"}`, nil, sim.PriceSource{Source: "stooq", PerMinute: 5}, "",
			"prices.source: does not report splits or dividends; import those of your symbols as CSV"},
		"stooq's key": {`{"source": "stooq", "api_key": "${K}"}`, map[string]string{"K": canary},
			sim.PriceSource{Source: "stooq", PerMinute: 5}, "${K}",
			"prices.source: does not report splits or dividends; import those of your symbols as CSV"},
		"elsewhere": {`{"source": "polygon", "base_url": " http://127.0.0.1:1 "}`, map[string]string{"POLYGON_API_KEY": canary},
			sim.PriceSource{Source: "polygon", BaseURL: "http://127.0.0.1:1", PerMinute: 5}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := mustDecode(t, withPrices(tc.text), config.Options{Env: env(tc.env)})
			assert.Equal(t, tc.want, c.Base.Prices)
			assert.Equal(t, tc.key, c.PricesKey.String())
			assert.Equal(t, tc.warning, texts(c.Warnings))
			settings, err := c.Settings(nil)
			require.NoError(t, err)
			assert.Equal(t, tc.want, settings.Prices)
		})
	}
}

func TestMistakesInPrices(t *testing.T) {
	for text, want := range map[string]string{
		`5`:                   "prices: 5: an object is expected",
		`{}`:                  `prices.source: missing: one of "alphavantage", "polygon", "stooq" is expected`,
		`{"source": 5}`:       "prices.source: 5: a text in quotes is expected",
		`{"source": "yahoo"}`: `prices.source: "yahoo": one of "alphavantage", "polygon", "stooq" is expected`,
		`{"source": "polygon", "days": 5}`: `prices.days: does not belong to the source "polygon"; "source", "base_url", ` +
			`"api_key", "requests_per_minute" are allowed`,
		`{"source": "polygon", "requests_per_minute": 0}`: "prices.requests_per_minute: 0: a whole number from 1 " +
			"to 6000 is expected",
		`{"source": "polygon", "base_url": "ftp://h.example"}`: `prices.base_url: "ftp://h.example": a URL such as ` +
			`"https://prices.example.com/query" is expected`,
		`{"source": "polygon", "base_url": "https://h?apikey=canary"}`: "holds a key; keys belong into api_key",
		`{"source": "polygon", "api_key": "canary"}`:                   "prices.api_key: a key in plain text is refused here",
	} {
		_, err := decode(withPrices(text), cloud)
		require.Error(t, err, text)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "canary")
	}
}

func TestKeysOfPrices(t *testing.T) {
	settings := sim.PriceSource{Source: "polygon", BaseURL: "https://h.example", PerMinute: 5}
	secrets := map[string]string{"K": canary}
	var failure error
	catalog := func(prices string) config.Catalog {
		return config.Catalog{Source: one{withPrices(prices)},
			Secret: func(_ context.Context, name string) (string, error) { return secrets[name], failure }}
	}
	c := catalog(`{"source": "polygon", "base_url": "https://h.example", "api_key": "${K}", "requests_per_minute": 9}`)
	key, err := c.PricesKey(t.Context(), "default", settings)
	require.NoError(t, err)
	assert.Equal(t, canary, key)
	for _, moved := range []string{`{"source": "polygon", "base_url": "https://other.example", "api_key": "${K}"}`, "null", "5"} {
		_, err = catalog(moved).PricesKey(t.Context(), "default", settings)
		assert.Equal(t, sim.KindInvalid, sim.KindOf(err), "a key goes nowhere else")
	}
	delete(secrets, "K")
	_, err = c.PricesKey(t.Context(), "default", settings)
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	assert.ErrorContains(t, err, "prices: the key of the source polygon cannot be read: ${K}")
	failure = errors.New("boom")
	_, err = c.PricesKey(t.Context(), "default", settings)
	assert.ErrorIs(t, err, failure)
}
