package sqlite

import (
	"context"
	"slices"
	"time"
)

// syncLevel says what of a transaction outlives the machine. All of it outlives
// the process.
type syncLevel string

const (
	// onDisk is on the disk when its caller is answered.
	onDisk syncLevel = "FULL"
	// inOrder is on the disk at the latest with the next onDisk. If the power fails
	// before, it is gone with all that came after it.
	inOrder syncLevel = "NORMAL"
)

// write runs a function in the writer's transaction. What it has written is on
// the disk when it returns.
func (s *Store) write(ctx context.Context, run func(*tx) error) error {
	return translate(s.writer.do(ctx, onDisk, run))
}

// mark is write for the marks that an execution leaves on its way: its claims, and
// the dates it has come to. They are not synced, which would take longer than all
// the rest of them: a failure of the power ends the execution too, and the next one
// goes on from what is left, as if this one had stopped a moment sooner.
func (s *Store) mark(ctx context.Context, run func(*tx) error) error {
	return translate(s.writer.do(ctx, inOrder, run))
}

// strictest returns what the most demanding operation of a batch asks for.
func strictest(batch []operation) syncLevel {
	if slices.ContainsFunc(batch, func(op operation) bool { return op.sync == onDisk }) {
		return onDisk
	}
	return inOrder
}

// synchronous sets the level of the next transactions. The statement is not
// prepared: SQLite obeys it already when it reads it.
func (t *tx) synchronous(level syncLevel) error {
	if t.sync == level {
		return nil
	}
	_, err := t.conn.ExecContext(t.ctx, "PRAGMA synchronous = "+string(level))
	if err == nil {
		t.sync = level
	}
	return err
}

const (
	// lullTime is how long nothing has come to be written when a checkpoint is made.
	lullTime = 10 * time.Millisecond
	// minCheckpoint is how many operations make one worth while.
	minCheckpoint = 64
)

// checkpoint copies what is in the log to its place in the file, so that the log
// begins anew: a log that grows takes twice as long to sync. SQLite does it by
// itself, but later, and while somebody waits for a commit. Should it fail here,
// SQLite tries again then, and says so.
func (t *tx) checkpoint() {
	_, _ = t.conn.ExecContext(t.ctx, "PRAGMA wal_checkpoint(PASSIVE)")
}
