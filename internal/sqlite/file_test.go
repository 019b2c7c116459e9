package sqlite_test

import (
	"bytes"
	"context"
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

func TestOpenRefusesWhatIsNotAStore(t *testing.T) {
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	foreign := filepath.Join(folder, "foreign.db")
	execute(t, foreign, "CREATE TABLE customers (id INTEGER PRIMARY KEY)")
	newer := filepath.Join(folder, "newer.db")
	closeStore(t, open(t, newer))
	execute(t, newer, "INSERT INTO schema_versions VALUES (99, 'migrations/0099_future.sql', '2030-01-01')")

	for _, c := range []struct {
		name, path string
		kind       sim.Kind
		text       string
	}{
		{"no name", "", sim.KindInvalid, "a file name is expected"},
		{"a folder", folder, sim.KindInvalid, "it is a folder"},
		{"in a folder that is not there", filepath.Join(folder, "none", "store.db"), sim.KindUnavailable, "does not exist"},
		{"in a file", filepath.Join(foreign, "store.db"), sim.KindUnavailable, "does not exist"},
		{"a text", file("text.db", "symbol,date,open\nAAPL,2025-10-01,255\n"+string(bytes.Repeat([]byte("x"), 2000))),
			sim.KindDamaged, "not an SQLite database"},
		{"another program's database", foreign, sim.KindInvalid, "another program"},
		{"a newer schema", newer, sim.KindInvalid, "version 99, and this program knows versions up to 10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sqlite.Open(t.Context(), c.path)
			require.Error(t, err)
			assert.Equal(t, c.kind, sim.KindOf(err), err.Error())
			assert.Contains(t, err.Error(), c.text)
			assert.Contains(t, err.Error(), "store "+c.path)
		})
	}
}

// A file that was cut to nothing is no new store, where the lock beside it shows that it
// was one. A file that is not there is one.
func TestOpenRefusesAStoreThatWasEmptied(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	closeStore(t, open(t, path)) // an empty file of a folder without a store
	require.NoError(t, os.WriteFile(filepath.Join(folder, sqlite.LockFile), nil, 0o600))
	closeStore(t, open(t, path)) // a store of an earlier version, or of this one
	require.NoError(t, os.Truncate(path, 0))
	_, err := sqlite.Open(t.Context(), path)
	require.Error(t, err)
	assert.Equal(t, sim.KindDamaged, sim.KindOf(err))
	assert.Contains(t, err.Error(), "the file is empty, and executor.lock beside it shows that it was a store")
	assert.Contains(t, err.Error(), "remove its -wal and -shm files and put a backup in its place", "SQLite would replay them over the backup")
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Zero(t, info.Size(), "nothing was written")
	require.NoError(t, os.Remove(path))
	closeStore(t, open(t, path)) // removed on purpose
}

func TestOpenWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "store.db"))
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	assert.ErrorIs(t, err, context.Canceled)
}

func TestOpenWhereTheFileCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	closeStore(t, open(t, path))
	out, err := asUnprivileged(t, path)
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "unavailable: store "+path)
	assert.Regexp(t, "cannot be (written|opened)", string(out))
}

func TestDamagedFileIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	_, err := store.PutPrices(t.Context(), syntheticBars(20, 1000), time.Now())
	require.NoError(t, err)
	closeStore(t, store)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Greater(t, len(content), 80*8192)
	for at := 60 * 8192; at < len(content); at++ { // leave the schema whole
		content[at] = 0xA5
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
	store = open(t, path)
	defer closeStore(t, store)
	_, err = store.MarketData(t.Context())
	require.Error(t, err)
	assert.Equal(t, sim.KindDamaged, sim.KindOf(err))
	assert.Contains(t, err.Error(), "damaged; restore it from a backup")
	for name, read := range busyReads {
		_, err := read(t.Context(), store)
		assert.Equal(t, sim.KindDamaged, sim.KindOf(err), "%s: nothing is read from a file that is known to be damaged", name)
	}
	assert.Equal(t, sim.KindDamaged, sim.KindOf(store.Ping(t.Context())))
	assert.Equal(t, sim.KindDamaged, sim.KindOf(store.Heartbeat(t.Context(), "job-1", time.Now())))
}

func TestBackup(t *testing.T) {
	folder := t.TempDir()
	store := open(t, filepath.Join(folder, "store.db"))
	defer closeStore(t, store)
	trader := startTrading(t, store, 4, 300)
	var copies []string
	for range 4 {
		trader.waitForDays(t, 10)
		file := filepath.Join(folder, "backup"+string(rune('a'+len(copies)))+".db")
		require.NoError(t, store.Backup(t.Context(), file))
		copies = append(copies, file)
	}
	trader.stop()
	previous := 0
	for _, file := range copies {
		copied := open(t, file)
		days := checkWhole(t, file, copied)
		assert.Greater(t, days, previous, "each copy is of its own moment")
		previous = days
		closeStore(t, copied)
	}

	err := store.Backup(t.Context(), copies[0])
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	assert.Contains(t, err.Error(), "exists already")
	err = store.Backup(t.Context(), filepath.Join(folder, "none", "backup.db"))
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err = store.Backup(ended, filepath.Join(folder, "late.db"))
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	left, err := filepath.Glob(filepath.Join(folder, ".backup-*"))
	require.NoError(t, err)
	assert.Empty(t, left, "nothing unfinished is left behind")
	assert.NoFileExists(t, filepath.Join(folder, "late.db"))
}

// plain names a file to the driver; what a test writes there by itself need not
// be durable.
func plain(path string) string { return "file:" + path + "?_pragma=synchronous(OFF)" }

// execute runs statements on a file without the store.
func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", plain(path))
	require.NoError(t, err)
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
	require.NoError(t, db.Close())
}

// query reads one value from a file without the store.
func query[T any](t *testing.T, path, text string) (value T) {
	t.Helper()
	db, err := sql.Open("sqlite", plain(path))
	require.NoError(t, err)
	require.NoError(t, db.QueryRowContext(t.Context(), text).Scan(&value), text)
	require.NoError(t, db.Close())
	return value
}

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	return store
}

func closeStore(t *testing.T, store *sqlite.Store) {
	t.Helper()
	require.NoError(t, store.Close())
}

func TestOpenWaitsForTheLockOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	other, err := sql.Open("sqlite", plain(path)+"&_txlock=immediate")
	require.NoError(t, err)
	defer other.Close()
	lock, err := other.Begin()
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = sqlite.Open(ctx, path)
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))

	opened := make(chan error, 1)
	go func() {
		store, err := sqlite.Open(t.Context(), path)
		if err == nil {
			err = store.Close()
		}
		opened <- err
	}()
	require.NoError(t, lock.Rollback())
	assert.NoError(t, <-opened)
}

func TestOpenByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			store, err := sqlite.Open(t.Context(), path)
			if assert.NoError(t, err) {
				assert.NoError(t, store.Ping(t.Context()))
				assert.NoError(t, store.Close())
			}
		})
	}
	group.Wait()
}
