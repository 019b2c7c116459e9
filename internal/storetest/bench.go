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
var dates = sim.TradingDays(sim.MustParseDate("2025-10-01"), sim.MustParseDate("2025-10-31"))

// start is when the tests' clock begins.
var start = time.Date(2025, time.November, 3, 14, 0, 0, 123456789, time.UTC)

const (
	experiment  = "main"
	initialCash = 10_000 * sim.Dollar
	leaseTime   = 5 * time.Minute
)

// bench is where a test works: a store, a clock and short words for long calls.
// Calls that are expected to succeed end the test when they do not.
type bench struct {
	Opened
	t       *testing.T
	ctx     context.Context
	seconds *atomic.Int64 // of the clock, since start
}

func newBench(t *testing.T, o Opened) *bench {
	return &bench{Opened: o, t: t, ctx: t.Context(), seconds: new(atomic.Int64)}
}

// again is the same bench in another process: other handle, same data and clock.
func (b *bench) again() *bench {
	return &bench{Opened: b.Again(b.t), t: b.t, ctx: b.ctx, seconds: b.seconds}
}

// now returns the clock's time; every look at it is a second later.
func (b *bench) now() time.Time { return start.Add(time.Duration(b.seconds.Add(1)) * time.Second) }

// pass moves the clock on.
func (b *bench) pass(d time.Duration) { b.seconds.Add(int64(d / time.Second)) }

// ok ends the test on an error.
func (b *bench) ok(err error) {
	b.t.Helper()
	require.NoError(b.t, err)
}

// refused ends the test unless the error is of a kind.
func (b *bench) refused(kind sim.Kind, err error) {
	b.t.Helper()
	require.Error(b.t, err)
	require.Equal(b.t, kind, sim.KindOf(err), err.Error())
}

// plan runs models on the dates from one number to another, both included.
func plan(from, to int, models ...string) sim.Plan {
	p := sim.Plan{Dates: dates[from : to+1]}
	for _, m := range models {
		p.Models = append(p.Models, sim.PlannedSpan{Model: m, From: dates[from], To: dates[to]})
	}
	return p
}

// newJob is a job as a trigger makes it, with something in every field.
func (b *bench) newJob(id, experiment string, p sim.Plan) sim.Job {
	now := b.now()
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
			Price: &sim.TokenPrice{Input: 12_500, Output: 100_000, Cached: new(sim.Money(1_250))}, Budget: sim.Dollar,
		})
	}
	return j
}

// bookPlans reads what a trigger reads of the books of a job.
func (b *bench) bookPlans(j sim.Job) []sim.BookPlan {
	b.t.Helper()
	var keys []sim.BookKey
	for _, m := range j.Plan.Signatures() {
		keys = append(keys, sim.BookKey{Experiment: j.Experiment, Model: m})
	}
	heads, err := b.Store.Heads(b.ctx, keys)
	b.ok(err)
	plans := make([]sim.BookPlan, len(heads))
	for i, h := range heads {
		plans[i] = sim.BookPlan{Head: h}
	}
	return plans
}

// create creates a job over models and dates of the main experiment.
func (b *bench) create(id string, p sim.Plan) sim.Job {
	b.t.Helper()
	return b.createIn(experiment, id, p)
}

func (b *bench) createIn(experiment, id string, p sim.Plan) sim.Job {
	b.t.Helper()
	j := b.newJob(id, experiment, p)
	created, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: b.bookPlans(j)})
	b.ok(err)
	return created
}

// replace creates a job that runs its dates again: it rewinds its books.
func (b *bench) replace(id string, p sim.Plan) sim.Job {
	b.t.Helper()
	j := b.newJob(id, experiment, p)
	plans := b.bookPlans(j)
	for i, bp := range plans {
		before, err := b.Store.Days(b.ctx, sim.DayFilter{Experiment: experiment, Model: bp.Head.Book.Model, To: p.Dates[0] - 1,
			Latest: true, Limit: 1})
		b.ok(err)
		plans[i].RewindFrom = p.Dates[0]
		if len(before) > 0 {
			plans[i].RewindLast = before[0].Ref
		}
	}
	created, err := b.Store.CreateJob(b.ctx, sim.NewJob{Job: j, Books: plans})
	b.ok(err)
	return created
}

// request is a claim by the holder "me".
func (b *bench) request(job, model string, d sim.Date) sim.ClaimRequest {
	now := b.now()
	return sim.ClaimRequest{
		Key:        sim.ModelDayKey{JobID: job, Date: d, Model: model},
		Experiment: experiment,
		Claimant:   sim.Claimant{JobID: job, Date: d, Holder: "me", Now: now, Until: now.Add(leaseTime)},
	}
}

// claim takes a model-day that must be granted.
func (b *bench) claim(job, model string, d sim.Date) sim.Grant {
	b.t.Helper()
	g, err := b.Store.Claim(b.ctx, b.request(job, model, d))
	b.ok(err)
	require.Nil(b.t, g.Done, "%s on %s is over already", model, d)
	return g
}

