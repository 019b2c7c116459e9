package news

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// MaxFile bounds a file of news, in bytes.
const MaxFile = 32 << 20

// fileItem is one item of a file:
//
//	{"items": [{"published": "2025-09-30T20:15:00Z", "title": "...", "url": "https://...",
//	            "summary": "...", "text": "...", "source": "...", "symbols": ["AAPL"]}]}
//
// Published is required, and a title, a summary or a text. Published is RFC 3339 with a
// zone, or a day, which counts as the end of that day.
type fileItem struct {
	Published string   `json:"published"`
	Title     string   `json:"title"`
	URL       string   `json:"url"`
	Summary   string   `json:"summary"`
	Text      string   `json:"text"`
	Source    string   `json:"source"`
	Symbols   []string `json:"symbols"`
}

// file is a source in memory.
type file struct{ all []candidate }

// ReadFile reads a file of news. Kind invalid_request: it is not valid; the error names
// the file, the place, the value and what is expected.
func ReadFile(name string, text []byte) (Source, error) {
	if len(text) > MaxFile {
		return nil, sim.Errorf(sim.KindInvalid, "%s: the file is larger than %d MiB", name, MaxFile>>20)
	}
	var content struct {
		Items []fileItem `json:"items"`
	}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&content); err != nil {
		return nil, sim.Errorf(sim.KindInvalid,
			"%s: an object with the list items is expected, each with published, title, url, summary, text, source and symbols: %w", name, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, sim.Errorf(sim.KindInvalid, "%s: more text follows the object; one object is expected", name)
	}
	if content.Items == nil {
		return nil, sim.Errorf(sim.KindInvalid, "%s: items: missing: a list is expected", name)
	}
	f := &file{all: make([]candidate, 0, len(content.Items))}
	for i, v := range content.Items {
		c, mistake := v.candidate()
		if mistake != "" {
			return nil, sim.Errorf(sim.KindInvalid, "%s: items[%d].%s", name, i, mistake)
		}
		f.all = append(f.all, c)
	}
	// Where the query does not decide, the latest come first.
	slices.SortStableFunc(f.all, func(a, b candidate) int { return b.Published.latest.Compare(a.Published.latest) })
	return f, nil
}

// candidate checks an item. A mistake begins with the name of its field.
func (v fileItem) candidate() (c candidate, mistake string) {
	stamp := ParseStamp(v.Published)
	if stamp.usable() != "" {
		return c, fmt.Sprintf("published: %s: a time such as 2025-09-30T20:15:00Z, with its zone, or a day such as 2025-09-30 "+
			"is expected", text.Quote(v.Published, 60))
	}
	if strings.TrimSpace(v.Title+v.Summary+v.Text) == "" {
		return c, "title: missing: a title, a summary or a text is expected"
	}
	for i, s := range v.Symbols {
		v.Symbols[i] = strings.ToUpper(s)
		if !sim.ValidSymbol(v.Symbols[i]) {
			return c, fmt.Sprintf("symbols[%d]: %s: a ticker such as AAPL is expected", i, text.Quote(s, 60))
		}
	}
	item := Item{Published: stamp, Source: v.Source, Title: v.Title, URL: v.URL, Summary: v.Summary, Text: v.Text}
	return newCandidate(item, v.Symbols), ""
}

// Find implements [Source]. An item needs one of several symbols.
func (f *file) Find(_ context.Context, q Query) ([]Item, error) {
	if len(q.Symbols) == 0 {
		return ranked(f.all, q.Text, false), nil
	}
	var about []candidate
	for _, c := range f.all {
		if slices.ContainsFunc(c.symbols, func(s string) bool { return slices.Contains(q.Symbols, s) }) {
			about = append(about, c)
		}
	}
	return ranked(about, q.Text, true), nil
}
