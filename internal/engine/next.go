package engine

import (
	"context"
	"slices"

	"aitrader/internal/sim"
)

// Step names the date and the models to run. When Done is set, the job has ended
// with Status. Parallel is how many of the models may run at once by the job's
// configuration; 0: all.
type Step struct {
	Done     bool
	Status   sim.JobStatus
	Date     sim.Date
	Models   []string
	Parallel int
}

// Next closes the date that the caller has run (zero: none) and names the next one,
// or finalises the job. Asking again with the same date gives the same answer;
// asking without a date, as after a restart, names the date that was left, with the
// models that are not done on it. Before it names a date, it fetches the late bars of
// that date, if the job has a source of prices.
func (e *Engine) Next(ctx context.Context, jobID string, ran sim.Date) (Step, error) {
	job, err := e.Store.Job(ctx, jobID)
	if err != nil {
		return Step{}, err
	}
	t, err := e.next(ctx, job, ran)
	if err == nil && !t.Done {
		err = e.advance(ctx, job, t)
	}
	return t.Step, err
}

// turn is a step, with what must be written when the job makes it.
type turn struct {
	Step
	leaving  sim.Date // the date that has run and must be closed; zero: none
	warnings []string
}

// next is Next for a job that the caller has just read. The caller must advance the
// job to the turn.
func (e *Engine) next(ctx context.Context, job sim.Job, ran sim.Date) (turn, error) {
	if job.Status.Terminal() {
		return done(job), nil
	}
	if job.CancelRequested {
		return e.finish(ctx, job.ID)
	}
	exhausted, err := e.exhausted(ctx, job)
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
		models, err := e.openModels(ctx, job, d)
		if err != nil {
			return turn{}, err
		}
		models = exhausted.withBudget(models)
		if len(models) > 0 {
			warnings, err := e.fetchLate(ctx, job, d)
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

// exhausted says which budgets are used up: that of the job, and those of models.
type exhausted struct {
	job    bool
	models map[string]bool
}

func (e *Engine) exhausted(ctx context.Context, job sim.Job) (x exhausted, err error) {
	if !job.Settings.Budgeted() {
		return x, nil
	}
	spending, err := e.Store.Spending(ctx, job.ID)
	if err != nil {
		return x, err
	}
	x.models = map[string]bool{}
	for model, spending := range spending {
		if model == sim.JobSpending {
			x.job = spending.Exhausted
		} else {
			x.models[model] = spending.Exhausted
		}
	}
	return x, nil
}

// withBudget returns the models that may still spend.
func (x exhausted) withBudget(models []string) []string {
	if x.job {
		return nil
	}
	return slices.DeleteFunc(models, func(m string) bool { return x.models[m] })
}

// advance closes the date that a job leaves, and sets its heartbeat: in the same
// write, if there is a date to close.
func (e *Engine) advance(ctx context.Context, job sim.Job, t turn) error {
	if err := e.closeDates(ctx, job.ID, t.leaving); err != nil {
		return err
	}
	if !t.leaving.IsZero() && job.Status == sim.JobRunning && len(t.warnings) == 0 {
		return nil
	}
	return callStore(ctx, func() error { return e.Store.Heartbeat(ctx, job.ID, e.Now(), t.warnings...) })
}

// closeDates closes dates, except zero ones.
func (e *Engine) closeDates(ctx context.Context, jobID string, dates ...sim.Date) error {
	for _, d := range dates {
		if d.IsZero() {
			continue
		}
		if err := callStore(ctx, func() error { return e.Store.CloseDate(ctx, jobID, d, reasonLost, e.Now()) }); err != nil {
			return err
		}
	}
	return nil
}

// openModels returns the models whose model-day on a date is not over.
func (e *Engine) openModels(ctx context.Context, job sim.Job, d sim.Date) ([]string, error) {
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
	return done(job), nil
}

// done is the turn of a job that has ended; it writes nothing.
func done(job sim.Job) turn { return turn{Step: Step{Done: true, Status: job.Status}} }
