package e2e_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// curious asks, in one session, for all that it should not get: later dates,
// today's close, unknown symbols, broken arguments.
func curious(r chatRequest) chatReply {
	today := slices.IndexFunc(sceneDates, func(d sim.Date) bool { return d.String() == r.date() })
	if r.step() > 1 {
		return done
	}
	calls := []chatCall{
		{"get_portfolio", `{"date":"2025-12-05","valued_at":"close"}`}, {"calculate", `{"expression":"AAA.close"}`},
		{"get_close", `{"symbol":"AAA"}`}, {"get_price", `{`}, {"get_price", `[]`}, {"buy", `{"symbol":"AAA"}`},
		order("buy", "AAA", "3"), order("sell", "AAA", "1"), order("buy", "BBB", "1e9"), order("sell", "BBB", "1e9"),
		order("buy", "NONE", "1"), order("buy", "GAP", "0.5"), order("buy", "QQQ", "-1"),
	}
	for _, symbol := range append([]string{"NONE", ""}, sceneSymbols...) {
		calls = append(calls,
			chatCall{"get_price", fmt.Sprintf(`{"symbol":%q}`, symbol)},
			chatCall{"get_history", fmt.Sprintf(`{"symbol":%q,"days":250}`, symbol)},
			chatCall{"get_history", fmt.Sprintf(`{"symbol":%q,"days":-3,"end":"2025-12-05"}`, symbol)},
		)
		for _, date := range []string{sceneDates[today].String(), sceneDates[today+1].String(), "2025-12-05", "9999-12-31", "tomorrow"} {
			calls = append(calls, chatCall{"get_price", fmt.Sprintf(`{"symbol":%q,"date":%q}`, symbol, date)})
		}
	}
	return chatReply{calls: calls}
}

var (
	figurePattern = regexp.MustCompile(`\d+(\.\d+)?`)
	datePattern   = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)
)

// secretsOf returns the figures of the market that must stay unknown on a day:
// all of later days, and of the day itself all but the opens.
func secretsOf(today int) map[string]string {
	secrets := map[string]string{}
	for s, symbol := range sceneSymbols {
		for d := today; d < len(sceneDates); d++ {
			of := fmt.Sprintf("%s on %s: ", symbol, sceneDates[d])
			for name, field := range map[string]int{"low": fieldLow, "close": fieldClose, "high": fieldHigh, "open": fieldOpen} {
				if d > today || field != fieldOpen {
					secrets[scenePrice(s, d, field).Fixed2()] = of + name
				}
			}
			secrets[fmt.Sprint(sceneVolume(s, d))] = of + "volume"
		}
	}
	return secrets
}

// found lists which of the secrets, and which later dates, a text holds.
func found(text string, today int) []string {
	secrets := secretsOf(today)
	var leaks []string
	for _, figure := range figurePattern.FindAllString(text, -1) {
		if what, ok := secrets[figure]; ok {
			leaks = append(leaks, what+" "+figure)
		}
	}
	for _, date := range datePattern.FindAllString(text, -1) {
		if date > sceneDates[today].String() {
			leaks = append(leaks, "the date "+date)
		}
	}
	return leaks
}

// Whole sessions, from the trigger to the provider: in nothing that a model is
// sent, tool definitions and error texts included, is a figure or a date of
// later. Two jobs over all days let each figure become known on its day.
func TestNothingOfLaterReachesAProvider(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, curious)
	s.configure("default", []sceneModel{chat.asks("spy")}, nil)
	h := s.start()
	last := len(sceneDates) - 2 // the last day stays in the future
	h.run(span(0, 3), "completed")
	h.run(span(4, last), "completed")

	told := map[int]int{}
	for _, r := range chat.asked() {
		today := slices.IndexFunc(sceneDates, func(d sim.Date) bool { return d.String() == r.date() })
		require.GreaterOrEqual(t, today, 0)
		said := []string{r.Model, r.User}
		for _, tool := range r.Tools {
			said = append(said, string(tool))
		}
		for _, m := range r.Messages {
			if m.Role != "assistant" { // its own words
				said = append(said, m.Content)
			}
			if m.Role == "tool" {
				told[today]++
				assert.Equal(t, r.date(), fieldOf(t, m.Content, "as_of"))
			}
		}
		require.Len(t, r.Tools, 7)
		for _, text := range said {
			require.Empty(t, found(text, today), text)
		}
		// Nothing hides in a part of the request that was not taken apart.
		withoutCalls := regexp.MustCompile(`"arguments":"(\\.|[^"\\])*"`).ReplaceAllString(r.raw, "")
		require.Empty(t, found(withoutCalls, today))
		all := strings.Join(said, "\n")
		assert.Contains(t, all, scenePrice(1, today, fieldOpen).Fixed2(), "today's open is shown")
		if today > 0 {
			assert.Contains(t, all, scenePrice(1, today-1, fieldClose).Fixed2(), "and yesterday's close")
		}
	}
	require.Len(t, told, last+1)
	for day, n := range told {
		assert.Greater(t, n, 60, "answers on day %d", day)
	}
}

// The search finds each figure that it is made to find.
func TestTheSearchForLeaksFindsThem(t *testing.T) {
	t.Parallel()
	const today = 2
	for secret, what := range secretsOf(today) {
		assert.Len(t, found(`{"x":`+secret+`}`, today), 1, what)
	}
	assert.Len(t, secretsOf(today), len(sceneSymbols)*(4+5*(len(sceneDates)-today-1)), "no two figures are alike")
	assert.NotEmpty(t, found("until "+sceneDates[today+1].String(), today))
	assert.Empty(t, found(fmt.Sprint(scenePrice(0, today, fieldOpen), scenePrice(0, today-1, fieldHigh), sceneDates[today]), today))
}
