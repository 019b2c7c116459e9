package sqlite

import (
	"context"
	"errors"

	"aitrader/internal/sim"
)

// AddCallback implements [sim.Store].
func (s *Store) AddCallback(ctx context.Context, id string, url sim.CallbackURL) error {
	return s.write(ctx, func(t *tx) error {
		r, err := jobState(t, id)
		if err != nil {
			return err
		}
		if err := r.CheckCallback(); err != nil {
			return err
		}
		return insertCallback(t, r.key, url)
	})
}

// insertCallback stores a callback, unless it is empty or stored already.
func insertCallback(t *tx, job int64, url sim.CallbackURL) error {
	if url == "" {
		return nil
	}
	return erasing(t, "INSERT INTO callbacks (job, url, attempts) VALUES (?, ?, 0) ON CONFLICT DO NOTHING", job, string(url))
}

// Callbacks implements [sim.Store].
func (s *Store) Callbacks(ctx context.Context, id string) (found []sim.Callback, err error) {
	err = s.read(ctx, func(q querier) error {
		return q.rows(`SELECT j.id, c.url, c.attempts, c.next_at FROM callbacks c JOIN jobs j ON j.job = c.job
			WHERE ? IN ('', j.id) ORDER BY j.id, c.url`, []any{id}, func(scan scanner) error {
			var c sim.Callback
			err := scan(&c.JobID, (*string)(&c.URL), &c.Attempts, (*instant)(&c.NextAt))
			found = append(found, c)
			return err
		})
	})
	return found, err
}

// ofCallback selects one row; its parameters are the job's id and the address.
const ofCallback = " WHERE job = (SELECT job FROM jobs WHERE id = ?) AND url = ?"

// DeferCallback implements [sim.Store].
func (s *Store) DeferCallback(ctx context.Context, c sim.Callback) error {
	return s.write(ctx, func(t *tx) error {
		return erasing(t, "UPDATE callbacks SET attempts = ?, next_at = ?"+ofCallback, c.Attempts, instant(c.NextAt), c.JobID, string(c.URL))
	})
}

// DropCallback implements [sim.Store].
func (s *Store) DropCallback(ctx context.Context, c sim.Callback) error {
	return s.write(ctx, func(t *tx) error {
		t.scrub = true
		return erasing(t, "DELETE FROM callbacks"+ofCallback, c.JobID, string(c.URL))
	})
}

// erasing runs a statement and overwrites the rows that it removes: an address is a
// secret and must not stay in the free space of the file. For all statements that
// would be too slow.
func erasing(t *tx, query string, args ...any) error {
	if err := t.exec("PRAGMA secure_delete = ON"); err != nil {
		return err
	}
	return errors.Join(t.exec(query, args...), t.exec("PRAGMA secure_delete = OFF"))
}
