package local

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// timedStore is a store that tells how long the calls take that each model-day makes.
type timedStore struct {
	sim.Store
	metrics *metrics
}

// took is deferred with the time at which a call began.
func (t timedStore) took(operation string, began time.Time) {
	t.metrics.storing.WithLabelValues(operation).Observe(time.Since(began).Seconds())
}

func (t timedStore) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	defer t.took("create_job", time.Now())
	return t.Store.CreateJob(ctx, n)
}

func (t timedStore) Job(ctx context.Context, id string) (sim.Job, error) {
	defer t.took("job", time.Now())
	return t.Store.Job(ctx, id)
}

func (t timedStore) JobState(ctx context.Context, id string) (sim.JobState, error) {
	defer t.took("job_state", time.Now())
	return t.Store.JobState(ctx, id)
}

func (t timedStore) Claim(ctx context.Context, r sim.ClaimRequest) (sim.Grant, error) {
	defer t.took("claim", time.Now())
	return t.Store.Claim(ctx, r)
}

func (t timedStore) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	defer t.took("commit", time.Now())
	return t.Store.Commit(ctx, g, d, transcript)
}

func (t timedStore) Fail(ctx context.Context, g sim.Grant, f sim.Failure, now time.Time) error {
	defer t.took("fail", time.Now())
	return t.Store.Fail(ctx, g, f, now)
}
