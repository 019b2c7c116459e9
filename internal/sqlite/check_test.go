package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// checkedStore makes a store with prices, an ended job and an active one, and returns
// its path.
func checkedStore(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	_, err := store.PutPrices(t.Context(), syntheticBars(5, 200), time.Now())
	require.NoError(t, err)
	trader := startTrading(t, store, 3, 12)
	trader.waitForDays(t, 36)
	trader.stop()
	closeStore(t, store)
	return path
}

func findings(t *testing.T, path string) string {
	t.Helper()
	found, err := sqlite.Check(t.Context(), path)
	require.NoError(t, err)
	var lines []string
	for _, f := range found {
		lines = append(lines, f.Where+": "+f.What)
	}
	return strings.Join(lines, "\n")
}

func TestCheckFindsWhatWasAlteredByHand(t *testing.T) {
	t.Parallel()
	source := checkedStore(t)
	content, err := os.ReadFile(source)
	require.NoError(t, err)
	copied := func(t *testing.T) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "copy.db")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	require.Empty(t, findings(t, copied(t)), "nothing is wrong")
	for statement, want := range map[string]string{
		"UPDATE days SET closing_cash = closing_cash + 1 WHERE md = 5":                      "book of model-",
		"UPDATE days SET opening_cash = opening_cash + 1 WHERE md = 5":                      "book of model-",
		`UPDATE days SET opening_holdings = '{"S0": 9000000}' WHERE prev_date IS NOT NULL`:  "opens with",
		"UPDATE positions SET price = price + 1 WHERE md = 7":                               "states cash of",
		"UPDATE positions SET amount = amount * 2 WHERE md = 7":                             "states cash of",
		"UPDATE positions SET cash_after = cash_after - 1 WHERE md = 7":                     "states cash of",
		"DELETE FROM positions WHERE md = 7":                                                "its entries lead to",
		"UPDATE holdings SET quantity = quantity + 1 WHERE md = 9":                          "its entries lead to",
		"DELETE FROM holdings WHERE md = 9":                                                 "its entries lead to",
		"INSERT INTO holdings VALUES (9, 'FREE', 1000000)":                                  "FREE",
		"UPDATE days SET prev_date = NULL, prev_generation = 0 WHERE date = '2020-01-04'":   "follows no day",
		"UPDATE days SET date = '2021-01-04' WHERE date = '2020-01-04'":                     "2021-01-04",
		"DELETE FROM days WHERE date = '2020-01-04'":                                        "has no closed day",
		"DELETE FROM job_details WHERE date = '2020-01-12'":                                 "its last close is",
		"UPDATE books SET last_date = '2020-01-03'":                                         "its last close is 2020-01-03",
		"UPDATE books SET initial_cash = 1":                                                 "begins with cash",
		"UPDATE books SET job_id = 'elsewhere'":                                             "not active",
		"UPDATE books SET cuts = '{'":                                                       "cannot be read",
		"UPDATE job_details SET status = 'failed' WHERE date = '2020-01-04'":                "its model-day is failed",
		"UPDATE job_details SET status = 'running' WHERE date = '2020-01-04'":               "its model-day is running",
		"UPDATE jobs SET status = 'completed'":                                              "job",
		"UPDATE jobs SET status = 'partial', completed_at = NULL; DELETE FROM locks":        "no time of its end",
		"UPDATE jobs SET plan = 'x'":                                                        "cannot be read",
		"DELETE FROM locks":                                                                 "does not hold the lock",
		"PRAGMA foreign_keys = OFF; DELETE FROM jobs":                                       "refers to a row of jobs",
		"UPDATE prices SET close = -1 WHERE symbol = 'S001' AND date = '2020-01-03'":        "prices, S001 on 2020-01-03",
		"UPDATE prices SET date = 'soon' WHERE symbol = 'S001' AND date = '2020-01-03'":     "cannot be read",
		"INSERT INTO splits VALUES ('S001', '2020-01-03', 0, 1)":                            "not positive",
		"UPDATE reasoning_logs SET as_of = 'soon'":                                          "cannot be read",
		"DROP INDEX job_details_by_status; DROP VIEW prices_view; DROP TABLE price_imports": "price_imports",
		"PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'holdings'":    "file",
	} {
		t.Run(statement, func(t *testing.T) {
			t.Parallel()
			path := copied(t)
			execute(t, path, statement)
			assert.Contains(t, findings(t, path), want)
		})
	}
}

// Most bits of a file are numbers, texts that nothing else repeats, or free space: those
// that SQLite's structures and the books depend on are found.
func TestCheckFindsDamagedPages(t *testing.T) {
	t.Parallel()
	source := checkedStore(t)
	content, err := os.ReadFile(source)
	require.NoError(t, err)
	damaged := func(t *testing.T, change func([]byte) []byte) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "copy.db")
		require.NoError(t, os.WriteFile(path, change(append([]byte{}, content...)), 0o600))
		return findings(t, path)
	}
	const page = 8192
	pages := len(content) / page
	if !rounds.Long() {
		t.Logf("each page is damaged in one of two ways; %s=1 damages each in both", rounds.Variable)
	}
	for n := range pages {
		if rounds.Long() || n%2 == 0 {
			t.Run(fmt.Sprintf("page %d is zeroed", n+1), func(t *testing.T) {
				t.Parallel()
				assert.NotEmpty(t, damaged(t, func(b []byte) []byte {
					clear(b[n*page : (n+1)*page])
					return b
				}))
			})
		}
		if rounds.Long() || n%2 == 1 {
			t.Run(fmt.Sprintf("a bit of the header of page %d is flipped", n+1), func(t *testing.T) {
				t.Parallel()
				assert.NotEmpty(t, damaged(t, func(b []byte) []byte {
					at := n * page
					if n == 0 {
						at += 100
					}
					b[at] ^= 0x10 // the kind of the page
					return b
				}))
			})
		}
	}
	for _, size := range []int{1, 100, page, len(content) / 2, len(content) - page, len(content) - 1} {
		t.Run(fmt.Sprintf("cut to %d bytes", size), func(t *testing.T) {
			t.Parallel()
			assert.NotEmpty(t, damaged(t, func(b []byte) []byte { return b[:size] }))
		})
	}
}

func TestCheckOfAStoreInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	defer closeStore(t, store)
	trader := startTrading(t, store, 4, 300)
	for range 5 {
		trader.waitForDays(t, 10)
		found, err := store.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, found)
	}
	trader.stop()
	require.NoError(t, store.Ping(t.Context()))

	execute(t, path, "UPDATE days SET closing_cash = 7 WHERE md = 5")
	found, err := store.Verify(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for name, read := range busyReads {
		_, err := read(t.Context(), store)
		assert.Equal(t, sim.KindDamaged, sim.KindOf(err), "%s: a store that is known to be damaged answers nothing", name)
	}
	_, err = sqlite.Check(t.Context(), path+".none")
	assert.Equal(t, sim.KindNotFound, sim.KindOf(err))
}
