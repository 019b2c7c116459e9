package local

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// executor runs the active jobs of a store, in this process. Of all processes
// on one folder only the one that holds the lock file does; the others wait for
// it, and take over when it ends.
type executor struct {
	engine    *engine.Engine
	lock      lock
	deliverer deliverer
	log       *slog.Logger
	// poll is how often the store is looked at for jobs that another process
	// has triggered, and the lock for a holder that has ended.
	poll time.Duration
	// retryDelay is how long a job rests that could not go on, for example
	// because the disk is full.
	retryDelay time.Duration

	wake  chan struct{} // capacity 1: something may be there to run
	ended chan struct{} // capacity 1: a job has ended, of which somebody may want to be told

	mu      sync.Mutex
	running map[string]context.CancelFunc // by job id
	holding bool
}

// deliverer delivers the callbacks of ended jobs until the context ends. It reads
// the store when it starts and when it is woken.
type deliverer interface {
	Run(ctx context.Context, wake <-chan struct{})
}

// lock is an exclusive lock between processes, which ends with its process.
type lock interface {
	TryLock() (bool, error)
	Unlock() error
}

func newExecutor(e *engine.Engine, l lock, d deliverer, log *slog.Logger) *executor {
	return &executor{
		engine: e, lock: l, deliverer: d, log: log.With("logger", "executor"),
		poll: 500 * time.Millisecond, retryDelay: 5 * time.Second,
		wake: make(chan struct{}, 1), ended: make(chan struct{}, 1), running: map[string]context.CancelFunc{},
	}
}

// Start lets the executor look for jobs now. Should another process hold the
// lock, that one finds the job.
func (x *executor) Start(context.Context, sim.Job) error {
	x.look()
	return nil
}

// look makes the executor look for jobs now.
func (x *executor) look() { poke(x.wake) }

// tell makes the deliverer look for ended jobs now.
func (x *executor) tell() { poke(x.ended) }

// poke wakes whoever waits on a channel of capacity 1.
func poke(sleeper chan struct{}) {
	select {
	case sleeper <- struct{}{}:
	default: // it is going to look anyway
	}
}

// Stop ends the work on a job that is to be cancelled, if it runs here.
func (x *executor) Stop(_ context.Context, job sim.Job) error {
	x.mu.Lock()
	stop := x.running[job.ID]
	x.mu.Unlock()
	if stop != nil {
		stop()
	}
	x.look()
	return nil
}

// State says that every active job is taken care of: if not now, then when the
// next process starts on this folder.
func (x *executor) State(context.Context, sim.Job) (engine.ExecutionState, error) {
	return engine.ExecutionAlive, nil
}

// Holding reports whether this process executes jobs.
func (x *executor) Holding() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.holding
}

// run executes jobs until the context ends, and returns when all of them have
// stopped.
func (x *executor) run(ctx context.Context) {
	var jobs sync.WaitGroup
	tick := time.NewTicker(x.poll)
	defer tick.Stop()
	waiting := false
	deliver := sync.OnceFunc(func() { jobs.Go(func() { x.deliverer.Run(ctx, x.ended) }) })
	for ctx.Err() == nil {
		if x.hold(&waiting) {
			deliver()
			x.startAll(ctx, &jobs)
		}
		select {
		case <-ctx.Done():
		case <-x.wake:
		case <-tick.C:
		}
	}
	jobs.Wait()
	x.release()
}

// release gives the lock back, if this process has it.
func (x *executor) release() {
	if !x.Holding() {
		return
	}
	if err := x.lock.Unlock(); err != nil {
		x.log.Error("the executor lock could not be released", "error", err)
	}
	x.setHolding(false)
}

// hold takes the lock, if nobody has it.
func (x *executor) hold(waiting *bool) bool {
	if x.Holding() {
		return true
	}
	got, err := x.lock.TryLock()
	switch {
	case err != nil:
		x.log.Error("the executor lock could not be taken", "error", err)
	case !got && !*waiting:
		x.log.Info("another process executes the jobs of this folder; this one triggers and reads")
		*waiting = true
	case got && *waiting:
		x.log.Info("the other process has ended; this one executes the jobs of this folder now")
	}
	x.setHolding(got)
	return got
}

func (x *executor) setHolding(holding bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.holding = holding
}

// active counts the jobs that are executed here.
func (x *executor) active() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.running)
}

// startAll starts every active job that does not run yet.
func (x *executor) startAll(ctx context.Context, jobs *sync.WaitGroup) {
	for after := ""; ; {
		page, next, err := x.engine.Store.Jobs(ctx, sim.JobFilter{
			Statuses: []sim.JobStatus{sim.JobPending, sim.JobRunning}, After: after,
		})
		if err != nil {
			if ctx.Err() == nil {
				x.log.Error("active jobs could not be listed", "error", err)
			}
			return
		}
		for _, job := range page {
			x.start(ctx, jobs, job.ID)
		}
		if after = next; after == "" {
			return
		}
	}
}

func (x *executor) start(ctx context.Context, jobs *sync.WaitGroup, jobID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.running[jobID] != nil {
		return
	}
	working, stop := context.WithCancel(ctx)
	x.running[jobID] = stop
	jobs.Go(func() {
		defer stop()
		if err := x.engine.RunJob(working, jobID); err != nil && working.Err() == nil {
			x.log.Error("job cannot go on; it is tried again", "job_id", jobID, "error", err)
			rest(working, x.retryDelay) // not longer, when it is cancelled
		}
		x.tell()
		x.mu.Lock()
		delete(x.running, jobID)
		x.mu.Unlock()
		x.look() // a cancelled job is finalised by the next round
	})
}

// rest waits, unless the context ends first.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
