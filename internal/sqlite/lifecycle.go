package sqlite

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// RequestCancel implements [sim.Store].
func (s *Store) RequestCancel(ctx context.Context, id string, now time.Time) (sim.Job, error) {
	var job sim.Job
	err := s.write(ctx, func(t *tx) error {
		r, err := getJob(t, id)
		if err != nil {
			return err
		}
		if r.Status.Terminal() {
			return ended(r.Job)
		}
		if !r.CancelRequested {
			r.CancelRequested, r.UpdatedAt = true, now
			if err = releaseBooks(t, r); err == nil {
				err = updateJob(t, r)
			}
		}
		job = r.Job
		return err
	})
	return job, err
}

// releaseBooks takes a job's books away from it.
func releaseBooks(t *tx, r jobRow) error {
	books, err := selectBooks(t, "experiment = ? AND job_id = ?", r.Experiment, r.ID)
	if err != nil {
		return err
	}
	for _, book := range books {
		book.Head = book.Release(r.ID)
		if err := putBook(t, book); err != nil {
			return err
		}
	}
	return nil
}

// Heartbeat implements [sim.Store].
func (s *Store) Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error {
	return s.write(ctx, func(t *tx) error {
		r, err := jobState(t, id)
		if err != nil {
			return err
		}
		if r.Status.Terminal() {
			return ended(r.Job)
		}
		r.Status, r.UpdatedAt = sim.JobRunning, now
		if r.StartedAt.IsZero() {
			r.StartedAt = now
		}
		if err := updateJob(t, r); err != nil {
			return err
		}
		return addWarnings(t, r.key, warnings)
	})
}

// addWarnings adds to the warnings of a job, if there are any to add.
func addWarnings(t *tx, job int64, warnings []string) error {
	if len(warnings) == 0 {
		return nil
	}
	var all []string
	if _, err := t.row("SELECT warnings FROM jobs WHERE job = ?", []any{job}, jsonColumn{&all}); err != nil {
		return err
	}
	return t.exec("UPDATE jobs SET warnings = ? WHERE job = ?", jsonColumn{sim.AddWarnings(all, warnings...)}, job)
}

// CloseDate implements [sim.Store].
func (s *Store) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		r, err := jobState(t, id)
		if err != nil || r.Status.Terminal() || d <= r.ClosedThrough {
			return err
		}
		running, err := runningModelDays(t, r.key, id, d)
		if err != nil {
			return err
		}
		for _, md := range running {
			if err := revokeLost(t, sim.BookKey{Experiment: r.Experiment, Model: md.Model}, id, d); err != nil {
				return err
			}
		}
		if err := failLost(t, r.key, running, lost, now); err != nil {
			return err
		}
		r.ClosedThrough, r.UpdatedAt = d, now
		return updateJob(t, r)
	})
}

// revokeLost ends the lease of a lost model-day, if its job still has the book.
func revokeLost(t *tx, key sim.BookKey, jobID string, d sim.Date) error {
	book, err := t.book(key)
	if err != nil || book.Job != jobID {
		return err
	}
	book.Head = book.RevokeDate(d)
	return putBook(t, book)
}

// failLost marks model-days as failed that nobody will close any more.
func failLost(t *tx, job int64, running []modelDayRow, lost string, now time.Time) error {
	for _, md := range running {
		md.Status, md.Error, md.CompletedAt, md.fence = sim.ModelDayFailed, lost, now, 0
		if err := putModelDay(t, job, md); err != nil {
			return err
		}
	}
	return nil
}

// FinishJob implements [sim.Store].
func (s *Store) FinishJob(ctx context.Context, id string, f sim.Finish) (sim.Job, error) {
	if !f.Status.Terminal() {
		return sim.Job{}, sim.Errorf(sim.KindInvalid, "job %s cannot end as %q", id, f.Status)
	}
	var job sim.Job
	err := s.write(ctx, func(t *tx) error {
		r, err := getJob(t, id)
		if err == nil && !r.Status.Terminal() {
			r.Status, r.Error, r.StopReason, r.UpdatedAt, r.CompletedAt = f.Status, f.Error, f.StopReason, f.Now, f.Now
			err = finish(t, r, f)
		}
		job = r.Job
		return err
	})
	return job, err
}

// finish releases what an active job holds and writes its end.
func finish(t *tx, r jobRow, f sim.Finish) error {
	if err := releaseBooks(t, r); err != nil {
		return err
	}
	running, err := runningModelDays(t, r.key, r.ID, 0)
	if err != nil {
		return err
	}
	if err := failLost(t, r.key, running, f.Lost, f.Now); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM locks WHERE job = ?", r.key); err != nil {
		return err
	}
	return updateJob(t, r)
}
