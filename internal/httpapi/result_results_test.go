package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// number is a JSON number as written.
func number(s string) json.Number { return json.Number(s) }

func TestResultsOfADayCompareWithThePreviousClose(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	got := f.ok("/results?date=2025-10-02")
	assert.Equal(t, "2025-10-02", got["date"])
	assert.Equal(t, number("2"), got["count"])
	results := got["results"].([]any)
	require.Len(t, results, 2)
	// 10 AAA bought at 10 close at 11 on the first day and at 12 on the second;
	// 2 BBB bought at 50 close at 50.
	assert.Equal(t, map[string]any{
		"model": "alpha", "job_id": "job-1", "date": "2025-10-02",
		"positions": map[string]any{"AAA": number("10"), "BBB": number("2"), "CASH": number("800")},
		"daily_pnl": map[string]any{"profit": number("10"), "return_pct": number("0.9901"), "portfolio_value": number("1020"),
			"valued_at": "close"},
		"cumulative_pnl": map[string]any{"profit": number("20"), "return_pct": number("2")},
		"starting_position": map[string]any{
			"holdings": []any{map[string]any{"symbol": "AAA", "quantity": number("10")}}, "cash": number("900"), "portfolio_value": number("1010"),
		},
	}, results[0])
	assert.Equal(t, map[string]any{"CASH": number("1000")}, at(results[1], "positions"))
}

func TestResultsOfTheFirstDayCountFromTheInitialCash(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	first := f.ok("/results?date=2025-10-01&model=alpha")["results"].([]any)[0]
	assert.Equal(t, number("1000"), at(first, "starting_position", "portfolio_value"))
	assert.Equal(t, number("10"), at(first, "daily_pnl", "profit"))
	assert.Equal(t, number("1"), at(first, "daily_pnl", "return_pct"))
}

func TestResultsSayHowADayIsValued(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	noBar := f.ok("/results?date=2025-10-03&model=alpha")["results"].([]any)[0]
	assert.Equal(t, "last_close", at(noBar, "daily_pnl", "valued_at"), "BBB has no bar that day")
	assert.Equal(t, number("1030"), at(noBar, "daily_pnl", "portfolio_value"))

	last := marketDates[9:]
	job := f.job("job-2", "main", last, "alpha")
	f.close(job, "alpha", last[0])
	openOnly := f.ok("/results?date=2025-10-14")["results"].([]any)[0]
	assert.Equal(t, "open", at(openOnly, "daily_pnl", "valued_at"))
	// 5 AAA at the open of 19, 2 BBB at 50, and 865 in cash.
	assert.Equal(t, number("1060"), at(openOnly, "daily_pnl", "portfolio_value"))
}

func TestDetailAddsTradesAndReasoning(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	const path = "/results?date=2025-10-01&model=alpha"
	full := f.ok(path + "&detail=full&reasoning=full")["results"].([]any)[0]
	assert.Equal(t, []any{map[string]any{
		"id": "job-1:2025-10-01:alpha:1", "action": "buy", "symbol": "AAA", "amount": number("10"), "price": number("10"),
		"commission": number("0"), "total": number("100"), "cash_after": number("900"),
	}}, at(full, "trades"))
	assert.Equal(t, map[string]any{
		"total_steps": number("2"), "stop_signal_received": true, "stop_reason": "finish_signal", "reasoning_summary": "all <done> & dusted",
		"tool_usage": map[string]any{"buy": number("2")}, "cost_usd": nil,
		"tokens":     map[string]any{"input": number("100"), "output": number("20"), "cached": number("40"), "reasoning": number("0")},
		"cached_pct": number("40"),
	}, at(full, "ai_reasoning"))
	transcript := at(full, "transcript").([]any)
	require.Len(t, transcript, 3)
	assert.Equal(t, map[string]any{
		"step": number("1"), "role": "tool", "content": `{"ok":true}`, "tool_name": "buy", "tool_call_id": "c1",
		"arguments": `{"symbol":"AAA"}`, "as_of": "2025-10-01", "timestamp": "2025-10-15T12:00:00Z",
	}, transcript[2])

	for query, has := range map[string][3]bool{ // trades, ai_reasoning, transcript
		"":                               {false, false, false},
		"&detail=full":                   {true, true, false},
		"&detail=full&reasoning=none":    {true, false, false},
		"&reasoning=summary":             {false, true, false},
		"&reasoning=full":                {false, true, true},
		"&detail=minimal&reasoning=none": {false, false, false},
	} {
		result := f.ok(path + query)["results"].([]any)[0]
		for i, name := range []string{"trades", "ai_reasoning", "transcript"} {
			assert.Equal(t, has[i], at(result, name) != nil, "%s %s", query, name)
		}
	}
}

