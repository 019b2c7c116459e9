package engine

import (
	"cmp"
	"context"
	"strings"

	"aitrader/internal/sim"
)

// repetition is the part of a request that repeats an earlier job: a replay of its
// recorded model calls, or a rescore of its orders under other costs.
type repetition struct {
	field string // of the request
	jobID string
	costs *sim.TradingCosts // of a rescore
}

func repetitionOf(r sim.TriggerRequest) (repetition, bool) {
	switch {
	case r.ReplayOf != "":
		return repetition{field: "replay_of", jobID: r.ReplayOf}, true
	case r.RescoreOf != "":
		return repetition{"rescore_of", r.RescoreOf, r.Costs}, true
	}
	return repetition{}, false
}

// costsInName is how many digits of the hash of its costs the experiment of a rescore has.
const costsInName = 10

// experiment returns the experiment of the job when the request names none. That of a
// rescore carries the costs: other costs have books of their own.
func (rep repetition) experiment() string {
	name := strings.TrimSuffix(rep.field, "_of") + "-" + strings.ReplaceAll(strings.ToLower(rep.jobID), "-", "")
	if rep.costs == nil {
		return name[:min(len(name), maxExperiment)]
	}
	return name[:min(len(name), maxExperiment-costsInName-1)] + "-" + hash(rep.costs)[:costsInName]
}

// check refuses what a repetition cannot change: everything but the costs.
func (rep repetition) check(r sim.TriggerRequest) error {
	if r.ReplayOf != "" && r.RescoreOf != "" {
		return sim.Errorf(sim.KindInvalid, "replay_of and rescore_of cannot be given together")
	}
	if (r.RescoreOf != "") != (r.Costs != nil) {
		return sim.Errorf(sim.KindInvalid, "rescore_of and costs belong together: they ask for the result of a job's orders under other costs")
	}
	if !r.Start.IsZero() || !r.End.IsZero() || len(r.Models) > 0 || r.Config != "" || r.Budget > 0 || r.Replicas > 1 {
		return sim.Errorf(sim.KindInvalid, "%s repeats a job with its own configuration, dates and models: "+
			"start_date, end_date, models, config, replicas and budget_usd cannot be given with it", rep.field)
	}
	return nil
}

// proposeRepetition proposes a job that repeats an earlier one.
func (j *Jobs) proposeRepetition(ctx context.Context, r sim.TriggerRequest) (proposal, error) {
	rep, _ := repetitionOf(r)
	original, err := j.Store.Job(ctx, rep.jobID)
	if err != nil {
		return proposal{}, err
	}
	if err := j.checkOriginal(ctx, original, rep, r.Experiment); err != nil {
		return proposal{}, err
	}
	heads, err := j.heads(ctx, r.Experiment, original.Plan.Signatures())
	if err != nil {
		return proposal{}, err
	}
	settings := original.Settings
	settings.ReplayOf, settings.RescoreOf = "", ""
	if r.RescoreOf != "" {
		settings.RescoreOf, settings.Costs = original.ID, *r.Costs
	} else {
		settings.ReplayOf = original.ID
	}
	now := j.Now()
	p := proposal{current: !r.Replace && closedThrough(original.Plan, heads), lastDate: earliestClose(heads)}
	p.job = sim.Job{
		ID:          j.NewID(),
		Experiment:  r.Experiment,
		Status:      sim.JobPending,
		Plan:        original.Plan,
		Settings:    settings,
		RequestHash: requestHash(r),
		CreatedAt:   now,
		UpdatedAt:   now,
	}
	p.books, p.job.Superseded, err = j.bookPlans(ctx, p.job.Plan, heads)
	return p, err
}

// checkOriginal refuses a job that cannot be repeated in an experiment.
func (j *Jobs) checkOriginal(ctx context.Context, original sim.Job, rep repetition, experiment string) error {
	repeats := cmp.Or(original.Settings.ReplayOf, original.Settings.RescoreOf)
	switch {
	case !original.Status.Terminal():
		return sim.Errorf(sim.KindConflict, "job %s is %s; it can be repeated when it has ended", original.ID, original.Status)
	case original.Experiment == experiment:
		return sim.Errorf(sim.KindInvalid, "%s: job %s ran in experiment %q; another experiment is expected, for separate books",
			rep.field, original.ID, experiment)
	case repeats != "":
		return sim.Errorf(sim.KindInvalid, "%s: job %s is a repetition itself, of job %s", rep.field, original.ID, repeats)
	}
	return j.checkFirstDays(ctx, original, rep)
}

// checkFirstDays refuses a job that continued existing books: what the models held
// before is not part of it.
func (j *Jobs) checkFirstDays(ctx context.Context, job sim.Job, rep repetition) error {
	for _, model := range job.Plan.Signatures() {
		days, err := j.Store.Days(ctx, sim.DayFilter{Experiment: job.Experiment, Model: model, JobID: job.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(days) > 0 && !days[0].Prev.IsZero() {
			return sim.Errorf(sim.KindInvalid, "%s: job %s continued the book of %s after %s; only a job that begins its books can be repeated",
				rep.field, job.ID, model, days[0].Prev.Date)
		}
	}
	return nil
}

// closedThrough reports whether all books of a plan are closed up to its end.
func closedThrough(plan sim.Plan, heads map[string]sim.Head) bool {
	for _, span := range plan.Models {
		if heads[span.Model].Last.Date < span.To {
			return false
		}
	}
	return true
}
