package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// The tests of this file break one table after the other under a store, and look
// at each call: it fails as a whole, or it does not need that table.

// busyFile is a file in which every call has something to do: job-1 has ended and
// is superseded, job-2 is active with a claimed day, prices are there.
type busyFile struct {
	path string
	// flying is the grant of a day that has been claimed and not closed.
	flying sim.Grant
}

var (
	busyNow  = instantAt("2025-11-03T14:00:00Z")
	busyBook = sim.BookKey{Experiment: "main", Model: "model-00"}
	// busyCallback waits for the end of job-2.
	busyCallback = sim.Callback{JobID: "job-2", URL: "https://flows.example/1", Attempts: 1, NextAt: busyNow}
	busyKey      = sim.IdempotencyKey{Key: "key", Request: "request", Expires: busyNow.Add(time.Hour)}
)

func makeBusyFile(t *testing.T) busyFile {
	t.Helper()
	s := busyFile{path: filepath.Join(t.TempDir(), "busy.db")}
	store := open(t, s.path)
	defer closeStore(t, store)
	_, err := store.PutPrices(t.Context(), busyPrices(0), busyNow)
	require.NoError(t, err)
	first := &trading{store: store, job: "job-1", models: modelNames(1), dates: 2, holder: "test", closed: func() {}}
	require.NoError(t, first.ensureJob(t.Context()))
	require.NoError(t, first.run(t.Context()))
	_, err = store.FinishJob(t.Context(), "job-1", sim.Finish{Status: sim.JobCompleted, Now: busyNow})
	require.NoError(t, err)

	heads, err := store.Books(t.Context(), "main")
	require.NoError(t, err)
	_, err = store.CreateJob(t.Context(), sim.NewJob{
		Job:         sim.Job{ID: "job-2", Experiment: "main", Status: sim.JobPending, CreatedAt: busyNow},
		Books:       []sim.BookPlan{{Head: heads[0], RewindFrom: benchDate(0)}},
		Idempotency: busyKey, Callback: busyCallback.URL,
	})
	require.NoError(t, err)
	second := &trading{store: store, job: "job-2", models: modelNames(1), dates: 1, holder: "test", closed: func() {}}
	require.NoError(t, second.run(t.Context()))
	s.flying, err = store.Claim(t.Context(), sceneClaim(1))
	require.NoError(t, err)
	return s
}

func busyPrices(change sim.Money) sim.PriceRows {
	set := syntheticBars(2, 3)
	set.Bars[0].Bar.Open += change
	set.Splits = []sim.Split{{Symbol: "S000", ExDate: benchDate(2), Numerator: 2 + int64(change), Denominator: 1}}
	set.Dividends = []sim.Dividend{{Symbol: "S000", ExDate: benchDate(2), Amount: 5 + sim.PerShare(change)}}
	return set
}

// sceneClaim asks for a day of job-2 after the lease of the flying one.
func sceneClaim(n int) sim.ClaimRequest {
	at := busyNow.Add(time.Duration(n) * time.Hour)
	key := sim.ModelDayKey{JobID: "job-2", Date: benchDate(n), Model: "model-00"}
	return sim.ClaimRequest{Key: key, Experiment: "main", Claimant: sim.Claimant{
		JobID: key.JobID, Date: key.Date, Holder: "test", Now: at, Until: at.Add(time.Minute),
	}}
}

