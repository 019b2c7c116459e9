package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
)

// buildDir is the folder of build, which TestMain makes and removes.
var buildDir string

// build builds the program once: without the race detector, so that it starts as
// fast as it does for a user, and with the flags of make, whose build cache it
// shares.
var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(buildDir, "aitrader")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return binary, err
})

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "aitrader-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(buildDir) // a leftover among the temporary files is harmless
	os.Exit(code)
}

// process is the program as a process of its own.
type process struct {
	*exec.Cmd
	t   testing.TB
	out strings.Builder
	err *bufio.Reader // its error output, to be read line by line
}

func (s *shop) start(args ...string) *process {
	s.t.Helper()
	binary, err := build()
	require.NoError(s.t, err)
	p := &process{Cmd: exec.Command(binary, args...), t: s.t}
	p.Env = os.Environ()
	for name, value := range s.env {
		p.Env = append(p.Env, name+"="+value)
	}
	p.Stdout = &p.out
	errs, err := p.StderrPipe()
	require.NoError(s.t, err)
	p.err = bufio.NewReader(errs)
	require.NoError(s.t, p.Start())
	s.t.Cleanup(func() {
		if p.ProcessState == nil {
			_ = p.Process.Kill() // after a failed test
			_ = p.Wait()
		}
	})
	return p
}

// until reads the error output up to the first line with a word, and returns it.
func (p *process) until(word string) string {
	p.t.Helper()
	var seen strings.Builder
	for {
		line, err := p.err.ReadString('\n')
		seen.WriteString(line)
		if strings.Contains(line, word) {
			return line
		}
		require.NoError(p.t, err, "%q does not come:\n%s", word, seen.String())
	}
}

// end waits for the process, and returns its exit code, -1 after a signal, and the
// rest of its error output.
func (p *process) end() (code int, errs string) {
	p.t.Helper()
	rest, err := io.ReadAll(p.err)
	require.NoError(p.t, err)
	_ = p.Wait() // the code says it
	return p.ProcessState.ExitCode(), string(rest)
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.Process.Signal(s))
}

// serve starts the service and returns its address.
func (s *shop) serve() (*process, string) {
	s.t.Helper()
	p := s.start("up", "--addr", "127.0.0.1:0")
	line := p.until("serving on ")
	_, rest, _ := strings.Cut(line, "serving on ")
	address, _, _ := strings.Cut(rest, " ")
	return p, address
}

// ask sends a request and decodes the answer.
func ask(t testing.TB, method, url, body string, header ...string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	var v map[string]any
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&v))
	return answer.StatusCode, v
}

// triggered starts a job from a date on, and returns its id.
func triggered(t testing.TB, address, first string) string {
	t.Helper()
	code, job := ask(t, http.MethodPost, address+"/simulate/trigger", `{"start_date":"`+first+`"}`)
	require.Equal(t, http.StatusAccepted, code, job)
	return job["job_id"].(string)
}

// finished waits for the end of a job.
func finished(t testing.TB, address, job string) map[string]any {
	t.Helper()
	for {
		code, v := ask(t, http.MethodGet, address+"/simulate/status/"+job+"?wait=10&details=false", "")
		require.Equal(t, http.StatusOK, code)
		if s := v["status"]; s != "pending" && s != "running" {
			return v
		}
	}
}

// long prepares a job of eight models over some dates.
func (s *shop) long(days int) (first string) {
	s.t.Helper()
	csv, dates := marketCSV("2020-01-02", days)
	s.write("configs/default.json", `{"models":[
		{"signature":"equal","basemodel":"builtin/equal-weight"}, {"signature":"cash","basemodel":"builtin/cash"},
		{"signature":"momentum","basemodel":"builtin/momentum?lookback=5&top=2"},
		{"signature":"hold","basemodel":"builtin/buy-and-hold?symbol=BBB"},
		{"signature":"r1","basemodel":"builtin/random?seed=1"}, {"signature":"r2","basemodel":"builtin/random?seed=2"},
		{"signature":"r3","basemodel":"builtin/random?seed=3"}, {"signature":"r4","basemodel":"builtin/random?seed=4"}]}`)
	s.runs("prices", "import", s.write("market.csv", csv))
	return dates[0].String()
}

