//go:build unix

package docstest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// binary is the built program, and goEnv what the go command needs to find its
// caches when HOME is another folder.
var (
	binary string
	goEnv  []string
)

func TestMain(m *testing.M) {
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "docstest:", err)
		code = 1
	}
	os.Exit(code)
}

// build builds the program as make does, and runs the tests.
func build(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "aitrader-docstest-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "aitrader")
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/aitrader")
	command.Dir, command.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out)
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOTOOLCHAIN"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return 0, err
		}
		goEnv = append(goEnv, name+"="+strings.TrimSpace(string(value)))
	}
	return m.Run(), nil
}

const (
	// sessionTime bounds the commands of one page.
	sessionTime = 2 * time.Minute
	// endTime bounds the end of a service that was killed.
	endTime = 10 * time.Second
)

func TestEveryCommandOfAPageWorks(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "make"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the pages need %s: %v", tool, err)
		}
	}
	for _, p := range pages(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			newSession(t, p).run()
		})
	}
}

// session is one page as a script, in a folder of its own.
type session struct {
	*testing.T
	page   page
	dir    string // where the commands run
	script strings.Builder
	// checks look at what the script has left, when it has come to its end.
	checks []func()
	works  bool // the script does something
	serves bool // a service runs until the end
}

func newSession(t *testing.T, p page) *session {
	s := &session{T: t, page: p, dir: t.TempDir()}
	makefile, err := filepath.Abs(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(s.dir, "bin"), 0o755))
	require.NoError(t, os.Symlink(binary, filepath.Join(s.dir, "bin", "aitrader")))
	require.NoError(t, os.Symlink(makefile, filepath.Join(s.dir, "Makefile")))
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, ".curlrc"), []byte("fail-with-body\nsilent\nshow-error\nmax-time = 30\n"), 0o600))
	s.script.WriteString(prelude)
	for i, b := range p.blocks {
		s.add(i, b)
	}
	return s
}

// prelude ends the script at the first failure and says where it was. The binary
// is there already, so that make does not build it again.
const prelude = `set -Eeuo pipefail
trap 'echo "docstest: a command of $BLOCK failed: $BASH_COMMAND" >&2' ERR
make() { command make -o build "$@"; }
serve_until_the_end() {
  "$1" >service.log 2>&1 &
  for _ in $(seq 300); do
    ! grep -q '^serving on ' service.log || return 0 # the demo says so when its job has ended
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  cat service.log >&2
  return 1
}
`

// add adds a block to the script.
func (s *session) add(i int, b block) {
	s.Helper()
	fmt.Fprintf(&s.script, "\nBLOCK=%s\n", b.place())
	if file := b.options["file"]; file != "" {
		require.True(s, filepath.IsLocal(file), b.place())
		s.put(i, file, b.text)
	}
	switch {
	case b.language == "sh" && !b.runs():
		// It is looked at by TestBlocksThatCannotRunAreSound.
	case b.language == "sh" && b.is("copy"):
		s.inCopy(b)
	case b.language == "sh" && b.is("background"):
		require.False(s, s.serves, "%s: a page has one port, so one service", b.place())
		s.serves = true
		fmt.Fprintf(&s.script, "block_%d() {\n%s}\nserve_until_the_end block_%d\n", i, b.text, i)
		s.works = true
	case b.language == "sh":
		s.script.WriteString(b.text)
		s.works = true
	case b.language == "console":
		s.console(i, b)
	case b.language == "json":
		s.json(i, b)
	}
}

// put writes a file when the script has come to its block.
func (s *session) put(i int, file, text string) {
	s.Helper()
	kept := filepath.Join(s.dir, fmt.Sprintf(".block-%d", i))
	require.NoError(s, os.WriteFile(kept, []byte(text), 0o600))
	fmt.Fprintf(&s.script, "mkdir -p %q && cp %q %q\n", filepath.Dir(file), kept, file)
	s.works = true
}

// console runs the lines that begin with a prompt, and compares what comes.
func (s *session) console(i int, b block) {
	var want []string
	n := 0
	end := func() {
		if n == 0 {
			return
		}
		out, expected := fmt.Sprintf(".out-%d-%d", i, n), strings.Join(want, "\n")
		s.checks = append(s.checks, func() {
			got, err := os.ReadFile(filepath.Join(s.dir, out))
			require.NoError(s, err)
			assert.True(s, sameOutput(expected, string(got)), "%s: command %d prints\n%s", b.place(), n, got)
		})
	}
	for line := range strings.Lines(b.text) {
		command, isCommand := strings.CutPrefix(line, "$ ")
		if !isCommand {
			want = append(want, strings.TrimRight(line, " \n"))
			continue
		}
		end()
		n, want = n+1, nil
		fmt.Fprintf(&s.script, "{ %s\n} >.out-%d-%d\n", strings.TrimSpace(command), i, n)
	}
	end()
	s.works = true
}

// sameOutput compares line by line. Three dots stand for any text within a line,
// and as a line for any lines.
func sameOutput(want, got string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(want) {
		line = strings.TrimRight(line, " \n")
		if line == "..." {
			pattern.WriteString("(?:.*\n)*")
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, ".*") + " *\n")
	}
	return regexp.MustCompile("^" + pattern.String() + "$").MatchString(got)
}

// run runs the script, if it does anything.
func (s *session) run() {
	if !s.works {
		return
	}
	ctx, cancel := context.WithTimeout(s.Context(), sessionTime)
	defer cancel()
	// A service outlives the script, in the same process group. It has ended when
	// nothing holds the other end of this pipe any more.
	alive, held, err := os.Pipe()
	require.NoError(s, err)
	defer alive.Close()
	var out bytes.Buffer
	command := s.command(ctx, freePort(s.T), &out)
	command.ExtraFiles = []*os.File{held}
	require.NoError(s, command.Start())
	require.NoError(s, held.Close())
	err = command.Wait()
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) // an error says that nothing is left to end
	require.NoError(s, alive.SetReadDeadline(time.Now().Add(endTime)))
	_, endErr := io.Copy(io.Discard, alive)
	require.NoError(s, err, "%s", tail(out.String()))
	require.NoError(s, endErr, "a command of the page still runs")
	for _, check := range s.checks {
		check()
	}
}

// command is the script with port 8080 replaced, in an environment of its own: no
// key and no setting of the caller counts.
func (s *session) command(ctx context.Context, port string, out io.Writer) *exec.Cmd {
	command := exec.CommandContext(ctx, "bash", "-c", atPort.ReplaceAllString(s.script.String(), "${1}:"+port))
	command.Dir = s.dir
	command.Env = slices.Concat(goEnv, s.keys(), []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + s.TempDir(), "LANG=C.UTF-8", "API_PORT=" + port, "OPENAI_API_KEY=unused",
	})
	command.Stdout, command.Stderr = out, out
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = endTime
	return command
}

var atPort = regexp.MustCompile(`\b(localhost|127\.0\.0\.1|0\.0\.0\.0):8080\b`)

// freePort returns a port that nothing listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

var variable = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)\}`)

// keys sets the variables that configurations of the page name as keys.
func (s *session) keys() []string {
	var out []string
	for _, b := range s.page.blocks {
		if b.language == "json" {
			for _, m := range variable.FindAllStringSubmatch(b.text, -1) {
				out = append(out, m[1]+"=unused")
			}
		}
	}
	return out
}

// tail keeps the end of an output, where the failure is.
func tail(text string) string {
	const shown = 4000
	if len(text) > shown {
		return "..." + text[len(text)-shown:]
	}
	return text
}
