package engine

import (
	"cmp"
	"context"
	"strings"

	"aitrader/internal/sim"
)

// again is what a request asks for that is about a job of before.
type again struct {
	verb  string // the field of the request
	jobID string
}

func againOf(r sim.TriggerRequest) (again, bool) {
	switch {
	case r.ReplayOf != "":
		return again{"replay_of", r.ReplayOf}, true
	case r.RescoreOf != "":
		return again{"rescore_of", r.RescoreOf}, true
	}
	return again{}, false
}

// experiment is where the job goes when no experiment is named.
func (a again) experiment() string {
	name := strings.TrimSuffix(a.verb, "_of") + "-" + strings.ReplaceAll(strings.ToLower(a.jobID), "-", "")
	return name[:min(len(name), 40)]
}

// check refuses what cannot be changed: all but the costs is as it was.
func (a again) check(r sim.TriggerRequest) error {
	if r.ReplayOf != "" && r.RescoreOf != "" {
		return sim.Errorf(sim.KindInvalid, "replay_of and rescore_of cannot be given together")
	}
	if (r.RescoreOf != "") != (r.Costs != nil) {
		return sim.Errorf(sim.KindInvalid, "rescore_of and costs belong together: what a job's orders would have come to under other costs")
	}
	if !r.Start.IsZero() || !r.End.IsZero() || len(r.Models) > 0 || r.Config != "" || r.Budget > 0 || r.Replicas > 1 {
		return sim.Errorf(sim.KindInvalid, "%s repeats a job with its own configuration, dates and models: start_date, end_date, models, config, replicas and budget_usd cannot be given with it", a.verb)
	}
	return nil
}

// proposeAgain proposes to repeat a job.
func (j *Jobs) proposeAgain(ctx context.Context, r sim.TriggerRequest) (proposal, error) {
	a, _ := againOf(r)
	original, err := j.Store.Job(ctx, a.jobID)
	if err != nil {
		return proposal{}, err
	}
	switch {
	case !original.Status.Terminal():
		return proposal{}, sim.Errorf(sim.KindConflict, "job %s is %s; it can be repeated when it has ended", original.ID, original.Status)
	case original.Experiment == r.Experiment:
		return proposal{}, sim.Errorf(sim.KindInvalid, "%s: job %s ran in experiment %q; another one is expected, for books of its own", a.verb, original.ID, r.Experiment)
	case cmp.Or(original.Settings.ReplayOf, original.Settings.RescoreOf) != "":
		return proposal{}, sim.Errorf(sim.KindInvalid, "%s: job %s is a repetition itself, of job %s", a.verb, original.ID, cmp.Or(original.Settings.ReplayOf, original.Settings.RescoreOf))
	}
	if err := j.beginsItsBooks(ctx, original, a); err != nil {
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
	p := proposal{current: !r.Replace && closedThrough(original.Plan, heads), lastDate: earliest(heads)}
	p.job = sim.Job{
		ID: j.NewID(), Experiment: r.Experiment, Status: sim.JobPending, Plan: original.Plan, Settings: settings,
		RequestHash: requestHash(r), CreatedAt: now, UpdatedAt: now,
	}
	p.books, p.job.Superseded, err = j.books(ctx, p.job.Plan, heads)
	return p, err
}

// beginsItsBooks refuses a job that went on with books: what their models held
// before is no part of it.
func (j *Jobs) beginsItsBooks(ctx context.Context, job sim.Job, a again) error {
	for _, model := range job.Plan.Signatures() {
		days, err := j.Store.Days(ctx, sim.DayFilter{Experiment: job.Experiment, Model: model, JobID: job.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(days) > 0 && !days[0].Prev.IsZero() {
			return sim.Errorf(sim.KindInvalid, "%s: job %s went on with the book of %s after %s; only a job that begins its books can be repeated", a.verb, job.ID, model, days[0].Prev.Date)
		}
	}
	return nil
}

// closedThrough reports whether all books of a plan have come to its end.
func closedThrough(plan sim.Plan, heads map[string]sim.Head) bool {
	for _, span := range plan.Models {
		if heads[span.Model].Last.Date < span.To {
			return false
		}
	}
	return true
}
