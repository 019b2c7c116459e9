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

// withNews is a configuration with a source of news.
func withNews(news string) string {
	return `{"models": [{"basemodel": "builtin/cash", "signature": "a"}], "news": ` + news + `}`
}

func TestNews(t *testing.T) {
	for name, tc := range map[string]struct {
		text    string
		env     map[string]string
		want    sim.NewsSettings
		key     string
		warning string
	}{
		"none": {"null", nil, sim.NewsSettings{}, "", ""},
		"alphavantage": {
			`{"source": "alphavantage"}`, map[string]string{"ALPHAVANTAGE_API_KEY": canary, "ALPHAADVANTAGE_API_KEY": "x"},
			sim.NewsSettings{Source: "alphavantage", Days: 30, MaxResults: 5}, "${ALPHAVANTAGE_API_KEY}", "",
		},
		"AI-Trader's spelling": {
			`{"source": "alphavantage", "api_key": null}`, map[string]string{"ALPHAADVANTAGE_API_KEY": canary},
			sim.NewsSettings{Source: "alphavantage", Days: 30, MaxResults: 5}, "${ALPHAADVANTAGE_API_KEY}", "",
		},
		"alphavantage, no key yet": {
			`{"source": "alphavantage"}`, nil, sim.NewsSettings{Source: "alphavantage", Days: 30, MaxResults: 5}, "${ALPHAVANTAGE_API_KEY}",
			"news.api_key: the environment variable ALPHAVANTAGE_API_KEY is not set; the news cannot be searched without it",
		},
		"jina": {`{"source": "jina", "max_results": 20}`, map[string]string{"JINA_API_KEY": canary},
			sim.NewsSettings{Source: "jina", MaxResults: 20}, "${JINA_API_KEY}", ""},
		"no key yet": {`{"source": "jina"}`, nil, sim.NewsSettings{Source: "jina", MaxResults: 5}, "${JINA_API_KEY}",
			"news.api_key: the environment variable JINA_API_KEY is not set; the news cannot be searched without it"},
		"elsewhere, no key": {`{"source": "alphavantage", "base_url": " http://127.0.0.1:1/q ", "days": 7}`,
			map[string]string{"ALPHAVANTAGE_API_KEY": canary},
			sim.NewsSettings{Source: "alphavantage", BaseURL: "http://127.0.0.1:1/q", Days: 7, MaxResults: 5}, "", ""},
		"elsewhere with a key": {`{"source": "jina", "base_url": "https://h.example/s", "api_key": "${K}"}`,
			map[string]string{"K": canary}, sim.NewsSettings{Source: "jina", BaseURL: "https://h.example/s", MaxResults: 5}, "${K}", ""},
		"a file": {`{"source": "file", "file": "n/a.json"}`, nil,
			sim.NewsSettings{Source: "file", File: "/conf/n/a.json", MaxResults: 5}, "", ""},
		"a file elsewhere": {`{"source": "file", "file": "/n/a.json", "max_results": 1}`, nil,
			sim.NewsSettings{Source: "file", File: "/n/a.json", MaxResults: 1}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := mustDecode(t, withNews(tc.text), config.Options{Dir: "/conf", Env: env(tc.env)})
			assert.Equal(t, tc.want, c.Base.News)
			assert.Equal(t, tc.key, c.NewsKey.String())
			assert.Equal(t, tc.warning, texts(c.Warnings))
			settings, err := c.Settings(nil)
			require.NoError(t, err)
			assert.Equal(t, tc.want, settings.News)
		})
	}
	c := mustDecode(t, withNews(`{"source": "file", "file": "a.json"}`), config.Options{})
	assert.Equal(t, "a.json", c.Base.News.File, "a name, where there is no folder")
	c = mustDecode(t, withNews(`{"source": "jina", "api_key": "`+canary+`"}`), home)
	assert.Equal(t, "(in plain text)", c.NewsKey.String())
	assert.Contains(t, texts(c.Warnings), "news.api_key: the key is in plain text")
}

