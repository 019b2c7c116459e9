package simulate

import (
	"context"
	"fmt"
	"hash"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"aitrader/internal/sim"
)

// world runs one scenario in a synctest bubble. Everything that an actor does outside
// of its own memory is a call: it parks until the world lets it happen. The world waits
// until every goroutine of the bubble is blocked, and then lets one call happen, drawn
// from the seed. So the order of all calls, and with it the outcome, follows from the
// seed and not from the Go scheduler.
type world struct {
	dice
	scenario scenario
	base     time.Duration // from the clock of the bubble to that of the world
	image    *image
	spec     *spec

	arrived chan struct{} // capacity 1: a call has parked
	calmed  chan struct{} // closed when there are no more faults
	ended   chan struct{} // closed at the end of the scenario
	serve   http.Handler  // of all processes
	cloud   *cloud        // nil: processes execute the jobs
	turn    int           // number of calls that have happened
	doing   *call         // that happens now
	calm    atomic.Bool   // no more faults
	began   time.Time

	mu        sync.Mutex
	parked    []*call
	counts    map[string]int // of calls by name
	faults    map[string]int // injected, by the job that they excuse
	deaths    map[string]int // of processes, by the job that they were running
	processes []*process
	births    int
	holder    *process // of the executor lock

	history     []operation
	made        []string              // jobs in order of their creation
	asked       map[string]*operation // that clients have begun, by name
	cancelled   map[string]time.Time  // when the cancel of a job was stored
	registered  map[sim.CallbackURL]bool
	effects     map[string]string // by operation: the job that it has created or cancelled
	keyed       map[string]operation
	sessions    []*session
	deliveries  map[string]*delivery // by receiver
	looked      []evenTime           // when the daily loop has looked for bars
	triggered   []evenTime           // and when it has triggered
	busyClients int
	wrong       []string

	endedContext context.Context // it ends with the scenario
	endContext   context.CancelFunc

	trace  hash.Hash64
	log    *strings.Builder // nil: none is kept
	ending bool
}

// call is something that an actor is about to do.
type call struct {
	process *process // nil: of the world outside
	name    string
	about   string // the job that it is about; "": none
	alike   bool   // it happens together with all others of its name
	do      func() error
	err     error
	done    chan struct{}
}

// errDead is the error of every call of a process that has died. It is internal, so
// that nothing is tried again: the goroutines of the dead end soon.
var errDead = sim.Errorf(sim.KindInternal, "the process is dead")

func newWorld(seed uint64, verbose bool) *world {
	w := &world{
		dice: dice(seed), image: newImage(), arrived: make(chan struct{}, 1), calmed: make(chan struct{}), ended: make(chan struct{}),
		counts: map[string]int{}, faults: map[string]int{}, deaths: map[string]int{}, asked: map[string]*operation{},
		cancelled: map[string]time.Time{}, registered: map[sim.CallbackURL]bool{}, effects: map[string]string{}, keyed: map[string]operation{},
		deliveries: map[string]*delivery{}, trace: fnv.New64a(), began: time.Now(),
	}
	w.spec = newSpec(w)
	if verbose {
		w.log = &strings.Builder{}
	}
	w.scenario = newScenario(w.child("scenario"))
	w.base = time.Until(w.scenario.start)
	w.endedContext, w.endContext = context.WithCancel(context.Background())
	if w.scenario.cloud {
		w.cloud = newCloud(w)
	}
	return w
}

// now is the true time of the world.
func (w *world) now() time.Time { return time.Now().Add(w.base) }

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	line := fmt.Sprintf("%5d %s ", w.turn, w.now().In(newYork).Format("01-02 15:04:05.000")) + fmt.Sprintf(format, args...) + "\n"
	_, _ = w.trace.Write([]byte(line)) // never fails
	if w.log != nil {
		w.log.WriteString(line)
	}
}

// violated records that a promise was broken.
func (w *world) violated(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.note("VIOLATED %s", text)
	if len(w.wrong) < 20 {
		w.wrong = append(w.wrong, text)
	}
}

// count returns how often a name was counted before.
func (w *world) count(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.counts[name]
	w.counts[name]++
	return n
}

// park hands a call to the world and waits until it has happened.
func (w *world) park(c *call) error {
	c.done = make(chan struct{})
	w.mu.Lock()
	if w.ending || c.process != nil && c.process.dead {
		w.mu.Unlock()
		return errDead
	}
	w.parked = append(w.parked, c)
	w.mu.Unlock()
	select {
	case w.arrived <- struct{}{}:
	default: // the world is about to look
	}
	<-c.done
	return c.err
}

// outside does something that belongs to no process.
func (w *world) outside(name string, do func()) {
	_ = w.park(&call{name: name, do: func() error { do(); return nil }}) // an error: the scenario has ended
}

// run lets calls happen until a condition holds, which it looks at when every
// goroutine is blocked; or until a time has passed, and then it returns false.
func (w *world) run(limit time.Duration, until func() bool) bool {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		synctest.Wait()
		switch {
		case until():
			return true
		case w.turn > maxTurns:
			w.violated("after %d calls there is no end", w.turn)
			return false
		}
		if calls := w.next(); len(calls) > 0 {
			w.happen(calls)
			continue
		}
		select {
		case <-w.arrived:
		case <-look.C:
		case <-timeout.C:
			return false
		}
	}
}

// maxTurns is far more than a scenario takes: its actors call each other without end.
const maxTurns = 100_000

// lookInterval is how often the world looks at its condition while nothing happens.
const lookInterval = 10 * time.Second

