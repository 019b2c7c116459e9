package sqlite

import (
	"context"

	"aitrader/internal/sim"
)

// Reserve implements [sim.Meter].
func (s *Store) Reserve(ctx context.Context, c sim.Call, worst sim.Cost, caps sim.Caps) error {
	var refused error // that a tab is exhausted is written, too
	err := s.write(ctx, func(t *tx) error {
		r, err := jobState(t, c.JobID)
		if err != nil {
			return err
		}
		if r.Status.Terminal() || r.CancelRequested {
			return sim.Errorf(sim.KindFenced, "job %s has ended or is to be cancelled", c.JobID)
		}
		tabs, err := getTabs(t, r.key, c.Model)
		if err != nil {
			return err
		}
		tabs, refused = tabs.Reserve(c, worst, caps)
		return putTabs(t, r.key, c.Model, tabs, caps.Job > 0)
	})
	if err != nil {
		return err
	}
	return refused
}

// Settle implements [sim.Meter].
func (s *Store) Settle(ctx context.Context, c sim.Call, used sim.Usage, cost sim.Cost) error {
	return s.write(ctx, func(t *tx) error {
		job, err := t.jobKey(c.JobID)
		if sim.IsKind(err, sim.KindNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		tabs, err := getTabs(t, job, c.Model)
		if err != nil || !tabs.Holds(c) {
			return err
		}
		shared := len(tabs.Job.Open) > 0
		return putTabs(t, job, c.Model, tabs.Settle(c, used, cost), shared)
	})
}

// getTabs reads the tabs that the calls of a model stand on.
func getTabs(q querier, job int64, model string) (t sim.Tabs, err error) {
	const query = "SELECT tab FROM tabs WHERE job = ? AND model = ?"
	if _, err = q.row(query, []any{job, model}, jsonColumn{&t.Model}); err == nil {
		_, err = q.row(query, []any{job, sim.JobTab}, jsonColumn{&t.Job})
	}
	return t, err
}

// putTabs writes the tab of a model, and the one of its job if it shares that.
func putTabs(t *tx, job int64, model string, tabs sim.Tabs, shared bool) error {
	if err := putTab(t, job, model, tabs.Model); err != nil || !shared {
		return err
	}
	return putTab(t, job, sim.JobTab, tabs.Job)
}

func putTab(t *tx, job int64, model string, tab sim.Tab) error {
	return t.exec("INSERT INTO tabs (job, model, tab) VALUES (?, ?, ?) ON CONFLICT (job, model) DO UPDATE SET tab = excluded.tab",
		job, model, jsonColumn{tab})
}

// Tabs implements [sim.Meter].
func (s *Store) Tabs(ctx context.Context, jobID string) (map[string]sim.Tab, error) {
	found := map[string]sim.Tab{}
	err := s.read(ctx, func(q querier) error {
		return q.rows("SELECT t.model, t.tab FROM tabs t JOIN jobs j ON j.job = t.job WHERE j.id = ?", []any{jobID}, func(scan scanner) error {
			var model string
			var tab sim.Tab
			err := scan(&model, jsonColumn{&tab})
			found[model] = tab
			return err
		})
	})
	return found, err
}