func TestDetailAddsTheAllocation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	// 5 AAA at 14, 2 BBB at 50 and 865 in cash: 1,035.
	day := f.ok("/results?date=2025-10-06&model=alpha&detail=full")["results"].([]any)[0]
	assert.Equal(t, []any{
		map[string]any{"symbol": "BBB", "value": number("100"), "share_pct": number("9.6618")},
		map[string]any{"symbol": "AAA", "value": number("70"), "share_pct": number("6.7633")},
		map[string]any{"symbol": "CASH", "value": number("865"), "share_pct": number("83.5749")},
	}, at(day, "allocation"))
}

func TestResultsOfARangeHaveValuesAndMetrics(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	got := f.ok("/results?start_date=2025-10-02&end_date=2025-10-31")
	results := got["results"].([]any)
	require.Len(t, results, 2)
	metrics := at(results[0], "metrics").(map[string]any)
	assert.Equal(t, number("3"), metrics["days"])
	assert.Nil(t, metrics["kurtosis"])
	assert.Equal(t, "too few days", at(metrics, "undefined", "kurtosis"))
	assert.Equal(t, "detail=full computes it", at(metrics, "undefined", "turnover"))
	delete(results[0].(map[string]any), "metrics")
	assert.NotContains(t, got, "benchmark")
	benchmark := at(f.ok("/results?start_date=2025-10-02&end_date=2025-10-31&benchmark=true"), "benchmark", "values").([]any)
	assert.Equal(t, map[string]any{"date": "2025-10-01", "return_pct": number("0"), "value": number("100")}, benchmark[0])
	assert.Equal(t, map[string]any{"date": "2025-10-06", "return_pct": number("3"), "value": number("103")}, benchmark[3])
	// 1,010 before; the values are 1,020, 1,030 and then 5 AAA at 14, 2 BBB at
	// 50 and 865 in cash.
	assert.Equal(t, map[string]any{
		"model": "alpha", "start_date": "2025-10-02", "end_date": "2025-10-06",
		"daily_portfolio_values": []any{
			map[string]any{"date": "2025-10-02", "portfolio_value": number("1020")},
			map[string]any{"date": "2025-10-03", "portfolio_value": number("1030"), "valued_at": "last_close"}, // BBB does not trade
			map[string]any{"date": "2025-10-06", "portfolio_value": number("1035")},
		},
		"period_metrics": map[string]any{
			"starting_date": "2025-10-01", "starting_portfolio_value": number("1010"), "ending_portfolio_value": number("1035"),
			"period_return_pct": number("2.4752"),
			// 100 * ((1035/1010)^(365/5) - 1), worked out with exact decimals
			"annualized_return_pct": number("495.9163"), "calendar_days": number("5"), "trading_days": number("3"),
		},
		"broken_days": number("0"), "failed_days": number("0"), "cached_pct": number("40"),
	}, results[0])
	assert.Equal(t, number("1"), at(results[1], "failed_days"))
	assert.Len(t, at(results[1], "daily_portfolio_values"), 2, "beta failed on 10-03")
}

func TestARangeDefaultsToThirtyDays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	all := f.ok("/results?model=alpha")["results"].([]any)[0]
	assert.Equal(t, "2025-10-01", at(all, "start_date"))
	assert.Equal(t, "2025-10-06", at(all, "end_date"))
	assert.Equal(t, number("1000"), at(all, "period_metrics", "starting_portfolio_value"))
	assert.Nil(t, at(all, "job_id"))
	ended := f.ok("/results?end_date=2025-10-02&model=alpha")["results"].([]any)[0]
	assert.Len(t, at(ended, "daily_portfolio_values"), 2)
	one := f.ok("/results?start_date=2025-10-06&model=alpha")["results"].([]any)[0]
	assert.Equal(t, number("1"), at(one, "period_metrics", "calendar_days"))
	assert.Nil(t, at(one, "period_metrics", "annualized_return_pct"))
	assert.Equal(t, "job-1", at(f.ok("/results?job_id=job-1")["results"].([]any)[0], "job_id"))
}

