package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// dates are the trading days that the tests use.
var dates = sim.DefaultMarket.Bars(sim.MustParseDate("2025-10-01"), sim.MustParseDate("2025-10-31"))

// start is when the tests' clock begins.
var start = time.Date(2025, time.November, 3, 14, 0, 0, 123456789, time.UTC)

const (
	experiment  = "main"
	initialCash = 10_000 * sim.Dollar
	leaseTime   = 5 * time.Minute
)

// harness is what a test works with: a store, a clock and short forms of long calls. A
// call that is expected to succeed ends the test when it fails.
type harness struct {
	Opened
	t       *testing.T
	ctx     context.Context
	seconds *atomic.Int64 // of the clock, since start
}

func newHarness(t *testing.T, o Opened) *harness {
	return &harness{Opened: o, t: t, ctx: t.Context(), seconds: new(atomic.Int64)}
}

// again is the same harness in another process: another handle, the same data and clock.
func (h *harness) again() *harness {
	return &harness{Opened: h.Again(h.t), t: h.t, ctx: h.ctx, seconds: h.seconds}
}

// now returns the clock's time and moves it on by a second.
func (h *harness) now() time.Time { return start.Add(time.Duration(h.seconds.Add(1)) * time.Second) }

// pass moves the clock on by a duration.
func (h *harness) pass(d time.Duration) { h.seconds.Add(int64(d / time.Second)) }

// ok ends the test on an error.
func (h *harness) ok(err error) {
	h.t.Helper()
	require.NoError(h.t, err)
}

// refused ends the test unless the error is of a kind.
func (h *harness) refused(kind sim.Kind, err error) {
	h.t.Helper()
	require.Error(h.t, err)
	require.Equal(h.t, kind, sim.KindOf(err), err.Error())
}

// plan runs models on the dates from one number to another, both included.
func plan(from, to int, models ...string) sim.Plan {
	p := sim.Plan{Dates: dates[from : to+1]}
	for _, m := range models {
		p.Models = append(p.Models, sim.PlannedSpan{Model: m, From: dates[from], To: dates[to]})
	}
	return p
}

// newJob is a job as a trigger creates it, with a value in every field.
func (h *harness) newJob(id, experiment string, p sim.Plan) sim.Job {
	now := h.now()
	j := sim.Job{
		ID: id, Experiment: experiment, Status: sim.JobPending, Plan: p, RequestHash: "hash of " + id,
		Settings: sim.Settings{
			Config: "default", Benchmark: "QQQ", Universe: []string{"AAPL", "MSFT"}, InitialCash: initialCash,
			Costs: sim.TradingCosts{CommissionPerShare: 50, CommissionMin: sim.Dollar, Slippage: 25_000}, Fractional: true,
			MaxSteps: 30, MaxRetries: 3, BaseDelay: 1.5, CallTimeout: 120, MaxParallel: 4, Budget: 2 * sim.Dollar,
			Prices: sim.PriceSource{Source: "polygon", BaseURL: "https://prices.example", PerMinute: 5},
		},
		Warnings:   []string{"a warning", "another \"one\""},
		Superseded: []sim.SupersededDay{{Model: "x", Date: dates[0], JobID: "older"}},
		CreatedAt:  now, UpdatedAt: now,
	}
	for _, s := range p.Models {
		j.Settings.Models = append(j.Settings.Models, sim.ModelSpec{
			Signature: s.Model, Name: "Model " + s.Model, BaseModel: "builtin/cash", BaseURL: "https://models.example/v1",
			Params: map[string]any{"temperature": 0.25, "stop": "END"}, Prompt: "trade well",
			Price:  &sim.TokenPrice{Input: 12_500, Output: 100_000, Cached: new(sim.Money(1_250)), CacheWrite: new(sim.Money(15_625))},
			Budget: sim.Dollar,
		})
	}
	return j
}

