package sqlite

import (
	"context"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// CreateJob implements [sim.Store].
func (s *Store) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	var stored sim.Job
	err := s.write(ctx, func(t *tx) error {
		r, found, err := findJob(t, n.Job.ID)
		if err != nil || found {
			stored = r.Job
			return err
		}
		if err := checkLock(t, n.Job.Experiment); err != nil {
			return err
		}
		key, err := insertJob(t, n.Job)
		if err != nil {
			return err
		}
		if err := t.exec("INSERT INTO locks (experiment, job) VALUES (?, ?)", n.Job.Experiment, key); err != nil {
			return err
		}
		if err := keepKey(t, n.Idempotency, key, n.Job.CreatedAt); err != nil {
			return err
		}
		if err := insertCallback(t, key, n.Callback); err != nil {
			return err
		}
		for _, plan := range n.Books {
			if err := assignBook(t, plan, n.Job.ID); err != nil {
				return err
			}
		}
		r, err = getJob(t, n.Job.ID)
		stored = r.Job
		return err
	})
	return stored, err
}

// checkLock refuses while a job of the experiment is active.
func checkLock(t *tx, experiment string) error {
	var id string
	held, err := t.row("SELECT j.id FROM locks l JOIN jobs j ON j.job = l.job WHERE l.experiment = ?", []any{experiment}, &id)
	if err != nil || !held {
		return err
	}
	return sim.OtherJobActive(experiment, id)
}

// keepKey stores an idempotency key and deletes the expired ones.
func keepKey(t *tx, k sim.IdempotencyKey, job int64, now time.Time) error {
	if err := t.exec("DELETE FROM idempotency WHERE expires_at < ?", instant(now)); err != nil {
		return err
	}
	if k.Key == "" {
		return nil
	}
	var one int
	found, err := t.row("SELECT 1 FROM idempotency WHERE key = ?", []any{k.Key}, &one)
	if err != nil {
		return err
	}
	if found {
		return sim.KeyTaken()
	}
	return t.exec("INSERT INTO idempotency (key, request, job, expires_at) VALUES (?, ?, ?, ?)",
		k.Key, k.Request, job, instant(k.Expires))
}

// assignBook gives a book to a new job, as its plan says.
func assignBook(t *tx, plan sim.BookPlan, jobID string) error {
	stored, err := getBook(t, plan.Head.Book)
	if err != nil {
		return err
	}
	if stored.Head, err = plan.Apply(stored.Head, jobID); err != nil {
		return err
	}
	return putBook(t, stored)
}

// JobByIdempotencyKey implements [sim.Store].
func (s *Store) JobByIdempotencyKey(ctx context.Context, key sim.IdempotencyKey, now time.Time) (job sim.Job, ok bool, err error) {
	err = s.read(ctx, func(q querier) error {
		var request string
		var r jobRow
		dest := append([]any{&request}, r.dest()...)
		found, err := q.row(`SELECT i.request, j.* FROM idempotency i
			JOIN (SELECT `+jobColumns+` FROM jobs) j ON j.job = i.job
			WHERE i.key = ? AND i.expires_at >= ?`, []any{key.Key, instant(now)}, dest...)
		if err != nil || !found {
			return err
		}
		if request != key.Request {
			return sim.KeyMismatch(r.ID)
		}
		job, ok = r.Job, true
		return nil
	})
	return job, ok, err
}

// Job implements [sim.Store].
func (s *Store) Job(ctx context.Context, id string) (sim.Job, error) {
	var r jobRow
	err := s.read(ctx, func(q querier) (err error) {
		r, err = getJob(q, id)
		return err
	})
	return r.Job, err
}

// JobState implements [sim.Store].
func (s *Store) JobState(ctx context.Context, id string) (sim.JobState, error) {
	var r jobRow
	err := s.read(ctx, func(q querier) (err error) {
		r, err = jobState(q, id)
		return err
	})
	return r.State(), err
}

// ActiveJob implements [sim.Store].
func (s *Store) ActiveJob(ctx context.Context, experiment string) (job sim.Job, ok bool, err error) {
	var r jobRow
	err = s.read(ctx, func(q querier) (err error) {
		ok, err = q.row(`SELECT `+jobColumns+` FROM jobs
			WHERE job = (SELECT job FROM locks WHERE experiment = ?)`, []any{experiment}, r.dest()...)
		return err
	})
	return r.Job, ok, err
}

// Jobs implements [sim.Store].
func (s *Store) Jobs(ctx context.Context, f sim.JobFilter) (jobs []sim.Job, next string, err error) {
	limit := f.PageSize()
	where, args, err := jobConditions(f)
	if err != nil {
		return nil, "", err
	}
	err = s.read(ctx, func(q querier) error {
		query := "SELECT " + jobColumns + " FROM jobs" + where + " ORDER BY created_at DESC, id DESC LIMIT ?"
		return q.rows(query, append(args, limit+1), func(scan scanner) error {
			if len(jobs) == limit {
				next = sim.CursorOf(jobs[limit-1]).String()
				return errEnough
			}
			var r jobRow
			if err := scan(r.dest()...); err != nil {
				return err
			}
			jobs = append(jobs, r.Job)
			return nil
		})
	})
	return jobs, next, err
}

// jobConditions returns the WHERE clause of a filter.
func jobConditions(f sim.JobFilter) (where string, args []any, err error) {
	var terms []string
	if f.Experiment != "" {
		terms, args = append(terms, "experiment = ?"), append(args, f.Experiment)
	}
	if len(f.Statuses) > 0 {
		terms = append(terms, "status IN (?"+strings.Repeat(", ?", len(f.Statuses)-1)+")")
		for _, status := range f.Statuses {
			args = append(args, status)
		}
	}
	if f.After != "" {
		after, err := sim.ParseJobCursor(f.After)
		if err != nil {
			return "", nil, err
		}
		terms, args = append(terms, "(created_at, id) < (?, ?)"), append(args, instant(after.CreatedAt), after.ID)
	}
	if len(terms) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args, nil
}
