package news

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"aitrader/internal/sim"
	"aitrader/internal/vendorhttp"
)

const (
	vantageURL    = "https://www.alphavantage.co/query"
	vantageLayout = "20060102T1504" // of time_from and time_to, in UTC
	vantageLimit  = "200"
)

// alphaVantage is the function NEWS_SENTIMENT of Alpha Vantage. It finds by
// symbol and time and knows no free text: the words of a query order what it
// finds.
type alphaVantage struct{ *client }

// NewAlphaVantage returns the news of Alpha Vantage. Kind invalid_request: the
// base URL is none.
func NewAlphaVantage(o VendorOptions) (Source, error) {
	c, err := newClient("Alpha Vantage", vantageURL, o)
	return alphaVantage{c}, err
}

// Find implements [Source]. Of several symbols an article must mention all.
func (a alphaVantage) Find(ctx context.Context, q Query) ([]Item, error) {
	query := url.Values{
		"function": {"NEWS_SENTIMENT"}, "sort": {"LATEST"}, "limit": {vantageLimit},
		"time_from": {q.Bell.AddDate(0, 0, -a.days).UTC().Format(vantageLayout)},
		// The window has whole minutes and may include its end.
		"time_to": {q.Bell.Add(-time.Minute).UTC().Format(vantageLayout)},
	}
	if len(q.Symbols) > 0 {
		query.Set("tickers", strings.Join(q.Symbols, ","))
	}
	body, err := a.get(ctx, vendorhttp.Request{Query: query, KeyIn: vendorhttp.Parameter("apikey")})
	if err != nil {
		return nil, err
	}
	articles, err := a.decode(body)
	if err != nil {
		return nil, err
	}
	// With symbols all of it is to the point; without, only what has the words.
	return ranked(articles, q.Text, len(q.Symbols) > 0), nil
}

type vantageAnswer struct {
	Feed        []json.RawMessage `json:"feed"`
	Note        string            `json:"Note"`
	Information string            `json:"Information"`
	Error       string            `json:"Error Message"`
}

type vantageArticle struct {
	Title     string `json:"title"`
	URL       string `json:"url"`
	Published string `json:"time_published"`
	Summary   string `json:"summary"`
	Source    string `json:"source"`
	Tickers   []struct {
		Ticker string `json:"ticker"`
	} `json:"ticker_sentiment"`
}

// decode reads an answer. Everything comes with status 200: articles, that there
// are none, that the limit is reached, and that the question is wrong.
func (a alphaVantage) decode(body []byte) ([]candidate, error) {
	var answer vantageAnswer
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, a.unreadable()
	}
	if answer.Feed == nil {
		return nil, a.message(answer)
	}
	found := make([]candidate, 0, min(len(answer.Feed), maxItems))
	for _, raw := range answer.Feed[:min(len(answer.Feed), maxItems)] {
		var v vantageArticle
		if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, &v) != nil {
			// Something is not as it should be, so nothing of it is believed.
			found = append(found, candidate{Item: Item{Published: doubtful(UnclearDate)}})
			continue
		}
		var symbols []string
		for _, t := range v.Tickers {
			symbols = append(symbols, t.Ticker)
		}
		item := Item{Published: parseVantageStamp(v.Published), Source: v.Source, Title: v.Title, URL: v.URL, Summary: v.Summary}
		found = append(found, newCandidate(item, symbols))
	}
	return found, nil
}

// message is what an answer without articles says. Its words may hold the key
// and are not passed on. Nil: there simply are none.
func (a alphaVantage) message(answer vantageAnswer) error {
	text := strings.ToLower(answer.Note + " " + answer.Information)
	switch {
	case answer.Error != "" || strings.Contains(text, "invalid input"):
		return a.errorf(sim.KindInvalid, "refuses the question; one about symbols that it knows is expected")
	case strings.Contains(text, "no articles found"):
		return nil
	case strings.TrimSpace(text) == "":
		return a.unreadable()
	case strings.Contains(text, "per day") || strings.Contains(text, "premium endpoint"):
		return a.errorf(sim.KindRateLimited, "has answered all that the plan of the key allows")
	}
	return &vendorhttp.Failure{Err: a.errorf(sim.KindRateLimited, "was asked too often"), Retry: true}
}
