package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
	"aitrader/internal/storetest"
)

// outage is a plan by which the writes of one method fail for a while, from the first
// one on.
type outage struct {
	method string
	fault  storetest.Fault
	lasts  time.Duration

	mu    sync.Mutex
	began time.Time
}

func (o *outage) plan(_ int, method string) storetest.Fault {
	if method != o.method {
		return storetest.NoFault
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.began.IsZero() {
		o.began = time.Now()
	}
	if time.Since(o.began) >= o.lasts {
		return storetest.NoFault
	}
	return o.fault
}

// The job is executed as a process with the lock does: RunJob is called again when it
// says that it cannot continue.
func TestAnOutageOfTheStoreCostsNoModelDay(t *testing.T) {
	t.Parallel()
	quiet := newWorld(t)
	runDisturbed(t, quiet, quiet.store)
	want := books(quiet)
	for _, method := range []string{"Claim", "Heartbeat", "Commit", "Fail", "CloseDate", "FinishJob"} {
		for _, fault := range []storetest.Fault{storetest.Lost, storetest.Unanswered} {
			t.Run(fmt.Sprint(method, " ", fault), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					o := &outage{method: method, fault: fault, lasts: 20 * time.Minute}
					faulty := storetest.NewFaulty(w.store, o.plan)
					w.engine = w.newEngine(faulty)
					w.engine.Exclusive, w.engine.Waits = true, &engine.Waits{}
					w.trader.on("b", dates[1], breaks)
					job := w.trigger(span(0, 2, "a", "b"))
					ended := make(chan struct{})
					go func() {
						defer close(ended)
						for w.engine.RunJob(t.Context(), job.ID) != nil {
							time.Sleep(5 * time.Second)
						}
					}()
					time.Sleep(10 * time.Minute)
					if waits := method == "Claim" || method == "Commit" || method == "Fail"; waits {
						require.ErrorContains(t, w.engine.Waits.Err(), method)
					}
					<-ended
					require.NoError(t, w.engine.Waits.Err())
					require.False(t, o.began.IsZero(), "the outage has been met")
					assert.Equal(t, sim.JobPartial, w.job(job.ID).Status)
					assert.Equal(t, want, books(w))
					for _, model := range []string{"a", "b"} {
						for _, d := range dates[:3] {
							assert.Equal(t, 1, w.trader.calls(model, d), "%s on %s is paid for once", model, d)
						}
					}
				})
			})
		}
	}
}

// The lease is the bound: after its end another process runs the day.
func TestASessionWaitsForTheStoreAsLongAsItsLeaseLasts(t *testing.T) {
	t.Parallel()
	for method, play := range map[string]play{"Commit": buyOne, "Fail": breaks} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				o := &outage{method: method, fault: storetest.Lost, lasts: time.Hour}
				w.engine = w.newEngine(storetest.NewFaulty(w.store, o.plan))
				w.engine.DayTimeout = 10 * time.Minute
				w.trader.on("a", 0, play)
				job := w.trigger(span(0, 0, "a"))
				key := sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"}
				began := time.Now()
				_, err := w.engine.RunDay(t.Context(), key)
				refused(t, sim.KindUnavailable, err)
				assert.InDelta(t, 10*time.Minute+30*time.Second, time.Since(began), float64(time.Second))

				o.lasts = 0
				w.clock.Pass(time.Hour)
				w.runDay(job.ID, "a", dates[0])
				assert.Equal(t, 2, w.trader.calls("a", dates[0]))
			})
		})
	}
}

func TestAStopLeavesALittleTimeToAFinishedSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := &outage{method: "Commit", fault: storetest.Lost, lasts: time.Hour}
		w.engine = w.newEngine(storetest.NewFaulty(w.store, o.plan))
		w.engine.Exclusive = true
		job := w.trigger(span(0, 0, "a"))
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, stop)
		began := time.Now()
		require.ErrorIs(t, w.engine.RunJob(ctx, job.ID), context.Canceled)
		assert.InDelta(t, time.Minute+30*time.Second, time.Since(began), float64(2*time.Second))
	})
}

// An error that repeating does not heal ends the waiting at once.
func TestASessionDoesNotWaitForWhatDoesNotPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.engine = w.newEngine(uncommitted{w.store})
		w.engine.Exclusive = true
		job := w.trigger(span(0, 0, "a"))
		began := time.Now()
		_, err := w.engine.RunDay(t.Context(), sim.ModelDayKey{JobID: job.ID, Date: dates[0], Model: "a"})
		refused(t, sim.KindInternal, err)
		assert.Zero(t, time.Since(began))
	})
}

// uncommitted is a store that cannot close a day.
type uncommitted struct{ sim.Store }

func (uncommitted) Commit(context.Context, sim.Grant, sim.Day, []sim.Message) error {
	return sim.Errorf(sim.KindInternal, "broken")
}
