package trader

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// The benchmarks of this file run whole jobs: the engine, sessions with their
// tools over MCP, and commits to a durable SQLite file. Only the model is not
// real: it answers at once, or after a fixed time.

// BenchmarkWaitingForModels reports the wall time of 20 models x 22 dates x 5
// steps of 50 ms each, and what it is over the 5.5 s that the models alone take. It
// comes first: what the other one has written is still on its way to the disk.
func BenchmarkWaitingForModels(b *testing.B) {
	const dates, steps, step = 22, 5, 50 * time.Millisecond
	market := newBenchMarket(20, dates)
	n := 0
	for b.Loop() {
		market.run(b, slow{instant{steps - 1}, step}, 1)
		n++
	}
	wall := b.Elapsed() / time.Duration(n)
	ideal := dates * steps * step
	b.ReportMetric(wall.Seconds(), "s")
	b.ReportMetric(100*(wall.Seconds()/ideal.Seconds()-1), "%over")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkModelDays reports how many model-days a second are closed by jobs of
// 20 models, each in an experiment of its own, with a universe of 100 symbols in
// each prompt.
func BenchmarkModelDays(b *testing.B) {
	for _, calls := range []int{0, 5} {
		for jobs := range 3 {
			b.Run(fmt.Sprintf("%d tool calls/%d jobs at once", calls, jobs+1), func(b *testing.B) {
				market := newBenchMarket(20, 250)
				n := 0
				for b.Loop() {
					n += market.run(b, instant{calls}, jobs+1)
				}
				b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "model-days/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// instant calls a tool in each of its first answers, and then finishes.
type instant struct{ calls int }

func (m instant) Complete(_ context.Context, r agent.Request) (agent.Reply, error) {
	if r.Step > m.calls {
		return agent.Reply{Message: agent.Message{Content: "Done. " + agent.FinishSignal}}, nil
	}
	call := agent.ToolCall{Name: "buy", Arguments: fmt.Sprintf(`{"symbol":"S%03d","amount":1}`, r.Step)}
	if r.Step%2 == 0 {
		call = agent.ToolCall{Name: "get_price", Arguments: fmt.Sprintf(`{"symbol":"S%03d"}`, r.Step)}
	}
	return agent.Reply{Message: agent.Message{Content: "I look at the market.", Calls: []agent.ToolCall{call}}}, nil
}

// slow is a model that takes its time for each answer.
type slow struct {
	instant
	step time.Duration
}

func (m slow) Complete(ctx context.Context, r agent.Request) (agent.Reply, error) {
	if err := wait(m.step); err != nil {
		return agent.Reply{}, err
	}
	return m.instant.Complete(ctx, r)
}

// benchMarket is a market of 100 symbols and two years, as a service has loaded
// them, on whose last days jobs of the same size run, each in a store of its own.
type benchMarket struct {
	models []string
	dates  []sim.Date
	prices sim.PriceRows
}

func newBenchMarket(models, dates int) benchMarket {
	const history = 500
	m := benchMarket{}
	for i := range models {
		m.models = append(m.models, fmt.Sprintf("model-%02d", i))
	}
	d := sim.MustParseDate("2023-01-03")
	for day := range history {
		for s := range 100 {
			price := sim.Money(1+s+day%17) * sim.Dollar
			m.prices.Bars = append(m.prices.Bars, sim.SymbolBar{
				Symbol: fmt.Sprintf("S%03d", s), Date: d,
				Bar: sim.Bar{Open: price, High: price + 1000, Low: price - 1000, Close: price + 500, Volume: 1000},
			})
		}
		if day >= history-dates {
			m.dates = append(m.dates, d)
		}
		d = sim.DefaultMarket.NextBar(d)
	}
	return m
}

// run executes jobs whose models all are the given one, at the same time, and
// returns the number of their model-days. Only the jobs themselves are timed.
func (m benchMarket) run(b *testing.B, model agent.Model, count int) (modelDays int) {
	b.Helper()
	b.StopTimer()
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	require.NoError(b, err)
	_, err = store.PutPrices(b.Context(), m.prices, time.Now())
	require.NoError(b, err)
	_, err = store.MarketData(b.Context()) // a trigger has read the prices
	require.NoError(b, err)
	models := NewModels(nil, Files, nil, time.Now)
	jobs := make([]sim.Job, count)
	for i := range jobs {
		jobs[i] = m.create(b, store, fmt.Sprint("job-", i))
		for _, signature := range m.models {
			models.open[modelKey{jobs[i].ID, signature}] = model
		}
	}
	e := &engine.Engine{
		Store: store, Prices: store, Trader: &Trader{Models: models, Now: time.Now}, Now: time.Now,
		Holder: "bench", Exclusive: true, DayTimeout: time.Hour,
	}
	ended := make(chan error, count)
	b.StartTimer()
	for _, job := range jobs {
		go func() { ended <- e.RunJob(b.Context(), job.ID) }()
	}
	for range jobs {
		require.NoError(b, <-ended)
	}
	b.StopTimer()
	for _, job := range jobs {
		counts, err := store.Counts(b.Context(), job.ID)
		require.NoError(b, err)
		require.Equal(b, job.Plan.Total(), counts[sim.ModelDayCompleted])
		modelDays += job.Plan.Total()
	}
	require.NoError(b, store.Close())
	b.StartTimer()
	return modelDays
}

// create creates a job in an experiment of the same name.
func (m benchMarket) create(b testing.TB, store sim.Store, id string) sim.Job {
	b.Helper()
	job := sim.Job{
		ID: id, Experiment: id, Status: sim.JobPending, Plan: sim.Plan{Dates: m.dates}, CreatedAt: time.Now(),
		Settings: sim.Settings{Benchmark: "QQQ", InitialCash: sim.MaxMoney / 2, MaxSteps: 30},
	}
	var books []sim.BookPlan
	for _, signature := range m.models {
		job.Plan.Models = append(job.Plan.Models, sim.PlannedSpan{Model: signature, From: m.dates[0], To: m.dates[len(m.dates)-1]})
		job.Settings.Models = append(job.Settings.Models, sim.ModelSpec{Signature: signature, BaseModel: "bench"})
		books = append(books, sim.BookPlan{Head: sim.Head{Book: sim.BookKey{Experiment: id, Model: signature}}})
	}
	stored, err := store.CreateJob(b.Context(), sim.NewJob{Job: job, Books: books})
	require.NoError(b, err)
	return stored
}
