package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/clocktest"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/sqlitetest"
)

// dates are the trading days of the market: Wednesday, 2025-10-01, to Tuesday,
// 2025-10-14, with two weekends between them.
var dates = sim.DefaultMarket.Bars(sim.MustParseDate("2025-10-01"), sim.MustParseDate("2025-10-14"))

const cash = 10_000 * sim.Dollar

// world is a store with a small market, and the engine and its callers over it.
// Its clock moves only when a test moves it.
type world struct {
	t       *testing.T
	store   *sqlite.Store
	trader  *scripted
	engine  *engine.Engine
	jobs    *engine.Jobs
	started *starts
	config  *configuration
	clock   *clocktest.Clock

	mu  sync.Mutex
	ids int
}

var startOfWorld = time.Date(2025, time.October, 15, 16, 0, 0, 0, time.UTC)

// marketStore opens a store with the bars of the market.
var marketStore = sqlitetest.Template(func(ctx context.Context, s *sqlite.Store) error {
	_, err := s.PutPrices(ctx, sim.PriceRows{Source: "test", Bars: marketBars()}, startOfWorld)
	return err
})

// newWorld has models a, b and c. AAA opens at 100 + 10 per day and closes 5
// higher; QQQ is the benchmark.
func newWorld(t *testing.T) *world {
	t.Helper()
	store := marketStore(t)
	w := &world{
		t: t, store: store, trader: newScripted(), started: &starts{state: engine.ExecutionAlive},
		config: &configuration{models: []string{"a", "b", "c"}},
		clock:  clocktest.New(startOfWorld),
	}
	w.engine = w.newEngine(store)
	w.jobs = w.newJobs(store)
	return w
}

func (w *world) newEngine(store sim.Store) *engine.Engine {
	return &engine.Engine{
		Store: store, Prices: w.store, Trader: w.trader, Now: w.clock.Now, Holder: "test", Exclusive: false,
		DayTimeout: time.Minute,
	}
}

func (w *world) newJobs(store sim.Store) *engine.Jobs {
	return &engine.Jobs{
		Store: store, Prices: w.store, Configs: w.config, Executor: w.started, Now: w.clock.Now,
		NewID: w.newID, Limits: sim.DefaultLimits,
	}
}

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("job-%03d", w.ids)
}

func marketBars() []sim.SymbolBar {
	var rows []sim.SymbolBar
	for i, d := range dates {
		for symbol, base := range map[string]int{"AAA": 100, "QQQ": 500} {
			open := sim.Money(base+10*i) * sim.Dollar
			rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: d, Bar: sim.Bar{
				Open: open, High: open + 6*sim.Dollar, Low: open - sim.Dollar, Close: open + 5*sim.Dollar, Volume: 1000,
			}})
		}
	}
	return rows
}

func (w *world) putPrices(bars []sim.SymbolBar, splits []sim.Split, dividends []sim.Dividend) {
	w.t.Helper()
	_, err := w.store.PutPrices(w.t.Context(), sim.PriceRows{Source: "test", Bars: bars, Splits: splits, Dividends: dividends}, w.clock.Now())
	require.NoError(w.t, err)
}

// trigger expects a new job.
func (w *world) trigger(r sim.TriggerRequest) sim.Job {
	w.t.Helper()
	result, err := w.jobs.Trigger(w.t.Context(), r)
	require.NoError(w.t, err)
	require.Equal(w.t, sim.TriggerAccepted, result.Outcome)
	return result.Job
}

// run triggers and executes.
func (w *world) run(r sim.TriggerRequest) sim.Job {
	w.t.Helper()
	job := w.trigger(r)
	require.NoError(w.t, w.engine.RunJob(w.t.Context(), job.ID))
	return w.job(job.ID)
}

func (w *world) job(id string) sim.Job {
	w.t.Helper()
	job, err := w.store.Job(w.t.Context(), id)
	require.NoError(w.t, err)
	return job
}

// days returns the current days of a model's book.
func (w *world) days(model string) []sim.Day {
	w.t.Helper()
	days, err := w.store.Days(w.t.Context(), sim.DayFilter{Experiment: "main", Model: model})
	require.NoError(w.t, err)
	return days
}

func (w *world) head(model string) sim.Head {
	w.t.Helper()
	heads, err := w.store.Heads(w.t.Context(), []sim.BookKey{{Experiment: "main", Model: model}})
	require.NoError(w.t, err)
	return heads[0]
}

// modelDay returns a stored model-day.
func (w *world) modelDay(jobID, model string, d sim.Date) sim.ModelDay {
	w.t.Helper()
	all, err := w.store.ModelDays(w.t.Context(), jobID, sim.ModelDayFilter{Date: d})
	require.NoError(w.t, err)
	for _, md := range all {
		if md.Model == model {
			return md
		}
	}
	return sim.ModelDay{}
}

