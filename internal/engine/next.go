package engine

import (
	"context"
	"slices"

	"aitrader/internal/sim"
)

// Step names what is to run: models on a date. When Done is set the job has
// ended. Parallel is how many of them the job's configuration lets call a model
// at once; 0: all.
type Step struct {
	Done     bool
	Status   sim.JobStatus
	Date     sim.Date
	Models   []string
	Parallel int
}

// Next closes the date that the caller has run (zero: none) and names the next
// one, or finalises the job. Asking again with the same date gives the same
// answer; asking without a date, as after a restart, names the date that was
// left, with the models that are not done there. Before it names a date it makes
// sure of its bars, where the job has a source of prices.
func (e *Engine) Next(ctx context.Context, jobID string, ran sim.Date) (Step, error) {
	job, err := e.Store.Job(ctx, jobID)
	if err != nil {
		return Step{}, err
	}
	t, err := e.next(ctx, job, ran)
	if err == nil && !t.Done {
		err = e.take(ctx, job, t)
	}
	return t.Step, err
}

// turn is a step with what is to be written when a job makes it.
type turn struct {
	Step
	leaving  sim.Date // the date that has run and is still to be closed; zero: none
	warnings []string
}

// next is Next for a job that the caller has just read. The turn to the date that
// it names is still to be taken.
func (e *Engine) next(ctx context.Context, job sim.Job, ran sim.Date) (turn, error) {
	if job.Status.Terminal() {
		return ended(job), nil
	}
	if job.CancelRequested {
		return e.finish(ctx, job.ID)
	}
	spent, err := e.spentUp(ctx, job)
	if err != nil {
		return turn{}, err
	}
	var leaving sim.Date
	if ran > job.ClosedThrough {
		leaving = ran
	}
	for _, d := range job.Plan.Dates {
		if d <= max(ran, job.ClosedThrough) {
			continue
		}
		models, err := e.open(ctx, job, d)
		if err != nil {
			return turn{}, err
		}
		models = spent.canRun(models)
		if len(models) > 0 {
			warnings, err := e.makeSure(ctx, job, d)
			if err != nil {
				return turn{}, err
			}
			step := Step{Date: d, Models: models, Status: sim.JobRunning, Parallel: job.Settings.MaxParallel}
			return turn{step, leaving, warnings}, nil
		}
		if err := e.closeDates(ctx, job.ID, leaving, d); err != nil {
			return turn{}, err
		}
		leaving = 0
	}
	if err := e.closeDates(ctx, job.ID, leaving); err != nil {
		return turn{}, err
	}
	return e.finish(ctx, job.ID)
}

// spentUp says who may not run any more because a budget is used up.
type spentUp struct {
	job    bool
	models map[string]bool
}

func (e *Engine) spentUp(ctx context.Context, job sim.Job) (s spentUp, err error) {
	if !job.Settings.Budgeted() {
		return s, nil
	}
	spending, err := e.Store.Spending(ctx, job.ID)
	if err != nil {
		return s, err
	}
	s.models = map[string]bool{}
	for model, spending := range spending {
		if model == sim.JobSpending {
			s.job = spending.Exhausted
		} else {
			s.models[model] = spending.Exhausted
		}
	}
	return s, nil
}

// canRun returns those of some models that still may.
func (s spentUp) canRun(models []string) []string {
	if s.job {
		return nil
	}
	return slices.DeleteFunc(models, func(m string) bool { return s.models[m] })
}

// take closes the date that a job leaves, and says that the job goes on: with the
// same write, where there is a date to close.
func (e *Engine) take(ctx context.Context, job sim.Job, t turn) error {
	if err := e.closeDates(ctx, job.ID, t.leaving); err != nil {
		return err
	}
	if !t.leaving.IsZero() && job.Status == sim.JobRunning && len(t.warnings) == 0 {
		return nil
	}
	return retry(ctx, func() error { return e.Store.Heartbeat(ctx, job.ID, e.Now(), t.warnings...) })
}

// closeDates closes those of some dates that are not zero.
func (e *Engine) closeDates(ctx context.Context, jobID string, dates ...sim.Date) error {
	for _, d := range dates {
		if d.IsZero() {
			continue
		}
		if err := retry(ctx, func() error { return e.Store.CloseDate(ctx, jobID, d, reasonLost, e.Now()) }); err != nil {
			return err
		}
	}
	return nil
}

// open returns the models of a date whose model-day is not over.
func (e *Engine) open(ctx context.Context, job sim.Job, d sim.Date) ([]string, error) {
	stored, err := e.Store.ModelDays(ctx, job.ID, sim.ModelDayFilter{Date: d})
	if err != nil {
		return nil, err
	}
	over := map[string]bool{}
	for _, md := range stored {
		over[md.Model] = md.Status.Terminal()
	}
	var models []string
	for _, m := range job.Plan.ModelsOn(d) {
		if !over[m] {
			models = append(models, m)
		}
	}
	return models, nil
}

func (e *Engine) finish(ctx context.Context, jobID string) (turn, error) {
	job, err := e.Finalise(ctx, jobID, "")
	if err != nil {
		return turn{}, err
	}
	return ended(job), nil
}

// ended is the turn of a job that has ended: there is nothing to be taken.
func ended(job sim.Job) turn { return turn{Step: Step{Done: true, Status: job.Status}} }

// Finalise ends a job: as cancelled if that was asked for, and else by what its
// model-days have become. Broken, if not empty, says why the job cannot go on.
// A job that has ended is returned as it is.
func (e *Engine) Finalise(ctx context.Context, jobID, broken string) (sim.Job, error) {
	return ending{store: e.Store, observer: e.Observer, log: e.log(), now: e.Now()}.finalise(ctx, jobID, broken)
}
