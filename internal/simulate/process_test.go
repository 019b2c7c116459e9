package simulate

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/callback"
	"aitrader/internal/changes"
	"aitrader/internal/daily"
	"aitrader/internal/engine"
	"aitrader/internal/executor"
	"aitrader/internal/httpapi"
	"aitrader/internal/prices/feed"
	"aitrader/internal/sim"
	"aitrader/internal/storetest"
)

// process is one life of a process: its memory is everything but the image.
type process struct {
	w       *world
	slot    int    // its place; after its death another process takes it; -1: none
	name    string // new with every life
	ctx     context.Context
	cancel  context.CancelFunc
	dead    bool
	skew    atomic.Int64   // of its clock, in nanoseconds
	shown   time.Time      // the latest time on its clock before it jumped
	running sync.WaitGroup // its goroutines that the world has started
	began   time.Time
	died    time.Time // zero while it lives

	// Of an environment of a function on AWS.
	frozen   time.Time // until when its calls stand still
	serves   invocation
	timedOut bool  // it died because it took too long
	takeOver bool  // it takes the place of an invocation that is known to have died
	fence    int64 // of the last claim that it was granted

	store     *access
	transport *http.Transport
	feed      *feed.Feed
	changes   changes.Signal
	jobs      *engine.Jobs
	deliverer *callback.Deliverer
	engine    *engine.Engine
	executor  *executor.Executor
}

// now is the time on the clock of the process.
func (p *process) now() time.Time { return p.w.now().Add(time.Duration(p.skew.Load())) }

// jump lets the clock jump, to a distance from the true time.
func (p *process) jump(skew time.Duration) {
	p.shown = p.latest()
	p.skew.Store(int64(skew))
}

// latest is the latest time that the clock has shown.
func (p *process) latest() time.Time {
	if now := p.now(); now.After(p.shown) {
		return now
	}
	return p.shown
}

// do makes a call: it waits as long as the store or the network takes, and then until
// the world lets the call happen. Name and actor identify it among all that can be
// under way at once.
func (p *process) do(ctx context.Context, name, about string, f func() error) error {
	if actorOf(ctx) == "" && about == "" {
		return p.doAlike(ctx, p.name+" "+name, f)
	}
	name = p.name + " " + actorOf(ctx) + name
	name = fmt.Sprintf("%s #%d", name, p.w.count(name))
	if p.slow(ctx, name) != nil {
		return interrupted(ctx)
	}
	sent := p.thaw()
	return p.w.park(&call{process: p, name: name, about: about, do: func() error {
		if ctx.Err() != nil && !sent {
			return interrupted(ctx)
		}
		return f()
	}})
}

// thaw waits until the process is no longer frozen. It reports whether it was: then the
// call happens although its context may have ended meanwhile, as one that was on its way.
func (p *process) thaw() bool {
	p.w.mu.Lock()
	frozen := p.frozen
	p.w.mu.Unlock()
	left := frozen.Sub(p.w.now())
	if frozen.IsZero() || left <= 0 {
		return false
	}
	select {
	case <-time.After(left):
	case <-p.w.ended:
	}
	return true
}

// doAlike makes a call that several goroutines can make at once without a difference
// between them: all that are parked happen together.
func (p *process) doAlike(ctx context.Context, name string, f func() error) error {
	return p.w.park(&call{process: p, name: name, alike: true, do: func() error {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		return f()
	}})
}

// interrupted is the error of a call whose context has ended, as the stores have it.
func interrupted(ctx context.Context) error {
	return &sim.Error{Kind: sim.KindUnavailable, Message: "the request was cancelled before it was answered", Err: ctx.Err()}
}

// slow waits before a call, sometimes.
func (p *process) slow(ctx context.Context, name string) error {
	if p.w.calm.Load() || !p.w.chance(p.w.scenario.slow, "slow "+name) {
		return nil
	}
	if !pause(ctx, p.w.between(0, p.w.scenario.maxDelay, "delay "+name)) {
		return ctx.Err()
	}
	return nil
}

// actorKey is the key of the actor in a context.
type actorKey struct{}

// asActor returns a context whose calls carry the name of an actor.
func asActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

// actorOf returns the actor of a call, with a blank; "" for none.
func actorOf(ctx context.Context) string {
	if name, ok := ctx.Value(actorKey{}).(string); ok {
		return name + " "
	}
	return ""
}

// lock is the executor lock as one process has it.
type lock struct{ p *process }

func (l lock) TryLock() (got bool, err error) {
	w := l.p.w
	w.mu.Lock()
	held := w.holder != nil
	w.mu.Unlock()
	if held { // its holder must die first, and a death wakes nobody: nothing can be missed
		return false, nil
	}
	err = w.park(&call{process: l.p, name: l.p.name + " lock", do: func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if got = w.holder == nil; got {
			w.holder = l.p
		}
		return nil
	}})
	return got && err == nil, nil
}

func (l lock) Unlock() error {
	w := l.p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holder == l.p {
		w.holder = nil
	}
	return nil
}