// books returns the exported books by file.
func (s *shop) books() map[string]string {
	s.t.Helper()
	out := s.t.TempDir()
	s.runs("export", out)
	files, err := filepath.Glob(filepath.Join(out, "*", "position", "position.jsonl"))
	require.NoError(s.t, err)
	books := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(s.t, err)
		books[filepath.Base(filepath.Dir(filepath.Dir(f)))] = string(text)
	}
	return books
}

// runs calls the program in a process of its own, without the race detector, and
// expects success.
func (s *shop) runs(args ...string) {
	s.t.Helper()
	code, errs := s.start(args...).end()
	require.Zero(s.t, code, errs)
}

// However often the program is killed, at whatever moment, its start included: the
// same command resumes at once, and the books come out as those of an undisturbed
// run. The random times only choose the moments: half of them lie in the start, half
// of them in the first 20 ms of work, so that the job lasts for all of them.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	kills := rounds.Of(t, 6, 200)
	days := 5 * kills
	undisturbed := newShop(t)
	first := undisturbed.long(days)
	undisturbed.runs("run", "--start", first)
	want := undisturbed.books()
	require.Len(t, want, 8)

	s := newShop(t)
	s.long(days)
	random := rand.New(rand.NewPCG(7, 7))
	starting := 100 * time.Millisecond // until the work begins, as last seen
	for n := range kills {
		p := s.start("run", "--start", first)
		began := time.Now()
		moment := time.Duration(random.Int64N(int64(starting)))
		if n%2 == 0 {
			p.until("trading days")
			starting = time.Since(began)
			moment = time.Duration(random.Int64N(int64(20 * time.Millisecond)))
		}
		timer := time.AfterFunc(moment, func() { _ = p.Process.Kill() }) // if it has not ended
		code, errs := p.end()
		timer.Stop()
		require.Equal(t, -1, code, "kill %d of %d: the program ended by itself: %s", n, kills, errs)
	}
	s.runs("run", "--start", first)
	got := s.books()
	for model := range want {
		assert.True(t, want[model] == got[model], "the book of %s differs", model)
	}
	status := s.json("status")
	assert.Equal(t, "completed", status["status"])
	assert.InDelta(t, 8*days, status["progress"].(map[string]any)["completed"], 0)
}

func TestCtrlCStopsCleanly(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	days := rounds.Of(t, 100, 200)
	first := s.long(days)
	p := s.start("run", "--start", first)
	for strings.Contains(p.until("model-days done"), ": 0 of ") { // nothing is done when the first date begins
	}
	p.signal(syscall.SIGINT)
	code, errs := p.end()
	assert.Equal(t, exitInterrupted, code)
	assert.Contains(t, errs, "are done and kept. The same command, or `aitrader up`, continues.")
	assert.NotContains(t, errs, "ERROR")
	status := s.json("status")
	assert.Equal(t, "running", status["status"])
	done := status["progress"].(map[string]any)["completed"].(float64)
	assert.Positive(t, done)
	assert.Contains(t, errs, fmt.Sprintf("stopped; %.0f of %d model-days are done", done, 8*days), "the figures agree")
	assert.Contains(t, s.ok("status").out, "running (interrupted: no process executes it")
	assert.Equal(t, 0.0, status["progress"].(map[string]any)["failed"])

	up, address := s.serve()
	job := finished(t, address, status["job_id"].(string))
	assert.Equal(t, "completed", job["status"])
	up.signal(syscall.SIGTERM)
	code, errs = up.end()
	assert.Zero(t, code, errs)
}

