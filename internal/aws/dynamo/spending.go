package dynamo

import (
	"context"

	"aitrader/internal/sim"
)

// spendingForm is the spending of one model of a job, or of all for [sim.JobSpending].
type spendingForm struct {
	Model    string       `json:"model,omitempty"`
	Spending sim.Spending `json:"tab"`
}

const spendingPrefix = "TAB#"

func spendingKey(jobID, model string) key { return key{jobPartition(jobID), spendingPrefix + model} }

func spending(jobID string) span { return under(jobPartition(jobID), spendingPrefix) }

// callSpending is the stored spending that a call adds to.
type callSpending struct{ model, job stored[spendingForm] }

func (c callSpending) spending() sim.CallSpending {
	return sim.CallSpending{Model: c.model.form.Spending, Job: c.job.form.Spending}
}

// put writes the spending of the model back, and that of the job if it is shared.
// Without a budget of the job the calls of its models touch no common item.
func (c callSpending) put(t sim.CallSpending, shared bool) []change {
	c.model.form.Spending, c.job.form.Spending = t.Model, t.Job
	changes := []change{c.model.put()}
	if shared {
		changes = append(changes, c.job.put())
	}
	return changes
}

// oneSpending is what the transactions on spending write, for their errors.
const oneSpending = "the spending of a model"

// callSpending reads the spending that a call adds to.
func (s *Store) callSpending(ctx context.Context, c sim.ModelCall) (o callSpending, err error) {
	items, err := s.get(ctx, spendingKey(c.JobID, c.Model), spendingKey(c.JobID, sim.JobSpending))
	if err != nil {
		return o, err
	}
	if o.model, err = formOf[spendingForm](items[0]); err == nil {
		o.job, err = formOf[spendingForm](items[1])
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
		open, err := s.callSpending(ctx, c)
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
		open, err := s.callSpending(ctx, c)
		if err != nil || !open.spending().Holds(c) {
			return err
		}
		shared := len(open.job.form.Spending.Open) > 0
		return s.write(ctx, oneSpending, open.put(open.spending().Settle(c, used, cost), shared)...)
	})
}

// Spending implements [sim.Budgets].
func (s *Store) Spending(ctx context.Context, jobID string) (map[string]sim.Spending, error) {
	forms, err := all[spendingForm](ctx, s, spending(jobID))
	if err != nil {
		return nil, translate(err)
	}
	found := make(map[string]sim.Spending, len(forms))
	for _, f := range forms {
		found[f.form.Model] = f.form.Spending
	}
	return found, nil
}
