package sqlite_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// trading closes the days of a job as fast as it can: a share of one of three
// symbols for a dollar each day, in whichever process.
type trading struct {
	store     sim.Store
	job       string
	models    []string
	dates     int
	holder    string
	exclusive bool
	// closed is called after each day that this trading has closed.
	closed func()
}

const tradingCash = 1_000_000 * sim.Dollar

// ensureJob creates the job, or takes the one that is active.
func (r *trading) ensureJob(ctx context.Context) error {
	job := sim.Job{ID: r.job, Experiment: "main", Status: sim.JobPending, CreatedAt: time.Now()}
	var keys []sim.BookKey
	for _, m := range r.models {
		keys = append(keys, sim.BookKey{Experiment: "main", Model: m})
	}
	heads, err := r.store.Heads(ctx, keys)
	if err != nil {
		return err
	}
	var books []sim.BookPlan
	for _, h := range heads {
		books = append(books, sim.BookPlan{Head: h})
	}
	_, err = r.store.CreateJob(ctx, sim.NewJob{Job: job, Books: books})
	if !sim.IsKind(err, sim.KindConflict) {
		return err
	}
	active, _, err := r.store.ActiveJob(ctx, "main")
	r.job = active.ID
	return err
}

// run trades until all dates are closed or the context ends.
func (r *trading) run(ctx context.Context) error {
	errs := make([]error, len(r.models))
	var group sync.WaitGroup
	for i, m := range r.models {
		group.Go(func() {
			for n := 0; n < r.dates && errs[i] == nil && ctx.Err() == nil; n++ {
				errs[i] = r.closeDay(context.WithoutCancel(ctx), m, n)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// closeDay closes a model-day unless another process does.
func (r *trading) closeDay(ctx context.Context, model string, n int) error {
	for {
		now := time.Now()
		key := sim.ModelDayKey{JobID: r.job, Date: benchDate(n), Model: model}
		g, err := r.store.Claim(ctx, sim.ClaimRequest{Key: key, Experiment: "main", Claimant: sim.Claimant{
			JobID: r.job, Date: key.Date, Holder: r.holder, Exclusive: r.exclusive, Now: now, Until: now.Add(time.Hour),
		}})
		if sim.IsKind(err, sim.KindBusy) {
			continue
		}
		if err != nil || g.Done != nil {
			return err
		}
		if err := r.store.Commit(ctx, g, tradingDay(g, n), tradingTranscript(n)); err != nil {
			return err
		}
		r.closed()
		return nil
	}
}

func tradingDay(g sim.Grant, n int) sim.Day {
	opening := g.Opening
	if g.Prev.IsZero() {
		opening = sim.NewLedger(tradingCash)
	}
	d := sim.Day{
		Book: g.Book, Ref: sim.DayRef{Date: g.Key.Date, Generation: g.Generation}, Prev: g.Prev, JobID: g.Key.JobID,
		Attempt: g.Attempt, Opening: opening, Closing: opening.Clone(), StartedAt: g.Started, ClosedAt: time.Now(),
		Session: sim.Session{StopReason: sim.StopSignal, ToolUsage: map[string]sim.ToolCount{"buy": {Calls: 1}}},
	}
	e := sim.Entry{Kind: sim.EntryBuy, Symbol: fmt.Sprintf("S%d", n%3), Quantity: sim.Share, Price: sim.Dollar}
	if err := d.Closing.Apply(&e); err != nil {
		panic(err) // a dollar is always there
	}
	d.Entries = []sim.Entry{e}
	return d
}

func tradingTranscript(n int) []sim.Message {
	return []sim.Message{{Role: "user", Content: fmt.Sprintf("day %d", n)}, {Step: 1, Role: "assistant", Content: "done"}}
}

// checkWhole fails the test unless a file is sound and holds whole days only, in
// unbroken chains with exact ledgers. It returns the number of days.
func checkWhole(t *testing.T, path string, store *sqlite.Store) int {
	t.Helper()
	require.Equal(t, "ok", query[string](t, path, "PRAGMA integrity_check"))
	for what, text := range map[string]string{
		"broken references":             "SELECT count(*) FROM pragma_foreign_key_check",
		"completed model-days, no day":  "SELECT count(*) FROM job_details WHERE status = 'completed' AND md NOT IN (SELECT md FROM days)",
		"days, model-day not completed": "SELECT count(*) FROM days JOIN job_details USING (md) WHERE status <> 'completed'",
		"days without their transcript": "SELECT count(*) FROM days d WHERE (SELECT count(*) FROM reasoning_logs r WHERE r.md = d.md) <> 2",
		"days without their tool usage": "SELECT count(*) FROM days d WHERE (SELECT count(*) FROM tool_usage u WHERE u.md = d.md) <> 1",
	} {
		require.Zero(t, query[int](t, path, text), what)
	}
	books, err := store.Books(t.Context(), "main")
	require.NoError(t, err)
	total := 0
	for _, h := range books {
		days, err := store.Days(t.Context(), sim.DayFilter{Experiment: "main", Model: h.Book.Model})
		require.NoError(t, err)
		prev, ledger := sim.DayRef{}, sim.NewLedger(tradingCash)
		for n, d := range days {
			require.Equal(t, benchDate(n), d.Ref.Date, "a day is missing")
			require.Equal(t, prev, d.Prev)
			require.Equal(t, ledger, d.Opening)
			require.Len(t, d.Entries, 1)
			folded, err := sim.Fold(d.Opening, d.Entries)
			require.NoError(t, err)
			require.Equal(t, folded, d.Closing)
			prev, ledger = d.Ref, folded
		}
		require.Equal(t, prev, h.Last)
		assert.Equal(t, tradingCash-sim.Money(len(days))*sim.Dollar, ledger.Cash)
		total += len(days)
	}
	return total
}

// background is trading that continues while a test does something else.
type background struct {
	days   chan struct{}
	stop   func()
	result chan error
}

func startTrading(t *testing.T, store sim.Store, models, dates int) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	b := &background{days: make(chan struct{}, models*dates), result: make(chan error, 1)}
	r := &trading{store: store, job: "job", models: modelNames(models), dates: dates, holder: "test", closed: func() { b.days <- struct{}{} }}
	require.NoError(t, r.ensureJob(ctx))
	go func() { b.result <- r.run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-b.result)
	})
	t.Cleanup(b.stop)
	return b
}

// waitForDays returns after some more days have been closed.
func (b *background) waitForDays(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-b.days:
		case <-time.After(30 * time.Second):
			require.Fail(t, "nothing is closed any more")
		}
	}
}