// Days that a rewind took out of a book stay readable by their job, with the values
// that they had then.
func TestSupersededDaysStayReadable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	old := f.mainJob()
	again := sim.Job{
		ID: "job-2", Experiment: "main", Status: sim.JobPending, RequestHash: "2", CreatedAt: f.now, UpdatedAt: f.now,
		Plan:     sim.Plan{Dates: marketDates[:1], Models: []sim.PlannedSpan{{Model: "alpha", From: marketDates[0], To: marketDates[0]}}},
		Settings: old.Settings,
	}
	again.Settings.InitialCash = 500 * sim.Dollar
	again = f.storeJob(again, []sim.BookKey{{Experiment: "main", Model: "alpha"}}, marketDates[0])
	f.close(again, "alpha", marketDates[0])
	f.finish(again, sim.JobCompleted)

	now := f.ok("/results?date=2025-10-01&model=alpha")["results"].([]any)
	require.Len(t, now, 1)
	assert.Equal(t, "job-2", at(now[0], "job_id"))
	assert.Equal(t, number("500"), at(now[0], "daily_pnl", "portfolio_value"))
	then := f.ok("/results?date=2025-10-01&model=alpha&job_id=job-1")["results"].([]any)
	require.Len(t, then, 1)
	assert.Equal(t, number("10"), at(then[0], "cumulative_pnl", "profit"))
	span := f.ok("/results?job_id=job-1&model=alpha")["results"].([]any)[0]
	assert.Len(t, at(span, "daily_portfolio_values"), 4)
	assert.Equal(t, number("1000"), at(span, "period_metrics", "starting_portfolio_value"))
	board := f.ok("/leaderboard?date=2025-10-06")["leaderboard"].([]any)
	assert.Equal(t, "2025-10-01", at(board[0], "last_date"), "the later days have left the book")
}

func TestARangeComesAsCSV(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	r := f.get("/results?start_date=2025-10-01&end_date=2025-10-02&format=csv")
	require.Equal(t, http.StatusOK, r.status)
	conforms(t, f.api, http.MethodGet, "/results", r)
	assert.Equal(t, "text/csv; charset=utf-8", r.header.Get("Content-Type"))
	assert.Equal(t, `model,job_id,date,portfolio_value,valued_at
alpha,job-1,2025-10-01,1010,close
alpha,job-1,2025-10-02,1020,close
beta,job-1,2025-10-01,1000,close
beta,job-1,2025-10-02,1000,close
`, string(r.body))

	page := f.get("/results?start_date=2025-10-01&format=csv&limit=1&job_id=job-1")
	link := page.header.Get("Link")
	require.Contains(t, link, `; rel="next"`)
	next := strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
	second := f.get(next)
	assert.Equal(t, 1, strings.Count(string(second.body), "beta,job-1,2025-10-06,1000,close\n"), "%s", second.body)
	assert.Empty(t, second.header.Get("Link"))
}

func TestResultsComeInPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	for _, query := range []string{"date=2025-10-01", "start_date=2025-10-01"} {
		first := f.ok("/results?limit=1&" + query)
		assert.Equal(t, number("1"), first["count"], query)
		assert.Equal(t, "alpha", at(first["results"].([]any)[0], "model"), query)
		assert.Equal(t, "alpha", first["next"], query)
		second := f.ok("/results?limit=1&next=alpha&" + query)
		assert.Equal(t, "beta", at(second["results"].([]any)[0], "model"), query)
		assert.NotContains(t, second, "next", query)
	}
}

func TestAQueryWithoutDataIsNotFound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	empty := f.get("/results")
	refused(t, empty, http.StatusNotFound, "no_data", `"main"`)
	conforms(t, f.api, http.MethodGet, "/results", empty)
	f.mainJob()
	p := refused(t, f.get("/results?date=2025-10-04"), http.StatusNotFound, "no_data", "2025-10-04")
	assert.Equal(t, "2025-10-04", p["date"])
	p = refused(t, f.get("/results?start_date=2025-11-03&end_date=2025-11-30&model=gamma"), http.StatusNotFound, "no_data", "2025-11-03")
	assert.Equal(t, "gamma", p["model"])
	refused(t, f.get("/results?start_date=2024-11-03&end_date=2024-11-30"), http.StatusNotFound, "no_data")
	refused(t, f.get("/results?experiment=other"), http.StatusNotFound, "no_data", `"other"`)
	p = refused(t, f.get("/results?job_id=nope"), http.StatusNotFound, "not_found")
	assert.Equal(t, "nope", p["job_id"])
}

