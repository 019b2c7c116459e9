package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// BenchmarkModelDays measures claim and commit of model-days, both durable, by
// callers that each have a book of their own.
func BenchmarkModelDays(b *testing.B) {
	for _, c := range []struct {
		name             string
		callers, fills   int
		messages, length int
	}{
		{"20callers/0fills/3messages", 20, 0, 3, 200},
		{"20callers/5fills/12messages", 20, 5, 12, 1500},
		{"64callers/0fills/3messages", 64, 0, 3, 200},
		{"1caller/0fills/3messages", 1, 0, 3, 200},
	} {
		b.Run(c.name, func(b *testing.B) {
			store := openBench(b)
			models := createBenchJob(b, store, "job", c.callers)
			w := workload{fills: c.fills, messages: c.messages, length: c.length}
			b.ResetTimer()
			var group sync.WaitGroup
			for i, model := range models {
				days := b.N / c.callers
				if i < b.N%c.callers {
					days++
				}
				group.Go(func() { w.closeDays(b, store, "job", model, days) })
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "model-days/s")
		})
	}
}

// BenchmarkReads measures the reads of a page and of an answer on a job of 15,000
// model-days, and of a board of 20 models x 30 days.
func BenchmarkReads(b *testing.B) {
	store := openBench(b)
	models := createBenchJob(b, store, "job", 20)
	w := workload{fills: 3, messages: 3, length: 100}
	var group sync.WaitGroup
	for _, model := range models {
		group.Go(func() { w.closeDays(b, store, "job", model, 750) })
	}
	group.Wait()
	ctx := b.Context()
	for _, c := range []struct {
		name string
		read func() (int, error)
		want int
	}{
		{"counts", func() (int, error) {
			counts, err := store.Counts(ctx, "job")
			return counts[sim.ModelDayCompleted], err
		}, 15_000},
		{"page1000", func() (int, error) {
			page, err := store.ModelDays(ctx, "job", sim.ModelDayFilter{AfterDate: benchDate(400), AfterModel: "model-07", Limit: 1000})
			return len(page), err
		}, 1000},
		{"days20x30", func() (int, error) {
			days, err := store.Days(ctx, sim.DayFilter{Experiment: "main", From: benchDate(700), To: benchDate(729)})
			return len(days), err
		}, 600},
		{"days20x30books", func() (int, error) {
			days, err := store.Days(ctx, sim.DayFilter{Experiment: "main", From: benchDate(700), To: benchDate(729), BooksOnly: true})
			return len(days), err
		}, 600},
		{"curve750", func() (int, error) {
			days, err := store.Days(ctx, sim.DayFilter{Experiment: "main", Model: "model-03", BooksOnly: true})
			return len(days), err
		}, 750},
		{"last", func() (int, error) {
			days, err := store.Days(ctx, sim.DayFilter{Experiment: "main", Model: "model-03", Latest: true, Limit: 1})
			return len(days), err
		}, 1},
		{"job", func() (int, error) {
			job, err := store.Job(ctx, "job")
			return len(job.Plan.Models), err
		}, 20},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				n, err := c.read()
				require.NoError(b, err)
				require.Equal(b, c.want, n)
			}
		})
	}
}

// BenchmarkPrices measures the import of two years x 101 symbols and the
// building of their market.
func BenchmarkPrices(b *testing.B) {
	set := syntheticBars(101, 480)
	for _, c := range []struct {
		name string
		run  func(b *testing.B, store *sqlite.Store)
	}{
		{"import", func(b *testing.B, store *sqlite.Store) {
			_, err := store.PutPrices(b.Context(), set, time.Now())
			require.NoError(b, err)
		}},
		{"import again", func(b *testing.B, store *sqlite.Store) {
			report, err := store.PutPrices(b.Context(), set, time.Now())
			require.NoError(b, err)
			require.Equal(b, len(set.Bars), report.Unchanged)
		}},
		{"tape", func(b *testing.B, store *sqlite.Store) {
			market, err := store.MarketData(b.Context())
			require.NoError(b, err)
			require.Len(b, market.Symbols(), 101)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				store := openBench(b)
				if c.name != "import" {
					_, err := store.PutPrices(b.Context(), set, time.Now())
					require.NoError(b, err)
				}
				b.StartTimer()
				c.run(b, store)
			}
		})
	}
}

func openBench(b *testing.B) *sqlite.Store {
	b.Helper()
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	return store
}

func createBenchJob(b *testing.B, store sim.Store, id string, count int) []string {
	b.Helper()
	job := sim.Job{ID: id, Experiment: "main", Status: sim.JobPending, CreatedAt: time.Now()}
	for d := range 750 {
		job.Plan.Dates = append(job.Plan.Dates, benchDate(d))
	}
	var books []sim.BookPlan
	for _, model := range modelNames(count) {
		job.Plan.Models = append(job.Plan.Models, sim.PlannedSpan{Model: model, From: benchDate(0), To: benchDate(749)})
		books = append(books, sim.BookPlan{Head: sim.Head{Book: sim.BookKey{Experiment: "main", Model: model}}})
	}
	_, err := store.CreateJob(b.Context(), sim.NewJob{Job: job, Books: books})
	require.NoError(b, err)
	return job.Plan.Signatures()
}

// workload is what each model-day of a benchmark writes.
type workload struct {
	fills            int
	messages, length int
}

// closeDays claims and commits a model's days one after the other.
func (w workload) closeDays(b *testing.B, store sim.Store, job, model string, days int) {
	transcript := make([]sim.Message, w.messages)
	for i := range transcript {
		transcript[i] = sim.Message{Step: i, Role: "assistant", Content: strings.Repeat("x", w.length), Timestamp: time.Now()}
	}
	for n := range days {
		now := time.Now()
		key := sim.ModelDayKey{JobID: job, Date: benchDate(n), Model: model}
		g, err := store.Claim(b.Context(), sim.ClaimRequest{
			Key: key, Experiment: "main",
			Claimant: sim.Claimant{JobID: job, Date: key.Date, Holder: "bench", Now: now, Until: now.Add(time.Minute)},
		})
		if err != nil {
			b.Error(err)
			return
		}
		if err := store.Commit(b.Context(), g, w.day(g), transcript); err != nil {
			b.Error(err)
			return
		}
	}
}

// day buys a share of each of a few symbols.
func (w workload) day(g sim.Grant) sim.Day {
	opening := g.Opening
	if g.Prev.IsZero() {
		opening = sim.NewLedger(sim.MaxMoney / 2)
	}
	d := sim.Day{
		Book: g.Book, Ref: sim.DayRef{Date: g.Key.Date, Generation: g.Generation}, Prev: g.Prev, JobID: g.Key.JobID,
		Attempt: g.Attempt, Opening: opening, Closing: opening.Clone(), StartedAt: g.Started, ClosedAt: time.Now(), Prices: "p1",
		Session: sim.Session{Steps: 2, StopReason: sim.StopSignal, Signal: true, ToolUsage: map[string]sim.ToolCount{"buy": {Calls: w.fills}}},
	}
	for i := range w.fills {
		e := sim.Entry{Kind: sim.EntryBuy, Symbol: fmt.Sprintf("S%d", i), Quantity: sim.Share, Price: sim.Dollar}
		if err := d.Closing.Apply(&e); err != nil {
			panic(err)
		}
		d.Entries = append(d.Entries, e)
	}
	return d
}
