package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// version1 makes a file as the program of schema version 1 left it.
func version1(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	tables, err := os.ReadFile("migrations/0001_tables.sql")
	require.NoError(t, err)
	data, err := os.ReadFile("testdata/version1.sql")
	require.NoError(t, err)
	execute(t, path,
		"CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, file TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT",
		"INSERT INTO schema_versions VALUES (1, 'migrations/0001_tables.sql', '2025-11-01T08:00:00.000000000Z')",
		string(tables), string(data))
	return path
}

func instantAt(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestUpgradeFindsAllDataOfVersion1(t *testing.T) {
	ctx := t.Context()
	path := version1(t)
	require.Zero(t, query[int](t, path, "SELECT count(*) FROM sqlite_schema WHERE type = 'view'"))
	store := open(t, path)
	defer closeStore(t, store)
	first, second := sim.MustParseDate("2025-10-01"), sim.MustParseDate("2025-10-02")
	book := sim.BookKey{Experiment: "main", Model: "gpt-5"}

	job, err := store.Job(ctx, "job-1")
	require.NoError(t, err)
	assert.Equal(t, sim.Job{
		ID: "job-1", Experiment: "main", Status: sim.JobPartial, RequestHash: "hash-1", Warnings: []string{"a warning"},
		Plan: sim.Plan{Dates: []sim.Date{first, second}, Models: []sim.PlannedSpan{{Model: "gpt-5", From: first, To: second}}},
		Settings: sim.Settings{
			Config: "default", Benchmark: "QQQ", InitialCash: 10_000 * sim.Dollar,
			Models:   []sim.ModelSpec{{Signature: "gpt-5", Name: "GPT-5", BaseModel: "openai/gpt-5", Params: map[string]any{"temperature": 0.2}}},
			Costs:    sim.TradingCosts{CommissionPerShare: 50, CommissionMin: sim.Dollar, Slippage: 25_000},
			MaxSteps: 30, MaxRetries: 3, BaseDelay: 1, CallTimeout: 120,
		},
		ClosedThrough: second, CreatedAt: instantAt("2025-11-03T14:00:00Z"), StartedAt: instantAt("2025-11-03T14:00:01Z"),
		UpdatedAt: instantAt("2025-11-03T14:05:00Z"), CompletedAt: instantAt("2025-11-03T14:05:00Z"),
	}, job)
	active, ok, err := store.ActiveJob(ctx, "main")
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, "job-2", active.ID)
	assert.Equal(t, []sim.SupersededDay{{Model: "gpt-5", Date: second, JobID: "job-1"}}, active.Superseded)
	remembered, ok, err := store.JobByIdempotencyKey(ctx, sim.IdempotencyKey{Key: "key-2", Request: "request-2"},
		instantAt("2025-11-05T13:00:00Z"))
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, "job-2", remembered.ID)

	heads, err := store.Books(ctx, "")
	require.NoError(t, err)
	assert.Equal(t, []sim.Head{{
		Book: book, Job: "job-2", Last: sim.DayRef{Date: first}, InitialCash: 10_000 * sim.Dollar, Fence: 7, Generation: 1,
		Lease: sim.Lease{Date: second, Holder: "host/1", Until: instantAt("2025-11-04T14:10:00Z")},
		Cuts:  []sim.Cut{{Generation: 1, From: second}},
	}}, heads)

	closing := sim.Ledger{Cash: 7449_9500, Holdings: map[string]sim.Quantity{"AAPL": 10 * sim.Share}}
	days, err := store.Days(ctx, sim.DayFilter{JobID: "job-1"})
	require.NoError(t, err)
	require.Len(t, days, 2)
	assert.Equal(t, sim.Day{
		Book: book, Ref: sim.DayRef{Date: first}, JobID: "job-1", Attempt: 2, Opening: sim.NewLedger(10_000 * sim.Dollar), Closing: closing,
		Entries: []sim.Entry{{Kind: sim.EntryBuy, Symbol: "AAPL", Quantity: 10 * sim.Share, Price: 255 * sim.Dollar, Commission: 500,
			CashAfter: 7449_9500}},
		Session: sim.Session{
			Steps: 3, StopReason: sim.StopSignal, Signal: true, Summary: "bought Apple",
			ToolUsage: map[string]sim.ToolCount{"buy": {Calls: 2, Errors: 1}},
			Usage:     sim.Usage{Input: 1000, Output: 200, Cached: 300, Reasoning: 40},
		},
		Prices: "p1", StartedAt: instantAt("2025-11-03T14:00:02Z"), ClosedAt: instantAt("2025-11-03T14:01:00.5Z"),
	}, days[0])
	assert.Equal(t, closing, days[1].Opening)
	assert.Empty(t, days[1].Entries)
	current, err := store.Days(ctx, sim.DayFilter{Experiment: "main"})
	require.NoError(t, err)
	assert.Equal(t, days[:1], current, "the second day is superseded")
	messages, err := store.Transcript(ctx, book, days[0].Ref)
	require.NoError(t, err)
	require.Len(t, messages, 3)
	assert.Equal(t, &sim.Usage{Input: 1000, Output: 200, Cached: 300, Reasoning: 40}, messages[1].Usage)
	assert.Equal(t, first, messages[2].AsOf)
	counts, err := store.Counts(ctx, "job-2")
	require.NoError(t, err)
	assert.Equal(t, map[sim.ModelDayStatus]int{sim.ModelDayRunning: 1}, counts)

	market, err := store.MarketData(ctx)
	require.NoError(t, err)
	assert.Equal(t, "p2", market.Version())
	bar, _ := market.Bar("AAPL", first)
	assert.Equal(t, sim.Bar{Open: 255 * sim.Dollar, High: 258 * sim.Dollar, Low: 254 * sim.Dollar, Close: 257 * sim.Dollar,
		Volume: 48_713_900}, bar)
	assert.Len(t, market.Splits("AAPL", first, second), 1)
	assert.Len(t, market.Dividends("AAPL", first, second), 1)
}

