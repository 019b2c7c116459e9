// Package executor runs the active jobs of a store in this process. Of all processes on
// one store only the one that holds a lock executes; the others wait for it, and take
// over when it ends.
package executor

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// Executor executes the active jobs while it holds its lock. It implements
// [engine.Executor]. It is safe for concurrent use. The exported fields can be changed
// before [Executor.Run].
type Executor struct {
	engine    *engine.Engine
	lock      Lock
	deliverer Deliverer
	log       *slog.Logger
	// Poll is how often the executor checks the store for jobs that another process
	// has triggered, and the lock for a holder that has ended; 500 ms by default.
	Poll time.Duration
	// Intact, if set, is asked at every poll whether the store can still be used. An error
	// of kind damaged is a fault: it stays, all work stops, and the lock is kept, so that
	// no other process continues from less than was acknowledged here.
	Intact func(context.Context) error
	// Kept, if set, is asked at every poll whether the lock that is held keeps other
	// processes away. An error is a fault: it stays, all work stops, and the lock is
	// released.
	Kept func() error
	// RetryDelay is the wait after a job could not continue, for example because the
	// disk is full; 5 s by default.
	RetryDelay time.Duration

	wake  chan struct{} // capacity 1: a job may be ready to run
	ended chan struct{} // capacity 1: a job has ended, whose callbacks may be due

	mu      sync.Mutex
	running map[string]context.CancelFunc // by job id
	holding bool
	fault   error // why nothing is executed here any more; nil: none
}

// Deliverer delivers the callbacks of ended jobs until the context ends. It reads
// the store when it starts and when it is woken.
type Deliverer interface {
	Run(ctx context.Context, wake <-chan struct{})
}

// Lock is an exclusive lock between processes, which ends with its process.
type Lock interface {
	TryLock() (bool, error)
	Unlock() error
}

// New returns an Executor. The engine's leases must be exclusive: the lock keeps other
// processes away.
func New(e *engine.Engine, l Lock, d Deliverer, log *slog.Logger) *Executor {
	return &Executor{
		engine: e, lock: l, deliverer: d, log: log.With("logger", "executor"),
		Poll: 500 * time.Millisecond, RetryDelay: 5 * time.Second,
		wake: make(chan struct{}, 1), ended: make(chan struct{}, 1), running: map[string]context.CancelFunc{},
	}
}

// Start makes the executor list the active jobs now. If another process holds the
// lock, that one finds the job.
func (x *Executor) Start(context.Context, sim.Job) error {
	x.wakeLoop()
	return nil
}

// wakeLoop makes the executor list the active jobs now.
func (x *Executor) wakeLoop() { notify(x.wake) }

// WakeDeliverer makes the deliverer read the ended jobs now.
func (x *Executor) WakeDeliverer() { notify(x.ended) }

// notify wakes the receiver of a channel of capacity 1.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is about to wake anyway
	}
}

// Stop ends the work on a job that is to be cancelled, if it runs here.
func (x *Executor) Stop(_ context.Context, job sim.Job) error {
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
func (x *Executor) State(context.Context, sim.Job) (engine.ExecutionState, error) {
	return engine.ExecutionAlive, nil
}

// Holding reports whether this process executes jobs.
func (x *Executor) Holding() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.holding
}

// Fault returns why this process executes nothing any more; nil: there is no reason.
func (x *Executor) Fault() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fault == nil && x.holding && x.Kept != nil {
		return x.Kept()
	}
	return x.fault
}

// Run executes jobs until the context ends, and returns when all of them have
// stopped.
func (x *Executor) Run(ctx context.Context) {
	x.work(ctx)
	if x.Fault() != nil {
		<-ctx.Done()
	}
	x.release()
}

// work executes jobs until the context ends or there is a fault.
func (x *Executor) work(ctx context.Context) {
	working, stop := context.WithCancel(ctx)
	defer stop()
	var jobs sync.WaitGroup
	tick := time.NewTicker(x.Poll)
	defer tick.Stop()
	waiting := false
	deliver := sync.OnceFunc(func() { jobs.Go(func() { x.deliverer.Run(working, x.ended) }) })
	for ctx.Err() == nil {
		release, fault := x.look(ctx)
		if fault != nil {
			x.log.Error("nothing is executed here any more", "error", fault)
			stop()
			jobs.Wait()
			if release {
				x.release()
			}
			return
		}
		if x.hold(&waiting) {
			deliver()
			x.startAll(working, &jobs)
		}
		select {
		case <-ctx.Done():
		case <-x.wake:
		case <-tick.C:
		}
	}
	jobs.Wait()
}

// look finds a fault and keeps it.
func (x *Executor) look(ctx context.Context) (release bool, fault error) {
	if x.Kept != nil && x.Holding() {
		fault = x.Kept()
		release = fault != nil
	}
	if fault == nil && x.Intact != nil {
		if err := x.Intact(ctx); sim.IsKind(err, sim.KindDamaged) {
			fault = err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fault = fault
	return release, fault
}

// release releases the lock, if this process holds it.
func (x *Executor) release() {
	if !x.Holding() {
		return
	}
	if err := x.lock.Unlock(); err != nil {
		x.log.Error("the executor lock could not be released", "error", err)
	}
	x.setHolding(false)
}

// hold takes the lock, if it is free.
func (x *Executor) hold(waiting *bool) bool {
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

func (x *Executor) setHolding(holding bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.holding = holding
}

// Active counts the jobs that are executed here.
func (x *Executor) Active() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.running)
}

// startAll starts every active job that does not run yet.
func (x *Executor) startAll(ctx context.Context, jobs *sync.WaitGroup) {
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

func (x *Executor) start(ctx context.Context, jobs *sync.WaitGroup, jobID string) {
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
			_ = backoff.Wait(working, x.RetryDelay) // ends early when the job is cancelled
		}
		x.WakeDeliverer()
		x.mu.Lock()
		delete(x.running, jobID)
		x.mu.Unlock()
		x.wakeLoop() // a cancelled job is finalised by the next round
	})
}
