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
		next, changed, err := r.RequestCancel(now)
		if err != nil {
			return err
		}
		job = next
		if !changed {
			return nil
		}
		if err := releaseBooks(t, next); err != nil {
			return err
		}
		return updateJob(t, r.key, next)
	})
	return job, err
}

// releaseBooks takes a job's books away from it.
func releaseBooks(t *tx, j sim.Job) error {
	books, err := selectBooks(t, "experiment = ? AND job_id = ?", j.Experiment, j.ID)
	if err != nil {
		return err
	}
	for _, book := range books {
		book.Head = book.Release(j.ID)
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
		if len(warnings) > 0 {
			if _, err := t.row("SELECT warnings FROM jobs WHERE job = ?", []any{r.key}, jsonColumn{&r.Warnings}); err != nil {
				return err
			}
		}
		next, err := r.Heartbeat(now, warnings...)
		if err != nil {
			return err
		}
		if err := updateJob(t, r.key, next); err != nil || len(warnings) == 0 {
			return err
		}
		return t.exec("UPDATE jobs SET warnings = ? WHERE job = ?", jsonColumn{next.Warnings}, r.key)
	})
}

// CloseDate implements [sim.Store].
func (s *Store) CloseDate(ctx context.Context, id string, d sim.Date, lost string, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		r, err := jobState(t, id)
		if err != nil {
			return err
		}
		next, changed := r.CloseDate(d, now)
		if !changed {
			return nil
		}
		running, err := runningModelDays(t, r.key, id, d)
		if err != nil {
			return err
		}
		for _, md := range running {
			book, err := getBook(t, sim.BookKey{Experiment: r.Experiment, Model: md.Model})
			if err != nil {
				return err
			}
			m := modelDayAndBook{job: r.key, md: md, book: book}
			if err := m.apply(t, md.Lose(book.Head, lost, now)); err != nil {
				return err
			}
		}
		return updateJob(t, r.key, next)
	})
}

// FinishJob implements [sim.Store].
func (s *Store) FinishJob(ctx context.Context, id string, f sim.Finish) (sim.Job, error) {
	var job sim.Job
	err := s.write(ctx, func(t *tx) error {
		r, err := getJob(t, id)
		if err != nil {
			return err
		}
		next, changed, err := r.Finish(f)
		if err != nil {
			return err
		}
		job = next
		if !changed {
			return nil
		}
		return finish(t, r.key, next, f)
	})
	return job, err
}

// finish releases what a job held that has ended, its books and the lock of its
// experiment, and writes its end.
func finish(t *tx, key int64, j sim.Job, f sim.Finish) error {
	if err := releaseBooks(t, j); err != nil {
		return err
	}
	running, err := runningModelDays(t, key, j.ID, 0)
	if err != nil {
		return err
	}
	t.forgetRecent() // model-days change here without their books
	for _, md := range running {
		md.ModelDayRecord = md.Lost(f.Lost, f.Now)
		if _, err := putModelDay(t, key, md); err != nil {
			return err
		}
	}
	if err := t.exec("DELETE FROM locks WHERE job = ?", key); err != nil {
		return err
	}
	return updateJob(t, key, j)
}