// copyOf gives a test a file of its own.
func (s busyFile) copyOf(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(s.path)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// tables lists the tables of a file.
func tables(t *testing.T, path string) []string {
	t.Helper()
	return strings.Split(query[string](t, path,
		"SELECT group_concat(name, ',') FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_versions'"), ",")
}

// dump returns all rows of all tables, whatever they are called now.
func dump(t *testing.T, path string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", plain(path))
	require.NoError(t, err)
	defer db.Close()
	out := map[string][]string{}
	for _, table := range tables(t, path) {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			require.NoError(t, rows.Scan(values...))
			line := ""
			for _, v := range values {
				line += fmt.Sprintf("|%v", *v.(*any))
			}
			out[table] = append(out[table], line)
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
	return out
}

// A date of the domain is an integer to database/sql, which a column of text would
// take: each of them must be bound as a date.
func TestDatesAreStoredAsText(t *testing.T) {
	s := makeBusyFile(t)
	columns := strings.Split(query[string](t, s.path,
		`SELECT group_concat(m.name || ' ' || c.name) FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND (c.name LIKE '%date' OR c.name IN ('as_of', 'closed_through'))`), ",")
	assert.Len(t, columns, 11)
	for _, column := range columns {
		table, name, _ := strings.Cut(column, " ")
		wrong := query[int](t, s.path, fmt.Sprintf(
			"SELECT count(*) FROM %s WHERE %s NOT GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'", table, name))
		assert.Zero(t, wrong, column)
	}
	assert.NotZero(t, query[int](t, s.path, "SELECT count(*) FROM days WHERE prev_date IS NULL"), "no date is NULL")
	assert.NotZero(t, query[int](t, s.path, "SELECT count(*) FROM books WHERE lease_date IS NOT NULL"))
}

// busyWrites are calls that succeed in a busy file and write.
func busyWrites(s busyFile) map[string]func(context.Context, *sqlite.Store) error {
	return map[string]func(context.Context, *sqlite.Store) error{
		"create": func(ctx context.Context, store *sqlite.Store) error {
			_, err := store.CreateJob(ctx, sim.NewJob{
				Job:         sim.Job{ID: "job-3", Experiment: "other", Status: sim.JobPending, CreatedAt: busyNow},
				Books:       []sim.BookPlan{{Head: sim.Head{Book: sim.BookKey{Experiment: "other", Model: "m"}}}},
				Idempotency: sim.IdempotencyKey{Key: "key-3", Request: "r", Expires: busyNow.Add(time.Hour)},
				Callback:    "https://flows.example/3",
			})
			return err
		},
		"cancel": func(ctx context.Context, store *sqlite.Store) error {
			_, err := store.RequestCancel(ctx, "job-2", busyNow)
			return err
		},
		"start": func(ctx context.Context, store *sqlite.Store) error {
			return store.Heartbeat(ctx, "job-2", busyNow)
		},
		"close": func(ctx context.Context, store *sqlite.Store) error {
			return store.CloseDate(ctx, "job-2", benchDate(1), "lost", busyNow)
		},
		"finish": func(ctx context.Context, store *sqlite.Store) error {
			_, err := store.FinishJob(ctx, "job-2", sim.Finish{Status: sim.JobFailed, Lost: "lost", Now: busyNow})
			return err
		},
		"claim": func(ctx context.Context, store *sqlite.Store) error {
			_, err := store.Claim(ctx, sceneClaim(2))
			return err
		},
		"commit": func(ctx context.Context, store *sqlite.Store) error {
			return store.Commit(ctx, s.flying, tradingDay(s.flying, 1), tradingTranscript(1))
		},
		"fail": func(ctx context.Context, store *sqlite.Store) error {
			return store.Fail(ctx, s.flying, sim.Failure{Error: "model: broken"}, busyNow)
		},
		"add callback": func(ctx context.Context, store *sqlite.Store) error {
			return store.AddCallback(ctx, "job-2", "https://flows.example/2")
		},
		"defer callback": func(ctx context.Context, store *sqlite.Store) error { return store.DeferCallback(ctx, busyCallback) },
		"drop callback":  func(ctx context.Context, store *sqlite.Store) error { return store.DropCallback(ctx, busyCallback) },
		"prices": func(ctx context.Context, store *sqlite.Store) error {
			_, err := store.PutPrices(ctx, busyPrices(1), busyNow)
			return err
		},
	}
}

// ways to break a table: it cannot be written, or it is not there.
var ways = map[string]func(table string) []string{
	"refuses": func(table string) (statements []string) {
		for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
			statements = append(statements, fmt.Sprintf(
				"CREATE TRIGGER broken_%s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'broken'); END", event, event, table))
		}
		return statements
	},
	"is gone": func(table string) []string {
		return []string{"PRAGMA legacy_alter_table = ON", "DROP VIEW IF EXISTS model_days_view", "DROP VIEW IF EXISTS days_view",
			"DROP VIEW IF EXISTS positions_view", "DROP VIEW IF EXISTS holdings_view", "DROP VIEW IF EXISTS reasoning_logs_view",
			"DROP VIEW IF EXISTS prices_view", "ALTER TABLE " + table + " RENAME TO gone"}
	},
}

func TestWriteThatFailsLeavesNothing(t *testing.T) {
	s := makeBusyFile(t)
	needed := map[string][]string{
		"create": {"jobs", "locks", "idempotency", "books", "callbacks"}, "cancel": {"jobs", "books"}, "start": {"jobs"},
		"close": {"jobs", "books", "job_details"}, "finish": {"jobs", "books", "job_details", "locks"},
		"claim": {"books", "job_details", "holdings"}, "fail": {"books", "job_details"},
		"commit":       {"books", "job_details", "days", "positions", "holdings", "reasoning_logs", "tool_usage"},
		"add callback": {"callbacks"}, "defer callback": {"callbacks"}, "drop callback": {"callbacks"},
		"prices": {"prices", "price_imports", "price_versions", "splits", "dividends"},
	}
	all := tables(t, s.path)
	if !rounds.Long() {
		t.Logf("only the tables that a write needs are broken; %s=1 breaks each of the others too", rounds.Variable)
	}
	for name, write := range busyWrites(s) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t, s.copyOf(t))
			require.NoError(t, write(t.Context(), store), "where nothing is broken")
			closeStore(t, store)
			var broke []string
			for way, statements := range ways {
				for _, table := range all {
					if !rounds.Long() && !slices.Contains(needed[name], table) {
						continue
					}
					path := s.copyOf(t)
					execute(t, path, strings.Join(statements(table), ";"))
					before := dump(t, path)
					store := open(t, path)
					err := write(t.Context(), store)
					closeStore(t, store)
					if err == nil {
						continue
					}
					assert.Equal(t, sim.KindInternal, sim.KindOf(err), "%s %s: %v", table, way, err)
					assert.Equal(t, before, dump(t, path), "%s %s", table, way)
					broke = append(broke, table)
				}
			}
			assert.Subset(t, broke, needed[name])
		})
	}
}

