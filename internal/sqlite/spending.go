package sqlite

import (
	"context"

	"aitrader/internal/sim"
)

// Reserve implements [sim.Budgets].
func (s *Store) Reserve(ctx context.Context, c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) error {
	var refused error // a refusal is written too: the spending is exhausted
	err := s.write(ctx, func(t *tx) error {
		r, err := jobState(t, c.JobID)
		if err != nil {
			return err
		}
		if err := r.CheckSpending(); err != nil {
			return err
		}
		spending, err := getSpending(t, r.key, c.Model)
		if err != nil {
			return err
		}
		spending, refused = spending.Reserve(c, worst, limits)
		return putCallSpending(t, r.key, c.Model, spending, limits.Job > 0)
	})
	if err != nil {
		return err
	}
	return refused
}

// Settle implements [sim.Budgets].
func (s *Store) Settle(ctx context.Context, c sim.ModelCall, used sim.Usage, cost sim.TokenCost) error {
	return s.write(ctx, func(t *tx) error {
		job, err := jobKey(t, c.JobID)
		if sim.IsKind(err, sim.KindNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		spending, err := getSpending(t, job, c.Model)
		if err != nil || !spending.Holds(c) {
			return err
		}
		shared := len(spending.Job.Open) > 0
		return putCallSpending(t, job, c.Model, spending.Settle(c, used, cost), shared)
	})
}

// getSpending reads the spending that the calls of a model add to.
func getSpending(q querier, job int64, model string) (t sim.CallSpending, err error) {
	const query = "SELECT tab FROM tabs WHERE job = ? AND model = ?"
	if _, err = q.row(query, []any{job, model}, jsonColumn{&t.Model}); err == nil {
		_, err = q.row(query, []any{job, sim.JobSpending}, jsonColumn{&t.Job})
	}
	return t, err
}

// putCallSpending writes the spending of a model, and that of its job if it is shared.
func putCallSpending(t *tx, job int64, model string, spending sim.CallSpending, shared bool) error {
	if err := putSpending(t, job, model, spending.Model); err != nil || !shared {
		return err
	}
	return putSpending(t, job, sim.JobSpending, spending.Job)
}

func putSpending(t *tx, job int64, model string, spending sim.Spending) error {
	return t.exec("INSERT INTO tabs (job, model, tab) VALUES (?, ?, ?) ON CONFLICT (job, model) DO UPDATE SET tab = excluded.tab",
		job, model, jsonColumn{spending})
}

// Spending implements [sim.Budgets].
func (s *Store) Spending(ctx context.Context, jobID string) (map[string]sim.Spending, error) {
	found := map[string]sim.Spending{}
	err := s.read(ctx, func(q querier) error {
		return q.rows("SELECT t.model, t.tab FROM tabs t JOIN jobs j ON j.job = t.job WHERE j.id = ?", []any{jobID}, func(scan scanner) error {
			var model string
			var spending sim.Spending
			err := scan(&model, jsonColumn{&spending})
			found[model] = spending
			return err
		})
	})
	return found, err
}