func modelNames(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("model-%02d", i))
	}
	return out
}

// syntheticBars makes bars of some symbols on some days.
func syntheticBars(symbols, days int) sim.PriceRows {
	set := sim.PriceRows{Source: "synthetic"}
	for s := range symbols {
		for d := range days {
			price := sim.Money(1_000_000 + 1000*s + d)
			set.Bars = append(set.Bars, sim.SymbolBar{
				Symbol: fmt.Sprintf("S%03d", s), Date: benchDate(d),
				Bar: sim.Bar{Open: price, High: price + 9, Low: price - 9, Close: price + 1, Volume: 1_000_000},
			})
		}
	}
	return set
}

func benchDate(n int) sim.Date { return firstDate.AddDays(n) }

var firstDate = sim.MustParseDate("2020-01-01")

// furthest returns how many days the longest book has.
func furthest(t *testing.T, store *sqlite.Store) int {
	t.Helper()
	books, err := store.Books(t.Context(), "main")
	require.NoError(t, err)
	if len(books) == 0 {
		return 0
	}
	last := slices.MaxFunc(books, func(a, b sim.Head) int { return cmp.Compare(a.Last.Date, b.Last.Date) }).Last
	if last.IsZero() {
		return 0
	}
	return last.Date.DaysSince(firstDate) + 1
}
