package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// The test binary runs itself as another process: with this variable it does
// what the variable says instead of testing.
const roleVariable = "SQLITE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "":
		rounds.Checks(12, 100)
		os.Exit(m.Run())
	case "trade":
		exit(childTrade(context.Background()))
	case "back up": // FILE COPY, until it is killed
		store, err := sqlite.Open(context.Background(), os.Args[1])
		for err == nil {
			err = errors.Join(store.Backup(context.Background(), os.Args[2]), os.Remove(os.Args[2]))
			fmt.Println("copied")
		}
		exit(err)
	case "open":
		store, err := sqlite.Open(context.Background(), os.Args[1])
		if err == nil {
			err = store.Close()
		}
		fmt.Println(err)
		exit(nil)
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// childTrade trades in a file: FILE JOB DATES EXCLUSIVE. It writes a line for
// each day that it has closed.
func childTrade(ctx context.Context) error {
	store, err := sqlite.Open(ctx, os.Args[1])
	if err != nil {
		return err
	}
	dates, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return err
	}
	r := &trading{
		store: store, job: os.Args[2], models: modelNames(4), dates: dates, holder: strconv.Itoa(os.Getpid()),
		exclusive: os.Args[4] == "exclusive", closed: func() { fmt.Println("closed") },
	}
	if err := r.ensureJob(ctx); err != nil {
		return err
	}
	if err := r.run(ctx); err != nil {
		return err
	}
	return store.Close()
}

// child is a process that trades.
type child struct {
	*exec.Cmd
	lines *bufio.Reader
}

func startChild(t *testing.T, path, job string, dates int, mode string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], path, job, strconv.Itoa(dates), mode)
	cmd.Env = append(os.Environ(), roleVariable+"=trade")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return &child{Cmd: cmd, lines: bufio.NewReader(out)}
}

// finish reads what is left and expects a good end. It returns how many days
// the child has closed since the lines that were read before.
func (c *child) finish(t *testing.T) int {
	t.Helper()
	closed := 0
	for {
		_, err := c.lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		closed++
	}
	require.NoError(t, c.Wait())
	return closed
}

func TestTwoProcessesOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	dates := rounds.Of(t, 15, 60)
	first := startChild(t, path, "job-1", dates, "shared") // both create the file, the job, and all days
	second := startChild(t, path, "job-2", dates, "shared")
	closed := []int{first.finish(t), second.finish(t)}
	store := open(t, path)
	defer closeStore(t, store)
	assert.Equal(t, 4*dates, closed[0]+closed[1], "each day is closed by one process")
	assert.Equal(t, 4*dates, checkWhole(t, path, store))
	jobs, _, err := store.Jobs(t.Context(), sim.JobFilter{})
	require.NoError(t, err)
	assert.Len(t, jobs, 1)
}

func TestKilledAtAnyMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	reached := 0
	for round := range rounds.Of(t, 6, 25) {
		c := startChild(t, path, "job", 100_000, "exclusive")
		// The first rounds kill while the file is opened and the job created, the
		// others after some days: the child is ahead of what it has told.
		for range rand.IntN(1 + round) {
			_, err := c.lines.ReadString('\n')
			require.NoError(t, err)
		}
		require.NoError(t, c.Process.Kill())
		_, err := io.Copy(io.Discard, c.lines)
		require.NoError(t, err)
		require.Error(t, c.Wait())
		store := open(t, path)
		days := checkWhole(t, path, store)
		require.GreaterOrEqual(t, days, reached, "a closed day was lost")
		reached = days
		closeStore(t, store)
	}
	store := open(t, path)
	dates := furthest(t, store) + 3
	closeStore(t, store)
	startChild(t, path, "job", dates, "exclusive").finish(t)
	store = open(t, path)
	defer closeStore(t, store)
	assert.Equal(t, 4*dates, checkWhole(t, path, store), "no lease is left")
}

func TestToldDaysSurviveAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	c := startChild(t, path, "job", 100_000, "exclusive")
	const told = 40
	for range told {
		_, err := c.lines.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, c.Process.Kill())
	require.Error(t, c.Wait())
	store := open(t, path)
	defer closeStore(t, store)
	assert.GreaterOrEqual(t, checkWhole(t, path, store), told)
}

// openElsewhere opens a file in another process and returns its error as it prints it.
func openElsewhere(t *testing.T, path string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], path)
	cmd.Env = append(os.Environ(), roleVariable+"=open")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// asUnprivileged opens a file in a process that may read it but not write it.
func asUnprivileged(t *testing.T, path string) ([]byte, error) {
	t.Helper()
	folder := filepath.Dir(path)
	program := filepath.Join(folder, "opener")
	content, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, content, 0o755))
	require.NoError(t, os.Chmod(path, 0o444))
	cmd := exec.CommandContext(t.Context(), program, path)
	cmd.Env = append(os.Environ(), roleVariable+"=open")
	cmd.Dir = "/"
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755))
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	require.NoError(t, os.Chmod(folder, 0o555))
	defer func() { require.NoError(t, os.Chmod(folder, 0o755)) }()
	return cmd.CombinedOutput()
}

// pause stops a process, which stays alive; resume lets it continue.
func pause(p *os.Process) error  { return p.Signal(syscall.SIGSTOP) }
func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
