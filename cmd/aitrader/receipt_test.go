package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAReceiptIsVerified(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(3)
	job := s.json("run")["job_id"].(string)
	text := s.ok("receipt", job).out
	file := s.write("receipt.json", text)
	assert.Contains(t, s.ok("verify", file).out, ", 0 differences; ")
	checked := s.json("verify", file, file)
	assert.Empty(t, checked["differences"])
	assert.Len(t, checked["hash"], 64)

	forged := strings.Replace(text, `"cash_after":`, `"cash_after":1`, 1)
	require.NotEqual(t, text, forged)
	other := s.write("forged.json", forged)
	r := s.call("verify", file, other)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.out, "the entries do not fold")
	s.refused([]string{"receipt.json", "not a receipt"}, "verify", s.write("receipt.json", "{"))
	s.refused([]string{"nothing"}, "receipt", "nothing")
	require.NoError(t, os.Remove(file))
}

func TestRescoreAndReplayRepeatAJob(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(3)
	job := s.json("run")["job_id"].(string)
	r := s.ok("rescore", job, "--commission", "0.01", "--slippage-bps", "5", "--experiment", "dear")
	assert.Contains(t, r.out, "completed")
	assert.NotEqual(t, s.ok("leaderboard").out, s.ok("leaderboard", "--experiment", "dear").out)
	s.refused([]string{"--commission", `"a lot"`}, "rescore", job, "--commission", "a lot")
	again := s.json("run", "--replay", job)
	first, second := s.write("first.json", s.ok("receipt", job).out), s.write("second.json", s.ok("receipt", again["job_id"].(string)).out)
	assert.Contains(t, s.ok("verify", first, second).out, ", 0 differences; ")
}

func TestARescoreWithOtherCostsIsAnotherAndCountsRefusedOrders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(3)
	job := s.json("run")["job_id"].(string)
	first := s.ok("rescore", job, "--commission", "0.01")
	assert.Contains(t, first.out, "completed: ")
	second := s.ok("rescore", job, "--commission", "20")
	assert.Contains(t, second.out, "completed: ", "not the books of the first one")
	assert.Regexp(t, `equal: \d+ of \d+ orders refused under these costs`, second.out)
	refused := s.json("rescore", job, "--commission", "30", "--json")["refused_orders"].([]any)
	require.Len(t, refused, 2)
	assert.Equal(t, "equal", refused[0].(map[string]any)["model"])
	assert.Positive(t, refused[0].(map[string]any)["refused"])
	assert.NotContains(t, s.json("status", job), "refused_orders", "not a rescore")
	assert.Contains(t, s.ok("rescore", job, "--commission", "20").out, "issing", "the same again is there already")
}

func TestAMarketOfOnlyTheBenchmarkRuns(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.write("configs/default.json", `{"benchmark":"QQQ","models":[{"signature":"equal","basemodel":"builtin/equal-weight"}]}`)
	s.ok("prices", "import", s.write("qqq.csv", "symbol,date,open,high,low,close,volume\nQQQ,2025-01-02,500,510,490,505,1\n"))
	assert.Contains(t, s.ok("run").out, "completed: 1 of 1")
}
