package news

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

// Alpha Vantage says everything with status 200.
func TestMessagesOfAlphaVantage(t *testing.T) {
	for text, want := range map[string]struct {
		kind  sim.Kind
		asked int
	}{
		`{"Information": "No articles found. Please adjust the time range."}`:       {"", 1},
		`{"items": "0", "feed": []}`:                                                {"", 1},
		`{"Information": "Invalid inputs. Please try again."}`:                      {sim.KindInvalid, 1},
		`{"Error Message": "Invalid API call."}`:                                    {sim.KindInvalid, 1},
		`{"Note": "Thank you! Our standard call frequency is 5 calls per minute."}`: {sim.KindRateLimited, 1 + maxRetries},
		`{"Information": "Please consider spreading out your free requests more sparingly (1 request a ` +
			`second)."}`: {sim.KindRateLimited, 1 + maxRetries},
		`{"Information": "Your key is K and our standard limit is 25 requests per day."}`: {sim.KindRateLimited, 1},
		`{"Information": "This is a premium endpoint."}`:                                  {sim.KindRateLimited, 1},
		`{"feed": null}`:      {sim.KindUnavailable, 1 + maxRetries},
		`{"feed": {}}`:        {sim.KindUnavailable, 1 + maxRetries},
		`[]`:                  {sim.KindUnavailable, 1 + maxRetries},
		`{"Note": 5}`:         {sim.KindUnavailable, 1 + maxRetries},
		`{"feed": [] `:        {sim.KindUnavailable, 1 + maxRetries},
		`{"feed": []} {"a":1`: {sim.KindUnavailable, 1 + maxRetries},
	} {
		server := vendortest.ServeInTurn(t, vendortest.Says(text))
		source, err := NewAlphaVantage(VendorOptions{BaseURL: server.URL, Key: canaryKey})
		found, err := ask(t, search(t, source, err, Options{}))
		assert.Equal(t, want.kind, kindOf(err), "%s: %v", text, err)
		assert.Empty(t, found.Items)
		assert.Len(t, server.Requests(), want.asked, text)
	}
}

func kindOf(err error) sim.Kind {
	if err == nil {
		return ""
	}
	return sim.KindOf(err)
}

// One item that is not as it should be is refused; the others count.
func TestOddItems(t *testing.T) {
	for name, c := range map[string]struct {
		open        func(VendorOptions) (Source, error)
		answer, ask string
		want        map[string]int
	}{
		"alphavantage": {NewAlphaVantage, string(testdata(t, "alphavantage.json")), "chips",
			map[string]int{"after_bell": 2, "undated": 1, "unclear_date": 4}},
		"jina": {NewJina, string(testdata(t, "jina.json")), "chips",
			map[string]int{"after_bell": 2, "undated": 2, "unclear_date": 4, "relative_date": 2}},
	} {
		server := vendortest.ServeInTurn(t, vendortest.Says(c.answer))
		source, err := c.open(VendorOptions{BaseURL: server.URL})
		found, err := search(t, source, err, Options{Results: 50}).On(sessionDate).Search(t.Context(), c.ask, []string{"AAA"})
		require.NoError(t, err, name)
		assert.Equal(t, c.want, found.Refused, name)
		require.Len(t, found.Items, 2, name)
		for _, item := range found.Items {
			assert.Contains(t, item.Title, "May pass", name)
		}
	}
}

func TestQueryWordsOrderTheResults(t *testing.T) {
	titles := func(query string, symbols ...string) (out []string) {
		source, err := ReadFile("news.json", testdata(t, "file.json"))
		found, err := search(t, source, err, Options{Results: 50}).On(sessionDate).Search(t.Context(), query, symbols)
		require.NoError(t, err)
		for _, item := range found.Items {
			out = append(out, strings.Trim(item.Title, "<>"))
		}
		return out
	}
	assert.Equal(t, []string{"Oil falls", "Chips rise", "Chips and oil"}, titles(""), "the latest first")
	assert.Equal(t, []string{"Oil falls", "Chips rise", "Chips and oil"}, titles("the latest news"))
	assert.Equal(t, []string{"Chips rise", "Chips and oil"}, titles("CHIPS?"))
	assert.Equal(t, []string{"Chips and oil", "Oil falls", "Chips rise"}, titles("chips, oil"))
	assert.Empty(t, titles("lettuce"))
	assert.Equal(t, []string{"Chips rise", "Chips and oil"}, titles("lettuce", "AAA"))
	assert.Equal(t, []string{"Oil falls", "Chips and oil", "Chips rise"}, titles("bbb oil", "BBB", "AAA"))
	assert.Empty(t, titles("chips", "ZZZ"))
}

