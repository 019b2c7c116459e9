package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// openTx opens a store's file for a test that plays the writer itself.
func openTx(t *testing.T) *tx {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	store, err := Open(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, store.Close())
	db, err := sql.Open("sqlite", dsn(path, writerPragmas))
	require.NoError(t, err)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	tx := &tx{ctx: t.Context(), conn: conn, prepared: map[string]*sql.Stmt{}}
	t.Cleanup(func() {
		tx.forget()
		require.NoError(t, errors.Join(conn.Close(), db.Close()))
	})
	return tx
}

// addSplit is an operation that writes a row.
func addSplit(symbol string) func(*tx) error {
	return func(t *tx) error {
		return t.exec("INSERT INTO splits (symbol, ex_date, numerator, denominator) VALUES (?, '2025-01-02', 2, 1)", symbol)
	}
}

// splits lists the symbols that were written.
func splits(t *testing.T, tx *tx) []string {
	t.Helper()
	var out []string
	require.NoError(t, tx.rows("SELECT symbol FROM splits ORDER BY symbol", nil, func(scan scanner) error {
		var s string
		err := scan(&s)
		out = append(out, s)
		return err
	}))
	return out
}

// run runs operations as one batch and returns the answer to each caller.
func run(tx *tx, operations ...func(*tx) error) []error {
	queue := make(chan operation, len(operations))
	batch := make([]operation, len(operations))
	for i, o := range operations {
		batch[i] = operation{run: o, answer: make(chan error, 1)}
		queue <- batch[i]
	}
	w := &writer{check: inPlace, queue: queue}
	for len(queue) > 0 {
		w.write(tx, <-queue)
	}
	errs := make([]error, len(batch))
	for i, o := range batch {
		errs[i] = <-o.answer
	}
	return errs
}

func TestWhoComesDuringABatchSharesItsCommit(t *testing.T) {
	writing := openTx(t)
	w := &writer{check: inPlace, queue: make(chan operation, 1)}
	late := operation{run: addSplit("B"), answer: make(chan error, 1)}
	first := operation{answer: make(chan error, 1), run: func(t *tx) error {
		w.queue <- late
		return addSplit("A")(t)
	}}
	assert.Equal(t, 2, w.write(writing, first))
	require.NoError(t, <-first.answer)
	require.NoError(t, <-late.answer)
	assert.Equal(t, []string{"A", "B"}, splits(t, writing))
}

func TestABatchHasAnEnd(t *testing.T) {
	writing := openTx(t)
	w := &writer{check: inPlace, queue: make(chan operation, 1)}
	var again operation
	again = operation{answer: make(chan error, 2*maxBatch), run: func(*tx) error { // another operation always arrives
		w.queue <- again
		return nil
	}}
	assert.Equal(t, maxBatch, w.write(writing, again))
	assert.Len(t, again.answer, maxBatch)
}

func TestBatchKeepsOperationsApart(t *testing.T) {
	batch := openTx(t)
	refusal := sim.Errorf(sim.KindFenced, "refused")
	errs := run(batch,
		addSplit("A"),
		func(t *tx) error { // refused after it has written
			if err := addSplit("B")(t); err != nil {
				return err
			}
			return refusal
		},
		addSplit("A"), // fails: the row is there
		func(t *tx) error { return t.exec("SELEKT 1") },
		addSplit("C"),
	)
	assert.NoError(t, errs[0])
	assert.Equal(t, refusal, errs[1])
	assert.Error(t, errs[2])
	assert.Error(t, errs[3])
	assert.NoError(t, errs[4])
	assert.Equal(t, []string{"A", "C"}, splits(t, batch))
}

func TestBatchThatBreaksWritesNothing(t *testing.T) {
	for name, breakIt := range map[string]func(*tx) error{
		"the commit is refused": func(t *tx) error {
			if err := t.exec("PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
			return t.exec("INSERT INTO locks (experiment, job) VALUES ('e', 999)")
		},
	} {
		t.Run(name, func(t *testing.T) {
			batch := openTx(t)
			for _, err := range run(batch, addSplit("A"), breakIt, addSplit("B")) {
				assert.Error(t, err)
			}
			assert.Empty(t, splits(t, batch))
			assert.NoError(t, run(batch, addSplit("C"))[0], "the next batch is not affected")
			assert.Equal(t, []string{"C"}, splits(t, batch))
		})
	}
}

func TestBatchWithoutTheLockFails(t *testing.T) {
	batch := openTx(t)
	require.NoError(t, batch.exec("PRAGMA busy_timeout = 0"))
	var file string
	_, err := batch.row("SELECT file FROM pragma_database_list WHERE name = 'main'", nil, &file)
	require.NoError(t, err)
	other, err := sql.Open("sqlite", dsn(file, commonPragmas+"&_txlock=immediate"))
	require.NoError(t, err)
	defer other.Close()
	holder, err := other.Begin()
	require.NoError(t, err)
	errs := run(batch, addSplit("A"), addSplit("B"))
	require.NoError(t, holder.Rollback())
	for _, err := range errs {
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(translate(err)))
		assert.Contains(t, translate(err).Error(), "locked by another process")
	}
	assert.Empty(t, splits(t, batch))
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "odd ?name#100%.db"))
	require.NoError(t, err)
	defer store.Close()
	var conns []*sql.Conn
	for range maxReaders {
		conn, err := store.readers.Conn(t.Context())
		require.NoError(t, err)
		conns = append(conns, conn)
	}
	conns = append(conns, store.writer.conn)
	for i, conn := range conns {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "page_size": "8192", "busy_timeout": "20000",
			"query_only": map[bool]string{true: "1", false: "0"}[i < maxReaders],
		} {
			var got string
			require.NoError(t, conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
			assert.Equal(t, want, got, "%s of connection %d", pragma, i)
		}
	}
	for _, conn := range conns[:maxReaders] {
		require.NoError(t, conn.Close())
	}
	_, err = os.Stat(store.path)
	assert.NoError(t, err, "the file has the name that was asked for")
}

