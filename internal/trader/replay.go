package trader

import (
	"context"
	"fmt"

	"aitrader/internal/agent"
	"aitrader/internal/engine"
	"aitrader/internal/mcptool"
	"aitrader/internal/recorded"
	"aitrader/internal/sim"
)

// Past reads closed days.
type Past interface {
	Job(ctx context.Context, id string) (sim.Job, error)
	Days(ctx context.Context, f sim.DayFilter) ([]sim.Day, error)
	Transcript(ctx context.Context, book sim.BookKey, ref sim.DayRef) ([]sim.Message, error)
}

// findReplay finds the session to be replayed. A model-day that the original job did
// not close cannot be replayed.
func (t *Trader) findReplay(ctx context.Context, a engine.Assignment) (*recorded.Replay, error) {
	before, about, err := t.closedDay(ctx, a, a.Settings.ReplayOf)
	if err != nil {
		return nil, err
	}
	transcript, err := t.Past.Transcript(ctx, before.Book, before.Ref)
	if err != nil {
		return nil, err
	}
	return recorded.NewReplay(about, transcript, before.Session.StopReason), nil
}

// runReplay runs the session again. News and the answers of external MCP servers are
// those of the recorded session; their sources are not asked.
func (t *Trader) runReplay(ctx context.Context, a engine.Assignment, replay *recorded.Replay, desk *agent.Desk,
	b *agent.Brief) (sim.Outcome, error) {
	names := replay.Outside()
	if searches(a) {
		b.News = true
		names = append(names, agent.SearchNews)
	}
	return t.runSession(ctx, a, replay, desk, b, replay.Toolbox(mcptool.Open("aitrader", desk.Tools()), names...))
}

// runRescore executes the orders of a day again, under other costs. A day that ended
// with broken answers stays one.
func (t *Trader) runRescore(ctx context.Context, a engine.Assignment, desk *agent.Desk, b *agent.Brief) (sim.Outcome, error) {
	before, _, err := t.closedDay(ctx, a, a.Settings.RescoreOf)
	if err != nil {
		return sim.Outcome{}, err
	}
	orders := recorded.Orders(before.Fills())
	b.MaxSteps = max(b.MaxSteps, orders.Steps())
	out, err := t.runSession(ctx, a, orders, desk, b, mcptool.Open("aitrader", desk.Tools()))
	if before.Session.StopReason.Broken() {
		out.Session.StopReason, out.Session.Signal = before.Session.StopReason, false
	}
	return out, err
}

// closedDay finds the day that a job closed for the same model and date. The second
// result names it in errors.
func (t *Trader) closedDay(ctx context.Context, a engine.Assignment, jobID string) (sim.Day, string, error) {
	about := fmt.Sprintf("%s on %s in job %s", a.Key.Model, a.Key.Date, jobID)
	original, err := t.Past.Job(ctx, jobID)
	if err != nil {
		return sim.Day{}, about, err
	}
	days, err := t.Past.Days(ctx, sim.DayFilter{
		Experiment: original.Experiment, Model: a.Key.Model, JobID: original.ID, From: a.Key.Date, To: a.Key.Date,
	})
	if err != nil {
		return sim.Day{}, about, err
	}
	if len(days) != 1 {
		return sim.Day{}, about, sim.Errorf(sim.KindInvalid, "replay_missing: %s was not closed", about)
	}
	return days[0], about, nil
}
