package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

// sceneFeed is what a vendor of news has about each day of the market: an
// article an hour before the bell, and one an hour after the close that tells
// figures of the day.
func sceneFeed(t *testing.T) string {
	var feed []map[string]any
	add := func(at time.Time, title, summary string) {
		feed = append(feed, map[string]any{"title": title, "summary": summary, "url": "https://n.example/a", "source": "A wire",
			"time_published": at.UTC().Format("20060102T150405")})
	}
	for i, d := range sceneDates {
		bell := sim.DefaultMarket.Opens(d)
		add(bell.Add(-time.Hour), fmt.Sprintf("Morning%c", 'A'+i), "Futures are calm.")
		add(bell.Add(8*time.Hour), fmt.Sprintf("Evening%c", 'A'+i),
			fmt.Sprintf("AAA closed at %s after a high of %s.", scenePrice(0, i, fieldClose), scenePrice(0, i, fieldHigh)))
		add(bell.Add(-2*time.Hour), fmt.Sprintf("Preview%c", 'A'+i),
			"Look at "+sceneDates[len(sceneDates)-1].Time().Format("January 2, 2006")+".")
	}
	text, err := json.Marshal(map[string]any{"feed": feed})
	require.NoError(t, err)
	return string(text)
}

// vendor is a vendor on loopback, and the queries that it was asked.
func vendor(t *testing.T, answer http.HandlerFunc) (url string, asked func() []string) {
	v := vendortest.ServeInTurn(t, answer)
	return v.URL + "/query", func() (queries []string) {
		for _, r := range v.Requests() {
			queries = append(queries, r.URL.RawQuery)
		}
		return queries
	}
}

// configureNews writes a configuration with news.
func (s *scene) configureNews(models []sceneModel, news map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(map[string]any{
		"models": models, "news": news,
		"agent_config": map[string]any{"max_retries": 0, "base_delay": 0, "stock_symbols": []string{"AAA", "BBB", "GAP"}},
	})
	require.NoError(s.t, err)
	s.write("default.json", string(text))
}

// reader searches the news once a day.
func reader(r chatRequest) chatReply {
	if r.step() > 1 {
		return done
	}
	return chatReply{calls: []chatCall{{"search_news", `{"query":"closed futures","symbols":["AAA"],"time_to":"20251231T0000"}`}}}
}

// From the configuration to the provider: a model reads what was published
// before the bell of its day and nothing else, and what was held back is counted.
func TestNewsOfLaterReachNoProvider(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"], s.env["NEWS_KEY"] = "k", canaryInEnv
	url, asked := vendor(t, vendortest.Says(sceneFeed(t)))
	chat := newChat(t, reader)
	s.configureNews([]sceneModel{chat.asks("reader"), {"signature": "cash", "basemodel": "builtin/cash"}},
		map[string]any{"source": "alphavantage", "base_url": url, "api_key": "${NEWS_KEY}", "days": 10, "max_results": 20})
	h := s.start()
	last := len(sceneDates) - 2
	id := h.run(span(0, last), "completed")

	for _, r := range chat.asked() {
		today := slices.IndexFunc(sceneDates, func(d sim.Date) bool { return d.String() == r.date() })
		require.GreaterOrEqual(t, today, 0)
		require.Len(t, r.Tools, 8)
		assert.Contains(t, r.rules(), "search_news finds what was published before today's opening bell.")
		withoutCalls := strings.ReplaceAll(r.raw, "20251231T0000", "")
		require.Empty(t, found(withoutCalls, today))
		for _, answer := range r.answers() {
			assert.Equal(t, r.date(), fieldOf(t, answer, "as_of"))
			for i := range sceneDates {
				assert.Equal(t, i <= today, strings.Contains(answer, fmt.Sprintf("<<<Morning%c>>>", 'A'+i)), "%d on %d", i, today)
				assert.Equal(t, i < today, strings.Contains(answer, fmt.Sprintf("Evening%c", 'A'+i)), "%d on %d", i, today)
				assert.NotContains(t, answer, "Preview")
			}
		}
	}
	require.Len(t, asked(), last+1, "a model without a network does not read")
	assert.Contains(t, asked()[0], "apikey="+canaryInEnv)
	assert.Contains(t, asked()[0], "tickers=AAA&time_from=20251114T1430&time_to=20251124T1429")

	day := h.get("/results?detail=full&model=reader&date=" + sceneDates[0].String()).text
	days := len(sceneDates)
	assert.Contains(t, day, fmt.Sprintf(`"news_refused":{"after_bell":%d,"names_later":1}`, 1+3*(days-1)))
	assert.NotContains(t, h.get("/results?detail=full&model=cash&date="+sceneDates[0].String()).text, "news_refused")
	metrics := h.get("/metrics").text
	assert.Contains(t, metrics, fmt.Sprintf("\naitrader_news_refused_total{reason=\"names_later\"} %d\n", (last+1)*(last+2)/2))
	assert.Contains(t, metrics, "\naitrader_news_refused_total{reason=\"undated\"} 0\n")
	holdsNoCanary(t, "the log", s.log.String())
	holdsNoCanary(t, "the status", h.get("/simulate/status/"+id).text)
	h.stop()
	holdsNoCanaryIn(t, s.data)
}

