package sqlite_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

// takings are ways in which files of an open store are taken away. The store is at the
// path again after the next start, unless another file has its name.
var takings = map[string]struct {
	take func(path string) error
	kept bool // the path is the store's
}{
	"the log is removed":   {func(path string) error { return os.Remove(path + "-wal") }, true},
	"the index is removed": {func(path string) error { return os.Remove(path + "-shm") }, true},
	"the log and the index are removed": {func(path string) error {
		return errors.Join(os.Remove(path+"-wal"), os.Remove(path+"-shm"))
	}, true},
	"the log is replaced": {func(path string) error {
		return errors.Join(os.Remove(path+"-wal"), os.WriteFile(path+"-wal", nil, 0o600))
	}, true},
	"the database is removed": {os.Remove, true},
	"everything is removed": {func(path string) error {
		return errors.Join(os.Remove(path), os.Remove(path+"-wal"), os.Remove(path+"-shm"))
	}, true},
	"the database is moved away": {func(path string) error { return os.Rename(path, path+".moved") }, true},
	"the database is replaced": {func(path string) error {
		return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600))
	}, false},
	"another file takes the database's place": {func(path string) error {
		return errors.Join(os.WriteFile(path+".other", nil, 0o600), os.Rename(path+".other", path))
	}, false},
}

// rescued returns the copy beside a store.
func rescued(t *testing.T, path string) string {
	t.Helper()
	found, err := filepath.Glob(path + ".rescued-*")
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// What would be written to a file that has no name any more is lost with the process:
// nothing is accepted then, and what was accepted before is kept.
func TestAStoreWhoseFilesAreTakenAway(t *testing.T) {
	for name, c := range takings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "store.db")
			store := open(t, path)
			require.NoError(t, store.Ping(t.Context()))
			trader := startTrading(t, store, 2, 20)
			trader.waitForDays(t, 40)
			trader.stop()
			require.NoError(t, c.take(path))
			for name, read := range busyReads {
				_, err := read(t.Context(), store)
				assert.Equal(t, sim.KindDamaged, sim.KindOf(err), name)
			}
			assert.Equal(t, sim.KindDamaged, sim.KindOf(store.Ping(t.Context())))
			_, err := store.PutPrices(t.Context(), sim.PriceRows{}, time.Now())
			assert.Equal(t, sim.KindDamaged, sim.KindOf(err))
			assert.ErrorContains(t, err, filepath.Base(rescued(t, path)))
			assert.ErrorContains(t, err, "while it was in use")
			assert.Equal(t, sim.KindDamaged, sim.KindOf(store.Backup(t.Context(), path+".backup")))
			closeStore(t, store)
			if name == "the log is replaced" {
				return // the file stays in use up to the end of the process; see below
			}
			kept := path
			if !c.kept {
				kept = rescued(t, path)
				other := open(t, path)
				jobs, _, err := other.Jobs(t.Context(), sim.JobFilter{})
				require.NoError(t, err)
				assert.Empty(t, jobs, "the file that has the name now is not touched")
				closeStore(t, other)
				require.Equal(t, kept, rescued(t, path))
			}
			again := open(t, kept)
			assert.Equal(t, 40, checkWhole(t, kept, again))
			closeStore(t, again)
		})
	}
}

// Real processes, one alone and two at once: whatever they have told is there at the
// next start.
func TestToldDaysSurviveTheFilesOfTheirProcesses(t *testing.T) {
	for name, c := range takings {
		for _, processes := range []int{1, 2} {
			if inShort := name == "the log is removed" || name == "the database is removed" && processes == 1; !inShort && !rounds.Long() {
				t.Logf("%s under %d: only with %s=1", name, processes, rounds.Variable)
				continue
			}
			t.Run(strings.Join([]string{name, "under", []string{"", "one", "two"}[processes]}, " "), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "store.db")
				told := takeFromChildren(t, path, processes, c.take)
				if !c.kept {
					path = rescued(t, path)
				}
				store := open(t, path)
				assert.GreaterOrEqual(t, checkWhole(t, path, store), told)
				closeStore(t, store)
			})
		}
	}
}

// takeFromChildren takes files away from processes that trade, and returns how many days
// they have told.
func takeFromChildren(t *testing.T, path string, processes int, take func(string) error) (told int) {
	t.Helper()
	var children []*child
	for range processes {
		child := startChild(t, path, "job", 100_000, "shared")
		for range 10 {
			_, err := child.lines.ReadString('\n')
			require.NoError(t, err)
			told++
		}
		children = append(children, child)
	}
	require.NoError(t, take(path))
	for _, child := range children {
		for {
			if _, err := child.lines.ReadString('\n'); err != nil {
				break
			}
			told++
		}
		require.Error(t, child.Wait(), "the process has noticed")
	}
	return told
}

// A store that another process opened after the log was removed does not know what was
// in it. Neither of the two files has all then, and none is chosen.
func TestAFileThatWasWrittenAfterItsLogWasRemovedIsNotReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	c := startChild(t, path, "job", 100_000, "exclusive")
	for range 20 {
		_, err := c.lines.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(os.Remove(path+"-wal"), os.Remove(path+"-shm")))
	_, _ = io.Copy(io.Discard, c.lines)
	require.Error(t, c.Wait())
	copied := rescued(t, path)
	require.NoError(t, os.Rename(copied, path+".hidden"))
	other := open(t, path)
	_, err := other.PutPrices(t.Context(), syntheticBars(1, 1), time.Now())
	require.NoError(t, err)
	closeStore(t, other)
	require.NoError(t, os.Rename(path+".hidden", copied))

	out, err := openElsewhere(t, path)
	require.NoError(t, err)
	assert.Contains(t, out, "unavailable: store "+path)
	assert.Contains(t, out, filepath.Base(copied))
	assert.Contains(t, out, "has been written since")
	require.FileExists(t, copied)
	require.NoError(t, os.Rename(copied, filepath.Join(t.TempDir(), "kept.db")))
	closeStore(t, open(t, path))
}

// While a process still uses the file, it is left alone.
func TestARescuedCopyWaitsForTheEndOfTheProcessThatUsesTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	trader := startTrading(t, store, 1, 5)
	trader.waitForDays(t, 5)
	trader.stop()
	require.NoError(t, os.Remove(path+"-shm"))
	require.Error(t, store.Ping(t.Context()))
	out, err := openElsewhere(t, path)
	require.NoError(t, err)
	assert.Contains(t, out, "end the other processes")
	closeStore(t, store)
	out, err = openElsewhere(t, path)
	require.NoError(t, err)
	assert.Equal(t, "<nil>\n", out)
	again := open(t, path)
	assert.Equal(t, 5, checkWhole(t, path, again))
	closeStore(t, again)
}
