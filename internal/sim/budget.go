package sim

import (
	"context"
	"maps"
)

// ModelCall names one request to a provider; ID is unique among those of the model in
// the job.
type ModelCall struct {
	JobID string
	Model string
	ID    string
}

// SpendingLimits bound the spending of a job and of one model of it; 0: no bound.
type SpendingLimits struct {
	Job   TokenCost
	Model TokenCost
}

// Spending is what the calls of one model of a job have cost, or those of all.
type Spending struct {
	Calls int       `json:"calls"` // the settled ones
	Usage Usage     `json:"tokens"`
	Cost  TokenCost `json:"cost"`
	// Open are the calls that are under way, with the maximum cost of each. The call of
	// a process that has died stays: the provider may have received it.
	Open map[string]TokenCost `json:"open,omitempty"`
	// Exhausted is set by the first call that the budget did not allow. No later call is
	// allowed, however cheap.
	Exhausted bool `json:"exhausted,omitempty"`
}

// Reserved returns the maximum cost of the open calls.
func (s Spending) Reserved() TokenCost {
	var sum TokenCost
	for _, c := range s.Open {
		sum = sum.plus(c)
	}
	return sum
}

// fits reports whether a call can be made within a limit.
func (s Spending) fits(worst, limit TokenCost) bool {
	return limit == 0 || (!s.Exhausted && s.Cost.plus(s.Reserved()).plus(worst) <= limit)
}

// with returns the spending with one more open call.
func (s Spending) with(id string, worst TokenCost) Spending {
	open := make(map[string]TokenCost, len(s.Open)+1)
	maps.Copy(open, s.Open)
	open[id] = worst
	s.Open = open
	return s
}

// settled returns the spending with an open call closed.
func (s Spending) settled(id string, used Usage, cost TokenCost) Spending {
	open := maps.Clone(s.Open)
	delete(open, id)
	if len(open) == 0 {
		open = nil
	}
	return Spending{Calls: s.Calls + 1, Usage: s.Usage.Add(used), Cost: s.Cost.plus(cost), Open: open, Exhausted: s.Exhausted}
}

// has reports whether a call is open.
func (s Spending) has(id string) bool {
	_, ok := s.Open[id]
	return ok
}

// CallSpending is the spending that a call adds to: that of its model, and that of its
// job if the job has a budget.
type CallSpending struct {
	Model Spending
	Job   Spending
}

// Reserve adds a call that may be made. One that may not marks the spending as
// exhausted, and the error is of kind budget. A call that is open already is allowed
// again.
func (s CallSpending) Reserve(c ModelCall, worst TokenCost, limits SpendingLimits) (CallSpending, error) {
	switch {
	case s.Model.has(c.ID):
		return s, nil
	case !s.Model.fits(worst, limits.Model):
		s.Model.Exhausted = true
		return s, overBudget("the budget of "+c.Model, s.Model, worst, limits.Model)
	case !s.Job.fits(worst, limits.Job):
		s.Job.Exhausted = true
		return s, overBudget("the budget of the job", s.Job, worst, limits.Job)
	}
	s.Model = s.Model.with(c.ID, worst)
	if limits.Job > 0 {
		s.Job = s.Job.with(c.jobID(), worst)
	}
	return s, nil
}

// Holds reports whether a call is open.
func (s CallSpending) Holds(c ModelCall) bool { return s.Model.has(c.ID) }

// Settle replaces the maximum cost of an open call by its cost. A call that is not
// open has been settled before.
func (s CallSpending) Settle(c ModelCall, used Usage, cost TokenCost) CallSpending {
	if s.Model.has(c.ID) {
		s.Model = s.Model.settled(c.ID, used, cost)
	}
	if s.Job.has(c.jobID()) {
		s.Job = s.Job.settled(c.jobID(), used, cost)
	}
	return s
}

// jobID names the call among those of all models of its job.
func (c ModelCall) jobID() string { return c.Model + "/" + c.ID }

func overBudget(whose string, s Spending, worst, limit TokenCost) error {
	return Errorf(KindBudget, "budget: %s is used up: the next call may cost %s USD, and of %s USD %s are spent and %s reserved",
		whose, worst, limit, s.Cost, s.Reserved())
}

// JobSpending is the key of the job's own spending in the answer of [Budgets].Spending;
// no model has this name.
const JobSpending = ""

// Budgets keeps the spending of jobs, across processes. Each of its writes can be
// repeated.
type Budgets interface {
	// Reserve records a call that is about to be made and costs at most worst, by
	// [CallSpending.Reserve].
	//
	// Kind budget: neither this call nor a later one may be made. Kind fenced: the job
	// has ended or is to be cancelled, and spends no more.
	Reserve(ctx context.Context, c ModelCall, worst TokenCost, limits SpendingLimits) error

	// Settle records what a reserved call used and cost, by [CallSpending.Settle]. For
	// a job that does not exist it does nothing.
	Settle(ctx context.Context, c ModelCall, used Usage, cost TokenCost) error

	// Spending returns the spending of a job by model, and under [JobSpending] that of
	// all its models if the job has a budget.
	Spending(ctx context.Context, jobID string) (map[string]Spending, error)
}
