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

// alphaVantage is the function NEWS_SENTIMENT of Alpha Vantage. It searches by symbol
// and time, not by text: the words of a query only order the results.
type alphaVantage struct{ *client }

// NewAlphaVantage returns the news of Alpha Vantage. Kind invalid_request: the
// base URL is not valid.
func NewAlphaVantage(o VendorOptions) (Source, error) {
	c, err := newClient("Alpha Vantage", vantageURL, o)
	return alphaVantage{c}, err
}

// Find implements [Source]. An article must mention all of several symbols.
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
	// With symbols every article is relevant; without, only those with the words.
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

// decode reads an answer. Every answer has status 200: articles, no articles, a reached
// limit, and a wrong question.
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
			// A malformed article is not trusted at all.
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

// message returns the error of an answer without articles, or nil where the vendor has
// found none. The vendor's words may hold the key and are not passed on.
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
