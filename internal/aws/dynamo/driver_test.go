package dynamo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/aws/dynamotest"
	"aitrader/internal/sim"
)

// testNow is the time at which everything happens.
var testNow = time.Date(2025, time.November, 3, 14, 0, 0, 0, time.UTC)

// testDates are the trading days of the tests.
var testDates = sim.DefaultMarket.Bars(sim.MustParseDate("2023-01-03"), sim.MustParseDate("2025-12-31"))

// newStore opens a store on a server that a test can disturb.
func newStore(t *testing.T, disturb func(operation string, n int) dynamotest.Fault,
	options ...func(*dynamodb.Options)) (*dynamo.Store, *dynamotest.Server) {
	t.Helper()
	server := &dynamotest.Server{}
	cfg := within(server)
	table := newTable(t, cfg)
	server.Disturb = disturb
	store := dynamo.Open(cfg, table, options...)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store, server
}

// jobDriver uses a store as a job does.
type jobDriver struct {
	*testing.T
	store sim.Store
}

func (t jobDriver) ok(err error) {
	t.Helper()
	require.NoError(t, err)
}

func testPlan(dates []sim.Date, models ...string) sim.Plan {
	p := sim.Plan{Dates: dates}
	for _, m := range models {
		p.Models = append(p.Models, sim.PlannedSpan{Model: m, From: dates[0], To: dates[len(dates)-1]})
	}
	return p
}

// create creates a job; with replace, it rewinds its books to their beginning.
func (t jobDriver) create(id string, p sim.Plan, replace bool) {
	t.Helper()
	t.ok(t.tryCreate(id, p, replace))
}

// testURL is the callback of jobs.
const testURL sim.CallbackURL = "https://flows.example/resume"

func (t jobDriver) tryCreate(id string, p sim.Plan, replace bool) error {
	t.Helper()
	var keys []sim.BookKey
	for _, m := range p.Signatures() {
		keys = append(keys, sim.BookKey{Experiment: "main", Model: m})
	}
	heads, err := t.store.Heads(t.Context(), keys)
	if err != nil {
		return err
	}
	n := sim.NewJob{
		Job:         sim.Job{ID: id, Experiment: "main", Status: sim.JobPending, Plan: p, CreatedAt: testNow, UpdatedAt: testNow},
		Idempotency: sim.IdempotencyKey{Key: "key of " + id, Request: "request", Expires: testNow.Add(time.Hour)},
	}
	for _, h := range heads {
		plan := sim.BookPlan{Head: h}
		if replace {
			plan.RewindFrom = p.Dates[0]
		}
		n.Books = append(n.Books, plan)
	}
	_, err = t.store.CreateJob(t.Context(), n)
	return err
}

func (t jobDriver) tryClaim(job, model string, d sim.Date) (sim.Grant, error) {
	return t.store.Claim(t.Context(), sim.ClaimRequest{
		Key: sim.ModelDayKey{JobID: job, Date: d, Model: model}, Experiment: "main",
		Claimant: sim.Claimant{Holder: "me", Now: testNow, Until: testNow.Add(time.Minute)},
	})
}

func (t jobDriver) claim(job, model string, d sim.Date) sim.Grant {
	t.Helper()
	g, err := t.tryClaim(job, model, d)
	t.ok(err)
	require.Nil(t, g.Done)
	return g
}

// day buys one share.
func (t jobDriver) day(g sim.Grant) sim.Day {
	t.Helper()
	opening := g.Opening
	if g.Prev.IsZero() {
		opening = sim.NewLedger(10_000 * sim.Dollar)
	}
	d := sim.Day{
		Book: g.Book, Ref: sim.DayRef{Date: g.Key.Date, Generation: g.Generation}, Prev: g.Prev,
		JobID: g.Key.JobID, Attempt: g.Attempt, Opening: opening, Prices: "p1", StartedAt: g.Started, ClosedAt: testNow,
		Session: sim.Session{Steps: 3, StopReason: sim.StopSignal, Signal: true, Summary: "bought one",
			ToolUsage: map[string]sim.ToolCount{"buy": {Calls: 1}}},
		Entries: []sim.Entry{{Kind: sim.EntryBuy, Symbol: "AAPL", Quantity: sim.Share, Price: sim.Dollar}},
	}
	d.Closing = opening.Clone()
	t.ok(d.Closing.Apply(&d.Entries[0]))
	return d
}

func (t jobDriver) commit(g sim.Grant, transcript ...sim.Message) {
	t.Helper()
	t.ok(t.store.Commit(t.Context(), g, t.day(g), transcript))
}

