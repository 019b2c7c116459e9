package simulate

import (
	"context"
	"fmt"
	"time"

	"aitrader/internal/sim"
	"aitrader/internal/storetest"
)

// access is the way of one process to the image. Every write parks until the world
// lets it happen, and so do reads, but not all of those that poll. Writes then pass
// the faulty store of storetest. It implements [sim.Store] and [sim.PriceStore].
type access struct {
	p      *process
	faulty *storetest.Faulty
}

var (
	_ sim.Store      = (*access)(nil)
	_ sim.PriceStore = (*access)(nil)
)

// fault decides how a write of the process fails.
func (p *process) fault(n int, method string) storetest.Fault {
	w := p.w
	if w.calm.Load() {
		return storetest.NoFault
	}
	name := fmt.Sprintf("fault %s %s %d", p.name, method, n)
	fault := storetest.NoFault
	switch {
	case w.chance(w.scenario.lost, name):
		fault = storetest.Lost
	case w.chance(w.scenario.unanswered, name+" unanswered"):
		fault = storetest.Unanswered
	default:
		return fault
	}
	w.note("fault %d", fault)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.doing != nil {
		w.excuse(w.doing.about)
	}
	return fault
}

// write makes a write.
func write[T any](ctx context.Context, a *access, about, name string, f func() (T, error)) (value T, err error) {
	err = a.p.do(ctx, name, about, func() (err error) {
		value, err = f()
		return err
	})
	if err != nil {
		var none T
		value = none
	}
	return value, err
}

// done is write for a call without a value.
func done(ctx context.Context, a *access, about, name string, f func() error) error {
	_, err := write(ctx, a, about, name, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// read makes a read, which fails sometimes.
func read[T any](ctx context.Context, a *access, name string, f func() (T, error)) (T, error) {
	return write(ctx, a, "", name, func() (value T, err error) {
		w := a.p.w
		if !w.calm.Load() && w.chance(w.scenario.unread, fmt.Sprintf("unread %d", w.turn)) {
			return value, sim.Errorf(sim.KindUnavailable, "the store cannot be read")
		}
		return f()
	})
}

// poll makes a read of a loop. Most of them do not wait for the world: nothing changes
// the image while a goroutine runs.
func poll[T any](ctx context.Context, a *access, name string, f func() (T, error)) (value T, err error) {
	w := a.p.w
	key := "poll " + a.p.name + " " + actorOf(ctx) + name
	if w.chance(0.2, fmt.Sprintf("%s %d", key, w.count(key))) {
		return read(ctx, a, name, f)
	}
	w.mu.Lock()
	dead := a.p.dead || w.ending
	w.mu.Unlock()
	if dead {
		return value, errDead
	}
	return f()
}

func (a *access) image() *image { return a.p.w.image }

func (a *access) Ping(ctx context.Context) error {
	_, err := read(ctx, a, "ping", func() (struct{}, error) { return struct{}{}, nil })
	return err
}

func (a *access) Close() error { return nil }

func (a *access) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	return write(ctx, a, n.Job.ID, "create "+n.Job.ID, func() (sim.Job, error) { return a.faulty.CreateJob(ctx, n) })
}

func (a *access) RequestCancel(ctx context.Context, id string, now time.Time) (sim.Job, error) {
	return write(ctx, a, id, "cancel "+id, func() (sim.Job, error) { return a.faulty.RequestCancel(ctx, id, now) })
}

func (a *access) Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error {
	return done(ctx, a, id, "heartbeat "+id, func() error { return a.faulty.Heartbeat(ctx, id, now, warnings...) })
}

func (a *access) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	return done(ctx, a, id, "close "+id+" "+d.String(), func() error { return a.faulty.CloseDate(ctx, id, d, lost, now) })
}

func (a *access) FinishJob(ctx context.Context, id string, f sim.Finish) (sim.Job, error) {
	a.p.w.rival(id)
	return write(ctx, a, id, "finish "+id, func() (sim.Job, error) { return a.faulty.FinishJob(ctx, id, f) })
}

func (a *access) Claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	return write(ctx, a, c.Key.JobID, "claim "+nameOf(c.Key), func() (sim.Grant, error) { return a.faulty.Claim(ctx, c) })
}

func (a *access) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	return done(ctx, a, g.Key.JobID, "commit "+nameOf(g.Key), func() error { return a.faulty.Commit(ctx, g, d, transcript) })
}

func (a *access) Fail(ctx context.Context, g sim.Grant, f sim.Failure, now time.Time) error {
	return done(ctx, a, g.Key.JobID, "fail "+nameOf(g.Key), func() error { return a.faulty.Fail(ctx, g, f, now) })
}

func (a *access) AddCallback(ctx context.Context, id string, url sim.CallbackURL) error {
	return done(ctx, a, id, "add callback "+id, func() error { return a.faulty.AddCallback(ctx, id, url) })
}

func (a *access) DeferCallback(ctx context.Context, c sim.Callback) error {
	return done(ctx, a, c.JobID, "defer "+string(c.URL), func() error { return a.faulty.DeferCallback(ctx, c) })
}

