package httpapi

import (
	"context"
	"maps"
	"slices"

	"aitrader/internal/sim"
)

// JobUsage is what the calls of a job's models used and cost.
type JobUsage struct {
	Calls       int            `json:"calls" doc:"Requests to providers that have ended, retries and failed model-days included."`
	Tokens      Tokens         `json:"tokens" doc:"What providers say that those used."`
	CostUSD     *sim.TokenCost `json:"cost_usd" nullable:"true" doc:"USD, exact: what counts against the budget. A call whose use nobody tells, such as one that timed out, counts as the most that it can have cost. Null when a model that was called has no price."`
	ReservedUSD sim.TokenCost  `json:"reserved_usd" doc:"USD: the most that calls on their way may cost."`
	BudgetUSD   *sim.Money     `json:"budget_usd" nullable:"true" doc:"USD that the job may cost; null: no bound."`
	Models      []ModelUsage   `json:"models" doc:"The same by model."`
}

// ModelUsage is what the calls of one model of a job used and cost.
type ModelUsage struct {
	Model       string         `json:"model" doc:"The signature of the model."`
	Calls       int            `json:"calls" doc:"Requests to its provider that have ended."`
	Tokens      Tokens         `json:"tokens" doc:"What its provider says that those used."`
	CostUSD     *sim.TokenCost `json:"cost_usd" nullable:"true" doc:"USD, as of the job; null when the model has no price."`
	ReservedUSD sim.TokenCost  `json:"reserved_usd" doc:"USD: the most that calls on their way may cost."`
	BudgetUSD   *sim.Money     `json:"budget_usd" nullable:"true" doc:"USD that the model may cost in a job; null: no bound of its own."`
	Exhausted   bool           `json:"exhausted" doc:"Whether its own budget is used up: it runs no later date of the job."`
}

// usage returns what a job has used; nil before the first call.
func (s *server) usage(ctx context.Context, job sim.Job) (*JobUsage, error) {
	spending, err := s.Store.Spending(ctx, job.ID)
	if err != nil || len(spending) == 0 {
		return nil, err
	}
	out := &JobUsage{CostUSD: new(sim.TokenCost), BudgetUSD: amount(job.Settings.Budget), Models: []ModelUsage{}}
	var sum sim.Usage
	for _, model := range slices.Sorted(maps.Keys(spending)) {
		if model == sim.JobSpending {
			continue
		}
		spending := spending[model]
		one := modelUsage(job, model, spending)
		out.Models = append(out.Models, one)
		out.Calls += spending.Calls
		sum = sum.Add(spending.Usage)
		out.ReservedUSD += one.ReservedUSD
		if one.CostUSD == nil {
			out.CostUSD = nil
		} else if out.CostUSD != nil {
			*out.CostUSD += *one.CostUSD
		}
	}
	out.Tokens = tokens(sum)
	return out, nil
}

func modelUsage(job sim.Job, model string, spending sim.Spending) ModelUsage {
	spec, _ := job.Settings.Model(model)
	u := ModelUsage{
		Model: model, Calls: spending.Calls, Tokens: tokens(spending.Usage), ReservedUSD: spending.Reserved(),
		BudgetUSD: amount(spec.Budget), Exhausted: spending.Exhausted,
	}
	if spec.Price != nil {
		u.CostUSD = &spending.Cost
	}
	return u
}

// amount returns nil for no amount.
func amount(m sim.Money) *sim.Money {
	if m == 0 {
		return nil
	}
	return &m
}
