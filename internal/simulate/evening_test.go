package simulate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aitrader/internal/daily"
	"aitrader/internal/sim"
)

// evenings stands between the daily loop of a process and the jobs: it notes what the
// loop does, and when. It implements daily.Trigger and engine.Configurations.
type evenings struct{ p *process }

// evenTime is a moment at which the daily loop of a process did something.
type evenTime struct {
	at      time.Time
	process *process
	refused bool // of a trigger
}

// Open implements [engine.Configurations]: each look for bars begins with it.
func (e evenings) Open(ctx context.Context, name string) (sim.Configuration, error) {
	w := e.p.w
	w.mu.Lock()
	w.looked = append(w.looked, evenTime{at: w.now(), process: e.p})
	w.mu.Unlock()
	return configurations(e).Open(ctx, name)
}

// Trigger implements [daily.Trigger].
func (e evenings) Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error) {
	w := e.p.w
	begun := evenTime{process: e.p}
	return e.p.trigger(ctx, 99, fmt.Sprintf("daily %d", w.count("daily")), r, func(err error) {
		if err == nil && begun.at.IsZero() {
			begun.at = w.now()
			return
		}
		begun.refused = err != nil
		w.triggered = append(w.triggered, begun)
	})
}

// trigger triggers as a client of its own, from within a process. It calls note when the
// call begins, and when it has its answer.
func (p *process) trigger(
	ctx context.Context, client int, name string, r sim.TriggerRequest, note func(err error),
) (sim.TriggerResult, error) {
	w := p.w
	op := operation{client: client, name: name, kind: "trigger", experiment: "main", body: "{}"}
	if err := p.do(ctx, name, "", func() error { op.called = w.turn; note(nil); return nil }); err != nil {
		return sim.TriggerResult{}, err
	}
	result, err := p.jobs.Trigger(asActor(ctx, name), r)
	w.outside("answer "+name, func() {
		op.answered, op.answerJob, op.answer = w.turn, result.Job.ID, string(result.Outcome)
		if refused, ok := errors.AsType[*sim.Error](err); ok {
			op.answer = string(refused.Kind)
			op.answerJob, _ = refused.Fields["current_job_id"].(string) // "": another refusal
		}
		op.open = p.dead || sim.IsKind(err, sim.KindUnavailable) || sim.IsKind(err, sim.KindInternal) || sim.IsKind(err, sim.KindStale)
		w.history = append(w.history, op)
		note(err)
	})
	return result, err
}

// bell is when the evening of a date begins: 18:30 in New York, from the offsets that
// held there in 2024 and 2025.
func bell(d sim.Date) time.Time {
	offset := 5 * time.Hour
	for _, summer := range []struct{ from, to string }{{"2024-03-10", "2024-11-02"}, {"2025-03-09", "2025-11-01"}} {
		if d.String() >= summer.from && d.String() <= summer.to {
			offset = 4 * time.Hour
		}
	}
	return d.Time().Add(18*time.Hour + 30*time.Minute + offset)
}

// checkEvenings checks what the daily loop has done: each trading day that a process
// lived through it looked for bars at the bell, and triggered; it did nothing at other
// times, but at the start of a process; and it repeated what was refused.
func (w *world) checkEvenings() {
	if !w.scenario.daily {
		return
	}
	// Timers and calls are late, by so much at most; and the vendor is asked for two
	// minutes at most.
	slack := 2*w.scenario.lateness + 10*w.scenario.maxDelay + 5*time.Minute
	var bells []sim.Date
	for d := w.scenario.today.AddDays(-5); d <= sim.DateOf(w.now()).AddDays(1); d = d.AddDays(1) {
		if tradingDay(d) {
			bells = append(bells, d)
		}
	}
	for _, d := range bells {
		w.checkEvening(d, slack)
	}
	for _, l := range w.looked {
		began := l.process.began
		last := lastBell(bells, l.at)
		if l.at.Before(last) || l.at.After(last.Add(daily.Limit+slack)) && l.at.After(began.Add(daily.Interval+slack)) {
			w.violated("the daily loop looks for bars at %s, and the last evening began at %s", l.at.In(newYork), last.In(newYork))
		}
	}
	for i, t := range w.triggered {
		again := t.at.Add(daily.Interval + slack)
		over := !t.at.Before(lastBell(bells, t.at).Add(daily.Limit-slack)) || t.process.diedBefore(again) || w.now().Before(again)
		if t.refused && !over && (i+1 == len(w.triggered) || w.triggered[i+1].at.After(again)) {
			w.violated("the daily loop was refused at %s, and did not trigger again", t.at.In(newYork))
		}
	}
}

// lastBell returns the last evening that has begun at a time.
func lastBell(bells []sim.Date, at time.Time) (last time.Time) {
	for _, d := range bells {
		if !bell(d).After(at) {
			last = bell(d)
		}
	}
	return last
}

// diedBefore reports whether a process has died before a time.
func (p *process) diedBefore(at time.Time) bool { return !p.died.IsZero() && p.died.Before(at) }

// checkEvening checks one evening, if a process with the daily loop lived through it.
func (w *world) checkEvening(d sim.Date, slack time.Duration) {
	from, to := bell(d), bell(d).Add(daily.Limit+slack)
	for _, p := range w.processes {
		if p.slot != 0 || !p.began.Before(from) || p.diedBefore(to) || w.now().Before(to) {
			continue
		}
		looked, triggered := false, false
		for _, l := range w.looked {
			looked = looked || l.process == p && !l.at.Before(from) && l.at.Before(from.Add(slack))
		}
		for _, t := range w.triggered {
			triggered = triggered || t.process == p && !t.at.Before(from) && t.at.Before(to)
		}
		if !looked || !triggered {
			w.violated("on the evening of %s the daily loop of %s looked for bars in time: %v, and triggered: %v", d, p.name, looked, triggered)
		}
	}
}
