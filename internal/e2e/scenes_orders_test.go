package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// Every order that cannot be filled is refused with the figures that say why,
// and changes nothing. On that day GAP does not trade.
func TestOrdersThatCannotBeFilled(t *testing.T) {
	t.Parallel()
	open := scenePrice(0, sceneGap, fieldOpen)
	// After the first buy 10 shares are held.
	cash := 10_000*sim.Dollar - 10*open
	const whole = "a positive whole number of shares is expected"
	cases := []struct {
		call  chatCall
		error string
		field string // with its exact figure
	}{
		{order("buy", "AAA", "0"), whole, `"open":` + open.String()},
		{order("buy", "AAA", "-1"), whole, ""},
		{order("sell", "AAA", "-1"), whole, ""},
		{order("buy", "AAA", "0.5"), whole, ""},
		{order("sell", "AAA", "1.5"), whole, ""},
		{order("buy", "AAA", "1e300"), "amount", ""},
		{order("buy", "AAA", "999999999999"), "", `"affordable":` + fmt.Sprint(int64(cash/open))},
		{order("sell", "AAA", "999999999999"), "", `"shares_held":10`},
		{order("buy", "AAA", "true"), "a number is expected", ""},
		{order("buy", "NONE", "1"), "unknown symbol", ""},
		{order("sell", "NONE", "1"), "unknown symbol", ""},
		{order("buy", "CASH", "1"), "unknown symbol", ""},
		{order("buy", "GAP", "1"), "does not trade today", `"open":null`},
		{order("sell", "GAP", "1"), "does not trade today", `"shares_held":0`},
		{order("buy", "AAA", "86"), "insufficient cash", `"required_cash":` + (86 * open).String()},
		{order("sell", "AAA", "11"), "insufficient shares", `"shares_held":10`},
		{order("sell", "BBB", "1"), "insufficient shares", `"shares_held":0`},
	}
	calls := []chatCall{order("buy", "AAA", "10")}
	for _, c := range cases {
		calls = append(calls, c.call)
	}
	day := tradeOnGapDay(t, calls)

	require.Len(t, day, len(cases)+1)
	require.Equal(t, cash.String(), fieldOf(t, day[0], "cash_after"))
	for i, c := range cases {
		got, name := day[i+1], fmt.Sprint(c.call)
		require.NotEmpty(t, fieldOf(t, got, "error"), name)
		assert.Contains(t, fieldOf(t, got, "error"), c.error, name)
		assert.Contains(t, got, c.field, name)
		if !strings.Contains(got, "unknown symbol") && c.call.arguments != order("buy", "AAA", "true").arguments {
			assert.Equal(t, cash.String(), fieldOf(t, got, "cash"), "%s: nothing has changed", name)
		}
	}
}

// Several buys of one answer run one after another: each meets the cash that
// the ones before have left.
func TestBuysThatTogetherExceedTheCash(t *testing.T) {
	t.Parallel()
	a, b := scenePrice(0, sceneGap, fieldOpen), scenePrice(1, sceneGap, fieldOpen)
	day := tradeOnGapDay(t, []chatCall{
		order("buy", "AAA", "60"), order("buy", "BBB", "40"), order("buy", "AAA", "30"), order("buy", "BBB", "18"),
		{"get_portfolio", "{}"},
	})
	left := 10_000*sim.Dollar - 60*a
	assert.Equal(t, left.String(), fieldOf(t, day[0], "cash_after"))
	assert.Contains(t, fieldOf(t, day[1], "error"), "insufficient cash")
	assert.Equal(t, (40 * b).String(), fieldOf(t, day[1], "required_cash"))
	assert.Equal(t, fmt.Sprint(int64(left/b)), fieldOf(t, day[1], "affordable"))
	left -= 30 * a
	assert.Equal(t, left.String(), fieldOf(t, day[2], "cash_after"), "the order after a refused one counts")
	assert.Contains(t, fieldOf(t, day[3], "error"), "insufficient cash")
	assert.Equal(t, left.String(), fieldOf(t, day[4], "cash"))
	assert.Positive(t, left)
}

// tradeOnGapDay lets a model give its calls in one answer on the day on which
// GAP does not trade, checks that the day's books are sound, and returns the
// answers of the tools from the transcript.
func tradeOnGapDay(t *testing.T, calls []chatCall) []string {
	t.Helper()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, func(r chatRequest) chatReply {
		if r.step() > 1 {
			return done
		}
		return chatReply{calls: calls}
	})
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()
	h.run(span(sceneGap, sceneGap), "completed")
	day := h.day("date=" + sceneDates[sceneGap].String())
	for symbol, n := range day.Positions {
		quantity, err := n.Float64()
		require.NoError(t, err)
		require.GreaterOrEqual(t, quantity, 0.0, symbol)
	}
	var answers []string
	for _, m := range day.Transcript {
		if m.Role == "tool" {
			assert.Equal(t, fmt.Sprintf("call-1-%d", len(answers)), m.ToolCallID, "in the order of the calls")
			answers = append(answers, m.Content)
		}
	}
	asked := chat.asked()
	require.Equal(t, answers, asked[len(asked)-1].answers(), "what is kept is what the model got")
	return answers
}

// fieldOf returns a field of a tool's answer as it is written, or "".
func fieldOf(t *testing.T, answer, field string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(answer), &fields), answer)
	return strings.Trim(string(fields[field]), `"`)
}

// A symbol without a bar cannot be traded that day and counts at its last
// close, which is marked; the others trade as ever.
func TestASymbolWithoutABarBlocksNobody(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, func(r chatRequest) chatReply {
		if r.User == "other" {
			return buys("BBB", 1)(r)
		}
		return buys("GAP", 2)(r)
	})
	s.configure("default", []sceneModel{chat.asks("holder"), chat.asks("other")}, nil)
	h := s.start()
	h.run(span(sceneGap-1, sceneGap+1), "completed")

	before := h.day("model=holder&date=" + sceneDates[sceneGap-1].String())
	gap := h.day("model=holder&date=" + sceneDates[sceneGap].String())
	assert.Equal(t, "close", before.DailyPnL.ValuedAt)
	assert.Equal(t, "last_close", gap.DailyPnL.ValuedAt)
	assert.Equal(t, before.cash(), gap.cash())
	want := 10_000*sim.Dollar - 2*scenePrice(2, sceneGap-1, fieldOpen) + 2*scenePrice(2, sceneGap-1, fieldClose)
	assert.Equal(t, want.String(), gap.DailyPnL.Value.String())
	assert.Contains(t, chat.opening(t, "holder", sceneGap).prompt(), "\nGAP "+scenePrice(2, sceneGap-1, fieldClose).String()+" -\n")
	assert.Equal(t, json.Number("4"), h.day("model=holder&date=" + sceneDates[sceneGap+1].String()).Positions["GAP"])

	other := h.day("model=other&date=" + sceneDates[sceneGap].String())
	assert.Equal(t, "close", other.DailyPnL.ValuedAt)
	assert.Equal(t, json.Number("2"), other.Positions["BBB"])
}
