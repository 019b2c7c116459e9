package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sqlite"
	"aitrader/internal/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		return openFile(t, filepath.Join(t.TempDir(), "store.db"))
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