func TestTranslate(t *testing.T) {
	batch := openTx(t)
	provoke := func(pragma, query string) error {
		t.Helper()
		require.NoError(t, batch.exec(pragma))
		err := batch.exec(query)
		require.Error(t, err)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		kind sim.Kind
		text string
	}{
		{"an error of sim", sim.Errorf(sim.KindBusy, "busy"), sim.KindBusy, "busy"},
		{"a cancelled caller", context.Canceled, sim.KindUnavailable, "cancelled before the store answered"},
		{"a late caller", context.DeadlineExceeded, sim.KindUnavailable, "cancelled before the store answered"},
		{"anything else", errors.New("boom"), sim.KindInternal, "the store failed"},
		{"a mistake in a query", provoke("PRAGMA query_only = 0", "SELEKT"), sim.KindInternal, "the store failed"},
		{"a read-only file", provoke("PRAGMA query_only = 1", "DELETE FROM splits"), sim.KindUnavailable, "cannot be written"},
		{"a full disk", func() error {
			require.NoError(t, batch.exec("PRAGMA query_only = 0"))
			require.NoError(t, batch.exec("PRAGMA max_page_count = 1"))
			return provoke("SELECT 1", "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "+
				"INSERT INTO splits SELECT 'S' || i, '2025-01-02', 2, 1 FROM n")
		}(), sim.KindUnavailable, "disk of the store is full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := translate(c.err)
			assert.Equal(t, c.kind, sim.KindOf(got))
			assert.Contains(t, got.Error(), c.text)
			assert.ErrorIs(t, got, c.err, "the cause is kept for the log")
		})
	}
	assert.NoError(t, translate(nil))
	assert.Equal(t, "boom", sim.MessageOf(errors.New("boom")))
}

func TestColumnsRefuseWhatTheyDidNotWrite(t *testing.T) {
	var at instant
	assert.Error(t, at.Scan(int64(5)))
	assert.Error(t, at.Scan("yesterday"))
	assert.Error(t, jsonColumn{&at}.Scan(int64(5)))
	d := date(sim.MustParseDate("2025-10-01"))
	assert.ErrorContains(t, d.Scan(int64(20251001)), "cannot read a date from int64")
	assert.Error(t, d.Scan("tomorrow"))
	assert.Equal(t, "2025-10-01", sim.Date(d).String(), "the target stays")
	now := time.Date(2025, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	stored, err := instant(now).Value()
	require.NoError(t, err)
	assert.Equal(t, "2025-01-02T02:04:05.000000006Z", stored)
}

func TestMigrateStepThatFails(t *testing.T) {
	ctx := t.Context()
	db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "store.db"), writerPragmas))
	require.NoError(t, err)
	defer db.Close()
	conn, err := db.Conn(ctx)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, migrate(ctx, conn, migrations[:1]))
	// The second step makes an index that is there already: all of it is undone.
	_, err = conn.ExecContext(ctx, "CREATE VIEW holdings_view AS SELECT 1")
	require.NoError(t, err)
	require.Error(t, migrate(ctx, conn, migrations))
	assert.Error(t, migrate(ctx, conn, []migration{{2, "migrations/none.sql"}}))
	var version, indexes int
	require.NoError(t, conn.QueryRowContext(ctx, "SELECT max(version) FROM schema_versions").Scan(&version))
	require.NoError(t, conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'job_details_by_status'").Scan(&indexes))
	assert.Equal(t, 1, version)
	assert.Zero(t, indexes)
	_, err = conn.ExecContext(ctx, "DROP VIEW holdings_view")
	require.NoError(t, err)
	require.NoError(t, migrate(ctx, conn, migrations))
}

// A long read ends with the context of its caller.
func TestAReadEndsWithItsContext(t *testing.T) {
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	defer store.Close()
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err = store.read(ctx, func(q querier) error {
		return q.rows("SELECT value FROM json_each('[1, 2, 3]')", nil, func(scanner) error {
			seen++
			cancel()
			return nil
		})
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, seen)
	require.ErrorIs(t, store.read(ctx, func(querier) error { return nil }), context.Canceled)
}

// A reader whose transaction has not ended as it should is not used again, and
// none is missing afterwards.
func TestABrokenReaderIsReplaced(t *testing.T) {
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	defer store.Close()
	const mark = 4711
	for range 2 * maxReaders {
		require.NoError(t, store.read(t.Context(), func(q querier) error {
			var size int
			_, err := q.row("PRAGMA cache_size", nil, &size)
			require.NoError(t, err)
			assert.NotEqual(t, mark, size, "it has been used before")
			_, err = q.(snapshot).conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA cache_size = %d; ROLLBACK", mark))
			return err
		}))
	}
	assert.Zero(t, store.readers.Stats().InUse)
}

// inPlace is the check of a writer whose files stay in place.
func inPlace(*tx) error { return nil }
