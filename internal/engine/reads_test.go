package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

// blinking is a store of which one read fails: the one with the number at. JobState has
// a count of its own, because the check for a cancel request, by the clock, makes its
// number differ from run to run: firstState makes its first call fail.
type blinking struct {
	sim.Store
	prices sim.PriceStore

	firstState bool

	mu    sync.Mutex
	at, n int
}

var errBlink = sim.Errorf(sim.KindUnavailable, "the store blinked")

func (b *blinking) blink() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	if b.n-1 == b.at {
		return errBlink
	}
	return nil
}

// read reads, unless this is the read that fails.
func read[T any](b *blinking, do func() (T, error)) (T, error) {
	if err := b.blink(); err != nil {
		var none T
		return none, err
	}
	return do()
}

func (b *blinking) Job(ctx context.Context, id string) (sim.Job, error) {
	return read(b, func() (sim.Job, error) { return b.Store.Job(ctx, id) })
}

func (b *blinking) ActiveJob(ctx context.Context, experiment string) (job sim.Job, ok bool, err error) {
	job, err = read(b, func() (j sim.Job, err error) {
		j, ok, err = b.Store.ActiveJob(ctx, experiment)
		return j, err
	})
	return job, ok, err
}

func (b *blinking) JobByIdempotencyKey(ctx context.Context, key sim.IdempotencyKey, now time.Time) (job sim.Job, ok bool, err error) {
	job, err = read(b, func() (j sim.Job, err error) {
		j, ok, err = b.Store.JobByIdempotencyKey(ctx, key, now)
		return j, err
	})
	return job, ok, err
}

func (b *blinking) JobState(ctx context.Context, id string) (sim.JobState, error) {
	b.mu.Lock()
	fails := b.firstState
	b.firstState = false
	b.mu.Unlock()
	if fails {
		return sim.JobState{}, errBlink
	}
	return b.Store.JobState(ctx, id)
}

func (b *blinking) ModelDays(ctx context.Context, id string, f sim.ModelDayFilter) ([]sim.ModelDay, error) {
	return read(b, func() ([]sim.ModelDay, error) { return b.Store.ModelDays(ctx, id, f) })
}

func (b *blinking) Counts(ctx context.Context, id string) (map[sim.ModelDayStatus]int, error) {
	return read(b, func() (map[sim.ModelDayStatus]int, error) { return b.Store.Counts(ctx, id) })
}

func (b *blinking) Heads(ctx context.Context, keys []sim.BookKey) ([]sim.Head, error) {
	return read(b, func() ([]sim.Head, error) { return b.Store.Heads(ctx, keys) })
}

func (b *blinking) Days(ctx context.Context, f sim.DayFilter) ([]sim.Day, error) {
	return read(b, func() ([]sim.Day, error) { return b.Store.Days(ctx, f) })
}

func (b *blinking) PutPrices(ctx context.Context, set sim.PriceRows, now time.Time) (sim.ImportReport, error) {
	return b.prices.PutPrices(ctx, set, now)
}

func (b *blinking) PricesVersion(ctx context.Context) (string, error) {
	return b.prices.PricesVersion(ctx)
}

func (b *blinking) MarketData(ctx context.Context) (*sim.MarketData, error) {
	return read(b, func() (*sim.MarketData, error) { return b.prices.MarketData(ctx) })
}

// Whichever read fails: the caller gets the error, if it matters at all, and trying
// again ends as if nothing had failed.
func TestEveryFailedReadIsHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	undisturbed := &blinking{Store: w.store, prices: w.store, at: -1}
	want := replaceAndRetry(t, w, undisturbed)
	reads := undisturbed.n
	require.Greater(t, reads, 20)
	// In a short run, reads that are spread over all of them.
	stride := reads/rounds.Of(t, 15, reads) + 1
	if rounds.Long() {
		stride = 1
	}
	for n := 0; n < reads; n += stride {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := &blinking{Store: w.store, prices: w.store, at: n}
			assert.Equal(t, want, replaceAndRetry(t, w, b))
			assert.Greater(t, b.n, n, "the read has failed")
		})
	}
	t.Run("state", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		b := &blinking{Store: w.store, prices: w.store, at: -1, firstState: true}
		assert.Equal(t, want, replaceAndRetry(t, w, b))
		assert.False(t, b.firstState, "the read has failed")
	})
}

