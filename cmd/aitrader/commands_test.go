package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/version"
)

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	help := s.ok("--help")
	for _, command := range []string{
		"demo", "up", "run", "prices import", "prices fetch", "prices coverage", "results", "leaderboard", "status", "models",
		"experiments", "export", "backup", "keys new", "config check", "version",
	} {
		assert.Contains(t, help.out, "\n  "+command)
	}
	assert.Contains(t, s.ok("run", "--help").out, "--dry-run")
	assert.Equal(t, version.String()+"\n", s.ok("version").out)
	assert.Equal(t, version.String(), s.json("version")["version"])
	assert.NoDirExists(t, s.path("data"), "asking for help makes no store")
}

func TestMalformedCommandLinesAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.refused([]string{"expected one of", "aitrader --help"})
	s.refused([]string{"trade", "aitrader --help"}, "trade")
	s.refused([]string{"--fast"}, "run", "--fast")
	s.refused([]string{"--id"}, "keys", "new", "--scopes", "read")
	s.refused([]string{"trade"}, "keys", "new", "--id", "x", "--scopes", "trade")
	s.refused([]string{"no such file"}, "prices", "import", s.path("none.csv"))
	s.refused([]string{"--daily", "09:30", "16:30"}, "up", "--daily", "09:30")
	s.env["LOG_LEVEL"] = "LOUD"
	s.refused([]string{"LOG_LEVEL", "LOUD", "DEBUG"}, "models")
}

func TestPricesImport(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	csv, dates := marketCSV("2025-01-02", 3)
	plain := s.write("market.csv", csv)
	assert.Equal(t, plain+": 21 added, 0 unchanged, 0 completed, 0 revised\n", s.ok("prices", "import", plain).out)

	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(csv))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	again := s.write("market.csv.gz", zipped.String())
	assert.Contains(t, s.ok("prices", "import", again).out, ": 0 added, 21 unchanged")

	last := dates[2].String()
	revised := s.write("revised.csv", "symbol,date,open,high,low,close,volume,source\nAAA,"+last+",20,22,19,21,5,me\n")
	out := s.ok("prices", "import", revised).out
	assert.Contains(t, out, "0 added, 0 unchanged, 0 completed, 1 revised")
	assert.Contains(t, out, `warning: `)
	assert.Contains(t, out, "revised: AAA "+last+": close 21, was ")

	s.refused([]string{"bad.csv", "3", `"-4"`}, "prices", "import",
		s.write("bad.csv", "symbol,date,open,high,low,close,volume\nZZZ,"+last+",1,1,1,1,1\nZZZ,2025-01-07,-4,1,1,1,1\n"))
	coverage := s.ok("prices", "coverage").out
	assert.NotContains(t, coverage, "ZZZ", "a file with a bad row imports nothing")
	assert.Regexp(t, `AAA +2025-01-02 +`+last+` +3 +0`, coverage)

	merged := s.write("merged.jsonl", `{"Meta Data":{"2. Symbol":"NEW"},"Time Series (Daily)":{"2025-01-07":{"1. buy price":"10"},`+
		`"2025-01-06":{"1. buy price":"9","2. high":"10","3. low":"8","4. sell price":"9.5","5. volume":"7"}}}`+"\n")
	report := s.json("prices", "import", merged)["report"].(map[string]any)
	assert.Equal(t, 2.0, report["added"])
	split := s.write("splits.csv", "symbol,ex_date,ratio\nAAA,2025-01-06,2\n")
	assert.Equal(t, 1.0, s.json("prices", "import", split)["splits"])
	assert.Len(t, s.json("prices", "coverage")["symbols"], len(symbols)+1)
}

func TestManyRevisionsAreCutShort(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	csv, _ := marketCSV("2025-01-02", 3)
	s.ok("prices", "import", s.write("market.csv", csv))
	out := s.ok("prices", "import", s.write("later.csv", strings.ReplaceAll(csv, ",1000\n", ",2000\n"))).out
	assert.Contains(t, out, "... and 11 more revised bars")
	assert.Equal(t, 12, strings.Count(out, "\n"))
}