// busyReads are calls that find something in a busy file.
var busyReads = map[string]func(context.Context, *sqlite.Store) (any, error){
	"remembered": func(ctx context.Context, store *sqlite.Store) (any, error) {
		job, _, err := store.JobByIdempotencyKey(ctx, busyKey, busyNow)
		return job, err
	},
	"job":    func(ctx context.Context, store *sqlite.Store) (any, error) { return store.Job(ctx, "job-1") },
	"counts": func(ctx context.Context, store *sqlite.Store) (any, error) { return store.Counts(ctx, "job-1") },
	"jobs": func(ctx context.Context, store *sqlite.Store) (any, error) {
		jobs, _, err := store.Jobs(ctx, sim.JobFilter{})
		return jobs, err
	},
	"active": func(ctx context.Context, store *sqlite.Store) (any, error) {
		job, _, err := store.ActiveJob(ctx, "main")
		return job, err
	},
	"model-days": func(ctx context.Context, store *sqlite.Store) (any, error) {
		return store.ModelDays(ctx, "job-1", sim.ModelDayFilter{})
	},
	"heads": func(ctx context.Context, store *sqlite.Store) (any, error) {
		return store.Heads(ctx, []sim.BookKey{busyBook})
	},
	"books": func(ctx context.Context, store *sqlite.Store) (any, error) { return store.Books(ctx, "") },
	"days": func(ctx context.Context, store *sqlite.Store) (any, error) {
		return store.Days(ctx, sim.DayFilter{Experiment: "main"})
	},
	"days of a job": func(ctx context.Context, store *sqlite.Store) (any, error) {
		return store.Days(ctx, sim.DayFilter{JobID: "job-1"})
	},
	"transcript": func(ctx context.Context, store *sqlite.Store) (any, error) {
		return store.Transcript(ctx, busyBook, sim.DayRef{Date: benchDate(0)})
	},
	"callbacks": func(ctx context.Context, store *sqlite.Store) (any, error) { return store.Callbacks(ctx, "") },
	"version":   func(ctx context.Context, store *sqlite.Store) (any, error) { return store.PricesVersion(ctx) },
	"tape":      func(ctx context.Context, store *sqlite.Store) (any, error) { return store.MarketData(ctx) },
}

