package sqlite

import (
	"context"

	"aitrader/internal/sim"
)

// DeleteJob implements [sim.Store].
func (s *Store) DeleteJob(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) error {
		r, err := getJob(t, id)
		if err != nil {
			return err
		}
		if !r.Status.Terminal() {
			return sim.Errorf(sim.KindConflict, "job %s is %s; cancel it first", id, r.Status).With("job_id", id)
		}
		if err := checkUnused(t, r); err != nil {
			return err
		}
		t.forgetRows() // also those that the deletion takes with it
		return t.exec("DELETE FROM jobs WHERE job = ?", r.key)
	})
}

// checkUnused refuses when a day of the job is current in its book. The
// predecessor of a current day is current too: a cut that covers a day covers
// every later one of its generation and before.
func checkUnused(t *tx, r jobRow) error {
	heads, err := headsOf(t, r.Experiment)
	if err != nil {
		return err
	}
	return t.rows(`SELECT m.model, d.date, d.generation FROM job_details m JOIN days d ON d.md = m.md
		WHERE m.job = ? ORDER BY m.date, m.model`, []any{r.key}, func(scan scanner) error {
		var model string
		var ref sim.DayRef
		if err := scan(&model, &ref.Date, &ref.Generation); err != nil {
			return err
		}
		if !heads[model].Current(ref) {
			return nil
		}
		return sim.Errorf(sim.KindConflict, "job %s closed %s of %s, which is current in its book", r.ID, ref.Date, model).With("job_id", r.ID)
	})
}
