package dynamo

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// aJob is what the transactions on a job's state write, for their errors.
const aJob = "the state of the job"

// RequestCancel implements [sim.Store].
func (s *Store) RequestCancel(ctx context.Context, id string, now time.Time) (sim.Job, error) {
	return decide(ctx, func(ctx context.Context) (job sim.Job, err error) {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return job, err
		}
		next, changed, err := m.form.job().RequestCancel(now)
		if err != nil {
			return job, err
		}
		if changed {
			released, err := s.release(ctx, next)
			if err != nil {
				return job, err
			}
			m.form = m.form.with(next)
			if err := s.write(ctx, aJob, append(released, m.put())...); err != nil {
				return job, err
			}
		}
		return s.withPlan(ctx, m.form)
	})
}

// withPlan completes a job by the half that does not change.
func (s *Store) withPlan(ctx context.Context, m metaForm) (sim.Job, error) {
	p, err := s.getPlan(ctx, m.ID)
	if err != nil {
		return sim.Job{}, err
	}
	return jobOf(m, p), nil
}

// release takes a job's books away from it.
func (s *Store) release(ctx context.Context, j sim.Job) ([]change, error) {
	heads, err := s.headsOf(ctx, j.Experiment)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, h := range heads {
		if h.form.Job == j.ID {
			h.form = headOf(h.form.head(book(j.Experiment, h)).Release(j.ID))
			changes = append(changes, h.put())
		}
	}
	return changes, nil
}

// Heartbeat implements [sim.Store].
func (s *Store) Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error {
	return update(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return err
		}
		next, err := m.form.job().Heartbeat(now, warnings...)
		if err != nil {
			return err
		}
		m.form = m.form.with(next)
		return s.write(ctx, aJob, m.put())
	})
}

// CloseDate implements [sim.Store].
func (s *Store) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	return update(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return err
		}
		next, changed := m.form.job().CloseDate(d, now)
		if !changed {
			return nil
		}
		p, err := s.getPlan(ctx, id)
		if err != nil {
			return err
		}
		gap := m.form.gap(d, p.Plan)
		from := d
		if !gap {
			from = m.form.uncounted()
		}
		found, err := all[modelDayForm](ctx, s, modelDays(id, from, d))
		if err != nil {
			return err
		}
		changes, err := s.lose(ctx, m.form, found, d, lost, now)
		if err != nil {
			return err
		}
		m.form = m.form.with(next)
		if !gap {
			m.form.count(d, p.Plan, found)
		}
		return s.write(ctx, aJob, append(changes, m.put())...)
	})
}

// lose ends the model-days that still run on a date, of those that were found.
func (s *Store) lose(ctx context.Context, m metaForm, found []modelDay, d sim.Date, lost string, now time.Time) ([]change, error) {
	var running []*modelDay
	var books []sim.BookKey
	for i := range found {
		if md := &found[i]; md.form.Date == d && md.form.Status == sim.ModelDayRunning {
			running = append(running, md)
			books = append(books, sim.BookKey{Experiment: m.Experiment, Model: md.form.Model})
		}
	}
	if len(running) == 0 {
		return nil, nil
	}
	heads, err := s.getHeads(ctx, books)
	if err != nil {
		return nil, err
	}
	var changes []change
	for i, md := range running {
		t := md.form.record(m).Lose(heads[i].form.head(books[i]), lost, now)
		md.form = modelDayOf(*t.ModelDay)
		changes = append(changes, md.put())
		if t.Head != nil {
			heads[i].form = headOf(*t.Head)
			changes = append(changes, heads[i].put())
		}
	}
	return changes, nil
}

// FinishJob implements [sim.Store].
func (s *Store) FinishJob(ctx context.Context, id string, f sim.Finish) (sim.Job, error) {
	return decide(ctx, func(ctx context.Context) (job sim.Job, err error) {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return job, err
		}
		next, changed, err := m.form.job().Finish(f)
		if err != nil {
			return job, err
		}
		if changed {
			m.form = m.form.with(next)
			m.form.Lost = f.Lost
			if err := s.finish(ctx, m, next); err != nil {
				return job, err
			}
		}
		return s.withPlan(ctx, m.form)
	})
}

// finish releases what a job held that has ended, its books and the lock of its
// experiment, and writes its end. Model-days that run stay as they are stored: [modelDayForm.record] reads them as lost.
func (s *Store) finish(ctx context.Context, m meta, j sim.Job) error {
	changes, err := s.release(ctx, j)
	if err != nil {
		return err
	}
	lock, err := getForm[experimentForm](ctx, s, experimentKey(j.Experiment))
	if err != nil {
		return err
	}
	if lock.form.ActiveJob == j.ID {
		lock.form.ActiveJob = ""
		changes = append(changes, lock.put())
	}
	return s.write(ctx, aJob, append(changes, m.put())...)
}