func TestTwoProcessesOnOneFolder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	days := rounds.Of(t, 250, 500)
	first := s.long(days)
	one, at := s.serve()
	other, elsewhere := s.serve()
	other.until("another process executes")
	id := triggered(t, elsewhere, first)
	for { // the first process executes what the second one triggered
		code, status := ask(t, http.MethodGet, at+"/simulate/status/"+id+"?wait=5&details=false", "")
		require.Equal(t, http.StatusOK, code)
		if status["progress"].(map[string]any)["completed"].(float64) > 0 {
			require.Equal(t, "running", status["status"], "the job must last longer than this test needs")
			break
		}
	}
	copied := s.path("copy/aitrader.db") // a backup of a running service can be opened, and its books are whole
	require.NoError(t, os.Mkdir(filepath.Dir(copied), 0o755))
	s.ok("backup", copied)
	one.signal(syscall.SIGKILL)
	other.until("this one executes")
	done := finished(t, elsewhere, id)
	assert.Equal(t, "completed", done["status"])
	assert.InDelta(t, 8*days, done["progress"].(map[string]any)["completed"], 0)
	whole := s.books()
	kept := &shop{t: t, dir: s.dir, env: map[string]string{"AITRADER_DATA": filepath.Dir(copied), "AITRADER_CONFIG_DIR": s.path("configs")}}
	require.NotEmpty(t, kept.books())
	for model, book := range kept.books() {
		assert.True(t, strings.HasPrefix(whole[model], book), "the copied book of %s is the beginning of the whole one", model)
	}
	other.signal(syscall.SIGINT)
	code, errs := other.end()
	assert.Zero(t, code, errs)
}

func TestAKeyOpensTheService(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(2)
	s.refused([]string{"--addr 0.0.0.0:0", "loopback", "AITRADER_API_KEYS"}, "up", "--addr", "0.0.0.0:0")
	s.refused([]string{"--addr", "HOST:PORT"}, "up", "--addr", "nowhere")
	key := s.json("keys", "new", "--id", "reader", "--scopes", "read")
	s.env["AITRADER_API_KEYS"] = key["entry"].(string)
	_, address := s.serve()
	code, _ := ask(t, http.MethodGet, address+"/models", "")
	assert.Equal(t, http.StatusUnauthorized, code)
	code, models := ask(t, http.MethodGet, address+"/models", "", "Authorization", "Bearer "+key["key"].(string))
	assert.Equal(t, http.StatusOK, code)
	assert.Len(t, models["models"], 3)
	code, _ = ask(t, http.MethodPost, address+"/simulate/trigger", "{}", "X-API-Key", key["key"].(string))
	assert.Equal(t, http.StatusForbidden, code)
	assert.Contains(t, s.ok("models").out, "equal", "access to the folder needs no key")
	taken := strings.TrimPrefix(address, "http://")
	s.refused([]string{taken, "cannot be listened on"}, "up", "--addr", taken)
}

func TestTheDemoIsReadySoonAndResumes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, visit := range []string{"760 bars loaded, 0 already there", "0 bars loaded, 760 already there"} {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		p := s.start("demo", "--addr", "127.0.0.1:0")
		stop := context.AfterFunc(ctx, func() { _ = p.Process.Kill() })
		assert.Contains(t, p.until("sample market"), visit)
		line := p.until("serving on ")
		assert.True(t, stop(), "ready within 15 s")
		cancel()
		_, rest, _ := strings.Cut(line, "serving on ")
		address, _, _ := strings.Cut(rest, " ")
		code, board := ask(t, http.MethodGet, address+"/leaderboard", "")
		assert.Equal(t, http.StatusOK, code)
		assert.Len(t, board["leaderboard"], 5)
		p.signal(syscall.SIGINT)
		exit, errs := p.end()
		assert.Zero(t, exit, errs)
		assert.Contains(t, p.out.String(), "synthetic market of invented companies")
		assert.Regexp(t, `(?m)^5 +[a-z-]+ +\d+\.\d\d +`, p.out.String())
	}
	assert.DirExists(t, filepath.Join(s.env["AITRADER_DATA"], "demo"))
}
