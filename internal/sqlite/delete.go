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
		return t.exec("DELETE FROM jobs WHERE job = ?", r.key)
	})
}

// checkUnused refuses when a day of the job is current in its book, or the
// predecessor of one that is.
func checkUnused(t *tx, r jobRow) error {
	heads, err := headsOf(t, r.Experiment)
	if err != nil {
		return err
	}
	return t.rows(`SELECT b.model, d.date, d.generation, m.job = ?1
		FROM days d JOIN books b ON b.book = d.book JOIN job_details m ON m.md = d.md
		LEFT JOIN days p ON p.book = d.book AND p.date = d.prev_date AND p.generation = d.prev_generation
		LEFT JOIN job_details pm ON pm.md = p.md
		WHERE b.experiment = ?2 AND (m.job = ?1 OR pm.job = ?1)
		ORDER BY d.date, b.model`, []any{r.key, r.Experiment}, func(scan scanner) error {
		var model string
		var ref sim.DayRef
		var own bool
		if err := scan(&model, &ref.Date, &ref.Generation, &own); err != nil {
			return err
		}
		if !heads[model].Current(ref) {
			return nil
		}
		if own {
			return sim.Errorf(sim.KindConflict, "job %s closed %s of %s, which is current in its book", r.ID, ref.Date, model).With("job_id", r.ID)
		}
		return sim.Errorf(sim.KindConflict, "job %s closed the day before %s of %s, which is current in its book", r.ID, ref.Date, model).With("job_id", r.ID)
	})
}
