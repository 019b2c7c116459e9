package httpapi

import (
	"maps"
	"slices"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// jobUsage sums up what the models of a job have used; nil before the first call.
func jobUsage(job sim.Job, spending map[string]sim.Spending) *api.JobUsage {
	if len(spending) == 0 {
		return nil
	}
	sum := &api.JobUsage{CostUSD: new(sim.TokenCost), BudgetUSD: moneyOrNil(job.Settings.Budget), Models: []api.ModelUsage{}}
	var usage sim.Usage
	for _, model := range slices.Sorted(maps.Keys(spending)) {
		if model == sim.JobSpending {
			continue
		}
		one := modelUsage(job, model, spending[model])
		sum.Models = append(sum.Models, one)
		sum.Calls += one.Calls
		sum.ReservedUSD += one.ReservedUSD
		usage = usage.Add(spending[model].Usage)
		if one.CostUSD == nil {
			sum.CostUSD = nil
		} else if sum.CostUSD != nil {
			*sum.CostUSD += *one.CostUSD
		}
	}
	sum.Tokens, sum.CachedPct = api.Tokens(usage), cachedPct(usage)
	return sum
}

func modelUsage(job sim.Job, model string, spending sim.Spending) api.ModelUsage {
	spec, _ := job.Settings.Model(model)
	u := api.ModelUsage{
		Model:       model,
		Calls:       spending.Calls,
		Tokens:      api.Tokens(spending.Usage),
		CachedPct:   cachedPct(spending.Usage),
		ReservedUSD: spending.Reserved(),
		BudgetUSD:   moneyOrNil(spec.Budget),
		Exhausted:   spending.Exhausted,
	}
	if spec.Price != nil {
		u.CostUSD = &spending.Cost
	}
	return u
}

// moneyOrNil returns nil for no amount, which JSON writes as null.
func moneyOrNil(m sim.Money) *sim.Money {
	if m == 0 {
		return nil
	}
	return &m
}
