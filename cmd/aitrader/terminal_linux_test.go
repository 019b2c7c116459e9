package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal whose screen is kept.
type terminal struct {
	t    testing.TB
	tty  *os.File // the program's side
	read chan struct{}

	mu    sync.Mutex
	text  bytes.Buffer
	await map[string]func()
}

func newTerminal(t testing.TB) *terminal {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	fd := int(screen.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 120}))
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	s := &terminal{t: t, tty: tty, read: make(chan struct{}), await: map[string]func(){}}
	go func() {
		defer close(s.read)
		_, _ = io.Copy(s, screen) // it ends with EIO when the program's side is closed
		_ = screen.Close()
	}()
	return s
}

// Write is what appears on the screen.
func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	for word, act := range s.await {
		if strings.Contains(s.text.String(), word) {
			delete(s.await, word)
			act()
		}
	}
	return n, err
}

// when calls a function once, as soon as a word is on the screen.
func (s *terminal) when(word string, act func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.await[word] = act
}

// seen closes the terminal and returns everything that was on it.
func (s *terminal) seen() string {
	require.NoError(s.t, s.tty.Close())
	<-s.read
	return s.text.String()
}

// callOn calls the program in this process, its error output on a terminal.
func (s *shop) callOn(ctx context.Context, screen *terminal, args ...string) said {
	var out bytes.Buffer
	p := &program{stdout: &out, stderr: screen.tty, env: func(name string) string { return s.env[name] }, now: time.Now}
	code := p.main(ctx, append([]string{"--data", s.env["AITRADER_DATA"]}, args...))
	return said{code, out.String(), screen.seen()}
}

func TestABarOnATerminal(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.long(25)
	r := s.callOn(t.Context(), newTerminal(t), "run", "--start", first)
	assert.Equal(t, exitCompleted, r.code)
	assert.Contains(t, r.err, " 200/200 model-days")
	assert.Regexp(t, ` 2020-\d\d-\d\d +\[=*>?-*\]`, r.err)
	assert.Regexp(t, `\d+s left`, r.err)
	assert.NotContains(t, r.err, "model-days done", "no lines beside the bar")
	assert.Equal(t, "completed: 200 of 200 model-days completed, 0 failed, 0 skipped\n", r.out)
}

// The hint after Ctrl-C is on a line of its own, below the bar.
func TestTheHintAfterCtrlCIsBelowTheBar(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.long(200)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	screen := newTerminal(t)
	screen.when("s left", stop)
	r := s.callOn(ctx, screen, "run", "--start", first)
	assert.Equal(t, exitInterrupted, r.code)
	assert.Regexp(t, `\nstopped; [1-9]\d* of 1600 model-days are done and kept\.`, r.err)
	assert.Empty(t, r.out)
}

// The demo in this process, stopped as soon as it says where it serves.
func TestDemoOnATerminal(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, bars := range []string{"760 bars loaded, 0 already there", "0 bars loaded, 760 already there"} {
		ctx, stop := context.WithCancel(t.Context())
		screen := newTerminal(t)
		screen.when("Ctrl-C stops", stop)
		r := s.callOn(ctx, screen, "demo", "--addr", "127.0.0.1:0")
		stop()
		assert.Zero(t, r.code, r.err)
		assert.Contains(t, r.err, bars)
		assert.Contains(t, r.out, "RANK  MODEL")
	}
}

func TestUpServesThePortOfTheEnvironment(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.env["API_PORT"] = "0"
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	screen := newTerminal(t)
	screen.when("Ctrl-C stops", stop)
	r := s.callOn(ctx, screen, "up")
	assert.Zero(t, r.code, r.err)
	assert.Contains(t, r.err, "serving on http://127.0.0.1:")
}
