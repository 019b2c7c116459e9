package local

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// executor runs the active jobs of a store in this process. Of all processes on one
// folder only the one that holds the lock file executes; the others wait for it, and
// take over when it ends.
type executor struct {
	engine    *engine.Engine
	lock      lock
	deliverer deliverer
	log       *slog.Logger
	// poll is how often the executor checks the store for jobs that another process
	// has triggered, and the lock for a holder that has ended.
	poll time.Duration
	// retryDelay is the wait after a job could not continue, for example because the
	// disk is full.
	retryDelay time.Duration

	wake  chan struct{} // capacity 1: a job may be ready to run
	ended chan struct{} // capacity 1: a job has ended, whose callbacks may be due

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

// Start makes the executor list the active jobs now. If another process holds the
// lock, that one finds the job.
func (x *executor) Start(context.Context, sim.Job) error {
	x.wakeLoop()
	return nil
}

// wakeLoop makes the executor list the active jobs now.
func (x *executor) wakeLoop() { notify(x.wake) }

// wakeDeliverer makes the deliverer read the ended jobs now.
func (x *executor) wakeDeliverer() { notify(x.ended) }

// notify wakes the receiver of a channel of capacity 1.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is about to wake anyway
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
	x.wakeLoop()
	return nil
}

// State reports every active job as alive: it runs now, or when the next process
// starts on this folder.
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

// release releases the lock, if this process holds it.
func (x *executor) release() {
	if !x.Holding() {
		return
	}
	if err := x.lock.Unlock(); err != nil {
		x.log.Error("the executor lock could not be released", "error", err)
	}
	x.setHolding(false)
}

// hold takes the lock, if it is free.
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
			x.log.Error("job cannot continue; it will be retried", "job_id", jobID, "error", err)
			_ = backoff.Wait(working, x.retryDelay) // ends early when the job is cancelled
		}
		x.wakeDeliverer()
		x.mu.Lock()
		delete(x.running, jobID)
		x.mu.Unlock()
		x.wakeLoop() // a cancelled job is finalised by the next round
	})
}