func TestARunFillsBooksThatEveryCommandShows(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dates := s.open(6)
	dry := s.ok("run", "--start", dates[0].String(), "--dry-run")
	assert.Contains(t, dry.out, "12 model-days: equal, random on 6 trading days, "+dates[0].String()+" to "+dates[5].String())
	assert.Contains(t, s.ok("experiments").out, "EXPERIMENT", "a dry run leaves nothing")

	r := s.ok("run", "--start", dates[0].String(), "--end", dates[3].String())
	assert.Equal(t, "completed: 8 of 8 model-days completed, 0 failed, 0 skipped\n", r.out)
	assert.Contains(t, r.err, "8 model-days, 2 models, 4 trading days")
	job := s.json("status")
	assert.Equal(t, "completed", job["status"])
	id := job["job_id"].(string)
	assert.Contains(t, s.ok("status", id).out, "8: 8 completed")
	assert.Contains(t, s.ok("status").out, id)

	assert.Contains(t, s.ok("leaderboard").out, "Leaderboard at the close of "+dates[3].String())
	assert.Regexp(t, `(?m)^2 +(equal|random) `, s.ok("leaderboard").out)
	assert.Contains(t, s.ok("leaderboard").out, "QQQ (benchmark)")
	assert.Equal(t, dates[2].String(), s.json("leaderboard", "--date", dates[2].String(), "--start", dates[1].String())["date"])
	assert.Regexp(t, `equal +`+dates[0].String()+` +`+dates[3].String()+` +4 +10000.00`, s.ok("results").out)
	day := s.ok("results", "--date", dates[1].String(), "--model", "equal").out
	assert.Regexp(t, dates[1].String()+` +equal .* close +AAA \d+, BBB \d+.*, CASH [0-9.]+\n`, day)
	assert.NotContains(t, day, "random")
	assert.Len(t, s.json("results", "--start", dates[1].String(), "--job", id)["results"], 2)
	assert.Regexp(t, `off +off +builtin/cash +false`, s.ok("models").out)
	assert.Regexp(t, `equal +Equal weight +builtin/equal-weight +true`, s.ok("models").out)
	assert.Regexp(t, `main +equal +`+dates[3].String(), s.ok("experiments").out)

	again := s.ok("run", "--start", dates[0].String(), "--end", dates[3].String())
	assert.Contains(t, again.out, "warning: equal: skipped")
	rest := s.json("run", "--models", "equal")
	assert.Equal(t, []any{dates[4].String(), dates[5].String()}, rest["date_range"])
	s.ok("run", "--start", dates[0].String(), "--models", "off,random", "--experiment", "other")
	assert.Regexp(t, `other +off +`+dates[5].String(), s.ok("experiments").out)
	replaced := s.json("run", "--start", dates[2].String(), "--end", dates[2].String(), "--models", "equal", "--replace")
	assert.Equal(t, "completed", replaced["status"])
	assert.Regexp(t, `main +equal +`+dates[2].String(), s.ok("experiments").out)
}

func TestRunUsesTheConfigurationsDates(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dates := s.open(6)
	file := s.write("mine.json", `{"date_range":{"init_date":"`+dates[1].String()+`","end_date":"`+dates[2].String()+`"},
		"models":[{"signature":"c","basemodel":"builtin/cash"}]}`)
	job := s.json("run", "--config", file)
	assert.Equal(t, []any{dates[1].String(), dates[2].String()}, job["date_range"])
	job = s.json("run", "--config", file, "--start", dates[4].String())
	assert.Equal(t, []any{dates[4].String(), dates[5].String()}, job["date_range"], "a start after the proposed end needs another end")
	s.write("configs/second.json", `{"models":[{"signature":"d","basemodel":"builtin/cash"}]}`)
	job = s.json("run", "--config", "second", "--start", dates[0].String())
	assert.Equal(t, []any{"d"}, job["models"])
}

// wrongRecording writes a recording whose holdings do not match its trade on a date.
func (s *shop) wrongRecording(date sim.Date) {
	s.t.Helper()
	s.write("wrong.jsonl", `{"date":"`+date.String()+`","id":1,"this_action":{"action":"buy","symbol":"AAA","amount":1},`+
		`"positions":{"AAA":1,"CASH":1}}`+"\n")
}

