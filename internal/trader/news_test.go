package trader_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/trader"
)

const someNews = `{"items": [{"published": "2025-10-01", "title": "Chips rise"}, {"published": "2025-10-02", "title": "Chips fall"}]}`

// newsKey is where the key of the news is found.
type newsKey func(config string, s sim.NewsSettings) (string, error)

func (k newsKey) NewsKey(_ context.Context, config string, s sim.NewsSettings) (string, error) {
	return k(config, s)
}

func noNewsKey(string, sim.NewsSettings) (string, error) { return "", nil }

// A model reads news through the tools of its desk; refusals are counted.
func TestAModelReadsNews(t *testing.T) {
	t.Parallel()
	asked := 0
	url := provider(t, func(r request) string {
		if asked++; asked > 1 {
			return finish
		}
		assert.Contains(t, r.Messages[0].Content, "search_news")
		return `{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"search_news",` +
			`"arguments":"{\"query\":\"chips\"}"}}]}`
	})
	files := 0
	tr := newTrader(&keys{})
	tr.News = trader.NewNewsSources(newsKey(noNewsKey), func(_ context.Context, name string) ([]byte, error) {
		files++
		assert.Equal(t, "a.json", name)
		return []byte(someNews), nil
	}, nil)
	refused := map[string]int{}
	tr.NewsRefused = func(reason string, n int) { refused[reason] += n }
	a := assignment(sim.ModelSpec{BaseModel: "test/m", BaseURL: url})
	a.Settings.News = sim.NewsSettings{Source: "file", File: "a.json", MaxResults: 5}
	out, err := tr.Trade(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"after_bell": 1}, out.Session.NewsRefused)
	assert.Equal(t, map[string]int{"after_bell": 1}, refused)
	assert.Contains(t, out.Transcript[3].Content, "<<<Chips rise>>>")
	assert.NotContains(t, out.Transcript[3].Content, "fall")

	_, err = tr.Trade(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, 1, files, "a job keeps what it started with")
	a.Model = sim.ModelSpec{Signature: "solo", BaseModel: "builtin/cash"}
	a.Settings.News.Source = "unheard of"
	_, err = tr.Trade(t.Context(), a)
	assert.NoError(t, err, "a model that does not read needs no news")
}

func TestNewsSourcesNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	missing := sim.Errorf(sim.KindUnavailable, "the key is missing")
	for name, c := range map[string]struct {
		settings sim.NewsSettings
		key      newsKey
		want     string
	}{
		"no key": {sim.NewsSettings{Source: "jina"}, func(string, sim.NewsSettings) (string, error) { return "", missing },
			"the key is missing"},
		"no such source": {sim.NewsSettings{Source: "bing"}, noNewsKey, `news: the source "bing" is not known`},
		"no such file":   {sim.NewsSettings{Source: "file", File: "none.json"}, nil, `the file of news "none.json" cannot be read`},
		"no URL":         {sim.NewsSettings{Source: "alphavantage", BaseURL: "ftp://h"}, noNewsKey, "the base URL is not valid"},
	} {
		tr := newTrader(&keys{})
		tr.News = trader.NewNewsSources(c.key, trader.NewsFile, nil)
		a := assignment(sim.ModelSpec{BaseModel: "test/m", BaseURL: "http://127.0.0.1:1/v1"})
		a.Settings.News = c.settings
		_, err := tr.Trade(t.Context(), a)
		assert.ErrorContains(t, err, c.want, name)
	}
}

// The key goes where the settings say, and sources are let go of at some time.
func TestNewsSourcesOpenEachJobOnce(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		assert.Equal(t, "Bearer the-key", r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"data": []}`)) // a caller that has gone is the test's own doing
	}))
	t.Cleanup(server.Close)
	var keys atomic.Int32
	room := trader.NewNewsSources(newsKey(func(config string, s sim.NewsSettings) (string, error) {
		keys.Add(1)
		assert.Equal(t, "default", config)
		assert.Equal(t, server.URL, s.BaseURL)
		return "the-key", nil
	}), trader.NewsFile, nil)
	settings := sim.Settings{Config: "default", News: sim.NewsSettings{Source: "jina", BaseURL: server.URL}}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			search, err := room.Open(t.Context(), "job", settings)
			if assert.NoError(t, err) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_, err = search.On(today).Search(ctx, "chips", nil)
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, keys.Load())
	assert.EqualValues(t, 20, requests.Load())
	for i := range 20 {
		_, err := room.Open(t.Context(), fmt.Sprint("job-", i), settings)
		require.NoError(t, err)
	}
	_, err := room.Open(t.Context(), "job", settings)
	require.NoError(t, err)
	assert.EqualValues(t, 22, keys.Load())
}

func TestNewsCheck(t *testing.T) {
	t.Parallel()
	check := trader.NewsCheck()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	require.NoError(t, os.WriteFile(good, []byte(someNews), 0o600))
	require.NoError(t, os.WriteFile(bad, []byte(`{"items": [{"title": "a"}]}`), 0o600))
	for _, s := range []sim.NewsSettings{{Source: "alphavantage"}, {Source: "jina", BaseURL: "https://h.example"},
		{Source: "file", File: good}} {
		assert.NoError(t, check(s))
	}
	for want, s := range map[string]sim.NewsSettings{
		"bad.json: items[0].published":                         {Source: "file", File: bad},
		"cannot be read: it is not a regular file":             {Source: "file", File: dir},
		`none.json" cannot be read: no such file or directory`: {Source: "file", File: filepath.Join(dir, "none.json")},
	} {
		err := check(s)
		assert.ErrorContains(t, err, want)
		assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	}
	require.NoError(t, os.WriteFile(good, []byte(`{`), 0o600))
	assert.Error(t, check(sim.NewsSettings{Source: "file", File: good}), "a changed file is looked into again")
	assert.Error(t, check(sim.NewsSettings{Source: "file", File: good}))
}
