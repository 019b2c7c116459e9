package executor

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// brokenStore fails in some of its methods as long as a function says so.
type brokenStore struct {
	sim.Store
	job, jobs func() error
}

func (s brokenStore) Job(ctx context.Context, id string) (sim.Job, error) {
	if err := s.job(); err != nil {
		return sim.Job{}, err
	}
	return s.Store.Job(ctx, id)
}

func (s brokenStore) Jobs(ctx context.Context, f sim.JobFilter) ([]sim.Job, string, error) {
	if err := s.jobs(); err != nil {
		return nil, "", err
	}
	return s.Store.Jobs(ctx, f)
}

// times returns a function that fails some times, and then says nil.
func times(n int) func() error {
	var mu sync.Mutex
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		if n == 0 {
			return nil
		}
		n--
		return errors.New("the disk is full")
	}
}

// scriptedLock answers by a script, the last line for ever.
type scriptedLock struct {
	mu       sync.Mutex
	script   []error // nil: taken; errBusy: another process has it
	unlocked int
	unlock   error
}

var errBusy = errors.New("busy")

func (l *scriptedLock) TryLock() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := l.script[0]
	if len(l.script) > 1 {
		l.script = l.script[1:]
	}
	if errors.Is(answer, errBusy) {
		return false, nil
	}
	return answer == nil, answer
}

func (l *scriptedLock) Unlock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unlocked++
	return l.unlock
}

func (l *scriptedLock) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unlocked
}

// idleTrader closes each day without a trade.
type idleTrader struct{}

func (idleTrader) Trade(context.Context, engine.Assignment) (sim.Outcome, error) {
	return sim.Outcome{Session: sim.Session{StopReason: sim.StopSignal}}, nil
}

// executorBench is an executor over a real store that holds one pending job.
type executorBench struct {
	*Executor
	store *sqlite.Store
	job   sim.Job
	lock  *scriptedLock
	log   *linesLog
}

// linesLog hands on each message that is logged.
type linesLog struct {
	slog.Handler
	messages chan string
}

func (l *linesLog) Handle(_ context.Context, r slog.Record) error {
	l.messages <- r.Message
	return nil
}
func (l *linesLog) WithAttrs([]slog.Attr) slog.Handler           { return l }
func (l *linesLog) Enabled(_ context.Context, v slog.Level) bool { return v >= slog.LevelInfo }

// noCallbacks delivers nothing.
type noCallbacks struct{}

func (noCallbacks) Run(ctx context.Context, _ <-chan struct{}) { <-ctx.Done() }

func newExecutorBench(t *testing.T, lock *scriptedLock, broken brokenStore) *executorBench {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	date, book := sim.MustParseDate("2025-10-01"), sim.BookKey{Experiment: "main", Model: "idle"}
	bar := sim.Bar{Open: sim.Dollar, High: sim.Dollar, Low: sim.Dollar, Close: sim.Dollar}
	_, err = store.PutPrices(t.Context(),
		sim.PriceRows{Source: "test", Bars: []sim.SymbolBar{{Symbol: "AAA", Date: date, Bar: bar}}}, time.Now())
	require.NoError(t, err)
	heads, err := store.Heads(t.Context(), []sim.BookKey{book})
	require.NoError(t, err)
	job, err := store.CreateJob(t.Context(), sim.NewJob{
		Books: []sim.BookPlan{{Head: heads[0]}},
		Job: sim.Job{
			ID: "job", Experiment: "main", Status: sim.JobPending, CreatedAt: time.Now(), UpdatedAt: time.Now(),
			Plan:     sim.Plan{Dates: []sim.Date{date}, Models: []sim.PlannedSpan{{Model: "idle", From: date, To: date}}},
			Settings: sim.Settings{InitialCash: sim.Dollar, Models: []sim.ModelSpec{{Signature: "idle"}}},
		},
	})
	require.NoError(t, err)
	broken.Store = store
	log := &linesLog{Handler: slog.DiscardHandler, messages: make(chan string, 1000)}
	x := New(&engine.Engine{
		Store: broken, Prices: store, Trader: idleTrader{}, Now: time.Now, Holder: "test", Exclusive: true, DayTimeout: time.Hour,
	}, lock, noCallbacks{}, slog.New(log))
	x.Poll, x.RetryDelay = time.Millisecond, time.Millisecond
	return &executorBench{x, store, job, lock, log}
}

