package main

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// alter changes the store without the program.
func (s *shop) alter(statement string) {
	s.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.env["AITRADER_DATA"], "aitrader.db"))
	require.NoError(s.t, err)
	_, err = db.ExecContext(s.t.Context(), statement)
	require.NoError(s.t, err)
	require.NoError(s.t, db.Close())
}

func TestStoreCheck(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.refused([]string{"no store in"}, "store", "check")
	dates := s.open(3)
	s.ok("run", "--start", dates[0].String())
	assert.Contains(t, s.ok("store", "check").out, "nothing is wrong")
	assert.Equal(t, true, s.json("store", "check")["ok"])

	s.alter("UPDATE days SET closing_cash = closing_cash + 10000 WHERE md = 2")
	bad := s.call("store", "check")
	assert.Equal(t, exitFailed, bad.code)
	assert.Contains(t, bad.out, "the day closes with cash of")
	assert.Empty(t, bad.err)

	// The service says so on every route, once it has looked.
	_, address := s.serve()
	health(t, address, http.StatusServiceUnavailable)
	for _, route := range []string{"/leaderboard", "/results", "/simulate/current", "/experiments", "/prices/coverage", "/trades"} {
		code, problem := ask(t, http.MethodGet, address+route, "")
		assert.Equal(t, http.StatusServiceUnavailable, code, route)
		assert.Equal(t, "unavailable", problem["error"], route)
		assert.Contains(t, problem["message"], "damaged", route)
	}
}

// health waits until the service is healthy or not, as wanted.
func health(t *testing.T, address string, want int) map[string]any {
	t.Helper()
	for {
		code, v := ask(t, http.MethodGet, address+"/health", "")
		if code == want {
			return v
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A store that was cut to nothing is not taken for a new one.
func TestAnEmptiedStoreIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	csv, _ := marketCSV("2025-01-02", 3)
	s.ok("prices", "import", s.write("market.csv", csv))
	path := s.path("data/aitrader.db")
	require.NoError(t, os.Truncate(path, 0))
	words := []string{"aitrader.db", "the file is empty", "executor.lock", "put a backup in its place"}
	s.refused(words, "leaderboard")
	s.refused(words, "up")
	s.refused(words, "prices", "import", s.path("market.csv"))

	require.NoError(t, os.Remove(path))
	s.ok("prices", "import", s.path("market.csv"))
}
