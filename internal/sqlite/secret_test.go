package sqlite_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// The address may hold a token. Once a callback is delivered, no byte of it is left: not
// in the rows, not in the free space of pages, not in the log.
func TestADeliveredCallbackLeavesNoTraceInTheFiles(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 400} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "store.db")
			store := open(t, path)
			defer closeStore(t, store)
			trader := startTrading(t, store, 1, 3)
			trader.waitForDays(t, 3)
			trader.stop()
			var all []sim.Callback
			for i := range n {
				c := sim.Callback{JobID: "job", URL: sim.CallbackURL(fmt.Sprintf("https://flows.example/TOKEN-%06d/resume", i))}
				require.NoError(t, store.AddCallback(t.Context(), c.JobID, c.URL))
				all = append(all, c)
			}
			rand.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, c := range all {
				c.Attempts, c.NextAt = 1, time.Now()
				require.NoError(t, store.DeferCallback(t.Context(), c))
				require.NoError(t, store.DropCallback(t.Context(), c))
			}
			for _, file := range []string{path, path + "-wal"} {
				content, err := os.ReadFile(file)
				require.NoError(t, err)
				assert.Zero(t, bytes.Count(content, []byte("TOKEN-")), file)
			}
		})
	}
}
