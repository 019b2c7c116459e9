package storetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"aitrader/internal/sim"
)

// Fault is how a write fails.
type Fault int

// The faults.
const (
	NoFault Fault = iota
	// Lost: the write is not done, and the caller gets an error.
	Lost
	// Unanswered: the write is done, and the caller gets an error all the same.
	Unanswered
)

// Plan decides how a write fails. It gets the name of the method of [sim.Store] and the
// number of the write among those of this method, from 0 on; the order of writes of
// different methods can vary.
type Plan func(n int, method string) Fault

// At is a plan with one fault, at one write.
func At(method string, write int, f Fault) Plan {
	return func(n int, m string) Fault {
		if m == method && n == write {
			return f
		}
		return NoFault
	}
}

// Faulty is a store whose writes, or their answers, are lost as a plan says. The caller
// then gets an error of kind unavailable. Reads succeed.
type Faulty struct {
	sim.Store
	plan Plan

	mu     sync.Mutex
	writes []string
}

var _ sim.Store = (*Faulty)(nil)

// NewFaulty wraps a store. A nil plan has no faults.
func NewFaulty(store sim.Store, plan Plan) *Faulty {
	if plan == nil {
		plan = func(int, string) Fault { return NoFault }
	}
	return &Faulty{Store: store, plan: plan}
}

// Writes returns the methods of the writes so far, in their order. A test that disturbs
// each write once counts them first.
func (f *Faulty) Writes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.writes)
}

// Count returns how many writes are by a method.
func Count(writes []string, method string) (n int) {
	for _, w := range writes {
		if w == method {
			n++
		}
	}
	return n
}

// write does a write as planned.
func (f *Faulty) write(method string, do func() error) error {
	f.mu.Lock()
	n := Count(f.writes, method)
	f.writes = append(f.writes, method)
	f.mu.Unlock()
	switch f.plan(n, method) {
	case Lost:
		return sim.Errorf(sim.KindUnavailable, "%s %d was lost", method, n)
	case Unanswered:
		// The store's answer is lost, also an error.
		_ = do()
		return sim.Errorf(sim.KindUnavailable, "the answer to %s %d was lost", method, n)
	default:
		return do()
	}
}

// CreateJob implements [sim.Store].
func (f *Faulty) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	return answered(f, "CreateJob", func() (sim.Job, error) { return f.Store.CreateJob(ctx, n) })
}

// RequestCancel implements [sim.Store].
func (f *Faulty) RequestCancel(ctx context.Context, id string, now time.Time) (sim.Job, error) {
	return answered(f, "RequestCancel", func() (sim.Job, error) { return f.Store.RequestCancel(ctx, id, now) })
}

// Heartbeat implements [sim.Store].
func (f *Faulty) Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error {
	return f.write("Heartbeat", func() error { return f.Store.Heartbeat(ctx, id, now, warnings...) })
}

// CloseDate implements [sim.Store].
func (f *Faulty) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	return f.write("CloseDate", func() error { return f.Store.CloseDate(ctx, id, d, lost, now) })
}

// FinishJob implements [sim.Store].
func (f *Faulty) FinishJob(ctx context.Context, id string, end sim.Finish) (sim.Job, error) {
	return answered(f, "FinishJob", func() (sim.Job, error) { return f.Store.FinishJob(ctx, id, end) })
}

// AddCallback implements [sim.Store].
func (f *Faulty) AddCallback(ctx context.Context, id string, url sim.CallbackURL) error {
	return f.write("AddCallback", func() error { return f.Store.AddCallback(ctx, id, url) })
}

// DeferCallback implements [sim.Store].
func (f *Faulty) DeferCallback(ctx context.Context, c sim.Callback) error {
	return f.write("DeferCallback", func() error { return f.Store.DeferCallback(ctx, c) })
}

// DropCallback implements [sim.Store].
func (f *Faulty) DropCallback(ctx context.Context, c sim.Callback) error {
	return f.write("DropCallback", func() error { return f.Store.DropCallback(ctx, c) })
}

// Reserve implements [sim.Budgets].
func (f *Faulty) Reserve(ctx context.Context, c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) error {
	return f.write("Reserve", func() error { return f.Store.Reserve(ctx, c, worst, limits) })
}

// Settle implements [sim.Budgets].
func (f *Faulty) Settle(ctx context.Context, c sim.ModelCall, used sim.Usage, cost sim.TokenCost) error {
	return f.write("Settle", func() error { return f.Store.Settle(ctx, c, used, cost) })
}

// Claim implements [sim.Store].
func (f *Faulty) Claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	return answered(f, "Claim", func() (sim.Grant, error) { return f.Store.Claim(ctx, c) })
}

// Commit implements [sim.Store].
func (f *Faulty) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	return f.write("Commit", func() error { return f.Store.Commit(ctx, g, d, transcript) })
}

// Fail implements [sim.Store].
func (f *Faulty) Fail(ctx context.Context, g sim.Grant, failure sim.Failure, now time.Time) error {
	return f.write("Fail", func() error { return f.Store.Fail(ctx, g, failure, now) })
}

// answered is write for a method that returns a value.
func answered[T any](f *Faulty, method string, do func() (T, error)) (answer T, err error) {
	var done T
	err = f.write(method, func() (err error) {
		done, err = do()
		return err
	})
	if err == nil {
		answer = done
	}
	return answer, err
}
