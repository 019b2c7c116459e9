package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// failingJob runs 0-gamma, which fails, on the fifth and the sixth date, and delta, which closes the fifth.
func (f *fixture) failingJob(fault string) {
	f.t.Helper()
	dates := marketDates[4:6]
	job := f.job("job-2", "main", dates, "0-gamma", "delta")
	require.NoError(f.t, f.store.Heartbeat(f.t.Context(), job.ID, f.now))
	for _, d := range dates {
		failure := sim.Failure{Error: fault + " on " + d.String()}
		require.NoError(f.t, f.store.Fail(f.t.Context(), f.claim(job, "0-gamma", d), failure, f.now.Add(time.Second)))
	}
	f.close(job, "delta", dates[0])
	f.finish(job, sim.JobPartial)
}

func TestAModelThatClosedNoDayKeepsItsRowOnTheLeaderboard(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	before := f.ok("/leaderboard?date=2025-10-07")
	f.failingJob("model_http_401: refused")

	board := f.ok("/leaderboard")
	rows := at(board, "leaderboard").([]any)
	require.Len(t, rows, 4)
	why := "no day is closed: 2 model-days have failed"
	assert.Equal(t, map[string]any{
		"rank": number("4"), "model": "0-gamma", "portfolio_value": nil, "cumulative_return_pct": nil, "first_date": nil, "last_date": nil,
		"cash": nil, "initial_cash": nil, "tier": nil, "broken_days": number("0"), "failed_days": number("2"),
		"cached_pct": nil, "last_error": "model_http_401: refused on 2025-10-08",
		"undefined": map[string]any{"portfolio_value": why, "cumulative_return_pct": why, "cash": why, "initial_cash": why},
	}, rows[3], "10-08 is after the last close, and counts")
	assert.Equal(t, at(before, "leaderboard").([]any)[:2], rows[:2], "alpha and beta are as they were")
	assert.Equal(t, at(before, "benchmark"), at(board, "benchmark"))

	short := at(f.ok("/leaderboard?date=2025-10-07&stats=false"), "leaderboard").([]any)
	assert.Equal(t, number("1"), at(short[3], "failed_days"))
	assert.Len(t, at(f.ok("/leaderboard?date=2025-10-06"), "leaderboard"), 2, "gamma had not been asked yet")
	late := at(f.ok("/leaderboard?start_date=2025-10-07"), "leaderboard").([]any)
	assert.Equal(t, number("2"), at(late[3], "failed_days"))
}

func TestAModelThatFailsAfterAClosedDayKeepsItsRank(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	rows := at(f.ok("/leaderboard"), "leaderboard").([]any)
	require.Len(t, rows, 2)
	assert.Equal(t, number("2"), at(rows[1], "rank"))
	assert.Equal(t, number("1"), at(rows[1], "failed_days"))
	assert.NotContains(t, rows[1], "last_error")
	assert.NotContains(t, rows[1], "undefined")
}

func TestTheLeaderboardComesAsCSV(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	f.failingJob("model_http_401: refused")
	r := f.get("/leaderboard?format=csv")
	require.Equal(t, http.StatusOK, r.status, "%s", r.body)
	assert.Equal(t, "text/csv; charset=utf-8", r.header.Get("Content-Type"))
	lines := strings.Split(strings.TrimSpace(string(r.body)), "\n")
	require.Len(t, lines, 5)
	assert.Equal(t, "rank,model,portfolio_value,cumulative_return_pct,first_date,last_date,cash,initial_cash,valued_at,"+
		"broken_days,failed_days,last_error", lines[0])
	assert.Equal(t, "1,alpha,1040,4,2025-10-01,2025-10-06,865,1000,close,0,0,", lines[1])
	assert.Equal(t, "4,0-gamma,,,,,,,,0,2,model_http_401: refused on 2025-10-08", lines[4])
}