// A recording that does not match fails its days; the exit code says how many failed.
func TestRunExitCodes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dates := s.open(2)
	s.wrongRecording(dates[1])
	s.write("configs/default.json", `{"models":[{"signature":"good","basemodel":"builtin/cash"},
		{"signature":"bad","basemodel":"recorded/../wrong.jsonl"}]}`)
	r := s.call("run", "--start", dates[0].String())
	assert.Equal(t, exitPartial, r.code)
	assert.Contains(t, r.out, "partial: 3 of 4 model-days completed, 1 failed")
	assert.Contains(t, r.out, dates[1].String()+" bad failed: recording_mismatch")
	assert.Contains(t, s.ok("status").out, "partial")
	r = s.call("run", "--start", dates[1].String(), "--models", "bad", "--replace")
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.out, "error: no model-day was completed")
}

// A status comes in pages of 1,000 model-days; a person sees everything that failed.
func TestRunShowsEveryFailure(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dates := s.open(260)
	s.wrongRecording(dates[0])
	var models []string
	for n := range 5 {
		models = append(models, fmt.Sprintf(`{"signature":"bad-%d","basemodel":"recorded/../wrong.jsonl"}`, n))
	}
	s.write("configs/default.json", `{"models":[`+strings.Join(models, ",")+`]}`)
	run := s.start("run", "--start", dates[0].String()) // without the race detector, which is slow over so many days
	code, errs := run.end()
	assert.Equal(t, exitFailed, code, errs)
	for _, out := range []string{run.out.String(), s.ok("status").out} {
		assert.Equal(t, 5*len(dates), strings.Count(out, " failed: recording_mismatch"))
	}
}

func TestRunRefusals(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.refused([]string{"no prices", "aitrader prices import"}, "run")
	dates := s.open(2)
	s.refused([]string{`"nope"`, `"equal"`, `"random"`, `"off"`}, "run", "--models", "nope")
	s.refused([]string{"aitrader: --start: ", `"yesterday"`, "YYYY-MM-DD"}, "run", "--start", "yesterday")
	s.refused([]string{"aitrader: --date: ", "2025-13-01"}, "results", "--date", "2025-13-01")
	s.refused([]string{"end_date", "before"}, "run", "--start", dates[1].String(), "--end", dates[0].String())
	s.refused([]string{"experiment", `"A B"`}, "run", "--experiment", "A B")
	s.refused([]string{"does not exist"}, "run", "--config", "none")
	s.refused([]string{"does not exist"}, "up", "--addr", "127.0.0.1:0", "--config", "none")
	s.refused([]string{"--config x", "its own configuration"}, "demo", "--addr", "127.0.0.1:0", "--config", "x")
	s.refused([]string{"default.json", "models[0].basemodel"}, "run", "--config",
		s.write("default.json", `{"models":[{"signature":"x","basemodel":"builtin/none"}]}`))
	s.refused([]string{"no job"}, "status")
	s.refused([]string{"none"}, "status", "none")
	s.refused([]string{"main"}, "leaderboard")
	s.refused([]string{"main"}, "export", s.path("out"))
	s.refused([]string{"--date", "--start"}, "results", "--date", dates[0].String(), "--start", dates[0].String())
}