// becomesText turns an INTEGER column, as it is declared, into one of text, and writes
// some into it.
func becomesText(table, column, declared string) string {
	return fmt.Sprintf(`PRAGMA writable_schema = ON;
		UPDATE sqlite_schema SET sql = replace(sql, '%s', '%s') WHERE name = '%s';
		PRAGMA writable_schema = RESET; UPDATE %s SET %s = 'many'`,
		declared, strings.Replace(declared, "INTEGER", "TEXT", 1), table, table, column)
}

func TestReadThatFailsSaysSo(t *testing.T) {
	s := makeBusyFile(t)
	want := map[string]any{}
	store := open(t, s.path)
	for name, read := range busyReads {
		var err error
		want[name], err = read(t.Context(), store)
		require.NoError(t, err, name)
	}
	closeStore(t, store)

	breaks := map[string]string{
		"callbacks.next_at":      "UPDATE callbacks SET next_at = 'soon'",
		"books.cuts":             "UPDATE books SET cuts = '{'",
		"books.last_date":        "UPDATE books SET last_date = 'soon'",
		"days.date":              "UPDATE days SET date = 'soon' WHERE md = 2",
		"days.opening_holdings":  "UPDATE days SET opening_holdings = '{'",
		"job_details.date":       "UPDATE job_details SET date = 'soon' WHERE md = 1",
		"jobs.plan":              "UPDATE jobs SET plan = '{'",
		"jobs.created_at":        "UPDATE jobs SET created_at = 'soon'",
		"reasoning_logs.as_of":   "UPDATE reasoning_logs SET as_of = 'soon'",
		"prices.date":            "UPDATE prices SET date = 'soon' WHERE symbol = 'S001' AND date = '2020-01-02'",
		"splits.ex_date":         "UPDATE splits SET ex_date = 'soon'",
		"dividends.ex_date":      "UPDATE dividends SET ex_date = 'soon'",
		"holdings.quantity":      becomesText("holdings", "quantity", "quantity INTEGER"),
		"positions.amount":       becomesText("positions", "amount", "amount      INTEGER"),
		"tool_usage.calls":       becomesText("tool_usage", "calls", "calls  INTEGER"),
		"without price_imports":  strings.Join(ways["is gone"]("price_imports"), ";"),
		"without reasoning_logs": strings.Join(ways["is gone"]("reasoning_logs"), ";"),
	}
	for _, table := range []string{"jobs", "locks", "idempotency", "books", "job_details", "days", "positions", "holdings",
		"tool_usage", "prices", "splits", "dividends", "callbacks"} {
		breaks["without "+table] = strings.Join(ways["is gone"](table), ";")
	}
	for what, statements := range breaks {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := s.copyOf(t)
			execute(t, path, statements)
			failed := 0
			for name, read := range busyReads {
				store := open(t, path) // one that has read nothing damaged yet
				got, err := read(t.Context(), store)
				closeStore(t, store)
				if err != nil {
					failed++
					want := sim.KindDamaged
					if strings.HasPrefix(what, "without ") {
						want = sim.KindInternal
					}
					assert.Equal(t, want, sim.KindOf(err), "%s: %v", name, err)
					continue
				}
				assert.Equal(t, want[name], got, "%s gave a wrong answer without an error", name)
			}
			assert.NotZero(t, failed, "nothing reads it")
		})
	}
}
