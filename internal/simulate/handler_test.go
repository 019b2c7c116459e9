package simulate

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
)

// front is the HTTP API of all processes of the worlds that run one after the other.
// Building an API takes longer than a scenario; it has no state, so that one can serve
// all processes: the context of a request says which one is asked.
type front struct {
	world atomic.Pointer[world]
	api   http.Handler
}

func newFront() *front {
	f := &front{}
	var err error
	f.api, err = httpapi.New(httpapi.Options{
		Store: asked{}, Prices: asked{}, Jobs: askedJobs{}, StoreKind: "simulated", Version: "simulated",
		Now: func() time.Time { return f.world.Load().now() }, Log: slog.New(slog.DiscardHandler), Poll: 1100 * time.Millisecond,
		Models: func(context.Context) ([]httpapi.ModelInfo, error) { return nil, nil },
		Defaults: func(context.Context) (string, []string, error) {
			return symbols[3], symbols[:3], nil
		},
	})
	if err != nil {
		panic(err) // the options are wrong
	}
	return f
}

// askedProcess returns the process that serves a request.
func askedProcess(ctx context.Context) *process { return ctx.Value(processKey{}).(*process) }

// askedJobs are the jobs of the process that is asked.
type askedJobs struct{}

func (askedJobs) Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error) {
	return askedProcess(ctx).jobs.Trigger(ctx, r)
}

func (askedJobs) Cancel(ctx context.Context, id string) (sim.Job, error) {
	return askedProcess(ctx).jobs.Cancel(ctx, id)
}

func (askedJobs) Retry(ctx context.Context, id, caller string) (sim.TriggerResult, error) {
	return askedProcess(ctx).jobs.Retry(ctx, id, caller)
}

func (askedJobs) Refresh(ctx context.Context, job sim.Job) (sim.Job, error) {
	return askedProcess(ctx).jobs.Refresh(ctx, job)
}

// asked is the store of the process that is asked: what the API reads of it.
type asked struct {
	sim.Store
	sim.PriceStore
}

func (asked) Ping(ctx context.Context) error { return askedProcess(ctx).store.Ping(ctx) }

func (asked) Job(ctx context.Context, id string) (sim.Job, error) {
	return askedProcess(ctx).store.Job(ctx, id)
}

func (asked) Jobs(ctx context.Context, f sim.JobFilter) ([]sim.Job, string, error) {
	return askedProcess(ctx).store.Jobs(ctx, f)
}

func (asked) ActiveJob(ctx context.Context, experiment string) (sim.Job, bool, error) {
	return askedProcess(ctx).store.ActiveJob(ctx, experiment)
}

func (asked) ModelDays(ctx context.Context, id string, f sim.ModelDayFilter) ([]sim.ModelDay, error) {
	return askedProcess(ctx).store.ModelDays(ctx, id, f)
}

func (asked) Counts(ctx context.Context, id string) (map[sim.ModelDayStatus]int, error) {
	return askedProcess(ctx).store.Counts(ctx, id)
}

func (asked) Heads(ctx context.Context, keys []sim.BookKey) ([]sim.Head, error) {
	return askedProcess(ctx).store.Heads(ctx, keys)
}

func (asked) Books(ctx context.Context, experiment string) ([]sim.Head, error) {
	return askedProcess(ctx).store.Books(ctx, experiment)
}

func (asked) Days(ctx context.Context, f sim.DayFilter) ([]sim.Day, error) {
	return askedProcess(ctx).store.Days(ctx, f)
}

func (asked) Transcript(ctx context.Context, book sim.BookKey, ref sim.DayRef) ([]sim.Message, error) {
	return askedProcess(ctx).store.Transcript(ctx, book, ref)
}

func (asked) Spending(ctx context.Context, id string) (map[string]sim.Spending, error) {
	return askedProcess(ctx).store.Spending(ctx, id)
}

func (asked) MarketData(ctx context.Context) (*sim.MarketData, error) {
	return askedProcess(ctx).store.MarketData(ctx)
}

func (asked) PricesVersion(ctx context.Context) (string, error) {
	return askedProcess(ctx).store.PricesVersion(ctx)
}
