package engine

import (
	"context"
	"strings"

	"aitrader/internal/sim"
)

// replayExperiment is where a job is repeated when no experiment is named.
func replayExperiment(jobID string) string {
	name := "replay-" + strings.ReplaceAll(strings.ToLower(jobID), "-", "")
	return name[:min(len(name), 40)]
}

// checkReplay refuses what a repetition cannot have: all of it is as it was.
func checkReplay(r sim.TriggerRequest) error {
	if !r.Start.IsZero() || !r.End.IsZero() || len(r.Models) > 0 || r.Config != "" || r.Budget > 0 {
		return sim.Errorf(sim.KindInvalid, "replay_of repeats a job with its own configuration, dates and models: start_date, end_date, models, config and budget_usd cannot be given with it")
	}
	return nil
}

// proposeReplay proposes to repeat a job.
func (j *Jobs) proposeReplay(ctx context.Context, r sim.TriggerRequest) (proposal, error) {
	original, err := j.Store.Job(ctx, r.ReplayOf)
	if err != nil {
		return proposal{}, err
	}
	switch {
	case !original.Status.Terminal():
		return proposal{}, sim.Errorf(sim.KindConflict, "job %s is %s; it can be repeated when it has ended", original.ID, original.Status)
	case original.Experiment == r.Experiment:
		return proposal{}, sim.Errorf(sim.KindInvalid, "replay_of: job %s ran in experiment %q; another one is expected, for books of its own", original.ID, r.Experiment)
	case original.Settings.ReplayOf != "":
		return proposal{}, sim.Errorf(sim.KindInvalid, "replay_of: job %s is a repetition itself, of job %s", original.ID, original.Settings.ReplayOf)
	}
	if err := j.beginsItsBooks(ctx, original); err != nil {
		return proposal{}, err
	}
	heads, err := j.heads(ctx, r.Experiment, original.Plan.Signatures())
	if err != nil {
		return proposal{}, err
	}
	settings := original.Settings
	settings.ReplayOf = original.ID
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
func (j *Jobs) beginsItsBooks(ctx context.Context, job sim.Job) error {
	for _, model := range job.Plan.Signatures() {
		days, err := j.Store.Days(ctx, sim.DayFilter{Experiment: job.Experiment, Model: model, JobID: job.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(days) > 0 && !days[0].Prev.IsZero() {
			return sim.Errorf(sim.KindInvalid, "replay_of: job %s went on with the book of %s after %s; only a job that begins its books can be repeated", job.ID, model, days[0].Prev.Date)
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