// runs starts the executor; the returned function stops it and waits for it.
func (b *executorBench) runs(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

// ends waits for the end of the job.
func (b *executorBench) ends(t *testing.T, want sim.JobStatus) {
	t.Helper()
	require.Eventually(t, func() bool {
		job, err := b.store.Job(t.Context(), b.job.ID)
		return err == nil && job.Status == want
	}, 20*time.Second, time.Millisecond)
}

// said waits for a message in the log.
func (b *executorBench) said(t *testing.T, want string) {
	t.Helper()
	for {
		select {
		case message := <-b.log.messages:
			if message == want {
				return
			}
		case <-time.After(20 * time.Second):
			require.Fail(t, "not in the log", want)
		}
	}
}

func TestAJobThatCannotContinueIsRetried(t *testing.T) {
	t.Parallel()
	b := newExecutorBench(t, &scriptedLock{script: []error{nil}}, brokenStore{job: times(2), jobs: times(2)})
	stop := b.runs(t)
	b.said(t, "active jobs could not be listed")
	b.said(t, "job cannot continue; it will be retried")
	b.said(t, "job cannot continue; it will be retried")
	b.ends(t, sim.JobCompleted)
	stop()
	assert.Equal(t, 1, b.lock.unlocked)
	assert.False(t, b.Holding())
}

func TestCancellingAJobEndsItsWaitForARetry(t *testing.T) {
	t.Parallel()
	b := newExecutorBench(t, &scriptedLock{script: []error{nil}}, brokenStore{job: times(1), jobs: times(0)})
	b.RetryDelay = time.Hour
	b.runs(t)
	b.said(t, "job cannot continue; it will be retried")
	job, err := b.store.RequestCancel(t.Context(), b.job.ID, time.Now())
	require.NoError(t, err)
	require.NoError(t, b.Stop(t.Context(), job))
	b.ends(t, sim.JobCancelled)
}

func TestTheExecutorWaitsForTheLock(t *testing.T) {
	t.Parallel()
	b := newExecutorBench(t,
		&scriptedLock{script: []error{errors.New("no such device"), errBusy, errBusy, nil}, unlock: errors.New("no such device")},
		brokenStore{job: times(0), jobs: times(0)})
	require.False(t, b.Holding())
	require.NoError(t, b.Stop(t.Context(), sim.Job{ID: "never started here"}))
	stop := b.runs(t)
	for _, message := range []string{
		"the executor lock could not be taken",
		"another process executes the jobs of this folder; this one triggers and reads",
		"the other process has ended; this one executes the jobs of this folder now",
	} {
		b.said(t, message)
	}
	b.ends(t, sim.JobCompleted)
	assert.True(t, b.Holding())
	stop()
	b.said(t, "the executor lock could not be released")

	// Running again takes the lock again.
	b.lock.script = []error{errBusy}
	b.runs(t)
	b.said(t, "another process executes the jobs of this folder; this one triggers and reads")
	assert.False(t, b.Holding())
}

func TestEveryActiveJobIsAlive(t *testing.T) {
	t.Parallel()
	state, err := (&Executor{}).State(t.Context(), sim.Job{})
	require.NoError(t, err)
	assert.Equal(t, engine.ExecutionAlive, state)
}

// stuckTrader runs until it is stopped.
type stuckTrader struct{ begun chan struct{} }

func (s stuckTrader) Trade(ctx context.Context, _ engine.Assignment) (sim.Outcome, error) {
	s.begun <- struct{}{}
	<-ctx.Done()
	return sim.Outcome{}, ctx.Err()
}

// A lock that is lost is released, so that another process may execute. With a damaged
// store no process must.
func TestAFaultEndsAllWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set      func(*Executor, func() error)
		unlocked int
	}{
		"of the lock":  {func(x *Executor, fault func() error) { x.Kept = fault }, 1},
		"of the store": {func(x *Executor, fault func() error) { x.Intact = func(context.Context) error { return fault() } }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newExecutorBench(t, &scriptedLock{script: []error{nil}}, brokenStore{job: times(0), jobs: times(0)})
			trader := stuckTrader{make(chan struct{}, 100)}
			b.engine.Trader = trader
			var fault atomic.Pointer[sim.Error]
			c.set(b.Executor, func() error {
				if err := fault.Load(); err != nil {
					return err
				}
				return nil
			})
			stop := b.runs(t)
			<-trader.begun
			require.NoError(t, b.Fault())
			fault.Store(sim.Errorf(sim.KindDamaged, "a file is gone"))
			b.said(t, "nothing is executed here any more")
			require.Eventually(t, func() bool { return b.Active() == 0 && b.lock.count() == c.unlocked }, 20*time.Second, time.Millisecond)
			fault.Store(nil)
			require.ErrorContains(t, b.Fault(), "a file is gone", "it stays")
			stop()
			assert.Empty(t, trader.begun, "the job has not been started again")
			assert.Equal(t, 1, b.lock.count())
		})
	}
}

// A store that fails for now is no fault.
func TestAStoreThatCannotBeAskedIsNoFault(t *testing.T) {
	t.Parallel()
	b := newExecutorBench(t, &scriptedLock{script: []error{nil}}, brokenStore{job: times(0), jobs: times(0)})
	b.Intact = func(context.Context) error { return sim.Errorf(sim.KindUnavailable, "not now") }
	b.runs(t)
	b.ends(t, sim.JobCompleted)
	require.NoError(t, b.Fault())
}