// bookPlans reads the books of a job as a trigger does.
func (h *harness) bookPlans(j sim.Job) []sim.BookPlan {
	h.t.Helper()
	var keys []sim.BookKey
	for _, m := range j.Plan.Signatures() {
		keys = append(keys, sim.BookKey{Experiment: j.Experiment, Model: m})
	}
	heads, err := h.Store.Heads(h.ctx, keys)
	h.ok(err)
	plans := make([]sim.BookPlan, len(heads))
	for i, head := range heads {
		plans[i] = sim.BookPlan{Head: head}
	}
	return plans
}

// create creates a job over models and dates of the main experiment.
func (h *harness) create(id string, p sim.Plan) sim.Job {
	h.t.Helper()
	return h.createIn(experiment, id, p)
}

func (h *harness) createIn(experiment, id string, p sim.Plan) sim.Job {
	h.t.Helper()
	j := h.newJob(id, experiment, p)
	created, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: h.bookPlans(j)})
	h.ok(err)
	return created
}

// replace creates a job that runs its dates again: it rewinds its books.
func (h *harness) replace(id string, p sim.Plan) sim.Job {
	h.t.Helper()
	j := h.newJob(id, experiment, p)
	plans := h.bookPlans(j)
	for i, bp := range plans {
		before, err := h.Store.Days(h.ctx, sim.DayFilter{Experiment: experiment, Model: bp.Head.Book.Model, To: p.Dates[0].AddDays(-1),
			Latest: true, Limit: 1})
		h.ok(err)
		plans[i].RewindFrom = p.Dates[0]
		if len(before) > 0 {
			plans[i].RewindLast = before[0].Ref
		}
	}
	created, err := h.Store.CreateJob(h.ctx, sim.NewJob{Job: j, Books: plans})
	h.ok(err)
	return created
}

// request is a claim by the holder "me".
func (h *harness) request(job, model string, d sim.Date) sim.ClaimRequest {
	now := h.now()
	return sim.ClaimRequest{
		Key:        sim.ModelDayKey{JobID: job, Date: d, Model: model},
		Experiment: experiment,
		Claimant:   sim.Claimant{JobID: job, Date: d, Holder: "me", Now: now, Until: now.Add(leaseTime)},
	}
}

// claim claims a model-day, which must be granted.
func (h *harness) claim(job, model string, d sim.Date) sim.Grant {
	h.t.Helper()
	g, err := h.Store.Claim(h.ctx, h.request(job, model, d))
	h.ok(err)
	require.Nil(h.t, g.Done, "%s on %s is over already", model, d)
	return g
}

// day folds orders to the day of a grant.
func (h *harness) day(g sim.Grant, orders ...sim.Entry) sim.Day {
	h.t.Helper()
	opening := g.Opening
	if g.Prev.IsZero() {
		opening = sim.NewLedger(initialCash)
	}
	closing := opening.Clone()
	var entries []sim.Entry
	for _, e := range orders {
		h.ok(closing.Apply(&e))
		entries = append(entries, e)
	}
	return sim.Day{
		Book: g.Book, Ref: sim.DayRef{Date: g.Key.Date, Generation: g.Generation}, Prev: g.Prev,
		JobID: g.Key.JobID, Attempt: g.Attempt, Opening: opening, Entries: entries, Closing: closing,
		Session: sim.Session{
			Steps: 3, StopReason: sim.StopSignal, Signal: true, Summary: "bought & sold",
			Usage: sim.Usage{Input: 1000, Output: 200, Cached: 300, Reasoning: 40, CacheWrite: 50}, Cost: new(sim.TokenCost(12_500_000_000)),
			ToolUsage: map[string]sim.ToolCount{"buy": {Calls: 2, Errors: 1}, "get_price": {Calls: 5}},
		},
		Prices: "p1", StartedAt: g.Started, ClosedAt: h.now(),
	}
}

// commit closes a granted day with orders and returns it.
func (h *harness) commit(g sim.Grant, orders ...sim.Entry) sim.Day {
	h.t.Helper()
	d := h.day(g, orders...)
	h.ok(h.Store.Commit(h.ctx, g, d, transcript(g)))
	return d
}

// close claims and commits a model-day.
func (h *harness) close(job, model string, d sim.Date, orders ...sim.Entry) sim.Day {
	h.t.Helper()
	return h.commit(h.claim(job, model, d), orders...)
}

