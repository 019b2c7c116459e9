package engine

import (
	"context"
	"slices"

	"aitrader/internal/sim"
)

// propose turns a request into the job that it asks for.
func (j *Jobs) propose(ctx context.Context, r sim.TriggerRequest) (proposal, error) {
	config, err := j.Configs.Open(ctx, r.Config)
	if err != nil {
		return proposal{}, err
	}
	settings, err := settingsFor(config, r)
	if err != nil {
		return proposal{}, err
	}
	market, err := j.Prices.MarketData(ctx)
	if err != nil {
		return proposal{}, err
	}
	signatures := make([]string, len(settings.Models))
	for i, m := range settings.Models {
		signatures[i] = m.Signature
	}
	heads, err := j.heads(ctx, r.Experiment, signatures)
	if err != nil {
		return proposal{}, err
	}
	in := sim.PlanInput{
		Market:    market.Market(),
		Start:     r.Start,
		End:       r.End,
		Models:    signatures,
		Replace:   r.Replace,
		InitDate:  config.InitDate(),
		Today:     market.Market().Today(j.Now()),
		LastClose: lastCloses(heads),
		Limits:    j.Limits,
		WithBars:  market.TradableDates(settings),
	}
	market, warnings, err := j.fetchMissing(ctx, settings, in, market)
	if err != nil {
		return proposal{}, err
	}
	in.WithBars = market.TradableDates(settings)
	result, err := sim.MakePlan(in)
	if err != nil {
		return proposal{}, withReasons(err, warnings)
	}
	now := j.Now() // fetching may have taken a while
	p := proposal{current: result.Current, lastDate: earliestClose(heads)}
	p.job = sim.Job{
		ID:          j.NewID(),
		Experiment:  r.Experiment,
		Status:      sim.JobPending,
		Plan:        result.Plan,
		Settings:    settings,
		RequestHash: requestHash(r),
		Warnings:    append(result.Warnings, warnings...),
		CreatedAt:   now,
		UpdatedAt:   now,
	}
	p.books, p.job.Superseded, err = j.bookPlans(ctx, result.Plan, heads)
	p.job.Warnings = append(p.job.Warnings, j.idleCash(p, market)...)
	return p, err
}

// idleCash warns of the models of a job that cannot invest the cash with which their
// books begin. Replicas are as their first book.
func (j *Jobs) idleCash(p proposal, market *sim.MarketData) (warnings []string) {
	if j.IdleCash == nil {
		return nil
	}
	for i, b := range p.books {
		span := p.job.Plan.Models[i]
		begins := b.Head.Last.IsZero() || !b.RewindFrom.IsZero() && b.RewindLast.IsZero()
		first := slices.IndexFunc(p.job.Plan.Dates, func(d sim.Date) bool { return d >= span.From })
		spec, known := p.job.Settings.Model(span.Model)
		if !begins || first < 0 || !known || sim.ReplicaOf(span.Model) != span.Model {
			continue
		}
		if w := j.IdleCash(spec, p.job.Settings, sim.NewView(market, p.job.Plan.Dates[first])); w != "" {
			warnings = append(warnings, w)
		}
	}
	return warnings
}

// settingsFor returns the settings of a job: those of the configuration, with what
// the request overrides.
func settingsFor(config sim.Configuration, r sim.TriggerRequest) (sim.Settings, error) {
	settings, err := config.Settings(r.Models)
	if err != nil {
		return sim.Settings{}, err
	}
	if r.Budget > 0 {
		settings.Budget = r.Budget
	}
	if err := settings.CheckBudget(); err != nil {
		return sim.Settings{}, sim.Errorf(sim.KindInvalid, "budget_usd: %w", err)
	}
	return settings.WithReplicas(r.Replicas), nil
}

// heads returns the heads of the books of some models, by signature.
func (j *Jobs) heads(ctx context.Context, experiment string, signatures []string) (map[string]sim.Head, error) {
	keys := make([]sim.BookKey, len(signatures))
	for i, s := range signatures {
		keys[i] = sim.BookKey{Experiment: experiment, Model: s}
	}
	list, err := j.Store.Heads(ctx, keys)
	if err != nil {
		return nil, err
	}
	heads := make(map[string]sim.Head, len(list))
	for _, h := range list {
		heads[h.Book.Model] = h
	}
	return heads, nil
}

// bookPlans says what the plan does to each of its books: a span that begins at or
// before the last close rewinds it. The days that leave a book are superseded.
func (j *Jobs) bookPlans(
	ctx context.Context, plan sim.Plan, heads map[string]sim.Head,
) (books []sim.BookPlan, superseded []sim.SupersededDay, err error) {
	for _, span := range plan.Models {
		b := sim.BookPlan{Head: heads[span.Model]}
		if span.From <= b.Head.Last.Date {
			days, err := j.Store.Days(ctx, sim.DayFilter{Experiment: b.Head.Book.Experiment, Model: span.Model, BooksOnly: true})
			if err != nil {
				return nil, nil, err
			}
			b.RewindFrom = span.From
			for _, d := range days {
				if d.Ref.Date < span.From {
					b.RewindLast = d.Ref
				} else {
					superseded = append(superseded, sim.SupersededDay{Model: span.Model, Date: d.Ref.Date, JobID: d.JobID})
				}
			}
		}
		books = append(books, b)
	}
	return books, superseded, nil
}

// lastCloses returns the last closed date of each book; zero: none.
func lastCloses(heads map[string]sim.Head) map[string]sim.Date {
	out := make(map[string]sim.Date, len(heads))
	for model, h := range heads {
		out[model] = h.Last.Date
	}
	return out
}

// earliestClose returns the date up to which all books are closed.
func earliestClose(heads map[string]sim.Head) sim.Date {
	var first sim.Date
	for _, h := range heads {
		if first.IsZero() || h.Last.Date < first {
			first = h.Last.Date
		}
	}
	return first
}
