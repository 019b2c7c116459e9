// Package trader runs the session of a model-day: the assigned model with its own desk
// and its own tools. Two model-days share only the models, which have no state.
package trader

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/calculator"
	"aitrader/internal/engine"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// Trader is the engine's trader: the assigned model trades in a session.
type Trader struct {
	Models *Models
	News   *NewsSources
	// Headers are those of external MCP servers.
	Headers Headers
	// Past holds the sessions of jobs that are replayed or rescored.
	Past Past
	// NewsRefused, if set, receives the number of items that a session's searches
	// have found and withheld, also after a session that failed.
	NewsRefused func(reason string, items int)
	// ToolCalled, if set, receives the duration of each tool call.
	ToolCalled func(tool string, took time.Duration)
	Limits     agent.Limits
	Now        func() time.Time
}

// Trade implements [engine.Trader].
func (t *Trader) Trade(ctx context.Context, a engine.Assignment) (outcome sim.Outcome, err error) {
	desk := agent.NewDesk(a.View, a.Opening, a.Settings.Costs, a.Settings.Fractional)
	desk.UseCalculator(calculator.Evaluate)
	b := brief(a)
	var model agent.Model
	if a.Settings.RescoreOf != "" {
		return t.runRescore(ctx, a, desk, b)
	}
	if a.Settings.ReplayOf != "" && !a.Model.Offline() {
		replay, err := t.findReplay(ctx, a)
		if err != nil {
			return sim.Outcome{}, err
		}
		return t.runReplay(ctx, a, replay, desk, b)
	}
	if model, err = t.Models.Open(ctx, a.Key.JobID, a.Settings, a.Model); err != nil {
		return sim.Outcome{}, err
	}
	if searches(a) {
		search, err := t.News.Open(ctx, a.Key.JobID, a.Settings)
		if err != nil {
			return sim.Outcome{}, err
		}
		desk.ReadNews(search.On(a.View.Date()))
		b.News = true
		defer t.countRefused(desk)
	}
	tools, err := t.withRemoteTools(ctx, a, mcptool.Open("aitrader", desk.Tools()))
	if err != nil {
		return sim.Outcome{}, errors.Join(err, tools.Close())
	}
	return t.runSession(ctx, a, model, desk, b, tools)
}

// searches reports whether a model can search news.
func searches(a engine.Assignment) bool { return a.Settings.News.Source != "" && !a.Model.Offline() }

// runSession runs the session, and closes its tools.
func (t *Trader) runSession(ctx context.Context, a engine.Assignment, model agent.Model, desk *agent.Desk, b *agent.Brief,
	tools agent.Toolbox) (outcome sim.Outcome, err error) {
	defer func() {
		if closeErr := tools.Close(); err == nil {
			err = closeErr
		}
	}()
	limits := t.Limits
	if a.Model.Offline() {
		limits.ConversationBytes = math.MaxInt // nothing is sent anywhere
	}
	session := agent.Session{Model: model, Toolbox: t.timed(tools), Desk: desk, Brief: b, Limits: limits, Price: a.Model.Price, Now: t.Now}
	return session.Run(withSession(ctx))
}

// countRefused reports the withheld news.
func (t *Trader) countRefused(desk *agent.Desk) {
	if t.NewsRefused == nil {
		return
	}
	for reason, n := range desk.NewsRefused() {
		t.NewsRefused(reason, n)
	}
}

// brief is what the model knows at the start of its day.
func brief(a engine.Assignment) *agent.Brief {
	universe := a.View.Universe(a.Settings.Universe, a.Settings.Benchmark)
	return &agent.Brief{
		Key: a.Key, Experiment: a.Experiment, Date: a.View.Date(), FirstDay: a.FirstDay,
		Opening: a.Opening, Actions: a.Actions, Prices: agent.PriceTable(a.View, universe, a.Opening),
		Costs: a.Settings.Costs, Fractional: a.Settings.Fractional, MaxSteps: a.Settings.MaxSteps,
		Strategy: a.Model.Prompt,
	}
}

// timed measures the calls of tools, where ToolCalled is set.
func (t *Trader) timed(tools agent.Toolbox) agent.Toolbox {
	if t.ToolCalled == nil {
		return tools
	}
	return timedTools{tools, t.ToolCalled}
}

type timedTools struct {
	agent.Toolbox
	called func(tool string, took time.Duration)
}

// Call implements [agent.Toolbox].
func (t timedTools) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	began := time.Now()
	defer func() { t.called(name, time.Since(began)) }()
	return t.Toolbox.Call(ctx, name, arguments)
}
