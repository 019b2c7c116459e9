package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stooq is a vendor on loopback that has the prices of a CSV file, and whose daily
// limit is reached at the symbol STOP.
func (s *shop) stooq(csv string) {
	s.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		symbol := strings.ToUpper(strings.TrimSuffix(r.URL.Query().Get("s"), ".us"))
		if symbol == "STOP" {
			fmt.Fprint(w, "Exceeded the daily hits limit")
			return
		}
		fmt.Fprintln(w, "Date,Open,High,Low,Close,Volume")
		for line := range strings.Lines(csv) {
			if row, ok := strings.CutPrefix(line, symbol+","); ok {
				fmt.Fprint(w, row)
			}
		}
	}))
	s.t.Cleanup(server.Close)
	s.write("configs/default.json", `{"date_range": {"init_date": "2025-01-02"}, "benchmark": "QQQ",
		"models": [{"signature": "equal", "basemodel": "builtin/equal-weight"}],
		"agent_config": {"stock_symbols": ["AAA", "BBB"]},
		"prices": {"source": "stooq", "base_url": "`+server.URL+`", "requests_per_minute": 6000}}`)
}

func TestPricesFetch(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	csv, dates := marketCSV("2025-01-02", 6)
	s.stooq(csv)
	third, last := dates[2].String(), dates[5].String()
	assert.Equal(t, "Stooq: 6 added, 0 unchanged, 0 completed, 0 revised; 0 splits, 0 dividends; 0 bars missing\n",
		s.ok("prices", "fetch", "--end", third, "--symbols", "aaa, bbb").out)
	assert.Equal(t, "Stooq: nothing is missing\n",
		s.ok("prices", "fetch", "--start", dates[0].String(), "--end", third, "--symbols", "AAA").out)

	// Without symbols: all of the configuration, each from its last bar on.
	report := s.json("prices", "fetch", "--end", last)
	assert.Equal(t, 12.0, report["report"].(map[string]any)["added"])
	assert.Equal(t, 3.0, report["questions"])
	assert.Equal(t, 0.0, report["failed"])

	r := s.call("prices", "fetch", "--start", third, "--end", last, "--symbols", "CCC,STOP")
	assert.Equal(t, exitPartial, r.code)
	assert.Contains(t, r.out, "Stooq: 4 added")
	assert.Contains(t, r.out, "warning: Stooq: it answers no more questions today; 1 of 2 questions are left (from STOP on)")
	r = s.call("prices", "fetch", "--start", third, "--end", last, "--symbols", "STOP")
	assert.Equal(t, exitFailed, r.code)

	out := s.ok("run", "--start", dates[0].String(), "--end", last).out
	assert.Contains(t, out, "completed: 6 of 6 model-days")
}

func TestALongFetchReportsItsProgress(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	csv, dates := marketCSV("2025-01-02", 1)
	s.stooq(csv)
	var names []string
	for i := range progressEvery + 1 {
		names = append(names, fmt.Sprintf("S%d", i))
	}
	day := dates[0].String()
	r := s.ok("prices", "fetch", "--start", day, "--end", day, "--symbols", strings.Join(names, ","))
	assert.Equal(t, "20 of 21 requests answered\n", r.err)
	assert.Contains(t, r.out, "bars that are not there: 21 (S0 2025-01-02")
}

func TestAFetchThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.stooq("")
	s.refused([]string{"--table"}, "prices", "fetch", "--to", "dynamodb")
	for word, args := range map[string][]string{
		`--start "soon"`:              {"--start", "soon"},
		`--end "2025-13-01"`:          {"--end", "2025-13-01"},
		"--end 2999-01-01":            {"--end", "2999-01-01"},
		"--start 2025-02-03 is after": {"--start", "2025-02-03", "--end", "2025-02-02"},
		`--symbols "A B"`:             {"--symbols", "A B"},
	} {
		s.refused([]string{word}, append([]string{"prices", "fetch"}, args...)...)
	}
	s.write("configs/default.json", `{"models": [{"signature": "c", "basemodel": "builtin/cash"}], "prices": {"source": "stooq"}}`)
	s.refused([]string{"no symbols are known", "--symbols"}, "prices", "fetch")
	s.write("configs/default.json", `{"models": [{"signature": "c", "basemodel": "builtin/cash"}]}`)
	s.refused([]string{`names no source of prices`}, "prices", "fetch", "--symbols", "AAA")
	s.write("configs/default.json", `{`)
	s.refused([]string{"the JSON is broken"}, "prices", "fetch")
	require.Contains(t, s.ok("prices", "--help").out, "prices fetch")
}
