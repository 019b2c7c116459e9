package engine

import (
	"context"

	"aitrader/internal/sim"
)

// maxPlans bounds how often a trigger plans again because the books have changed
// meanwhile. They change only while a job runs, and then there is a conflict.
const maxPlans = 10

// Trigger plans a request and stores it as a job, unless nothing is missing or an
// active job does the work already. However many callers trigger at the same time,
// one job is created.
//
// Errors: kind conflict with the fields current_job_id and current_date_range when
// another job of the experiment is active, and those of [sim.MakePlan] and of the
// configuration.
func (j *Jobs) Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error) {
	r, err := normalise(r)
	if err != nil {
		return sim.TriggerResult{}, err
	}
	if err := j.acceptCallback(ctx, r.CallbackURL); err != nil {
		return sim.TriggerResult{}, err
	}
	key := j.idempotency(r)
	if key.Key != "" { // also of a dry run: no job has its body, so that a known key is refused
		job, ok, err := j.Store.JobByIdempotencyKey(ctx, key, j.Now())
		if err != nil {
			return sim.TriggerResult{}, err
		}
		if ok {
			return j.startAccepted(ctx, job), nil
		}
	}
	propose := j.propose
	if _, ok := repetitionOf(r); ok {
		propose = j.proposeRepetition
	}
	return j.create(ctx, r, key, func(ctx context.Context) (proposal, error) { return propose(ctx, r) })
}

// proposal is a job that could be created.
type proposal struct {
	job      sim.Job
	books    []sim.BookPlan
	current  bool
	lastDate sim.Date
}

// nothingMissing is the answer to a trigger for which there is nothing to run.
func (j *Jobs) nothingMissing(ctx context.Context, p proposal) (sim.TriggerResult, error) {
	prices, err := j.Prices.MarketData(ctx)
	if err != nil {
		return sim.TriggerResult{}, err
	}
	return sim.TriggerResult{
		Outcome:  sim.TriggerCurrent,
		Warnings: p.job.Warnings,
		LastDate: p.lastDate,
		NextDate: prices.Market().NextBar(p.lastDate),
	}, nil
}

// create creates the proposed job, unless an active job prevents it. It proposes
// again when the books have changed since.
func (j *Jobs) create(
	ctx context.Context, r sim.TriggerRequest, key sim.IdempotencyKey, propose func(context.Context) (proposal, error),
) (sim.TriggerResult, error) {
	var lastErr error
	for range maxPlans {
		p, err := propose(ctx)
		if err != nil {
			return sim.TriggerResult{}, err
		}
		active, busy, err := j.Store.ActiveJob(ctx, p.job.Experiment)
		if err != nil {
			return sim.TriggerResult{}, err
		}
		switch {
		case r.DryRun && !p.current:
			return sim.TriggerResult{Outcome: sim.TriggerDryRun, Job: p.job, Warnings: p.job.Warnings}, nil
		case busy && !r.DryRun && (!p.current || active.RequestHash == p.job.RequestHash || active.Plan.InPart(r.Start, r.End)):
			result, err := j.join(ctx, active, p, r)
			if sim.IsKind(err, sim.KindStale) {
				lastErr = err // it has ended
				continue
			}
			return result, err
		case p.current:
			return j.nothingMissing(ctx, p)
		}
		job, err := askStore(ctx, func() (sim.Job, error) {
			return j.Store.CreateJob(ctx, sim.NewJob{Job: p.job, Books: p.books, Idempotency: key, Callback: r.CallbackURL})
		})
		if err == nil {
			return j.startAccepted(ctx, job), nil
		}
		if !sim.IsKind(err, sim.KindConflict) && !sim.IsKind(err, sim.KindStale) {
			return sim.TriggerResult{}, err
		}
		lastErr = err
	}
	return sim.TriggerResult{}, lastErr
}

// startAccepted starts a stored job. If the start fails, the job stays pending, and
// [Jobs.Reconcile] starts it later.
func (j *Jobs) startAccepted(ctx context.Context, job sim.Job) sim.TriggerResult {
	if !job.Status.Terminal() {
		if err := j.Executor.Start(ctx, job); err != nil {
			j.log().ErrorContext(ctx, "job is stored, but could not be started", "job_id", job.ID, "error", err)
		}
	}
	return sim.TriggerResult{Outcome: sim.TriggerAccepted, Job: job, Warnings: job.Warnings}
}

// acceptCallback refuses an address that must not be called.
func (j *Jobs) acceptCallback(ctx context.Context, url sim.CallbackURL) error {
	if url == "" {
		return nil
	}
	if j.Notifier == nil {
		return sim.Errorf(sim.KindInvalid, "callback_url: completion callbacks are not available here")
	}
	if err := j.Notifier.Accept(ctx, url); err != nil {
		return sim.Errorf(sim.KindOf(err), "callback_url: %w", err)
	}
	return nil
}

// join answers a request that meets an active job: with that job if it does the
// work, which then also calls this caller back; otherwise with a conflict. A request
// for a part of the job's dates is a conflict, however far the job has come: its caller
// would wait for dates that it did not ask for. Kind stale: the active job has ended
// meanwhile.
func (j *Jobs) join(ctx context.Context, active sim.Job, p proposal, r sim.TriggerRequest) (sim.TriggerResult, error) {
	same := active.RequestHash == p.job.RequestHash ||
		(!r.Replace && p.job.Plan.Within(active.Plan) && !active.Plan.InPart(r.Start, r.End))
	active, err := j.Reconcile(ctx, active)
	if err != nil {
		return sim.TriggerResult{}, err
	}
	if !same {
		return sim.TriggerResult{}, sim.Errorf(sim.KindConflict,
			"job %s of experiment %s is active; wait for its end, cancel it, or use another experiment", active.ID, active.Experiment).
			With("current_job_id", active.ID).With("current_date_range", active.Plan.Dates)
	}
	if r.CallbackURL != "" {
		if err := callStore(ctx, func() error { return j.Store.AddCallback(ctx, active.ID, r.CallbackURL) }); err != nil {
			return sim.TriggerResult{}, err
		}
	}
	return sim.TriggerResult{Outcome: sim.TriggerSame, Job: active}, nil
}
