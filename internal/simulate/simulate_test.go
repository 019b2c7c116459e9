package simulate

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
)

var (
	oneSeed   = flag.Uint64("seed", 0, "the only seed to simulate, with its trace")
	firstSeed = flag.Uint64("first", 1, "the first seed")
	seeds     = flag.Int("seeds", 0, "the number of seeds; 0: a few")
	shards    = flag.Int("shards", runtime.NumCPU(), "the number of processes for many seeds")
	stop      = flag.Bool("stop", false, "stop at the first seed that fails")
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
		w.serve = f.api
		w.play()
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
func (w *world) play() {
	w.importPrices()
	for slot := range w.scenario.processes {
		w.startProcess(slot)
	}
	w.busyClients = w.scenario.clients
	for n := range w.scenario.clients {
		go w.client(n)
	}
	last := w.scenario.start.Add(time.Duration(w.scenario.evenings) * 24 * time.Hour)
	go w.disturb()
	limit := callbackTime
	if w.cloud != nil {
		limit = scheduleTime
		go w.cloud.schedule()
		go w.cloud.follow()
	}
	w.run(60*24*time.Hour, func() bool { return w.busyClients == 0 && !w.now().Before(last) })
	w.calm.Store(true)
	close(w.calmed)
	w.note("calm")
	if !w.run(limit, w.settled) {
		w.violated("not settled: %s", w.left())
	}
	w.checkEvenings()
	w.end()
}

func TestSimulation(t *testing.T) {
	t.Parallel()
	f := newFront()
	if *oneSeed != 0 {
		o := simulate(t, f, *oneSeed, true)
		t.Log(o.log)
		fail(t, o)
		return
	}
	n := *seeds
	if n == 0 {
		n = rounds.Of(t, 60, 1000)
	}
	if *shards > 1 && n > 1000 {
		simulateInShards(t, n)
		return
	}
	var sum totals
	for seed := *firstSeed; seed < *firstSeed+uint64(n); seed++ {
		if os.Getenv(plantedFault) != "" { // it may break the process
			fmt.Printf("seed %d begins\n", seed)
		}
		o := simulate(t, f, seed, false)
		fail(t, o)
		sum.Seeds++
		sum.Calls += o.turns
		sum.Days += o.days
		sum.Lived += o.lived
		if *stop && t.Failed() {
			return
		}
	}
	text, err := json.Marshal(sum)
	require.NoError(t, err)
	t.Logf("totals %s", text)
}

// totals count what a run has simulated.
type totals struct {
	Seeds int
	Calls int
	Days  int // model-days that were closed
	Lived time.Duration
}

// simulateInShards simulates seeds in one process for each processor: the worlds of a
// process run on one; see TestMain.
func simulateInShards(t *testing.T, n int) {
	began := time.Now()
	each := (n + *shards - 1) / *shards
	outputs := make([]string, *shards)
	var wg sync.WaitGroup
	for i := range outputs {
		wg.Go(func() {
			first := *firstSeed + uint64(i*each)
			shard := exec.Command(os.Args[0], "-test.run", "^TestSimulation$", "-test.v", "-test.timeout", "2h",
				"-first", fmt.Sprint(first), "-seeds", fmt.Sprint(min(each, n-i*each)), "-shards", "1")
			out, err := shard.CombinedOutput()
			outputs[i] = string(out)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	var all totals
	for _, out := range outputs {
		var sum totals
		_, text, _ := strings.Cut(out, "totals ")
		text, _, _ = strings.Cut(text, "\n")
		if assert.NoError(t, json.Unmarshal([]byte(text), &sum)); t.Failed() {
			t.Log(out)
		}
		all.Seeds += sum.Seeds
		all.Calls += sum.Calls
		all.Days += sum.Days
		all.Lived += sum.Lived
	}
	minutes := time.Since(began).Minutes()
	years := all.Lived.Hours() / 24 / 365
	t.Logf("%d seeds in %.1f minutes (%.0f a minute): %d calls, %d model-days, %.2f years on the clock (%.2f a minute)",
		all.Seeds, minutes, float64(all.Seeds)/minutes, all.Calls, all.Days, years, years/minutes)
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
