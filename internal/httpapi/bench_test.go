package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// BenchmarkLargeJob reads a job of 15,000 model-days (20 models, 750 dates) over
// HTTP and reports the 99th percentile next to the mean.
func BenchmarkLargeJob(b *testing.B) {
	f := newFixture(b, func(o *Options) { o.Log = slog.New(slog.DiscardHandler) })
	dates := sim.DefaultMarket.Bars(date("2023-01-03"), date("2025-12-31"))[:750]
	models := make([]string, 20)
	for i := range models {
		models[i] = fmt.Sprintf("model-%02d", i)
	}
	job := f.job("large", "main", dates, models...)
	f.fill(job, models, dates)
	for _, path := range []string{
		"/simulate/status/large?details=false",
		"/simulate/status/large",
		"/simulate/status/large?details_next=2025-06-02,model-07",
		"/results?date=" + dates[700].String(),
		"/results?job_id=large",
		"/leaderboard",
		"/leaderboard?stats=false",
		"/results?start_date=2023-01-01&model=model-07&detail=full",
		"/portfolio/timeseries?model=model-07",
		"/results?start_date=2023-01-01&model=model-07",
		"/results?start_date=2023-01-01",
	} {
		b.Run(path, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
				r.RemoteAddr = "127.0.0.1:1"
				w := httptest.NewRecorder()
				f.api.ServeHTTP(w, r)
				took = append(took, time.Since(began))
				if w.Code != http.StatusOK {
					b.Fatalf("%s", w.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// fill closes all model-days of a job, each with ten holdings.
func (f *fixture) fill(job sim.Job, models []string, dates []sim.Date) {
	f.t.Helper()
	var all sync.WaitGroup
	errs := make([]error, len(models))
	for i, model := range models {
		all.Go(func() { errs[i] = f.fillBook(job, model, dates) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(f.t, err)
	}
}

func (f *fixture) fillBook(job sim.Job, model string, dates []sim.Date) error {
	ctx := context.Background()
	closing := sim.NewLedger(job.Settings.InitialCash)
	for i := range 10 {
		closing.Holdings[fmt.Sprintf("AAA%d", i)] = sim.Share
	}
	for _, d := range dates {
		g, err := f.store.Claim(ctx, sim.ClaimRequest{
			Key: sim.ModelDayKey{JobID: job.ID, Date: d, Model: model}, Experiment: job.Experiment,
			Claimant: sim.Claimant{JobID: job.ID, Date: d, Holder: "test", Now: f.now, Until: f.now.Add(time.Hour)},
		})
		if err != nil {
			return err
		}
		day := sim.Day{
			Book: g.Book, Ref: sim.DayRef{Date: d, Generation: g.Generation}, Prev: g.Prev, JobID: job.ID, Attempt: g.Attempt,
			Opening: closing, Closing: closing, StartedAt: f.now, ClosedAt: f.now, Session: sim.Session{StopReason: sim.StopSignal},
		}
		if err := f.store.Commit(ctx, g, day, nil); err != nil {
			return err
		}
	}
	return nil
}