func TestMistakesInFiles(t *testing.T) {
	for text, want := range map[string]string{
		``:                                     "n.json: an object with the list items is expected",
		`[]`:                                   "n.json: an object with the list items is expected",
		`{}`:                                   "n.json: items: missing: a list is expected",
		`{"items": [], "more": 1}`:             `unknown field "more"`,
		`{"items": []} {}`:                     "more text follows the object",
		`{"items": [{"title": "a"}]}`:          `n.json: items[0].published: "": a time such as`,
		`{"items": [{"date": "a"}]}`:           `unknown field "date"`,
		`{"items": [{"title": 5}]}`:            "cannot unmarshal number",
		fileOf("4 hours ago", "a", ""):         `items[0].published: "4 hours ago": a time`,
		fileOf("2025-10-01T08:00:00", "a", ""): `items[0].published: "2025-10-01T08:00:00"`,
		fileOf("2025-09-30", " ", ""):          "items[0].title: missing",
		fileOf("2025-09-30", "a", "A B"):       `items[0].symbols[0]: "A B": a ticker`,
	} {
		_, err := ReadFile("n.json", []byte(text))
		assert.Equal(t, sim.KindInvalid, kindOf(err), text)
		assert.ErrorContains(t, err, want)
	}
	_, err := ReadFile("n.json", make([]byte, MaxFile+1))
	assert.ErrorContains(t, err, "larger than 32 MiB")
	_, err = ReadFile("n.json", []byte("\ufeff"+`{"items": []}`))
	assert.NoError(t, err)
}

func fileOf(published, title, symbol string) string {
	item := map[string]any{"published": published, "title": title}
	if symbol != "" {
		item["symbols"] = []string{symbol}
	}
	text, _ := json.Marshal(map[string]any{"items": []any{item}}) // these always encode
	return string(text)
}

// fuzzed checks what a decoder has made of any text: it passes the guard clean
// and before the bell, or not at all.
func fuzzed(t *testing.T, items []Item) {
	g := newGuard(sessionDate)
	for _, item := range items {
		shown, why := g.check(item)
		if why != "" {
			continue
		}
		require.True(t, item.Published.latest.Before(g.bell))
		for _, words := range []string{shown.Source, shown.Title, shown.Text} {
			requireQuoted(t, words)
			require.True(t, utf8.ValidString(words))
		}
		again := ParseStamp(shown.AsOf)
		require.Empty(t, again.usable())
		require.True(t, again.latest.Before(g.bell))
	}
}

func FuzzAlphaVantage(f *testing.F) {
	f.Add(testdata(f, "alphavantage.json"))
	f.Add([]byte(vendors["alphavantage"].answer))
	f.Add([]byte(`{"Note": "x"}`))
	source, err := NewAlphaVantage(VendorOptions{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := source.(alphaVantage).decode(text)
		if err != nil {
			require.NotEmpty(t, sim.KindOf(err))
		}
		fuzzed(t, ranked(found, "chips", true))
	})
}

func FuzzJina(f *testing.F) {
	f.Add(testdata(f, "jina.json"))
	f.Add([]byte(vendors["jina"].answer))
	source, err := NewJina(VendorOptions{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte) {
		items, err := source.(jina).decode(text)
		if err != nil {
			require.NotEmpty(t, sim.KindOf(err))
		}
		fuzzed(t, items)
	})
}

func FuzzFile(f *testing.F) {
	f.Add(testdata(f, "file.json"))
	f.Add([]byte(fileOf("2025-09-30", "a", "AAA")))
	f.Fuzz(func(t *testing.T, text []byte) {
		source, err := ReadFile("fuzz.json", text)
		if err != nil {
			require.Equal(t, sim.KindInvalid, sim.KindOf(err))
			return
		}
		items, err := source.Find(t.Context(), Query{Text: "chips"})
		require.NoError(t, err)
		fuzzed(t, items)
	})
}
