package day

import (
	"context"
	"fmt"

	"aitrader/internal/agent"
	"aitrader/internal/engine"
	"aitrader/internal/mcptool"
	"aitrader/internal/recorded"
	"aitrader/internal/sim"
)

// Past is what a store knows of closed days.
type Past interface {
	Job(ctx context.Context, id string) (sim.Job, error)
	Days(ctx context.Context, f sim.DayFilter) ([]sim.Day, error)
	Transcript(ctx context.Context, book sim.BookKey, ref sim.DayRef) ([]sim.Message, error)
}

// replay finds the session that is to be repeated. A model-day that the job did not
// close is not closed by its repetition either.
func (t *Trader) replay(ctx context.Context, a engine.Assignment) (*recorded.Replay, error) {
	about := fmt.Sprintf("%s on %s in job %s", a.Key.Model, a.Key.Date, a.Settings.ReplayOf)
	original, err := t.Past.Job(ctx, a.Settings.ReplayOf)
	if err != nil {
		return nil, err
	}
	days, err := t.Past.Days(ctx, sim.DayFilter{
		Experiment: original.Experiment, Model: a.Key.Model, JobID: original.ID, From: a.Key.Date, To: a.Key.Date,
	})
	if err != nil {
		return nil, err
	}
	if len(days) != 1 {
		return nil, sim.Errorf(sim.KindInvalid, "replay_missing: %s was not closed", about)
	}
	transcript, err := t.Past.Transcript(ctx, days[0].Book, days[0].Ref)
	if err != nil {
		return nil, err
	}
	return recorded.NewReplay(about, transcript, days[0].Session.StopReason), nil
}

// repeat holds the session again. News, and what other servers said, come as
// they came then, without their source.
func (t *Trader) repeat(ctx context.Context, a engine.Assignment, replay *recorded.Replay, desk *agent.Desk, b *agent.Brief) (sim.Outcome, error) {
	names := replay.Outside()
	if searches(a) {
		b.News = true
		names = append(names, agent.SearchNews)
	}
	return t.hold(ctx, a, replay, desk, b, replay.Toolbox(mcptool.Open("aitrader", desk.Tools()), names...))
}
