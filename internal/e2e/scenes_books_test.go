package e2e_test

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// cashAfter is 10,000 USD less some shares of AAA, bought one order a day: of
// day i as many as the i-th number says.
func cashAfter(shares ...int) string {
	cash := 10_000 * sim.Dollar
	for day, n := range shares {
		cash -= sim.Money(n) * scenePrice(0, day, fieldOpen)
	}
	return cash.String()
}

// The second job begins with what the first one left, three days and a holiday
// later, as the third does after a weekend.
func TestABookGoesOnWhereTheLastJobEnded(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, buys("AAA", 2))
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()
	require.Equal(t, "2025-11-26", sceneDates[2].String())
	require.Equal(t, "2025-11-28", sceneDates[3].String(), "Thanksgiving is left out")
	require.Equal(t, "2025-12-01", sceneDates[4].String(), "and the weekend")

	h.run(span(0, 2), "completed")
	assert.Equal(t, "10000.00", chat.opening(t, "solo", 0).cash())
	assert.Contains(t, chat.opening(t, "solo", 0).prompt(), "no holdings")
	assert.Equal(t, cashAfter(2, 2, 2), h.day("date=2025-11-26").cash())
	h.run(`{"start_date":"2025-11-27","end_date":"2025-11-30"}`, "completed")
	friday := chat.opening(t, "solo", 3)
	assert.Equal(t, cashAfter(2, 2, 2), friday.cash())
	assert.Contains(t, friday.prompt(), "\nAAA 6 shares\n")
	h.run(`{"end_date":"2025-12-01"}`, "completed")
	monday := chat.opening(t, "solo", 4)
	assert.Equal(t, cashAfter(2, 2, 2, 2), monday.cash())
	assert.Contains(t, monday.prompt(), "\nAAA 8 shares\n")
	assert.Equal(t, json.Number("10"), h.day("date=2025-12-01").Positions["AAA"])
}

// Replacing the middle of a book runs it again from the last day before, and
// the days behind it leave the book with it. They stay readable by their job.
func TestReplaceRunsAgainAndSupersedesWhatFollows(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	var amount atomic.Int64
	amount.Store(1)
	chat := newChat(t, func(r chatRequest) chatReply { return buys("AAA", int(amount.Load()))(r) })
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()
	first := h.run(span(0, 3), "completed")

	amount.Store(5)
	r := h.do(http.MethodPost, "/simulate/trigger", span(1, 2, `"replace_existing":true`))
	require.Equal(t, http.StatusAccepted, r.status, r.text)
	superseded := r.body["superseded"].([]any)
	require.Len(t, superseded, 3, "two days that run again, and the one behind them")
	assert.Equal(t, map[string]any{"model": "solo", "date": sceneDates[3].String(), "job_id": first}, superseded[2])
	second := r.body["job_id"].(string)
	assert.Equal(t, "completed", h.await(second).body["status"])

	assert.Equal(t, cashAfter(1), chat.opening(t, "solo", 1).cash())
	day := h.day("date=" + sceneDates[2].String())
	assert.Equal(t, second, day.JobID)
	assert.Equal(t, cashAfter(1, 5, 5), day.cash())
	assert.Equal(t, http.StatusNotFound, h.get("/results?date="+sceneDates[3].String()).status, "it is not in the book any more")
	for i, want := range []string{cashAfter(1), cashAfter(1, 1), cashAfter(1, 1, 1), cashAfter(1, 1, 1, 1)} {
		old := h.day("job_id=" + first + "&date=" + sceneDates[i].String())
		assert.Equal(t, want, old.cash(), sceneDates[i])
	}
	h.run(span(3, 3), "completed")
	assert.Equal(t, cashAfter(1, 5, 5), chat.opening(t, "solo", 3).cash())
}

// failing answers as the script does, but with a 400 on some days as long as
// the switch is on.
func failing(on *atomic.Bool, script func(chatRequest) chatReply, days ...int) func(chatRequest) chatReply {
	return func(r chatRequest) chatReply {
		for _, d := range days {
			if on.Load() && r.date() == sceneDates[d].String() {
				return chatReply{status: http.StatusBadRequest, body: `{"error":{"message":"no such mood","code":"bad_mood"}}`}
			}
		}
		return script(r)
	}
}

