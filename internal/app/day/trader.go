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
	Limits agent.Limits
	Now    func() time.Time
}

// Trade implements [engine.Trader].
func (t *Trader) Trade(ctx context.Context, a engine.Assignment) (outcome sim.Outcome, err error) {
	model, err := t.Models.Open(ctx, a.Key.JobID, a.Settings, a.Model)
	if err != nil {
		return sim.Outcome{}, err
	}
	desk := agent.NewDesk(a.View, a.Opening, a.Settings.Costs, a.Settings.Fractional)
	tools := mcptool.Open("aitrader", desk.Tools())
	defer func() {
		if closeErr := tools.Close(); err == nil {
			err = closeErr
		}
	}()
	session := agent.Session{Model: model, Toolbox: tools, Desk: desk, Brief: brief(a), Limits: t.Limits, Now: t.Now}
	return session.Run(ctx)
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