// replaceAndRetry closes two days, replaces the second, which fails, and fills it by a
// retry.
func replaceAndRetry(t *testing.T, w *world, b *blinking) map[string][]string {
	w.jobs, w.engine = w.newJobs(b), w.newEngine(b)
	w.jobs.Prices, w.engine.Prices, w.engine.Exclusive = b, b, true
	first := w.persist(t, func() (sim.TriggerResult, error) {
		r := span(0, 1, "a")
		r.IdempotencyKey = "first"
		return w.jobs.Trigger(t.Context(), r)
	})
	require.Equal(t, sim.JobCompleted, w.job(first).Status)
	w.trader.on("a", dates[1], breaks)
	second := w.persist(t, func() (sim.TriggerResult, error) { return w.jobs.Trigger(t.Context(), replaced(1, 1)) })
	w.trader.on("a", dates[1], buyOne)
	third := w.persist(t, func() (sim.TriggerResult, error) { return w.jobs.Retry(t.Context(), second, "test") })
	require.Equal(t, sim.JobCompleted, w.job(third).Status)
	return books(w)
}

func replaced(from, to int) sim.TriggerRequest {
	r := span(from, to, "a")
	r.Replace = true
	return r
}

// persist requests a job and runs it, and repeats both when the store fails. It
// returns the job's id.
func (w *world) persist(t *testing.T, ask func() (sim.TriggerResult, error)) string {
	t.Helper()
	result, err := ask()
	if err != nil {
		require.ErrorIs(t, err, errBlink)
		result, err = ask()
	}
	require.NoError(t, err)
	if err := w.engine.RunJob(t.Context(), result.Job.ID); err != nil {
		require.ErrorIs(t, err, errBlink)
		w.engine.Holder = "the next process"
		require.NoError(t, w.engine.RunJob(t.Context(), result.Job.ID))
	}
	require.True(t, w.job(result.Job.ID).Status.Terminal())
	return result.Job.ID
}

// A failure is logged once, with what is needed to find it; readers of the job see no
// internals.
func TestFailuresAreLoggedOnceWithTheirKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var text bytes.Buffer
	w.engine.Log = slog.New(slog.NewJSONHandler(&text, nil))
	w.jobs.Log = w.engine.Log
	w.started.is(engine.ExecutionAbsent, fmt.Errorf("no such machine"))
	w.trader.on("a", 0, func(context.Context, engine.Assignment) (sim.Outcome, error) {
		return sim.Outcome{}, fmt.Errorf("connection reset")
	})
	job := w.run(span(0, 0, "a"))
	var records []map[string]any
	for line := range strings.Lines(text.String()) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		records = append(records, record)
	}
	require.Len(t, records, 3)
	assert.Equal(t, "no such machine", records[0]["error"])
	assert.Equal(t, job.ID, records[0]["job_id"])
	failed := records[1]
	assert.Equal(t, "engine", failed["logger"])
	assert.Equal(t, "a", failed["model"])
	assert.Equal(t, dates[0].String(), failed["date"])
	assert.Equal(t, 1.0, failed["attempt"])
	assert.Equal(t, "connection reset", failed["error"])
	assert.Equal(t, "job ended", records[2]["msg"])
	assert.NotContains(t, w.modelDay(job.ID, "a", dates[0]).Error, "connection reset")
}

// Only the settings that a job stored count.
func TestTheDayOfAModelWithoutStoredSettingsFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.jobs.Store = dropping{w.store}
	job := w.trigger(span(0, 0, "a"))
	assert.Equal(t, sim.ModelDayFailed, w.runDay(job.ID, "a", dates[0]).Status)
}

// dropping stores a job without its models' settings.
type dropping struct{ sim.Store }

func (d dropping) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	n.Job.Settings.Models = nil
	return d.Store.CreateJob(ctx, n)
}