func (a *access) DropCallback(ctx context.Context, c sim.Callback) error {
	return done(ctx, a, c.JobID, "drop "+string(c.URL), func() error { return a.faulty.DropCallback(ctx, c) })
}

func (a *access) Reserve(ctx context.Context, c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) error {
	return done(ctx, a, c.JobID, "reserve "+c.JobID+" "+c.Model+" "+c.ID, func() error { return a.faulty.Reserve(ctx, c, worst, limits) })
}

func (a *access) Settle(ctx context.Context, c sim.ModelCall, used sim.Usage, cost sim.TokenCost) error {
	return done(ctx, a, c.JobID, "settle "+c.JobID+" "+c.Model+" "+c.ID, func() error { return a.faulty.Settle(ctx, c, used, cost) })
}

func (a *access) PutPrices(ctx context.Context, set sim.PriceRows, now time.Time) (sim.ImportReport, error) {
	return write(ctx, a, "", "put prices", func() (sim.ImportReport, error) {
		report, err := a.image().PutPrices(ctx, set, now)
		if err == nil {
			a.p.w.checkPrices(set)
		}
		return report, err
	})
}

// nameOf names a model-day.
func nameOf(k sim.ModelDayKey) string { return k.JobID + " " + k.Date.String() + " " + k.Model }

func (a *access) JobByIdempotencyKey(ctx context.Context, key sim.IdempotencyKey, now time.Time) (job sim.Job, ok bool, err error) {
	job, err = read(ctx, a, "by key "+key.Key, func() (job sim.Job, err error) {
		job, ok, err = a.image().JobByIdempotencyKey(ctx, key, now)
		return job, err
	})
	return job, ok && err == nil, err
}

func (a *access) Job(ctx context.Context, id string) (sim.Job, error) {
	return read(ctx, a, "job "+id, func() (sim.Job, error) { return a.image().Job(ctx, id) })
}

func (a *access) JobState(ctx context.Context, id string) (sim.JobState, error) {
	return poll(ctx, a, "state "+id, func() (sim.JobState, error) { return a.image().JobState(ctx, id) })
}

func (a *access) Jobs(ctx context.Context, f sim.JobFilter) (jobs []sim.Job, next string, err error) {
	jobs, err = poll(ctx, a, "jobs", func() (jobs []sim.Job, err error) {
		jobs, next, err = a.image().Jobs(ctx, f)
		return jobs, err
	})
	return jobs, next, err
}

func (a *access) ActiveJob(ctx context.Context, experiment string) (job sim.Job, ok bool, err error) {
	job, err = read(ctx, a, "active "+experiment, func() (job sim.Job, err error) {
		job, ok, err = a.image().ActiveJob(ctx, experiment)
		return job, err
	})
	return job, ok && err == nil, err
}

func (a *access) ModelDays(ctx context.Context, id string, f sim.ModelDayFilter) ([]sim.ModelDay, error) {
	return read(ctx, a, "model-days "+id, func() ([]sim.ModelDay, error) { return a.image().ModelDays(ctx, id, f) })
}

func (a *access) Counts(ctx context.Context, id string) (map[sim.ModelDayStatus]int, error) {
	return read(ctx, a, "counts "+id, func() (map[sim.ModelDayStatus]int, error) { return a.image().Counts(ctx, id) })
}

func (a *access) Heads(ctx context.Context, keys []sim.BookKey) ([]sim.Head, error) {
	return read(ctx, a, "heads", func() ([]sim.Head, error) { return a.image().Heads(ctx, keys) })
}

func (a *access) Books(ctx context.Context, experiment string) ([]sim.Head, error) {
	return read(ctx, a, "books "+experiment, func() ([]sim.Head, error) { return a.image().Books(ctx, experiment) })
}

func (a *access) Days(ctx context.Context, f sim.DayFilter) ([]sim.Day, error) {
	return read(ctx, a, "days "+f.Experiment+" "+f.Model, func() ([]sim.Day, error) { return a.image().Days(ctx, f) })
}

func (a *access) Transcript(ctx context.Context, book sim.BookKey, ref sim.DayRef) ([]sim.Message, error) {
	return read(ctx, a, "transcript", func() ([]sim.Message, error) { return a.image().Transcript(ctx, book, ref) })
}

func (a *access) Callbacks(ctx context.Context, id string) ([]sim.Callback, error) {
	return poll(ctx, a, "callbacks "+id, func() ([]sim.Callback, error) { return a.image().Callbacks(ctx, id) })
}

func (a *access) Spending(ctx context.Context, jobID string) (map[string]sim.Spending, error) {
	return read(ctx, a, "spending "+jobID, func() (map[string]sim.Spending, error) { return a.image().Spending(ctx, jobID) })
}

func (a *access) PricesVersion(ctx context.Context) (string, error) {
	return read(ctx, a, "prices version", func() (string, error) { return a.image().PricesVersion(ctx) })
}

func (a *access) MarketData(ctx context.Context) (*sim.MarketData, error) {
	return read(ctx, a, "prices", func() (*sim.MarketData, error) { return a.image().MarketData(ctx) })
}