func TestExportAndBackup(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dates := s.open(3)
	s.ok("run", "--start", dates[0].String(), "--models", "equal")
	files := s.ok("export", s.path("out")).out
	assert.Equal(t, 4, strings.Count(files, "\n"), files)
	text, err := os.ReadFile(s.path("out/equal/position/position.jsonl"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	var row map[string]any
	require.NoError(t, json.Unmarshal([]byte(first), &row))
	assert.Equal(t, dates[0].String(), row["date"])
	assert.Len(t, s.json("export", s.path("out"))["files"], 4)

	copied := s.path("copy/aitrader.db")
	require.NoError(t, os.Mkdir(filepath.Dir(copied), 0o755))
	assert.Contains(t, s.ok("backup", copied).out, copied)
	board := s.ok("leaderboard").out
	s.env["AITRADER_DATA"] = filepath.Dir(copied)
	assert.Equal(t, board, s.ok("leaderboard").out)
	s.refused([]string{copied}, "backup", copied)
	assert.Equal(t, s.path("second.db"), s.json("backup", s.path("second.db"))["file"])
}

func TestKeysNew(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	out := s.ok("keys", "new", "--id", "windmill", "--scopes", "read,trigger").out
	assert.Regexp(t, regexp.MustCompile(`ait_[0-9a-f]{64}\n.*AITRADER_API_KEYS=windmill:read\+trigger:[0-9a-f]{64}\n`), out)
	other := s.json("keys", "new", "--id", "windmill", "--scopes", "read")
	assert.NotContains(t, out, other["key"], "each key is new")
	s.refused([]string{"--id", `"A b"`, "a-z"}, "keys", "new", "--id", "A b", "--scopes", "read")
	assert.Contains(t, s.json("keys", "new", "--id", "Flow-1.prod", "--scopes", "read")["entry"], "Flow-1.prod:read:",
		"every id that the service accepts can be made")
	assert.NoDirExists(t, s.path("data"), "no store is needed")
}

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	good := s.write("good.json", `{"agent_type":"BaseAgent","models":[{"signature":"a","basemodel":"builtin/cash"}]}`)
	assert.Equal(t, "warning: agent_type: has no meaning here and is ignored\n"+good+": valid; models a\n", s.ok("config", "check", good).out)
	assert.Equal(t, []any{"a"}, s.json("config", "check", good)["models"])
	bad := s.write("bad.json", `{"market":"us","models":[{"signature":"a b","basemodel":"recorded/none.jsonl"}],
		"agent_config":{"max_steps":0}}`)
	s.refused([]string{
		"bad.json", "3 errors", `models[0].signature: "a b"`, "none.jsonl", "agent_config.max_steps: 0", "warning: market: ",
	}, "config", "check", bad)
}

func TestAFileThatIsNoStoreIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.env["AITRADER_DATA"] = s.write("file", "text")
	s.refused([]string{"folder of the store"}, "models")
	s.env["AITRADER_DATA"] = s.dir
	s.write("aitrader.db", strings.Repeat("this is no database ", 100))
	s.refused([]string{"aitrader.db"}, "models")
	s.refused([]string{"aitrader.db"}, "up", "--addr", "127.0.0.1:0")
}

// Global flags may come before the command and after it.
func TestGlobalFlagsGoAnywhere(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(2)
	for _, args := range [][]string{
		{"--data", s.path("data"), "--json", "prices", "coverage"},
		{"prices", "--data", s.path("data"), "coverage", "--json"},
		{"prices", "coverage", "--json", "--data", s.path("data")},
	} {
		var out, errs bytes.Buffer
		p := &program{stdout: &out, stderr: &errs, env: func(string) string { return "" }, now: time.Now}
		require.Zero(t, p.main(t.Context(), args), errs.String())
		assert.Contains(t, out.String(), `"AAA"`, args)
	}
}

func TestAlphaVantageImport(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	file := s.write("av.json", `{"Meta Data":{"2. Symbol":"NEW"},"Time Series (Daily)":{
		"2025-01-06":{"1. open":"9","2. high":"10","3. low":"8","4. close":"9.5","5. volume":"7"}}}`)
	assert.Equal(t, file+": 1 added, 0 unchanged, 0 completed, 0 revised\n", s.ok("prices", "import", file).out)
	assert.Regexp(t, `NEW +2025-01-06 +2025-01-06 +1 +0`, s.ok("prices", "coverage").out)
}

func TestUnusableAddressesAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, port := range []string{"abc", "99999", "-1"} {
		s.env["API_PORT"] = port
		s.refused([]string{"API_PORT", `"` + port + `"`, "65535"}, "up")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	for _, command := range []string{"up", "demo"} {
		s.refused([]string{l.Addr().String(), "cannot be listened on", "in use"}, command, "--addr", l.Addr().String())
	}
}

func TestARunWarnsOfCashThatStaysIdle(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(3)
	s.write("configs/default.json", `{"models":[{"signature":"equal","basemodel":"builtin/equal-weight"}],`+
		`"agent_config":{"initial_cash":240}}`)
	const want = "equal: 240.00 USD in 6 symbols is 40.00 USD each; 3 of them cost more than that at the open of 2025-01-06, " +
		"so about 66 % stays in cash; raise initial_cash or set fractional_shares"
	r := s.call("run")
	assert.Contains(t, r.out+r.err, want)
	assert.Contains(t, s.json("status")["warnings"], want)
}
