package sqlite

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// A transition that is held for a book is that of the file, whatever happened since.
func TestRecentTransitionsAreThoseOfTheFile(t *testing.T) {
	batch := openTx(t)
	key := sim.ModelDayKey{JobID: "job", Date: sim.MustParseDate("2025-10-01"), Model: "a"}
	book := sim.BookKey{Experiment: "main", Model: "a"}
	require.NoError(t, run(batch, func(t *tx) error {
		_, err := insertJob(t, sim.Job{ID: "job", Experiment: "main", Status: sim.JobPending, CreatedAt: time.Now(), UpdatedAt: time.Now()})
		return errors.Join(err, putBook(t, bookRow{Head: sim.Head{Book: book, Job: "job"}}))
	})[0])
	// put is an operation that gives the book a holder and the model-day an attempt.
	put := func(holder string) func(*tx) error {
		return func(t *tx) error {
			m, err := t.modelDayAndBook(key, book)
			if err != nil {
				return err
			}
			head, md := m.book.Head, m.md.ModelDayRecord
			head.Lease.Holder, md.Status = holder, sim.ModelDayRunning
			md.Attempt++
			return m.apply(t, sim.Transition{ModelDay: &md, Head: &head})
		}
	}
	holder := func() (holder string, attempt int) {
		t.Helper()
		require.NoError(t, run(batch, func(t *tx) error {
			m, err := t.modelDayAndBook(key, book)
			holder, attempt = m.book.Lease.Holder, m.md.Attempt
			return err
		})[0])
		return holder, attempt
	}
	expect := func(wantHolder string, wantAttempt int, why string) {
		t.Helper()
		gotHolder, gotAttempt := holder()
		assert.Equal(t, wantHolder, gotHolder, why)
		assert.Equal(t, wantAttempt, gotAttempt, why)
	}
	for i, name := range []string{"one", "two"} {
		require.NoError(t, run(batch, put(name))[0])
		expect(name, i+1, "after a transition")
		assert.Len(t, batch.recent.books, 1)
	}

	refusal := sim.Errorf(sim.KindFenced, "refused")
	refused := func(t *tx) error { return errors.Join(put("three")(t), refusal) }
	assert.ErrorIs(t, run(batch, refused, addSplit("A"))[0], refusal)
	expect("two", 2, "after an operation was rolled back")

	breaks := func(t *tx) error {
		return errors.Join(put("four")(t), t.exec("PRAGMA defer_foreign_keys = ON"),
			t.exec("INSERT INTO locks (experiment, job) VALUES ('e', 999)"))
	}
	assert.Error(t, run(batch, breaks)[0])
	expect("two", 2, "after a transaction was rolled back")

	require.NoError(t, run(batch, put("five"))[0])
	require.NoError(t, run(batch, func(t *tx) error {
		r, err := getBook(t, book)
		r.Lease.Holder = "six"
		return errors.Join(err, putBook(t, r))
	})[0])
	expect("six", 3, "after another operation has written the book")

	require.NoError(t, run(batch, put("seven"))[0])
	var file string
	_, err := batch.row("SELECT file FROM pragma_database_list WHERE name = 'main'", nil, &file)
	require.NoError(t, err)
	other, err := sql.Open("sqlite", dsn(file, commonPragmas))
	require.NoError(t, err)
	defer other.Close()
	_, err = other.ExecContext(t.Context(), "UPDATE books SET lease_holder = 'eight'; UPDATE job_details SET attempt = 50")
	require.NoError(t, err)
	expect("eight", 50, "after another process has written")
}

// An operation that fails after it has written, or that ends the transaction, is the
// only one that fails.
func TestAnOperationThatSpoilsTheTransactionFailsAlone(t *testing.T) {
	batch := openTx(t)
	boom := errors.New("disk full")
	runs := 0
	errs := run(batch,
		func(t *tx) error { runs++; return addSplit("A")(t) },
		func(t *tx) error { return errors.Join(addSplit("B")(t), boom) },
		func(t *tx) error { return errors.Join(boom, t.exec("ROLLBACK")) },
		func(*tx) error { return boom }, // a read that failed: SQLite may have ended the transaction
		addSplit("C"),
	)
	assert.NoError(t, errs[0])
	for _, err := range errs[1:4] {
		assert.ErrorIs(t, err, boom)
	}
	assert.NoError(t, errs[4])
	assert.Equal(t, 4, runs, "the batch runs again without each of the three")
	assert.Equal(t, []string{"A", "C"}, splits(t, batch))
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
