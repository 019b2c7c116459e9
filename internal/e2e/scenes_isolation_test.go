package e2e_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// 64 model-days run at once: 32 models in each of two experiments, which are on
// different dates. Each model has bought another number of shares the day
// before, so no two share the cash; everything that one is shown must be its
// own.
func TestSixtyFourModelDaysDoNotCross(t *testing.T) {
	t.Parallel()
	const each = 32
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	g := newGate()
	var together atomic.Bool
	chat := newChat(t, func(r chatRequest) chatReply {
		switch r.step() {
		case 1:
			if together.Load() {
				g.pass(r)
			}
			return chatReply{calls: []chatCall{{"get_portfolio", "{}"}, order("buy", "BBB", fmt.Sprint(sharesOf(r.User)))}}
		case 2:
			return chatReply{calls: []chatCall{{"get_portfolio", "{}"}, {"get_price", `{"symbol":"AAA"}`}}}
		}
		return done
	})
	t.Cleanup(g.open) // before the server is closed, which waits for its requests
	days := map[string]int{"left": 1, "right": 4}
	for _, name := range []string{"left", "right"} {
		var models []sceneModel
		for i := range each {
			models = append(models, chat.asks(fmt.Sprintf("%s-%d", name, i+1)))
		}
		s.configure(name, models, map[string]any{"initial_cash": int64(initialCash(name) / sim.Dollar)})
	}
	h := s.start()
	body := func(name string, from, to int) string {
		return span(from, to, `"config":"`+name+`"`, `"experiment":"`+name+`"`)
	}
	for name, day := range days {
		h.run(body(name, day-1, day-1), "completed")
	}
	before := len(chat.asked())

	together.Store(true)
	left, right := h.trigger(body("left", 1, 1)), h.trigger(body("right", 4, 4))
	for range 2 * each {
		<-g.arrived
	}
	g.open() // all 64 have begun, and none has got an answer
	for _, id := range []string{left, right} {
		assert.Equal(t, "completed", h.await(id).body["status"])
	}

	sessions := map[string]bool{}
	for _, r := range chat.asked()[before:] {
		checkOwn(t, r, days)
		sessions[r.User+r.date()+r.cash()] = true
	}
	assert.Len(t, sessions, 2*each, "signature, date and cash are the same in all requests of a session")
}

// sharesOf is how many shares of BBB a model buys a day, by its number.
func sharesOf(signature string) int {
	var n int
	if _, err := fmt.Sscanf(signature[strings.LastIndex(signature, "-"):], "-%d", &n); err != nil {
		return -1
	}
	return n
}

func initialCash(experiment string) sim.Money {
	return map[string]sim.Money{"left": 100_000, "right": 300_000}[experiment] * sim.Dollar
}

// checkOwn compares all that a request holds with what its model must see.
func checkOwn(t *testing.T, r chatRequest, days map[string]int) {
	t.Helper()
	experiment, _, _ := strings.Cut(r.User, "-")
	day, shares := days[experiment], sharesOf(r.User)
	cash := initialCash(experiment) - sim.Money(shares)*scenePrice(1, day-1, fieldOpen)
	after := cash - sim.Money(shares)*scenePrice(1, day, fieldOpen)
	require.Equal(t, "test/"+r.User, r.Model)
	require.Contains(t, r.rules(), "You are "+r.User+".")
	require.Equal(t, sceneDates[day].String(), r.date(), r.User)
	require.Equal(t, cash.Fixed2(), r.cash(), r.User)
	require.Contains(t, r.prompt(), fmt.Sprintf("\nBBB %d shares\n", shares))
	for i, answer := range r.answers() {
		require.Equal(t, sceneDates[day].String(), fieldOf(t, answer, "as_of"), r.User)
		switch i {
		case 0:
			require.Equal(t, cash.String(), fieldOf(t, answer, "cash"), r.User)
		case 1:
			require.Equal(t, after.String(), fieldOf(t, answer, "cash_after"), r.User)
			require.Equal(t, fmt.Sprint(2*shares), fieldOf(t, answer, "shares_after"), r.User)
		case 2:
			require.Equal(t, after.String(), fieldOf(t, answer, "cash"), r.User)
		}
	}
}