// day is what a model made of a grant: it folds orders to a day.
func (b *bench) day(g sim.Grant, orders ...sim.Entry) sim.Day {
	b.t.Helper()
	opening := g.Opening
	if g.Prev.IsZero() {
		opening = sim.NewLedger(initialCash)
	}
	closing := opening.Clone()
	var entries []sim.Entry
	for _, e := range orders {
		b.ok(closing.Apply(&e))
		entries = append(entries, e)
	}
	return sim.Day{
		Book: g.Book, Ref: sim.DayRef{Date: g.Key.Date, Generation: g.Generation}, Prev: g.Prev,
		JobID: g.Key.JobID, Attempt: g.Attempt, Opening: opening, Entries: entries, Closing: closing,
		Session: sim.Session{
			Steps: 3, StopReason: sim.StopSignal, Signal: true, Summary: "bought & sold",
			Usage: sim.Usage{Input: 1000, Output: 200, Cached: 300, Reasoning: 40}, Cost: new(sim.TokenCost(12_500_000_000)),
			ToolUsage: map[string]sim.ToolCount{"buy": {Calls: 2, Errors: 1}, "get_price": {Calls: 5}},
		},
		Prices: "p1", StartedAt: g.Started, ClosedAt: b.now(),
	}
}

// commit closes a granted day with orders and returns it.
func (b *bench) commit(g sim.Grant, orders ...sim.Entry) sim.Day {
	b.t.Helper()
	d := b.day(g, orders...)
	b.ok(b.Store.Commit(b.ctx, g, d, transcript(g)))
	return d
}

// close claims and commits a model-day.
func (b *bench) close(job, model string, d sim.Date, orders ...sim.Entry) sim.Day {
	b.t.Helper()
	return b.commit(b.claim(job, model, d), orders...)
}

// finish ends a job.
func (b *bench) finish(id string, status sim.JobStatus) sim.Job {
	b.t.Helper()
	j, err := b.Store.FinishJob(b.ctx, id, sim.Finish{Status: status, Lost: "lost: the job has ended", Now: b.now()})
	b.ok(err)
	return j
}

// finished creates a job, closes all its model-days with orders, and ends it.
func (b *bench) finished(id string, p sim.Plan, orders ...sim.Entry) {
	b.t.Helper()
	b.create(id, p)
	for _, d := range p.Dates {
		for _, m := range p.ModelsOn(d) {
			b.close(id, m, d, orders...)
		}
	}
	b.finish(id, sim.JobCompleted)
}

// head returns the head of a book of the main experiment.
func (b *bench) head(model string) sim.Head {
	b.t.Helper()
	heads, err := b.Store.Heads(b.ctx, []sim.BookKey{{Experiment: experiment, Model: model}})
	b.ok(err)
	require.Len(b.t, heads, 1)
	return heads[0]
}

// modelDay returns a stored model-day.
func (b *bench) modelDay(job, model string, d sim.Date) sim.ModelDay {
	b.t.Helper()
	all, err := b.Store.ModelDays(b.ctx, job, sim.ModelDayFilter{Date: d})
	b.ok(err)
	for _, md := range all {
		if md.Model == model {
			return md
		}
	}
	require.Fail(b.t, "no model-day", "%s on %s of %s", model, d, job)
	return sim.ModelDay{}
}

// days returns what a filter selects.
func (b *bench) days(f sim.DayFilter) []sim.Day {
	b.t.Helper()
	days, err := b.Store.Days(b.ctx, f)
	b.ok(err)
	return days
}

// checkpoint returns a function that fails the test when anything that the
// store shows of the main experiment and a job is different from now.
func (b *bench) checkpoint(job string) (unchanged func()) {
	b.t.Helper()
	look := func() []any {
		j, err := b.Store.Job(b.ctx, job)
		b.ok(err)
		state, err := b.Store.JobState(b.ctx, job)
		b.ok(err)
		books, err := b.Store.Books(b.ctx, "")
		b.ok(err)
		mds, err := b.Store.ModelDays(b.ctx, job, sim.ModelDayFilter{})
		b.ok(err)
		_, active, err := b.Store.ActiveJob(b.ctx, j.Experiment)
		b.ok(err)
		return []any{j, state, books, mds, active, b.days(sim.DayFilter{JobID: job})}
	}
	before := look()
	return func() {
		b.t.Helper()
		assert.Equal(b.t, before, look())
	}
}

// buy and sell are orders of whole shares.
func buy(symbol string, shares int, price sim.Money) sim.Entry {
	return sim.Entry{Kind: sim.EntryBuy, Symbol: symbol, Quantity: sim.Quantity(shares) * sim.Share, Price: price, Commission: sim.Dollar}
}

func sell(symbol string, shares int, price sim.Money) sim.Entry {
	return sim.Entry{Kind: sim.EntrySell, Symbol: symbol, Quantity: sim.Quantity(shares) * sim.Share, Price: price}
}

// transcript is a short conversation that tells its grants apart.
func transcript(g sim.Grant) []sim.Message {
	at := g.Started
	return []sim.Message{
		{Step: 0, Role: "system", Content: fmt.Sprintf("You are %s on %s.", g.Key.Model, g.Key.Date), Timestamp: at},
		{Step: 1, Role: "assistant", Content: "I buy.", Reasoning: "cheap", Timestamp: at.Add(time.Second),
			Usage: &sim.Usage{Input: 1000, Output: 20, Cached: 3, Reasoning: 4}, Cost: new(sim.TokenCost(1))},
		{
			Step: 1, Role: "tool", Content: `{"ok":true}`, ToolName: "buy", ToolCallID: fmt.Sprintf("call_%d", g.Fence),
			Arguments: `{"symbol":"AAPL"}`, AsOf: g.Key.Date, Timestamp: at.Add(2 * time.Second),
		},
	}
}
