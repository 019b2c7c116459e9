package engine

import (
	"context"
	"slices"

	"aitrader/internal/sim"
)

// Retry creates a job over the failed model-days of an ended job that are still
// after their book's last close, with the settings of that job. The outcome is
// current when no such model-day is left.
func (j *Jobs) Retry(ctx context.Context, jobID, caller string) (sim.TriggerResult, error) {
	old, err := j.Store.Job(ctx, jobID)
	if err != nil {
		return sim.TriggerResult{}, err
	}
	if !old.Status.Terminal() {
		if old, err = j.Reconcile(ctx, old); err != nil {
			return sim.TriggerResult{}, err
		}
	}
	if !old.Status.Terminal() {
		return sim.TriggerResult{}, sim.Errorf(sim.KindConflict, "job %s is active; it can be retried when it has ended", jobID).
			With("current_job_id", old.ID).With("current_date_range", old.Plan.Dates)
	}
	// Replace: only the same retry, not a wider job, does this one's work.
	r := sim.TriggerRequest{Config: old.Settings.Config, Experiment: old.Experiment, Caller: caller, Replace: true}
	propose := func(ctx context.Context) (proposal, error) { return j.proposeRetry(ctx, old) }
	return j.create(ctx, r, sim.IdempotencyKey{}, propose)
}

func (j *Jobs) proposeRetry(ctx context.Context, old sim.Job) (proposal, error) {
	heads, err := j.heads(ctx, old.Experiment, old.Plan.Signatures())
	if err != nil {
		return proposal{}, err
	}
	stored, err := j.Store.ModelDays(ctx, old.ID, sim.ModelDayFilter{})
	if err != nil {
		return proposal{}, err
	}
	plan := retryPlan(old, heads, stored)
	now := j.Now()
	p := proposal{current: len(plan.Dates) == 0, lastDate: earliestClose(heads)}
	p.job = sim.Job{
		ID:          j.NewID(),
		Experiment:  old.Experiment,
		Status:      sim.JobPending,
		Plan:        plan,
		Settings:    old.Settings,
		RequestHash: hash([]string{"retry", old.ID}),
		CreatedAt:   now,
		UpdatedAt:   now,
	}
	p.books, p.job.Superseded, err = j.bookPlans(ctx, plan, heads)
	return p, err
}

// retryPlan returns the failed model-days that their books can still take. Those of
// one model form a span: a day that was closed between two of them would have put
// the first one before the last close.
func retryPlan(old sim.Job, heads map[string]sim.Head, stored []sim.ModelDay) sim.Plan {
	var plan sim.Plan
	for _, model := range old.Plan.Signatures() {
		span := sim.PlannedSpan{Model: model}
		for _, md := range stored {
			if md.Model != model || md.Status != sim.ModelDayFailed || md.Date <= heads[model].Last.Date {
				continue
			}
			plan.Dates = append(plan.Dates, md.Date)
			if span.From.IsZero() {
				span.From = md.Date
			}
			span.To = md.Date
		}
		if !span.From.IsZero() {
			plan.Models = append(plan.Models, span)
		}
	}
	slices.Sort(plan.Dates)
	plan.Dates = slices.Compact(plan.Dates)
	return plan
}
