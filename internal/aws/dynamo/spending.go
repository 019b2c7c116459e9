package dynamo

import (
	"context"

	"aitrader/internal/sim"
)

// tabForm is what one model of a job has spent, or for [sim.JobSpending] all of them.
type tabForm struct {
	Model    string       `json:"model,omitempty"`
	Spending sim.Spending `json:"tab"`
}

// tabPrefix begins the spending of a job.
const tabPrefix = "TAB#"

func tabKey(jobID, model string) key { return key{jobPartition(jobID), tabPrefix + model} }

func spending(jobID string) span { return under(jobPartition(jobID), tabPrefix) }

// openTabs are the stored spending that a call stands on.
type openTabs struct{ model, job stored[tabForm] }

func (o openTabs) spending() sim.CallSpending {
	return sim.CallSpending{Model: o.model.form.Spending, Job: o.job.form.Spending}
}

// put writes spending back: the one of the model, and the one of the job if it is
// shared. Without a budget of the job its models' calls do not meet on any item.
func (o openTabs) put(t sim.CallSpending, shared bool) []change {
	o.model.form.Spending, o.job.form.Spending = t.Model, t.Job
	changes := []change{o.model.put()}
	if shared {
		changes = append(changes, o.job.put())
	}
	return changes
}

// oneSpending is what the transactions on spending write, for their errors.
const oneSpending = "the tab of a model"

// openTabs reads the spending that the calls of a model stand on.
func (s *Store) openTabs(ctx context.Context, c sim.ModelCall) (o openTabs, err error) {
	items, err := s.get(ctx, tabKey(c.JobID, c.Model), tabKey(c.JobID, sim.JobSpending))
	if err != nil {
		return o, err
	}
	if o.model, err = formOf[tabForm](items[0]); err == nil {
		o.job, err = formOf[tabForm](items[1])
	}
	o.model.form.Model = c.Model
	return o, err
}

// Reserve implements [sim.Budgets].
func (s *Store) Reserve(ctx context.Context, c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) error {
	refused, err := decide(ctx, func(ctx context.Context) (refused, err error) {
		m, err := s.getMeta(ctx, c.JobID)
		if err != nil {
			return nil, err
		}
		if err := m.form.job().CheckSpending(); err != nil {
			return nil, err
		}
		open, err := s.openTabs(ctx, c)
		if err != nil {
			return nil, err
		}
		after, refused := open.spending().Reserve(c, worst, limits)
		// A refusal is written too: the spending is exhausted.
		return refused, s.write(ctx, oneSpending, open.put(after, limits.Job > 0)...)
	})
	if err != nil {
		return err
	}
	return refused
}

// Settle implements [sim.Budgets].
func (s *Store) Settle(ctx context.Context, c sim.ModelCall, used sim.Usage, cost sim.TokenCost) error {
	return update(ctx, func(ctx context.Context) error {
		open, err := s.openTabs(ctx, c)
		if err != nil || !open.spending().Holds(c) {
			return err
		}
		shared := len(open.job.form.Spending.Open) > 0
		return s.write(ctx, oneSpending, open.put(open.spending().Settle(c, used, cost), shared)...)
	})
}

// Spending implements [sim.Budgets].
func (s *Store) Spending(ctx context.Context, jobID string) (map[string]sim.Spending, error) {
	forms, err := all[tabForm](ctx, s, spending(jobID))
	if err != nil {
		return nil, translate(err)
	}
	found := make(map[string]sim.Spending, len(forms))
	for _, f := range forms {
		found[f.form.Model] = f.form.Spending
	}
	return found, nil
}