func (t jobDriver) finish(job string) {
	t.Helper()
	_, err := t.store.FinishJob(t.Context(), job, sim.Finish{Status: sim.JobPartial, Lost: "lost", Now: testNow})
	t.ok(err)
}

// said is a transcript of one message.
func said(text string) sim.Message {
	return sim.Message{Step: 1, Role: "assistant", Content: text, Timestamp: testNow}
}

// bars are prices of symbols on the first dates.
func bars(symbols, dates int, open sim.Money) sim.PriceRows {
	set := sim.PriceRows{Source: "bars.csv"}
	for _, d := range testDates[:dates] {
		for i := range symbols {
			price := open + sim.Money(i)
			set.Bars = append(set.Bars, sim.SymbolBar{Symbol: fmt.Sprintf("S%d", i), Date: d,
				Bar: sim.Bar{Open: price, High: price, Low: price, Close: price, Volume: 1}})
		}
	}
	return set
}

// writeEverything does every write of a store once, and some that are refused.
func (t jobDriver) writeEverything() {
	ctx := t.Context()
	set := bars(2, 3, sim.Dollar)
	set.Splits = []sim.Split{{Symbol: "S1", ExDate: testDates[1], Numerator: 2, Denominator: 1}}
	_, err := t.store.(sim.PriceStore).PutPrices(ctx, set, testNow)
	t.ok(err)

	dates := testDates[:2]
	t.create("first", testPlan(dates, "a", "b"), false)
	t.ok(t.store.Heartbeat(ctx, "first", testNow))
	t.commit(t.claim("first", "a", dates[0]), said("one"))
	t.ok(t.store.Fail(ctx, t.claim("first", "b", dates[0]), sim.Failure{Error: "model: broken"}, testNow))
	t.ok(t.store.CloseDate(ctx, "first", dates[0], "lost: gone", testNow))
	t.commit(t.claim("first", "a", dates[1]), said("two"))
	t.claim("first", "b", dates[1]) // and lost
	t.ok(t.store.CloseDate(ctx, "first", dates[1], "lost: gone", testNow))
	t.finish("first")

	t.create("second", testPlan(dates, "a"), true)
	t.commit(t.claim("second", "a", dates[1]), said("again"))
	delivered, later := sim.Callback{JobID: "second", URL: testURL},
		sim.Callback{JobID: "second", URL: testURL + "/later", Attempts: 1, NextAt: testNow}
	for _, c := range []sim.Callback{delivered, later} {
		t.ok(t.store.AddCallback(ctx, c.JobID, c.URL))
	}
	t.ok(t.store.DeferCallback(ctx, later))
	t.ok(t.store.DropCallback(ctx, delivered))
	_, err = t.store.RequestCancel(ctx, "second", testNow)
	t.ok(err)
	t.finish("second")
	t.create("third", testPlan(dates, "c"), false)
	t.claim("third", "c", dates[0])
	t.finish("third")
}

// dump lists what a reader finds, as text.
func (t jobDriver) dump() string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	var out strings.Builder
	show := func(v any, err error) {
		t.Helper()
		t.ok(err)
		text, err := json.Marshal(v)
		t.ok(err)
		fmt.Fprintf(&out, "%s\n", text)
	}
	jobs, _, err := t.store.Jobs(ctx, sim.JobFilter{})
	show(jobs, err)
	for _, j := range jobs {
		mds, err := t.store.ModelDays(ctx, j.ID, sim.ModelDayFilter{})
		show(mds, err)
		counts, err := t.store.Counts(ctx, j.ID)
		show(counts, err)
		days, err := t.store.Days(ctx, sim.DayFilter{JobID: j.ID})
		show(days, err)
		for _, d := range days {
			messages, err := t.store.Transcript(ctx, d.Book, d.Ref)
			show(messages, err)
		}
	}
	callbacks, err := t.store.Callbacks(ctx, "")
	show(callbacks, err)
	books, err := t.store.Books(ctx, "")
	show(books, err)
	_, active, err := t.store.ActiveJob(ctx, "main")
	show(active, err)
	_, remembered, err := t.store.JobByIdempotencyKey(ctx, sim.IdempotencyKey{Key: "key of second", Request: "request"}, testNow)
	show(remembered, err)
	market, err := t.store.(sim.PriceStore).MarketData(ctx)
	t.ok(err)
	show([]any{market.Version(), market.Symbols(), market.Dates(), market.Splits("S1", 0, testDates[5])}, nil)
	return out.String()
}
