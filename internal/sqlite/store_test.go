package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/storetest"
)

// TestStore runs the conformance suite, each test on a copy of an empty store: to make
// one takes longer than most of them.
func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.db")
	closeStore(t, open(t, path))
	empty, err := os.ReadFile(path)
	require.NoError(t, err)
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		path := filepath.Join(t.TempDir(), "store.db")
		require.NoError(t, os.WriteFile(path, empty, 0o600))
		return openFile(t, path)
	})
}

// openFile opens a handle that the test's end closes.
func openFile(t *testing.T, path string) storetest.Opened {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return storetest.Opened{
		Store: store, Prices: store,
		Again: func(t *testing.T) storetest.Opened { return openFile(t, path) },
	}
}

func TestCallersThatDoNotWait(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "store.db"))
	defer closeStore(t, store)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := store.Heartbeat(ended, "job", time.Now())
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	assert.ErrorIs(t, err, context.Canceled)
	_, err = store.Job(ended, "job")
	assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
	assert.ErrorIs(t, err, context.Canceled)
}

func TestCloseWhileOthersWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	var writing, group sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 16 {
		writing.Add(1)
		group.Go(func() {
			for n := 0; ; n++ {
				_, err := store.PutPrices(t.Context(), sim.PriceRows{Splits: []sim.Split{
					{Symbol: fmt.Sprintf("S%d", i), ExDate: benchDate(n), Numerator: 2, Denominator: 1},
				}}, time.Now())
				if n == 0 {
					writing.Done()
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	writing.Wait()
	closeStore(t, store)
	group.Wait()
	close(errs)
	for err := range errs {
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err), err.Error())
	}
	assert.Equal(t, "ok", query[string](t, path, "PRAGMA integrity_check"))
	assert.NoFileExists(t, path+"-wal", "everything is in the one file")
}

func TestOldBarsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	defer closeStore(t, store)
	set := syntheticBars(1, 40)
	for i := range set.Bars {
		set.Bars[i].Bar = sim.Bar{Open: set.Bars[i].Bar.Open, OpenOnly: true}
	}
	for _, change := range []func(*sim.Bar){
		func(*sim.Bar) {},
		func(b *sim.Bar) { b.High, b.Low, b.Close, b.OpenOnly = b.Open, b.Open, b.Open, false },
		func(b *sim.Bar) { b.High++ },
	} {
		for i := range set.Bars {
			change(&set.Bars[i].Bar)
		}
		_, err := store.PutPrices(t.Context(), set, time.Now())
		require.NoError(t, err)
	}
	assert.Equal(t, "2|40|40 3|40|0", query[string](t, path,
		`SELECT group_concat(v, ' ') FROM
			(SELECT replaced_by || '|' || count(*) || '|' || sum(open_only) AS v FROM price_versions GROUP BY replaced_by)`))
	assert.Equal(t, "40|0|0 0|40|0 0|0|40", query[string](t, path,
		"SELECT group_concat(added || '|' || completed || '|' || revised, ' ') FROM price_imports"))
}

func TestABookThatNamesALostDayIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	defer closeStore(t, store)
	r := &trading{store: store, job: "job", models: modelNames(1), dates: 1, holder: "test", closed: func() {}}
	require.NoError(t, r.ensureJob(t.Context()))
	require.NoError(t, r.run(t.Context()))
	execute(t, path, "DELETE FROM days")
	r.dates = 2
	err := r.closeDay(t.Context(), "model-00", 1)
	assert.Equal(t, sim.KindInternal, sim.KindOf(err))
	assert.Contains(t, err.Error(), "names a last day, 2020-01-01, that is not stored")
}
