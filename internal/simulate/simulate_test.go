package simulate

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	oneSeed   = flag.Uint64("seed", 0, "the only seed to simulate, with its trace")
	firstSeed = flag.Uint64("first", 1, "the first seed")
	seeds     = flag.Int("seeds", 0, "the number of seeds; 0: a few")
)

// outcome is what a scenario has come to.
type outcome struct {
	seed  uint64
	wrong []string
	hash  uint64
	log   string
	turns int
	days  int           // model-days
	lived time.Duration // on the clock of the world
	world *world
}

// simulate runs the scenario of a seed.
func simulate(t *testing.T, f *front, seed uint64, verbose bool) (o outcome) {
	synctest.Test(t, func(*testing.T) {
		w := newWorld(seed, verbose)
		f.world.Store(w)
		w.play(f.api)
		o = outcome{
			seed: seed, wrong: w.wrong, hash: w.trace.Sum64(), turns: w.turn, days: len(w.image.days), lived: time.Since(w.began), world: w,
		}
		if w.log != nil {
			o.log = w.log.String()
		}
	})
	o.wrong = append(o.wrong, o.world.linearizable()...)
	return o
}

// play plays the scenario: faults while the clients are busy, then none until nothing
// is left to be done.
func (w *world) play(serve http.Handler) {
	w.importPrices()
	for slot := range w.scenario.processes {
		w.startProcess(slot)
	}
	w.busyClients = w.scenario.clients
	for n := range w.scenario.clients {
		go w.client(n, serve)
	}
	last := w.scenario.start.Add(time.Duration(w.scenario.evenings) * 24 * time.Hour)
	go w.disturb()
	w.run(60*24*time.Hour, func() bool { return w.busyClients == 0 && !w.now().Before(last) })
	w.calm.Store(true)
	close(w.calmed)
	w.note("calm")
	if !w.run(callbackTime, w.settled) {
		w.violated("not settled: %s", w.left())
	}
	w.checkEvenings()
	w.end()
}

func TestSimulation(t *testing.T) {
	t.Parallel()
	if *oneSeed != 0 {
		o := simulate(t, newFront(), *oneSeed, true)
		t.Log(o.log)
		fail(t, o)
		return
	}
	f := newFront()
	began := time.Now()
	var lived time.Duration
	turns, days := 0, 0
	n := max(*seeds, 200)
	for seed := *firstSeed; seed < *firstSeed+uint64(n); seed++ {
		o := simulate(t, f, seed, false)
		fail(t, o)
		lived += o.lived
		turns += o.turns
		days += o.days
	}
	took := time.Since(began)
	t.Logf("%d seeds in %s: %d calls, %d model-days, %.1f years of clock", n, took, turns, days, lived.Hours()/24/365)
}

func fail(t *testing.T, o outcome) {
	t.Helper()
	if len(o.wrong) > 0 {
		t.Errorf("seed %d: make simulate SEED=%d\n%s", o.seed, o.seed, strings.Join(o.wrong, "\n"))
	}
}

func TestASeedRepeats(t *testing.T) {
	t.Parallel()
	f := newFront()
	for seed := *firstSeed; seed < *firstSeed+uint64(max(*seeds/20, 20)); seed++ {
		one, two := simulate(t, f, seed, true), simulate(t, f, seed, true)
		if one.hash == two.hash {
			continue
		}
		a, b := strings.Split(one.log, "\n"), strings.Split(two.log, "\n")
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		t.Errorf("seed %d differs in its second run:\n%s\n--- first\n%s\n--- second\n%s", seed, strings.Join(a[max(i-5, 0):i], "\n"),
			strings.Join(a[i:min(i+5, len(a))], "\n"), strings.Join(b[i:min(i+5, len(b))], "\n"))
	}
}
