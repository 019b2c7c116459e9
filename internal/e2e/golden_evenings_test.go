package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/app/local"
	"aitrader/internal/clocktest"
	"aitrader/internal/sim"
)

// moveTo moves the clock and returns when what was to be done then is done.
func moveTo(c *clocktest.Clock, now time.Time) {
	c.Fire(now)
	c.Parked()
}

// ended waits for the newest job, if there is one that is not the one before, and
// returns its id and how many dates it has.
func (h *sceneHome) ended(before string) (id string, dates int) {
	h.t.Helper()
	r := h.get("/simulate/current")
	if r.status == http.StatusNotFound || r.body["job_id"] == before {
		return before, 0
	}
	id = r.body["job_id"].(string)
	last := h.await(id)
	require.Equal(h.t, "completed", last.body["status"], last.text)
	return id, len(last.body["date_range"].([]any))
}

// aitrader up --daily 18:30, with a clock that the test moves through two weeks, or two
// months in a long run: it fetches, trades and reports day by day. Nothing runs on Labor Day
// and weekends, late bars are awaited, evenings without the process are caught up at
// its start, and a second start changes nothing. The books are those of one job.
func TestEveryEveningIsTheSameAsOneJob(t *testing.T) {
	t.Parallel()
	m := newMonths(t)
	clock := clocktest.New(time.Time{})
	late := m.late
	market := newDailyVendor(t, clock, m.set, late, evening(late).Add(70*time.Minute))
	s := newScene(t)
	s.clock, s.after, s.daily = clock.Now, clock.After, "18:30"
	m.configure(s, market.source())
	open := func(now time.Time) *sceneHome {
		clock.Set(now)
		h := s.open()
		clock.Parked()
		return h
	}

	h := open(evening(m.first))
	job, dates := h.ended("")
	require.Equal(t, 1, dates, "the evening on which it starts")
	for d := m.first.AddDays(1); d <= m.last; d = d.AddDays(1) {
		want := 1
		switch {
		case d > m.away && d < m.back:
			continue
		case d == m.back:
			h = open(evening(d).Add(-8 * time.Hour))
			job, dates = h.ended(job)
			require.Equal(t, 2, dates, "the evenings of two days were missed")
		}
		moveTo(clock, evening(d))
		if d == late {
			job, dates = h.ended(job)
			require.Zero(t, dates, "its bars are not there")
			moveTo(clock, evening(d).Add(65*time.Minute))
			moveTo(clock, evening(d).Add(70*time.Minute))
		}
		if !sim.DefaultMarket.IsTradingDay(d) {
			want = 0
		}
		job, dates = h.ended(job)
		require.Equal(t, want, dates, d.String())
		if d == m.away {
			h.stop()
			clock.Forget()
		}
	}
	h.stop()
	h = open(evening(m.last).Add(time.Hour))
	_, dates = h.ended(job)
	require.Zero(t, dates, "nothing is missing")

	days := sim.DefaultMarket.Bars(m.first, m.last)
	log := s.log.String()
	assert.Equal(t, len(days)-1, strings.Count(log, `"message":"catch-up triggered"`))
	assert.Equal(t, 1, strings.Count(log, `"message":"nothing is missing"`))
	for _, d := range days {
		want := 1
		if d == late {
			want = 3
		}
		assert.Equal(t, want, market.asked[d.String()], d.String())
	}
	m.sameAsOneJob(h)
}

func TestTheTimeOfDailyIsChecked(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.daily = "09:30"
	_, err := local.Open(t.Context(), s.options())
	require.ErrorContains(t, err, `--daily "09:30"`)
	assert.True(t, sim.IsKind(err, sim.KindInvalid))
}