// startProcess starts a process in a slot, and everything that runs in it.
func (w *world) startProcess(slot int) {
	p := w.newProcess(slot, fmt.Sprintf("p%d", slot))
	if w.cloud != nil {
		return // it serves requests only
	}
	p.running.Go(func() { p.executor.Run(p.ctx) })
	if w.scenario.daily && slot == 0 {
		p.running.Go(func() { p.newDaily(slog.New(slog.DiscardHandler)).Run(p.ctx) })
	}
}

// newProcess returns a process in a slot: -1 for none. Its name begins with a prefix.
func (w *world) newProcess(slot int, prefix string) *process {
	w.births++
	p := &process{w: w, slot: slot, name: fmt.Sprintf("%s.%d", prefix, w.births), began: w.now()}
	random := 0.5 + float64(w.below(50, p.name+" random"))/100
	ctx := backoff.WithRandom(context.WithValue(context.Background(), processKey{}, p), func() float64 { return random })
	p.ctx, p.cancel = context.WithCancel(ctx)
	discard := slog.New(slog.DiscardHandler)
	p.store = &access{p: p, faulty: storetest.NewFaulty(&recorder{image: w.image, w: w}, p.fault)}
	store := changes.Store{Store: p.store, Signal: &p.changes}
	p.transport, p.feed = p.newTransport(), feed.New(keys{}, p.store, p.now, discard)
	p.deliverer = &callback.Deliverer{
		Store: p.store, Sender: w.newSender(p), Now: p.now, After: p.after, Log: discard,
		Body: func(ctx context.Context, job sim.Job) ([]byte, error) { return httpapi.StatusBody(ctx, p.store, job) },
	}
	p.engine = &engine.Engine{
		Store: store, Prices: p.store, Bars: p.feed, Trader: trader{p}, Now: p.now, Holder: p.name, Exclusive: true, DayTimeout: dayTimeout,
	}
	p.executor = executor.New(p.engine, lock{p}, delivering{p.deliverer}, discard)
	// The poll and the retry are no multiples of each other; see after.
	p.executor.Poll, p.executor.RetryDelay = w.scenario.poll, 5300*time.Millisecond
	p.deliverer.OnJobEnded = func(context.Context, sim.Job) { p.executor.WakeDeliverer() }
	var executes engine.Executor = p.executor
	if w.cloud != nil {
		p.engine.Exclusive, p.engine.DayTimeout = false, modelDayLimit
		p.deliverer.OnJobEnded = func(ctx context.Context, job sim.Job) { _ = p.deliverer.Deliver(ctx, job) } // or by a later event
		executes = starter{p}
	}
	ids := 0
	p.jobs = &engine.Jobs{
		Store: store, Prices: p.store, Bars: p.feed, Configs: configurations{p}, Executor: executes, Notifier: p.deliverer, Now: p.now,
		Limits: sim.DefaultLimits,
		NewID: func() string {
			w.mu.Lock()
			defer w.mu.Unlock()
			ids++
			return fmt.Sprintf("j-%s-%d", p.name, ids)
		},
	}
	w.mu.Lock()
	w.processes = append(w.processes, p)
	w.mu.Unlock()
	return p
}

// processKey is the key of the process in a context.
type processKey struct{}

// delivering is the loop of the deliverer, as an actor of its own.
type delivering struct{ *callback.Deliverer }

// Run implements [executor.Deliverer].
func (d delivering) Run(ctx context.Context, wake <-chan struct{}) {
	d.Deliverer.Run(asActor(ctx, "deliverer"), wake)
}

// newDaily returns the evening scheduler of a process.
func (p *process) newDaily(log *slog.Logger) *daily.Daily {
	at, err := daily.ParseTimeOfDay(evening)
	if err != nil {
		panic(err) // a constant
	}
	return &daily.Daily{
		At: at, Trigger: evenings{p}, Configs: evenings{p}, Prices: p.store, Bars: p.feed, Now: p.now, After: p.after, Log: log,
	}
}

// after is time.After, but timers are late: by much on a machine that sleeps, and always
// by a part of a millisecond of its own. For when two timers fire at once, select draws
// which one counts, and that draw has no seed.
func (p *process) after(d time.Duration) <-chan time.Time {
	name := p.name + " after"
	late := p.w.between(time.Microsecond, time.Millisecond, fmt.Sprintf("%s %d", name, p.w.count(name)))
	return time.After(d + p.w.scenario.lateness + late)
}

const (
	// dayTimeout bounds a model-day.
	dayTimeout = 10 * time.Minute
	// evening is when the daily catch-up begins.
	evening = "18:30"
)

// alive returns the processes that live, in order of their slots.
func (w *world) alive() []*process {
	w.mu.Lock()
	defer w.mu.Unlock()
	bySlot := make([]*process, w.scenario.processes)
	for _, p := range w.processes {
		if !p.dead && p.slot >= 0 {
			bySlot[p.slot] = p
		}
	}
	var out []*process
	for _, p := range bySlot {
		if p != nil {
			out = append(out, p)
		}
	}
	return out
}
