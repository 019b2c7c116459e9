package dynamo

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// aJob is what the transactions on a job's state write, for their errors.
const aJob = "the state of the job"

// RequestCancel implements [sim.Store].
func (s *Store) RequestCancel(ctx context.Context, id string, now time.Time) (job sim.Job, err error) {
	err = s.decide(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return err
		}
		if m.form.Status.Terminal() {
			return ended(m.form)
		}
		if !m.form.CancelRequested {
			released, err := s.release(ctx, m.form)
			if err != nil {
				return err
			}
			m.form.CancelRequested, m.form.UpdatedAt = true, utc(now)
			if err := s.write(ctx, aJob, append(released, m.put())...); err != nil {
				return err
			}
		}
		job, err = s.withPlan(ctx, m.form)
		return err
	})
	return job, err
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
func (s *Store) release(ctx context.Context, m metaForm) ([]change, error) {
	heads, err := s.headsOf(ctx, m.Experiment)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, h := range heads {
		if h.form.Job == m.ID {
			h.form = headOf(h.form.head(book(m.Experiment, h)).Release(m.ID))
			changes = append(changes, h.put())
		}
	}
	return changes, nil
}

// Heartbeat implements [sim.Store]. Of the date nothing is kept: the plan and
// the last closed date tell it.
func (s *Store) Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error {
	return s.decide(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return err
		}
		if m.form.Status.Terminal() {
			return ended(m.form)
		}
		m.form.Status, m.form.UpdatedAt = sim.JobRunning, utc(now)
		m.form.Warnings = sim.AddWarnings(m.form.Warnings, warnings...)
		if m.form.StartedAt.IsZero() {
			m.form.StartedAt = utc(now)
		}
		return s.write(ctx, aJob, m.put())
	})
}

// CloseDate implements [sim.Store].
func (s *Store) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	return s.decide(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, id)
		if err != nil || m.form.Status.Terminal() || d <= m.form.ClosedThrough {
			return err
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
		changes, err := s.failLost(ctx, m.form, found, d, lost, now)
		if err != nil {
			return err
		}
		if !gap {
			m.form.count(d, p.Plan, found)
		}
		m.form.ClosedThrough, m.form.UpdatedAt = d, utc(now)
		return s.write(ctx, aJob, append(changes, m.put())...)
	})
}

// failLost ends the model-days that are still running on a date, and the leases
// of those whose book the job still has.
func (s *Store) failLost(ctx context.Context, m metaForm, found []modelDay, d sim.Date, lost string, now time.Time) ([]change, error) {
	var changes []change
	var keys []key
	for i := range found {
		md := &found[i]
		if md.form.Date != d || md.form.Status != sim.ModelDayRunning {
			continue
		}
		md.form.fail(lost, now)
		changes = append(changes, md.put())
		keys = append(keys, headKey(sim.BookKey{Experiment: m.Experiment, Model: md.form.Model}))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	items, err := s.get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	heads, err := formsOf[headForm](items)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		if h.form.Job == m.ID && h.form.LeaseDate == d {
			h.form = headOf(h.form.head(book(m.Experiment, h)).RevokeDate(d))
			changes = append(changes, h.put())
		}
	}
	return changes, nil
}

// FinishJob implements [sim.Store].
func (s *Store) FinishJob(ctx context.Context, id string, f sim.Finish) (job sim.Job, err error) {
	if !f.Status.Terminal() {
		return sim.Job{}, sim.Errorf(sim.KindInvalid, "job %s cannot end as %q", id, f.Status)
	}
	err = s.decide(ctx, func(ctx context.Context) error {
		m, err := s.getMeta(ctx, id)
		if err != nil {
			return err
		}
		if !m.form.Status.Terminal() {
			if err := s.finish(ctx, &m, f); err != nil {
				return err
			}
		}
		job, err = s.withPlan(ctx, m.form)
		return err
	})
	return job, err
}

// finish releases what an active job holds and writes its end.
func (s *Store) finish(ctx context.Context, m *meta, f sim.Finish) error {
	changes, err := s.release(ctx, m.form)
	if err != nil {
		return err
	}
	lock, err := getForm[experimentForm](ctx, s, experimentKey(m.form.Experiment))
	if err != nil {
		return err
	}
	if lock.form.ActiveJob == m.form.ID {
		lock.form.ActiveJob = ""
		changes = append(changes, lock.put())
	}
	m.form.Status, m.form.Error, m.form.StopReason, m.form.Lost = f.Status, f.Error, f.StopReason, f.Lost
	m.form.UpdatedAt, m.form.CompletedAt = utc(f.Now), utc(f.Now)
	return s.write(ctx, aJob, append(changes, m.put())...)
}