// A replaced day that fails does not bring the superseded one back: the next
// day continues from the last current one.
func TestAReplacedDayThatFailsIsGone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	var broken atomic.Bool
	chat := newChat(t, failing(&broken, buys("AAA", 3), 1))
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()
	first := h.run(span(0, 2), "completed")
	broken.Store(true)
	h.run(span(1, 2, `"replace_existing":true`), "partial")

	assert.Equal(t, cashAfter(3), chat.opening(t, "solo", 2).cash(), "not from the superseded day")
	assert.Contains(t, chat.opening(t, "solo", 2).prompt(), "\nAAA 3 shares\n")
	assert.Equal(t, http.StatusNotFound, h.get("/results?date="+sceneDates[1].String()).status)
	assert.Equal(t, cashAfter(3, 0, 3), h.day("date="+sceneDates[2].String()).cash())
	assert.Equal(t, cashAfter(3, 3), h.day("job_id="+first+"&date="+sceneDates[1].String()).cash())
}

// A failed model-day leaves nothing, even when it had bought something before;
// the next one continues from the last close. Retry fills what lies behind the
// last close, and no more.
func TestAFailedDayLeavesNothingAndRetryFillsIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	var broken atomic.Bool
	broken.Store(true)
	inTheMiddle := func(r chatRequest) chatReply {
		if r.step() == 1 {
			return buys("AAA", 1)(r)
		}
		return failing(&broken, buys("AAA", 1), 1, 3)(r)
	}
	chat := newChat(t, inTheMiddle)
	s.configure("default", []sceneModel{chat.asks("solo")}, nil)
	h := s.start()
	id := h.run(span(0, 3), "partial")

	details := h.get("/simulate/status/" + id).body["progress"].(map[string]any)["details"].([]any)
	failed := details[1].(map[string]any)
	assert.Equal(t, "failed", failed["status"])
	assert.Contains(t, failed["error"], "no such mood")
	assert.Equal(t, http.StatusNotFound, h.get("/results?job_id="+id+"&date="+sceneDates[1].String()).status)
	assert.Equal(t, cashAfter(1), chat.opening(t, "solo", 2).cash())
	assert.Equal(t, cashAfter(1, 0, 1), h.day("date="+sceneDates[2].String()).cash())

	broken.Store(false)
	r := h.do(http.MethodPost, "/simulate/retry/"+id, "")
	require.Equal(t, http.StatusAccepted, r.status, r.text)
	assert.Equal(t, []any{sceneDates[3].String()}, r.body["date_range"], "day 1 lies before the last close")
	assert.Equal(t, "completed", h.await(r.body["job_id"].(string)).body["status"])
	assert.Equal(t, cashAfter(1, 0, 1, 1), h.day("date="+sceneDates[3].String()).cash())
	assert.Equal(t, "current", h.do(http.MethodPost, "/simulate/retry/"+id, "").body["status"])
}

// One model's failure stops neither another model nor a later date.
func TestAFailureStopsNobodyElse(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.env["SCENE_KEY"] = "k"
	chat := newChat(t, func(r chatRequest) chatReply {
		if r.User == "poor" {
			return chatReply{status: http.StatusUnauthorized, body: `{"detail":"pay first"}`}
		}
		return buys("AAA", 1)(r)
	})
	s.configure("default", []sceneModel{chat.asks("poor"), chat.asks("solo")}, nil)
	h := s.start()
	id := h.run(span(0, 2), "partial")
	progress := h.get("/simulate/status/" + id).body["progress"].(map[string]any)
	assert.EqualValues(t, 3, progress["completed"])
	assert.EqualValues(t, 3, progress["failed"])
	assert.Equal(t, cashAfter(1, 1, 1), h.day("model=solo&date="+sceneDates[2].String()).cash())
}
