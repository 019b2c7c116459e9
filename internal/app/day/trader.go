// Package day wires what runs a model-day: the session of an assigned model with
// its own desk, served by tools of its own. Nothing in it is shared between two
// model-days but the models, which keep no state.
package day

import (
	"context"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/engine"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// Trader is the engine's trader: it lets the assigned model trade in a session.
type Trader struct {
	Models *Models
	News   *Newsroom
	// NewsRefused, if set, is told of what a session's searches found and did not
	// show, also when the session has failed.
	NewsRefused func(reason string, items int)
	Limits      agent.Limits
	Now         func() time.Time
}

// Trade implements [engine.Trader].
func (t *Trader) Trade(ctx context.Context, a engine.Assignment) (outcome sim.Outcome, err error) {
	model, err := t.Models.Open(ctx, a.Key.JobID, a.Settings, a.Model)
	if err != nil {
		return sim.Outcome{}, err
	}
	desk := agent.NewDesk(a.View, a.Opening, a.Settings.Costs, a.Settings.Fractional)
	b := brief(a)
	if a.Settings.News.Source != "" && !a.Model.Offline() {
		search, err := t.News.Open(ctx, a.Key.JobID, a.Settings)
		if err != nil {
			return sim.Outcome{}, err
		}
		desk.ReadNews(search.On(a.View.Date()))
		b.News = true
		defer t.countRefused(desk)
	}
	tools := mcptool.Open("aitrader", desk.Tools())
	defer func() {
		if closeErr := tools.Close(); err == nil {
			err = closeErr
		}
	}()
	session := agent.Session{Model: model, Toolbox: tools, Desk: desk, Brief: b, Limits: t.Limits, Price: a.Model.Price, Now: t.Now}
	return session.Run(ctx)
}

// countRefused tells of the news that were refused.
func (t *Trader) countRefused(desk *agent.Desk) {
	if t.NewsRefused == nil {
		return
	}
	for reason, n := range desk.NewsRefused() {
		t.NewsRefused(reason, n)
	}
}

// brief says what the model is told at the start of its day.
func brief(a engine.Assignment) *agent.Brief {
	universe := a.View.Universe(a.Settings.Universe, a.Settings.Benchmark)
	return &agent.Brief{
		Key: a.Key, Experiment: a.Experiment, Date: a.View.Date(), FirstDay: a.FirstDay,
		Opening: a.Opening, Actions: a.Actions, Prices: agent.PriceTable(a.View, universe, a.Opening),
		Costs: a.Settings.Costs, Fractional: a.Settings.Fractional, MaxSteps: a.Settings.MaxSteps,
		Strategy: a.Model.Prompt,
	}
}