// finish ends a job.
func (h *harness) finish(id string, status sim.JobStatus) sim.Job {
	h.t.Helper()
	j, err := h.Store.FinishJob(h.ctx, id, sim.Finish{Status: status, Lost: "lost: the job has ended", Now: h.now()})
	h.ok(err)
	return j
}

// finished creates a job, closes all its model-days with orders, and ends it.
func (h *harness) finished(id string, p sim.Plan, orders ...sim.Entry) {
	h.t.Helper()
	h.create(id, p)
	for _, d := range p.Dates {
		for _, m := range p.ModelsOn(d) {
			h.close(id, m, d, orders...)
		}
	}
	h.finish(id, sim.JobCompleted)
}

// head returns the head of a book of the main experiment.
func (h *harness) head(model string) sim.Head {
	h.t.Helper()
	heads, err := h.Store.Heads(h.ctx, []sim.BookKey{{Experiment: experiment, Model: model}})
	h.ok(err)
	require.Len(h.t, heads, 1)
	return heads[0]
}

// modelDay returns a stored model-day.
func (h *harness) modelDay(job, model string, d sim.Date) sim.ModelDay {
	h.t.Helper()
	all, err := h.Store.ModelDays(h.ctx, job, sim.ModelDayFilter{Date: d})
	h.ok(err)
	for _, md := range all {
		if md.Model == model {
			return md
		}
	}
	require.Fail(h.t, "no model-day", "%s on %s of %s", model, d, job)
	return sim.ModelDay{}
}

// days returns what a filter selects.
func (h *harness) days(f sim.DayFilter) []sim.Day {
	h.t.Helper()
	days, err := h.Store.Days(h.ctx, f)
	h.ok(err)
	return days
}

// checkpoint returns a function that fails the test when anything that the store returns
// for a job and for its experiment has changed since.
func (h *harness) checkpoint(job string) (unchanged func()) {
	h.t.Helper()
	state := func() []any {
		j, err := h.Store.Job(h.ctx, job)
		h.ok(err)
		state, err := h.Store.JobState(h.ctx, job)
		h.ok(err)
		books, err := h.Store.Books(h.ctx, "")
		h.ok(err)
		mds, err := h.Store.ModelDays(h.ctx, job, sim.ModelDayFilter{})
		h.ok(err)
		_, active, err := h.Store.ActiveJob(h.ctx, j.Experiment)
		h.ok(err)
		return []any{j, state, books, mds, active, h.days(sim.DayFilter{JobID: job})}
	}
	before := state()
	return func() {
		h.t.Helper()
		assert.Equal(h.t, before, state())
	}
}

// buy and sell are orders of whole shares.
func buy(symbol string, shares int, price sim.Money) sim.Entry {
	return sim.Entry{Kind: sim.EntryBuy, Symbol: symbol, Quantity: sim.Quantity(shares) * sim.Share, Price: price, Commission: sim.Dollar}
}

func sell(symbol string, shares int, price sim.Money) sim.Entry {
	return sim.Entry{Kind: sim.EntrySell, Symbol: symbol, Quantity: sim.Quantity(shares) * sim.Share, Price: price}
}

// transcript is a short conversation that differs between grants.
func transcript(g sim.Grant) []sim.Message {
	at := g.Started
	return []sim.Message{
		{Step: 0, Role: "system", Content: fmt.Sprintf("You are %s on %s.", g.Key.Model, g.Key.Date), Timestamp: at},
		{Step: 1, Role: "assistant", Content: "I buy.", Reasoning: "cheap", Timestamp: at.Add(time.Second),
			Usage: &sim.Usage{Input: 1000, Output: 20, Cached: 3, Reasoning: 4, CacheWrite: 5}, Cost: new(sim.TokenCost(1)),
			Broken: sim.StopTextCall},
		{
			Step: 1, Role: "tool", Content: `{"ok":true}`, ToolName: "buy", ToolCallID: fmt.Sprintf("call_%d", g.Fence),
			Arguments: `{"symbol":"AAPL"}`, AsOf: g.Key.Date, Timestamp: at.Add(2 * time.Second),
		},
	}
}