// A list of values in a check costs each statement a table of its own; what is
// checked stays the same.
func TestUpgradeKeepsTheChecks(t *testing.T) {
	path := version1(t)
	store := open(t, path)
	defer closeStore(t, store)
	assert.Zero(t, query[int](t, path, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%status IN (%' OR sql LIKE '%action IN (%'"))
	assert.Equal(t, "ok", query[string](t, path, "PRAGMA integrity_check"))
	db, err := sql.Open("sqlite", plain(path))
	require.NoError(t, err)
	defer db.Close()
	for column, values := range map[[2]string][]string{
		{"jobs", "status"}:        {"pending", "running", "completed", "partial", "failed", "cancelled"},
		{"job_details", "status"}: {"running", "completed", "failed", "skipped"},
		{"positions", "action"}:   {"buy", "sell", "split", "dividend", "no_trade"},
	} {
		update := "UPDATE " + column[0] + " SET " + column[1] + " = ?"
		_, err := db.ExecContext(t.Context(), update, "other")
		require.ErrorContains(t, err, "CHECK constraint failed: "+column[1], column)
		for _, value := range values {
			done, err := db.ExecContext(t.Context(), update, value)
			require.NoError(t, err, "%s %s", column, value)
			changed, err := done.RowsAffected()
			require.NoError(t, err)
			assert.Positive(t, changed, column)
		}
	}
}

func TestUpgradeGoesOnWithTheWork(t *testing.T) {
	path := version1(t)
	store := open(t, path)
	defer closeStore(t, store)
	// The lease of version 1 is live; the next process with the executor's lock
	// takes it over and closes the day.
	now := instantAt("2025-11-04T14:05:00Z")
	key := sim.ModelDayKey{JobID: "job-2", Date: sim.MustParseDate("2025-10-02"), Model: "gpt-5"}
	g, err := store.Claim(t.Context(), sim.ClaimRequest{Key: key, Experiment: "main", Claimant: sim.Claimant{
		JobID: "job-2", Date: key.Date, Holder: "host/2", Exclusive: true, Now: now, Until: now.Add(time.Minute),
	}})
	require.NoError(t, err)
	assert.Equal(t, 2, g.Attempt)
	assert.Equal(t, 10*sim.Share, g.Opening.Holdings["AAPL"])
	require.NoError(t, store.Commit(t.Context(), g, tradingDay(g, 0), nil))
}

func TestUpgradeByTwoAtOnce(t *testing.T) {
	path := version1(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			store, err := sqlite.Open(t.Context(), path)
			if assert.NoError(t, err) {
				assert.NoError(t, store.Close())
			}
		})
	}
	group.Wait()
	assert.Equal(t, 10, query[int](t, path, "SELECT count(*) FROM schema_versions"))
}

func TestViewsShowWhatAPersonWantsToRead(t *testing.T) {
	path := version1(t)
	closeStore(t, open(t, path))
	for _, c := range []struct{ query, want string }{
		{
			"SELECT job_id || ' ' || date || ' ' || model || ' ' || status || ' ' || attempt FROM model_days_view WHERE status = 'running'",
			"job-2 2025-10-02 gpt-5 running 1",
		},
		{
			"SELECT job_id || ' ' || opening_cash_usd || ' ' || closing_cash_usd FROM days_view WHERE date = '2025-10-01'",
			"job-1 10000.0 7449.95",
		},
		{
			"SELECT action || ' ' || shares || ' ' || symbol || ' ' || price_usd || ' ' || cash_after_usd FROM positions_view LIMIT 1",
			"buy 10.0 AAPL 255.0 7449.95",
		},
		{
			"SELECT group_concat(action, ',') FROM positions_view",
			"buy,no_trade",
		},
		{
			"SELECT model || ' ' || symbol || ' ' || shares FROM holdings_view WHERE date = '2025-10-02'",
			"gpt-5 AAPL 10.0",
		},
		{
			"SELECT group_concat(role, ',') FROM reasoning_logs_view WHERE model = 'gpt-5' AND job_id = 'job-1'",
			"system,assistant,tool",
		},
		{
			"SELECT symbol || ' ' || close_usd FROM prices_view WHERE date = '2025-10-01'",
			"AAPL 257.0",
		},
	} {
		assert.Equal(t, c.want, query[string](t, path, c.query), c.query)
	}
}