func TestMistakesInNews(t *testing.T) {
	for text, want := range map[string]string{
		`5`:                  "news: 5: an object is expected",
		`[]`:                 "news: a list: an object is expected",
		`{}`:                 `news.source: missing: one of "alphavantage", "jina", "file" is expected`,
		`{"source": 5}`:      "news.source: 5: a text in quotes is expected",
		`{"source": "bing"}`: `news.source: "bing": one of "alphavantage", "jina", "file" is expected`,
		`{"source": "jina", "days": 5}`: `news.days: does not belong to the source "jina"; "source", "base_url", "api_key", ` +
			`"max_results" are allowed`,
		`{"source": "file", "file": "a", "key": 1}`: `news.key: does not belong to the source "file"; ` +
			`"source", "file", "max_results" are allowed`,
		`{"source": "file"}`:                      "news.file: missing: the path of a file of news is expected",
		`{"source": "file", "file": ""}`:          `news.file: "": the path`,
		`{"source": "file", "file": 5}`:           "news.file: 5: a text",
		`{"source": "jina", "max_results": 0}`:    "news.max_results: 0: a whole number from 1 to 20 is expected",
		`{"source": "alphavantage", "days": 366}`: "news.days: 366: a whole number from 1 to 365 is expected",
		`{"source": "jina", "base_url": "ftp://h.example"}`: `news.base_url: "ftp://h.example": a URL such as ` +
			`"https://news.example.com/query" is expected`,
		`{"source": "jina", "base_url": "https://u:canary@h"}`: "news.base_url: the URL of \"h\" holds a user or " +
			"password; keys belong into api_key, as ${NAME}",
		`{"source": "jina", "base_url": "https://h?apikey=canary"}`: "holds a key; keys belong into api_key",
		`{"source": "jina", "api_key": "canary"}`:                   "news.api_key: a key in plain text is refused here",
		`{"source": "jina", "source": "file"}`:                      "news.source: the key is there more than once",
	} {
		_, err := decode(withNews(text), cloud)
		require.Error(t, err, text)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "canary")
	}
	checked := config.Options{CheckNews: func(s sim.NewsSettings) error { return sim.Errorf(sim.KindInvalid, "%s is no good", s.File) }}
	_, err := decode(withNews(`{"source": "file", "file": "a.json"}`), checked)
	assert.ErrorContains(t, err, "news: a.json is no good")
	mustDecode(t, withNews("null"), checked)
}

// one is a source of one configuration.
type one struct{ text string }

func (o one) Find(context.Context, string) (config.Config, error) {
	return decode(o.text, config.Options{})
}
func (o one) Names(context.Context) ([]string, error) { return nil, nil }

func TestKeysOfNews(t *testing.T) {
	settings := sim.NewsSettings{Source: "jina", BaseURL: "https://h.example/s"}
	secrets := map[string]string{"K": canary}
	var failure error
	catalog := func(news string) config.Catalog {
		return config.Catalog{Source: one{withNews(news)},
			Secret: func(_ context.Context, name string) (string, error) { return secrets[name], failure }}
	}
	c := catalog(`{"source": "jina", "base_url": "https://h.example/s", "api_key": "${K}"}`)
	key, err := c.NewsKey(t.Context(), "default", settings)
	require.NoError(t, err)
	assert.Equal(t, canary, key)

	for _, moved := range []string{`{"source": "jina", "base_url": "https://other.example/s", "api_key": "${K}"}`,
		`{"source": "alphavantage", "base_url": "https://h.example/s", "api_key": "${K}"}`, "null"} {
		_, err = catalog(moved).NewsKey(t.Context(), "default", settings)
		assert.Equal(t, sim.KindInvalid, sim.KindOf(err), "a key goes nowhere else")
	}
	_, err = catalog(`5`).NewsKey(t.Context(), "default", settings)
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))

	delete(secrets, "K")
	_, err = c.NewsKey(t.Context(), "default", settings)
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	assert.ErrorContains(t, err, "news: the key of the source jina cannot be read: ${K}")
	failure = errors.New("boom")
	_, err = c.NewsKey(t.Context(), "default", settings)
	assert.ErrorIs(t, err, failure)
	key, err = catalog(`{"source": "jina", "base_url": "https://h.example/s"}`).NewsKey(t.Context(), "default", settings)
	require.NoError(t, err)
	assert.Empty(t, key)
}
