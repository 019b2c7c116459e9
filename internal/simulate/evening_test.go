package simulate

import (
	"context"
	"errors"
	"fmt"

	"aitrader/internal/sim"
)

// evenings stands between the daily loop of a process and the jobs: it notes what the
// loop does, and when. It implements daily.Trigger and engine.Configurations.
type evenings struct{ p *process }

// Open implements [engine.Configurations]: each evening begins with it.
func (e evenings) Open(ctx context.Context, name string) (sim.Configuration, error) {
	w := e.p.w
	w.mu.Lock()
	w.looked = append(w.looked, e.p.now())
	w.mu.Unlock()
	return configurations(e).Open(ctx, name)
}

// Trigger implements [daily.Trigger].
func (e evenings) Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error) {
	w := e.p.w
	w.mu.Lock()
	w.triggered = append(w.triggered, e.p.now())
	w.mu.Unlock()
	name := fmt.Sprintf("daily %d", w.count("daily"))
	op := operation{client: 99, name: name, kind: "trigger", experiment: "main", body: "{}"}
	if err := e.p.do(ctx, name, "", func() error { op.called = w.turn; return nil }); err != nil {
		return sim.TriggerResult{}, err
	}
	result, err := e.p.jobs.Trigger(asActor(ctx, name), r)
	w.outside("answer "+name, func() {
		op.answered, op.answerJob, op.answer = w.turn, result.Job.ID, string(result.Outcome)
		if refused, ok := errors.AsType[*sim.Error](err); ok {
			op.answer = string(refused.Kind)
			op.answerJob, _ = refused.Fields["current_job_id"].(string) // "": another refusal
		}
		op.open = e.p.dead || sim.IsKind(err, sim.KindUnavailable) || sim.IsKind(err, sim.KindInternal) || sim.IsKind(err, sim.KindStale)
		w.history = append(w.history, op)
	})
	return result, err
}
