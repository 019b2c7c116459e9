package dynamo

import (
	"context"

	"aitrader/internal/sim"
)

// tabForm is what one model of a job has spent, or for [sim.JobTab] all of them.
type tabForm struct {
	Model string  `json:"model,omitempty"`
	Tab   sim.Tab `json:"tab"`
}

// tabPrefix begins the tabs of a job.
const tabPrefix = "TAB#"

func tabKey(jobID, model string) key { return key{jobPartition(jobID), tabPrefix + model} }

func tabs(jobID string) span { return under(jobPartition(jobID), tabPrefix) }

// openTabs are the stored tabs that a call stands on.
type openTabs struct{ model, job stored[tabForm] }

func (o openTabs) tabs() sim.Tabs { return sim.Tabs{Model: o.model.form.Tab, Job: o.job.form.Tab} }

// put writes tabs back: the one of the model, and the one of the job if it is
// shared. Without a budget of the job its models' calls do not meet on any item.
func (o openTabs) put(t sim.Tabs, shared bool) []change {
	o.model.form.Tab, o.job.form.Tab = t.Model, t.Job
	changes := []change{o.model.put()}
	if shared {
		changes = append(changes, o.job.put())
	}
	return changes
}

// aTab is what the transactions on tabs write, for their errors.
const aTab = "the tab of a model"

// openTabs reads the tabs that the calls of a model stand on.
func (s *Store) openTabs(ctx context.Context, c sim.Call) (o openTabs, err error) {
	items, err := s.get(ctx, tabKey(c.JobID, c.Model), tabKey(c.JobID, sim.JobTab))
	if err != nil {
		return o, err
	}
	if o.model, err = formOf[tabForm](items[0]); err == nil {
		o.job, err = formOf[tabForm](items[1])
	}
	o.model.form.Model = c.Model
	return o, err
}

// Reserve implements [sim.Meter].
func (s *Store) Reserve(ctx context.Context, c sim.Call, worst sim.Cost, caps sim.Caps) error {
	var refused error // that a tab is exhausted is written, too
	err := s.decide(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, c.JobID)
		if err != nil {
			return err
		}
		if m.form.Status.Terminal() || m.form.CancelRequested {
			return sim.Errorf(sim.KindFenced, "job %s has ended or is to be cancelled", c.JobID)
		}
		open, err := s.openTabs(ctx, c)
		if err != nil {
			return err
		}
		var after sim.Tabs
		after, refused = open.tabs().Reserve(c, worst, caps)
		return s.write(ctx, aTab, open.put(after, caps.Job > 0)...)
	})
	if err != nil {
		return err
	}
	return refused
}

// Settle implements [sim.Meter].
func (s *Store) Settle(ctx context.Context, c sim.Call, used sim.Usage, cost sim.Cost) error {
	return s.decide(ctx, func(ctx context.Context) error {
		open, err := s.openTabs(ctx, c)
		if err != nil || !open.tabs().Holds(c) {
			return err
		}
		shared := len(open.job.form.Tab.Open) > 0
		return s.write(ctx, aTab, open.put(open.tabs().Settle(c, used, cost), shared)...)
	})
}

// Tabs implements [sim.Meter].
func (s *Store) Tabs(ctx context.Context, jobID string) (map[string]sim.Tab, error) {
	forms, err := all[tabForm](ctx, s, tabs(jobID))
	if err != nil {
		return nil, translate(err)
	}
	found := make(map[string]sim.Tab, len(forms))
	for _, f := range forms {
		found[f.form.Model] = f.form.Tab
	}
	return found, nil
}
