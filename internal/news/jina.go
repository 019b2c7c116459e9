package news

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/vendorhttp"
)

const jinaURL = "https://s.jina.ai/"

// jina is the web search of Jina, which also returns the text of the pages it finds.
type jina struct{ *client }

// NewJina returns the web search of Jina. Kind invalid_request: the base URL is not
// valid.
func NewJina(o VendorOptions) (Source, error) {
	c, err := newClient("Jina", jinaURL, o)
	return jina{c}, err
}

// Find implements [Source].
func (j jina) Find(ctx context.Context, q Query) ([]Item, error) {
	// "before:" improves the results. It is no guard: the engine guesses dates.
	words := append([]string{q.Text}, q.Symbols...)
	words = append(words, "before:"+sim.DateOf(q.Bell).String())
	body, err := j.get(ctx, vendorhttp.Request{
		Query:  url.Values{"q": {strings.Join(words, " ")}},
		Header: http.Header{"X-Retain-Images": {"none"}},
		KeyIn:  vendorhttp.Bearer,
	})
	if err != nil {
		return nil, err
	}
	return j.decode(body)
}

// jinaPage is one result. Two fields hold its date: the one that the page claims, and
// the one that the search engine assumes.
type jinaPage struct {
	Title       string          `json:"title"`
	URL         string          `json:"url"`
	Description string          `json:"description"`
	Content     string          `json:"content"`
	Published   json.RawMessage `json:"publishedTime"`
	Date        json.RawMessage `json:"date"`
}

// decode reads an answer.
func (j jina) decode(body []byte) ([]Item, error) {
	var answer struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Data == nil {
		return nil, j.unreadable()
	}
	items := make([]Item, 0, min(len(answer.Data), maxItems))
	for _, raw := range answer.Data[:min(len(answer.Data), maxItems)] {
		var p jinaPage
		if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, &p) != nil {
			items = append(items, Item{Published: doubtful(UnclearDate)})
			continue
		}
		items = append(items, Item{
			Published: later(stampOf(p.Published), stampOf(p.Date)),
			Title:     p.Title, URL: p.URL, Summary: p.Description, Text: p.Content,
		})
	}
	return items, nil
}

// stampOf reads the date of a field, which should be a text.
func stampOf(raw json.RawMessage) Stamp {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return Stamp{}
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return doubtful(UnclearDate)
	}
	return ParseStamp(text)
}
