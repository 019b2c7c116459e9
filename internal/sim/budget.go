package sim

import (
	"context"
	"maps"
)

// ModelCall names one request to a provider, among all of its job.
type ModelCall struct {
	JobID string
	Model string
	ID    string
}

// SpendingLimits bound what a job, and one model of it, may spend; 0: no bound.
type SpendingLimits struct {
	Job   TokenCost
	Model TokenCost
}

// Spending is what has been called for: by one model of a job, or by all.
type Spending struct {
	Calls int       `json:"calls"` // settled ones
	Usage Usage     `json:"tokens"`
	Cost  TokenCost `json:"cost"`
	// Open are the calls that are on their way, with the most that each may cost. One
	// whose process has died stays: it may have been made.
	Open map[string]TokenCost `json:"open,omitempty"`
	// Exhausted is set by the first call that the budget did not allow. No later one
	// is made, however cheap.
	Exhausted bool `json:"exhausted,omitempty"`
}

// Reserved is the most that the open calls may cost.
func (t Spending) Reserved() TokenCost {
	var sum TokenCost
	for _, c := range t.Open {
		sum = sum.plus(c)
	}
	return sum
}

// fits reports whether a call can be made without passing a cap.
func (t Spending) fits(worst, limit TokenCost) bool {
	return limit == 0 || (!t.Exhausted && t.Cost.plus(t.Reserved()).plus(worst) <= limit)
}

// with returns the spending with one more open call.
func (t Spending) with(id string, worst TokenCost) Spending {
	open := make(map[string]TokenCost, len(t.Open)+1)
	maps.Copy(open, t.Open)
	open[id] = worst
	t.Open = open
	return t
}

// settled returns the spending with an open call closed.
func (t Spending) settled(id string, used Usage, cost TokenCost) Spending {
	open := maps.Clone(t.Open)
	delete(open, id)
	if len(open) == 0 {
		open = nil
	}
	return Spending{Calls: t.Calls + 1, Usage: t.Usage.Add(used), Cost: t.Cost.plus(cost), Open: open, Exhausted: t.Exhausted}
}

// has reports whether a call is open.
func (t Spending) has(id string) bool {
	_, ok := t.Open[id]
	return ok
}

// CallSpending are those that a call stands on: its model's, and its job's if that has a
// budget.
type CallSpending struct {
	Model Spending
	Job   Spending
}

// Reserve adds a call that may be made, and marks a spending as exhausted for one that
// may not: then the error is of kind budget. A call that is open already is
// allowed again.
func (t CallSpending) Reserve(c ModelCall, worst TokenCost, limits SpendingLimits) (CallSpending, error) {
	switch {
	case t.Model.has(c.ID):
		return t, nil
	case !t.Model.fits(worst, limits.Model):
		t.Model.Exhausted = true
		return t, overBudget("the budget of "+c.Model, t.Model, worst, limits.Model)
	case !t.Job.fits(worst, limits.Job):
		t.Job.Exhausted = true
		return t, overBudget("the budget of the job", t.Job, worst, limits.Job)
	}
	t.Model = t.Model.with(c.ID, worst)
	if limits.Job > 0 {
		t.Job = t.Job.with(c.jobID(), worst)
	}
	return t, nil
}

// Holds reports whether a call is open.
func (t CallSpending) Holds(c ModelCall) bool { return t.Model.has(c.ID) }

// Settle replaces what an open call might cost by what it did. One that is not
// open has been settled before.
func (t CallSpending) Settle(c ModelCall, used Usage, cost TokenCost) CallSpending {
	if t.Model.has(c.ID) {
		t.Model = t.Model.settled(c.ID, used, cost)
	}
	if t.Job.has(c.jobID()) {
		t.Job = t.Job.settled(c.jobID(), used, cost)
	}
	return t
}

// jobID names the call among those of all models.
func (c ModelCall) jobID() string { return c.Model + "/" + c.ID }

func overBudget(whose string, t Spending, worst, limit TokenCost) error {
	return Errorf(KindBudget, "budget: %s is used up: the next call may cost %s USD, and of %s USD %s are spent and %s reserved", whose, worst, limit, t.Cost, t.Reserved())
}

// JobSpending is the key of a job's own spending in [Budgets].Spending: no model is named so.
const JobSpending = ""

// Budgets keeps what the calls of a job's models cost, across processes. Each of
// its writes can be repeated.
type Budgets interface {
	// Reserve notes that a call is about to be made that costs at most worst, by
	// [Tabs.Reserve].
	//
	// Kind budget: it may not be made, and no later one. Kind fenced: the job has
	// ended or is to be cancelled, and no more is spent for it.
	Reserve(ctx context.Context, c ModelCall, worst TokenCost, limits SpendingLimits) error

	// Settle notes what a reserved call used and cost, by [Tabs.Settle]; of a job
	// that is gone, nothing.
	Settle(ctx context.Context, c ModelCall, used Usage, cost TokenCost) error

	// Spending returns the spending of a job by model. With [JobSpending] comes that of all
	// models, if the job has a budget.
	Spending(ctx context.Context, jobID string) (map[string]Spending, error)
}
