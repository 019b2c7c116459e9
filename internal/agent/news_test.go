package agent

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// newsOf answers every question with the same, and keeps what it was asked.
type newsOf struct {
	found sim.NewsFound
	err   error
	asked func(ctx context.Context, query string, symbols []string)
}

func (n newsOf) Search(ctx context.Context, query string, symbols []string) (sim.NewsFound, error) {
	if n.asked != nil {
		n.asked(ctx, query, symbols)
	}
	return n.found, n.err
}

func TestSearchNews(t *testing.T) {
	d := testDesk(holding("1000", nil))
	var query string
	var symbols []string
	d.ReadNews(newsOf{
		found: sim.NewsFound{
			Items: []sim.NewsItem{
				{AsOf: "2025-03-06T08:00:00Z", Source: "<<<A wire>>>", Title: `<<<A "title">>>`, URL: "https://n.example/a", Text: "<<<é\nb>>>"},
				{AsOf: "2025-03-05", Title: "<<<b>>>"},
			},
			Refused: map[string]int{"after_bell": 2, "undated": 1},
		},
		asked: func(_ context.Context, q string, s []string) { query, symbols = q, s },
	})
	_, result := call(t, d, "search_news", `{"query":" chips ","symbols":["aaa"]}`)
	require.False(t, result.IsError)
	require.Equal(t, `{"as_of":"2025-03-06","note":"`+newsNote+`","results":[`+
		`{"as_of":"2025-03-06T08:00:00Z","source":"<<<A wire>>>","title":"<<<A \"title\">>>","url":"https://n.example/a","text":"<<<é\nb>>>"},`+
		`{"as_of":"2025-03-05","source":"","title":"<<<b>>>","text":""}]}`, result.Content)
	require.Equal(t, "chips", query)
	require.Equal(t, []string{"AAA"}, symbols)

	for arguments, want := range map[string][]string{
		`{"query":"x"}`: nil, `{"query":"x","symbols":null}`: nil, `{"query":"x","symbols":[]}`: {},
		`{"query":"x","symbols":"AAA"}`: {"AAA"}, `{"query":"x","symbols":"AAA, bbb"}`: {"AAA", "BBB"},
		`{"query":"x","symbols":["AAA","BBB"]}`: {"AAA", "BBB"},
	} {
		_, result := call(t, d, "search_news", arguments)
		require.False(t, result.IsError, arguments)
		require.Equal(t, want, symbols, arguments)
	}
	require.Equal(t, map[string]int{"after_bell": 14, "undated": 7}, d.NewsRefused())
}

func TestSearchNewsRefuses(t *testing.T) {
	d := testDesk(holding("1000", nil))
	d.ReadNews(newsOf{asked: func(context.Context, string, []string) { t.Error("the source was asked") }})
	for arguments, want := range map[string]string{
		`{}`:                             `the argument \"query\" is missing`,
		`{"query":" "}`:                  `the argument \"query\" is missing`,
		`{"query":5}`:                    `the argument \"query\" is 5: a text is expected`,
		`{"query":"x","symbols":5}`:      `the argument \"symbols\" is 5: a list of texts is expected`,
		`{"query":"x","symbols":[5]}`:    `a list of texts is expected`,
		`{"query":"x","symbols":["N"]}`:  `unknown symbol \"N\"`,
		`{"query":"x","symbols":"LATE"}`: `unknown symbol \"LATE\"`,
		`{"query":"x","symbols":["A","A","A","A","A","A"]}`: "has 6 values: at most 5 are allowed",
	} {
		_, result := call(t, d, "search_news", arguments)
		require.True(t, result.IsError, arguments)
		require.Contains(t, result.Content, want)
	}
	require.Nil(t, d.NewsRefused())
}

// A source that fails costs an answer and not the day, and its words stay where
// they are.
func TestSearchNewsFails(t *testing.T) {
	for err, want := range map[error]string{
		sim.Errorf(sim.KindInvalid, "secret"):     "does not take this question",
		sim.Errorf(sim.KindRateLimited, "secret"): "takes no more questions now",
		sim.Errorf(sim.KindUnavailable, "secret"): "cannot be searched now",
		errors.New("secret"):                      "cannot be searched now",
	} {
		d := testDesk(holding("1000", nil))
		d.ReadNews(newsOf{err: err})
		_, result := call(t, d, "search_news", `{"query":"x"}`)
		require.True(t, result.IsError)
		require.Contains(t, result.Content, want)
		require.NotContains(t, result.Content, "secret")
	}
}

// The account of a session says what was refused; without a search it says
// nothing.
func TestASessionCountsRefusedNews(t *testing.T) {
	s := session(answers(says("", wants("search_news", `{"query":"x"}`)), says(FinishSignal)))
	s.Desk.ReadNews(newsOf{found: sim.NewsFound{Refused: map[string]int{"undated": 3}}})
	s.Toolbox, s.Brief.News = direct(s.Desk.Tools()), true
	out, err := s.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"undated": 3}, out.Session.NewsRefused)
	require.Equal(t, sim.ToolCount{Calls: 1}, out.Session.ToolUsage["search_news"])
	require.Contains(t, out.Transcript[0].Content, "search_news finds what was published before today's opening bell.")

	out, err = session(answers(says("", wants("search_news", `{"query":"x"}`)), says(FinishSignal))).Run(t.Context())
	require.NoError(t, err)
	require.Nil(t, out.Session.NewsRefused)
	require.NotContains(t, out.Transcript[0].Content, "search_news")
	require.Contains(t, out.Transcript[3].Content, "unknown tool")
}
