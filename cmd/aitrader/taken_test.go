package main

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// closedDays returns how many model-days of a job the service says are closed, as soon as
// that changes.
func closedDays(t *testing.T, address, job string) float64 {
	t.Helper()
	code, v := ask(t, http.MethodGet, address+"/simulate/status/"+job+"?details=false&wait=20", "")
	require.Equal(t, http.StatusOK, code, v)
	return v["progress"].(map[string]any)["completed"].(float64)
}

// Beside a second process the log is removed in the middle of a job. Nothing that was
// acknowledged is lost, and the next start ends the job.
func TestAServiceWhoseLogIsRemovedLosesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.long(200)
	up, address := s.serve()
	other, elsewhere := s.serve()
	job := triggered(t, address, first)
	acknowledged := 0.0
	for acknowledged < 100 {
		acknowledged = closedDays(t, address, job)
	}
	require.NoError(t, os.Remove(filepath.Join(s.env["AITRADER_DATA"], "aitrader.db-wal")))
	for _, at := range []string{address, elsewhere} {
		sick := health(t, at, http.StatusServiceUnavailable)
		assert.Contains(t, sick["store"].(map[string]any)["reason"], "has been removed while it was in use")
		for _, route := range []string{"/leaderboard", "/simulate/current", "/simulate/status/" + job} {
			code, v := ask(t, http.MethodGet, at+route, "")
			assert.Equal(t, http.StatusServiceUnavailable, code, "%s %v", route, v)
		}
		code, _ := ask(t, http.MethodPost, at+"/simulate/trigger", `{"experiment":"later"}`)
		assert.Equal(t, http.StatusServiceUnavailable, code)
	}
	up.signal(syscall.SIGKILL)
	up.end()
	other.signal(syscall.SIGTERM)
	exit, errs := other.end()
	assert.Zero(t, exit, errs)

	assert.Contains(t, s.ok("store", "check").out, "nothing is wrong")
	_, again := s.serve()
	assert.GreaterOrEqual(t, closedDays(t, again, job), acknowledged)
	assert.Equal(t, "completed", finished(t, again, job)["status"])
}

// Two processes never execute at once: the holder of a lock that was removed stops before
// the other one begins.
func TestAServiceWhoseLockIsRemovedStopsExecuting(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.long(200)
	up, address := s.serve()
	other, elsewhere := s.serve()
	other.until("another process executes")
	job := triggered(t, address, first)
	for closedDays(t, address, job) == 0 {
	}
	require.NoError(t, os.Remove(filepath.Join(s.env["AITRADER_DATA"], "executor.lock")))
	sick := health(t, address, http.StatusServiceUnavailable)
	assert.Contains(t, sick["store"].(map[string]any)["reason"], "executor.lock has been removed")
	up.until("nothing is executed here any more")
	other.until("this one executes")
	health(t, elsewhere, http.StatusOK)
	assert.Equal(t, "completed", finished(t, elsewhere, job)["status"])
	health(t, address, http.StatusServiceUnavailable)
}