// A vendor that takes no more questions costs a model its answer, not its day,
// and what it says of the key stays with it.
func TestAVendorOfNewsRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"], s.env["NEWS_KEY"] = "k", canaryInEnv
	url, _ := vendor(t, vendortest.Says(`{"Information": "We have detected your API key as `+canaryInEnv+
		` and our standard limit is 25 requests per day."}`))
	chat := newChat(t, reader)
	s.configureNews([]sceneModel{chat.asks("reader")}, map[string]any{"source": "alphavantage", "base_url": url, "api_key": "${NEWS_KEY}"})
	h := s.start()
	h.run(span(0, 0), "completed")
	answers := chat.asked()[1].answers()
	require.Len(t, answers, 1)
	assert.Contains(t, answers[0], "takes no more questions now")
	assert.Contains(t, s.log.String(), "the news could not be searched")
	holdsNoCanary(t, "the log", s.log.String())
	holdsNoCanary(t, "the provider", chat.asked()[1].raw)
}

// Without its key the news fail the day of a model that would read, and name the
// place.
func TestAMissingKeyOfTheNewsFailsTheDay(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, reader)
	s.configureNews([]sceneModel{chat.asks("reader"), {"signature": "cash", "basemodel": "builtin/cash"}}, map[string]any{"source": "jina"})
	h := s.start()
	id := h.run(span(0, 0), "partial")
	assert.Contains(t, h.get("/simulate/status/"+id).text, "news: the key of the source jina cannot be read: ${JINA_API_KEY}")
	assert.Empty(t, chat.asked())
}

// A file of news, beside the configuration.
func TestAFileOfNews(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, reader)
	news := map[string]any{"source": "file", "file": "news/a.json"}
	s.configureNews([]sceneModel{chat.asks("reader")}, news)
	h := s.start()
	wrong := h.do(http.MethodPost, "/simulate/trigger", span(0, 0))
	require.Equal(t, http.StatusBadRequest, wrong.status, wrong.text)
	assert.Contains(t, wrong.text, "news: the file of news")

	require.NoError(t, os.Mkdir(filepath.Join(s.configs, "news"), 0o700))
	s.write("news/a.json", `{"items": [{"published": "2025-11-23", "title": "Futures closed", "symbols": ["AAA"]},
		{"published": "2025-11-24", "title": "Futures closed later", "symbols": ["AAA"]}]}`)
	h.run(span(0, 0), "completed")
	answer := chat.asked()[1].answers()[0]
	assert.Contains(t, answer, `{"as_of":"2025-11-23","source":"","title":"<<<Futures closed>>>","text":""}`)
	assert.NotContains(t, answer, "later")
}
