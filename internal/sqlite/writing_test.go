package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestALullMovesTheLogIntoTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store, err := Open(t.Context(), path)
	require.NoError(t, err)
	defer store.Close()
	for range minCheckpoint {
		_, err := store.PutPrices(t.Context(), sim.PriceRows{Splits: []sim.Split{{Symbol: "A", ExDate: sim.MustParseDate("2025-01-02"), Numerator: 2, Denominator: 1}}}, time.Now())
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		alone, err := sql.Open("sqlite", dsn(path, "immutable=1")) // reads no log
		require.NoError(t, err)
		defer alone.Close()
		var splits int
		return alone.QueryRowContext(t.Context(), "SELECT count(*) FROM splits").Scan(&splits) == nil && splits == 1
	}, 10*time.Second, time.Millisecond, "what was written stays in the log")
}

func TestKnownRowsAreThoseOfTheFile(t *testing.T) {
	batch := openTx(t)
	key := sim.BookKey{Experiment: "main", Model: "a"}
	put := func(job string) func(*tx) error {
		return func(t *tx) error {
			r, err := t.book(key)
			if err != nil {
				return err
			}
			r.Job = job
			return putBook(t, r)
		}
	}
	holder := func() (job string) {
		t.Helper()
		require.NoError(t, run(batch, func(t *tx) error {
			r, err := t.book(key)
			job = r.Job
			return err
		})[0])
		return job
	}
	require.NoError(t, run(batch, put("one"))[0])
	assert.Equal(t, "one", holder())
	require.NoError(t, run(batch, put("two"))[0])
	assert.Equal(t, "two", holder())

	refusal := sim.Errorf(sim.KindFenced, "refused")
	refused := func(t *tx) error {
		if err := put("three")(t); err != nil {
			return err
		}
		return refusal
	}
	assert.Equal(t, []error{refusal, nil}, run(batch, refused, addSplit("A")))
	assert.Equal(t, "two", holder(), "after an operation was taken back")

	breaks := func(t *tx) error {
		if err := put("four")(t); err != nil {
			return err
		}
		if err := t.exec("PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
		return t.exec("INSERT INTO locks (experiment, job) VALUES ('e', 999)")
	}
	assert.Error(t, run(batch, breaks)[0])
	assert.Equal(t, "two", holder(), "after a transaction was taken back")

	var file string
	_, err := batch.row("SELECT file FROM pragma_database_list WHERE name = 'main'", nil, &file)
	require.NoError(t, err)
	other, err := sql.Open("sqlite", dsn(file, commonPragmas))
	require.NoError(t, err)
	defer other.Close()
	_, err = other.ExecContext(t.Context(), "UPDATE books SET job_id = 'five'")
	require.NoError(t, err)
	assert.Equal(t, "five", holder(), "after another process has written")
}

func TestBulkRowsOfAnyNumber(t *testing.T) {
	batch := openTx(t)
	require.NoError(t, batch.exec("CREATE TABLE pairs (shared TEXT, n INTEGER)"))
	into := newBulkInsert("INSERT INTO pairs", "shared", "n")
	for _, count := range []int{0, 1, maxRows - 1, maxRows, maxRows + 1, 3*maxRows + 2} {
		rows := bulkRows{into: into}
		for n := range count {
			rows.add(n)
		}
		require.NoError(t, run(batch, func(t *tx) error { return rows.insert(t, count) })[0])
		var stored, sum int
		_, err := batch.row("SELECT count(*), ifnull(sum(n), 0) FROM pairs WHERE shared = ?", []any{count}, &stored, &sum)
		require.NoError(t, err)
		assert.Equal(t, count, stored)
		assert.Equal(t, count*(count-1)/2, sum)
	}
	bad := bulkRows{into: into}
	bad.add(struct{}{})
	assert.ErrorContains(t, run(batch, func(t *tx) error { return bad.insert(t, 1) })[0], "struct {}", "a value that no column takes")
}