func TestQueriesAreRefusedByName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mainJob()
	for path, parts := range map[string][]string{
		"/results?dates=2025-10-01":                           {`"dates"`, "unknown"},
		"/results?replicas=2&zeta=1":                          {`"replicas"`, `"zeta"`},
		"/results?date=2025-13-01":                            {`"date"`, `"2025-13-01"`},
		"/results?date=2025-02-30":                            {`"date"`},
		"/results?date=1950-01-02":                            {`"date"`, "1971"},
		"/results?date=tomorrow":                              {`"date"`, `"tomorrow"`},
		"/results?date=2025-10-01&start_date=2025-10-01":      {"start_date"},
		"/results?start_date=2025-10-02&end_date=2025-10-01":  {"2025-10-02", "2025-10-01"},
		"/results?end_date=1950-01-02":                        {`"end_date"`},
		"/results?start_date=1950-01-02":                      {`"start_date"`},
		"/results?date=2025-10-01&format=csv":                 {"csv"},
		"/results?start_date=":                                {`"start_date"`, "leave it out"},
		"/results?detail=&limit=":                             {`"detail", "limit"`, "without a value"},
		"/results?experiment=":                                {`"experiment"`},
		"/simulate/status/job-1?wait=":                        {`"wait"`},
		"/results?limit=0":                                    {`"limit"`, "1"},
		"/results?limit=1001":                                 {`"limit"`, "1000"},
		"/results?limit=many":                                 {`"limit"`, `"many"`},
		"/results?detail=huge":                                {`"detail"`, "minimal, full"},
		"/results?date=2025-10-01&date=2025-10-02":            {`"date"`, "more than once"},
		"/results?date=%zz":                                   {"query string"},
		"/results?experiment=UPPER":                           {`"experiment"`},
		"/leaderboard?date=2025-10-01&start_date=2025-10-02":  {"2025-10-02"},
		"/leaderboard?date=1950-01-02":                        {`"date"`},
		"/leaderboard?start_date=1950-01-02":                  {`"start_date"`},
		"/portfolio/timeseries":                               {`"model"`, "required"},
		"/portfolio/timeseries?model=alpha&end_date=1950-1-1": {`"end_date"`},
		"/simulate/status/job-1?wait=26":                      {`"wait"`, "25"},
		"/simulate/status/job-1?wait=-1":                      {`"wait"`},
		"/simulate/status/job-1?details=perhaps":              {`"details"`},
		"/simulate/status/job-1?details_next=x":               {`"details_next"`},
		"/simulate/jobs?status=done":                          {`"status"`, "completed"},
		"/models?x=1":                                         {`"x"`},
		"/health?x=1":                                         {`"x"`},
	} {
		r := f.get(path)
		refused(t, r, http.StatusBadRequest, "invalid_request", parts...)
		if !strings.Contains(path, "%zz") {
			conforms(t, f.api, http.MethodGet, path, r)
		}
	}
}

func TestAnAnswerAboveTheLimitNamesThePaging(t *testing.T) {
	t.Parallel()
	var list resultList
	item := strings.Repeat("x", 1_000_000)
	var err error
	for range 6 {
		if err = list.add(item); err != nil {
			break
		}
	}
	require.Error(t, err)
	assert.Equal(t, sim.KindTooLarge, sim.KindOf(err))
	assert.Contains(t, err.Error(), "next")
	_, err = jsonAnswer(http.StatusOK, strings.Repeat("x", maxAnswer))
	assert.Equal(t, sim.KindTooLarge, sim.KindOf(err))
	_, err = jsonAnswer(http.StatusOK, make(chan int))
	assert.ErrorContains(t, err, "encode chan int")
}

func TestALargeTranscriptIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dates := marketDates[:1]
	job := f.job("job-1", "main", dates, "alpha")
	g := f.claim(job, "alpha", dates[0])
	ledger := sim.NewLedger(job.Settings.InitialCash)
	day := sim.Day{Book: g.Book, Ref: sim.DayRef{Date: dates[0]}, JobID: job.ID, Attempt: 1, Opening: ledger, Closing: ledger,
		StartedAt: f.now, ClosedAt: f.now, Session: sim.Session{StopReason: sim.StopSignal}}
	require.NoError(t, f.store.Commit(t.Context(), g, day,
		[]sim.Message{{Role: "user", Content: strings.Repeat("x", maxAnswer), Timestamp: f.now}}))
	r := f.get("/results?date=2025-10-01&reasoning=full")
	refused(t, r, http.StatusRequestEntityTooLarge, "too_large", "limit", "next", "reasoning=summary")
	conforms(t, f.api, http.MethodGet, "/results", r)
	assert.Equal(t, http.StatusOK, f.get("/results?date=2025-10-01&reasoning=summary").status)
}