// next draws the next call: one, or all those of one name that are alike.
func (w *world) next() []*call {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.parked) == 0 {
		return nil
	}
	slices.SortStableFunc(w.parked, func(a, b *call) int { return strings.Compare(a.name, b.name) })
	i := 0
	if len(w.parked) > 1 {
		i = w.below(len(w.parked), fmt.Sprintf("turn %d", w.turn))
	}
	c := w.parked[i]
	if !c.alike {
		w.parked = slices.Delete(w.parked, i, i+1)
		return []*call{c}
	}
	var together, left []*call
	for _, o := range w.parked {
		if o.alike && o.name == c.name {
			together = append(together, o)
		} else {
			left = append(left, o)
		}
	}
	w.parked = left
	return together
}

// happen lets a call happen, or several that are alike. The process may die just
// before it, or just after: then it never sees the answer.
func (w *world) happen(calls []*call) {
	w.turn++
	c := calls[0]
	dies, before := false, false
	if c.process != nil && !w.calm.Load() {
		name := fmt.Sprintf("death %d", w.turn)
		dies, before = w.chance(w.scenario.deaths, name), w.chance(0.5, name+" before")
	}
	if !dies || !before {
		for _, c := range calls {
			w.doing = c
			c.err = c.do()
		}
		w.doing = nil
		w.note("%s: %s", c.name, sim.KindOf(c.err))
	}
	if dies {
		w.kill(c.process, c.about)
	}
	for _, c := range calls {
		if dies {
			c.err = errDead
		}
		close(c.done)
	}
}

// kill lets a process die. What it had under way fails, and has no effect.
func (w *world) kill(p *process, about string) {
	if p.dead {
		return
	}
	w.note("%s dies", p.name)
	w.mu.Lock()
	p.dead, p.died = true, w.now()
	if w.cloud != nil && p.serves.job != "" {
		about = p.serves.job
		w.cloud.hit(p.serves, 1)
	}
	runs := w.holder == p
	if runs {
		w.holder = nil
	}
	w.excuse(about)
	for id, job := range w.image.jobs {
		if runs && !job.Status.Terminal() {
			w.excuse(id)
			w.deaths[id]++
		}
	}
	var left []*call
	for _, c := range w.parked {
		if c.process != p {
			left = append(left, c)
			continue
		}
		w.excuse(c.about)
		c.err = errDead
		close(c.done)
	}
	w.parked = left
	w.mu.Unlock()
	p.cancel()
	if !w.ending && p.slot >= 0 {
		w.restart(p)
	}
}

// excuse records that something has happened to a job from outside; the caller holds
// the mutex.
func (w *world) excuse(job string) {
	if job != "" {
		w.faults[job]++
	}
}

// restart starts the process again after a while.
func (w *world) restart(p *process) {
	pause := w.between(0, w.scenario.maxDown, "down "+p.name)
	go func() {
		select {
		case <-w.ended:
			return
		case <-w.calmed:
		case <-time.After(pause):
		}
		w.outside("start "+p.name, func() { w.startProcess(p.slot) })
	}()
}

// end ends the scenario: every process dies, and nothing happens any more.
func (w *world) end() {
	w.mu.Lock()
	w.ending = true
	for _, c := range w.parked {
		c.err = errDead
		close(c.done)
	}
	w.parked = nil
	processes := slices.Clone(w.processes)
	w.mu.Unlock()
	close(w.ended)
	w.endContext()
	for _, p := range processes {
		w.kill(p, "")
	}
	for _, p := range processes {
		p.running.Wait()
	}
}

// pause waits, or ends with the context. It reports whether the time has passed.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// disturb lets processes die, and their clocks jump, at moments at which nothing else
// happens: while they wait for a provider, or for the next evening.
func (w *world) disturb() {
	for i := 0; ; i++ {
		name := fmt.Sprintf("disturbance %d", i)
		select {
		case <-w.calmed:
			return
		case <-time.After(w.between(0, 4*w.scenario.pace, name+" pause")):
		}
		w.outside(name, func() {
			alive := w.alive()
			if len(alive) == 0 || w.calm.Load() {
				return
			}
			p := alive[w.below(len(alive), name+" process")]
			switch {
			case w.chance(0.5, name+" repeats"):
				w.repeat(p, name)
			case w.scenario.deaths > 0 && w.chance(0.3, name+" kills"):
				w.kill(p, "")
			case w.scenario.jumps && !w.scenario.daily:
				skew := w.between(0, 2*time.Hour, name+" jump") - time.Hour
				p.jump(skew)
				w.note("the clock of %s jumps to a distance of %s", p.name, skew)
			}
		})
	}
}

// repeat runs a model-day again that is over, as a state machine does whose answer was
// lost: it must get the stored result.
func (w *world) repeat(p *process, name string) {
	if len(w.made) == 0 {
		return
	}
	job := w.made[w.below(len(w.made), name+" job")]
	var over []sim.ModelDayKey
	for key, r := range w.image.modelDays[job] {
		if r.Status.Terminal() {
			over = append(over, sim.ModelDayKey{JobID: job, Date: key.date, Model: key.model})
		}
	}
	if len(over) == 0 {
		return
	}
	slices.SortFunc(over, func(a, b sim.ModelDayKey) int { return strings.Compare(nameOf(a), nameOf(b)) })
	key := over[w.below(len(over), name+" day")]
	if w.cloud != nil {
		w.cloud.again(key, name)
		return
	}
	want := w.image.record(key).Status
	p.running.Go(func() {
		got, err := p.engine.RunDay(asActor(p.ctx, name), key)
		w.outside(name+" ends", func() {
			if err == nil && got.Status != want {
				w.violated("%s was %s, and is %s when it runs again", nameOf(key), want, got.Status)
			}
		})
	})
}