// span asks for a range of the market's dates, by their numbers.
func span(from, to int, models ...string) sim.TriggerRequest {
	return sim.TriggerRequest{Start: dates[from], End: dates[to], Models: models}
}

// refused expects an error of a kind, with words in it.
func refused(t *testing.T, kind sim.Kind, err error, words ...string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind, sim.KindOf(err), err.Error())
	for _, word := range words {
		require.ErrorContains(t, err, word)
	}
}

// starts is an executor that executes nothing and remembers what it was asked.
type starts struct {
	mu      sync.Mutex
	state   engine.ExecutionState
	failing error
	started []string
	stopped []string
}

func (s *starts) Start(_ context.Context, job sim.Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return s.failing
	}
	s.started = append(s.started, job.ID)
	return nil
}

func (s *starts) Stop(_ context.Context, job sim.Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = append(s.stopped, job.ID)
	return s.failing
}

func (s *starts) State(context.Context, sim.Job) (engine.ExecutionState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.failing
}

// is sets what becomes of executions, and whether asking about them fails.
func (s *starts) is(state engine.ExecutionState, failing error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.failing = state, failing
}

// configuration is the only one that there is.
type configuration struct {
	models   []string
	initDate sim.Date
	change   func(*sim.Settings)
}

func (c *configuration) Open(_ context.Context, name string) (sim.Configuration, error) {
	if name != "default" {
		return nil, sim.Errorf(sim.KindInvalid, "the configuration %q does not exist", name)
	}
	return c, nil
}

func (c *configuration) Settings(signatures []string) (sim.Settings, error) {
	if len(signatures) == 0 {
		signatures = c.models
	}
	s := sim.Settings{Config: "default", Benchmark: "QQQ", InitialCash: cash, MaxSteps: 5, MaxParallel: 3}
	for _, signature := range signatures {
		s.Models = append(s.Models, sim.ModelSpec{Signature: signature, Name: signature, BaseModel: "test/" + signature})
	}
	if c.change != nil {
		c.change(&s)
	}
	return s, nil
}

func (c *configuration) InitDate() sim.Date { return c.initDate }

// play is what a scripted model does with its day.
type play func(ctx context.Context, a engine.Assignment) (sim.Outcome, error)

// scripted is a trader whose models do what a test says; by default each buys a
// share of AAA a day. It remembers the assignments.
type scripted struct {
	mu       sync.Mutex
	plays    map[string]play // by "model" or "model date"
	assigned []engine.Assignment
}

func newScripted() *scripted { return &scripted{plays: map[string]play{}} }

// on sets what a model does, on one date or, without one, on all.
func (s *scripted) on(model string, d sim.Date, p play) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.IsZero() {
		s.plays[model] = p
		return
	}
	s.plays[model+" "+d.String()] = p
}

// Trade implements [engine.Trader].
func (s *scripted) Trade(ctx context.Context, a engine.Assignment) (sim.Outcome, error) {
	s.mu.Lock()
	s.assigned = append(s.assigned, a)
	p := s.plays[a.Key.Model+" "+a.Key.Date.String()]
	if p == nil {
		p = s.plays[a.Key.Model]
	}
	s.mu.Unlock()
	if p == nil {
		p = buyOne
	}
	return p(ctx, a)
}

// calls returns how often a model was called on a date.
func (s *scripted) calls(model string, d sim.Date) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.assigned {
		if a.Key.Model == model && a.Key.Date == d {
			n++
		}
	}
	return n
}

// last returns the newest assignment of a model.
func (s *scripted) last(t *testing.T, model string) engine.Assignment {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range slices.Backward(s.assigned) {
		if a.Key.Model == model {
			return a
		}
	}
	require.Fail(t, "the model was never called", model)
	return engine.Assignment{}
}

// buyOne buys a share of AAA at today's open.
func buyOne(_ context.Context, a engine.Assignment) (sim.Outcome, error) {
	open, ok := a.View.Open("AAA")
	if !ok {
		return sim.Outcome{}, sim.Errorf(sim.KindUnavailable, "AAA does not trade")
	}
	ledger := a.Opening.Clone()
	entry := sim.Entry{Kind: sim.EntryBuy, Symbol: "AAA", Quantity: sim.Share, Price: open}
	if err := ledger.Apply(&entry); err != nil {
		return sim.Outcome{}, err
	}
	return outcome(entry), nil
}

func outcome(fills ...sim.Entry) sim.Outcome {
	return sim.Outcome{
		Fills:      fills,
		Session:    sim.Session{Steps: 1, StopReason: sim.StopSignal, Signal: true},
		Transcript: []sim.Message{{Role: "assistant", Step: 1, Content: "done"}},
	}
}

// breaks fails a day for good.
func breaks(context.Context, engine.Assignment) (sim.Outcome, error) {
	return sim.Outcome{}, sim.Errorf(sim.KindInvalid, "the provider refused the request")
}
