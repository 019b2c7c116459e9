package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"

	"aitrader/internal/sim"
)

// scanner reads the columns of the current row.
type scanner func(dest ...any) error

// querier reads within one transaction: the writer's, or a snapshot.
type querier interface {
	// row reads the first row into dest; found is false when no row matches.
	row(query string, args []any, dest ...any) (found bool, err error)
	// rows calls a function with each row.
	rows(query string, args []any, each func(scanner) error) error
}

// snapshot is a read transaction: all that it reads is of one moment. It checks the
// context before each query and each row, and does not hand it to the driver or to a
// transaction of database/sql: both start goroutines that wait for its end, which
// takes a third of the time of a short read. So a query that sorts is not interrupted
// before its first row.
type snapshot struct {
	ctx  context.Context
	conn *sql.Conn
}

func (s snapshot) row(query string, args []any, dest ...any) (found bool, err error) {
	return firstRow(s, query, args, dest)
}

func (s snapshot) rows(query string, args []any, each func(scanner) error) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	rows, err := s.conn.QueryContext(context.WithoutCancel(s.ctx), query, bind(args)...)
	if err != nil {
		return err
	}
	return drain(rows, func(scan scanner) error {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		return each(scan)
	})
}

// begin starts the transaction.
func (s snapshot) begin() error {
	_, err := s.conn.ExecContext(context.WithoutCancel(s.ctx), "BEGIN")
	return err
}

// end ends the transaction and returns the connection to the pool, or discards it when
// the transaction may still be open.
func (s snapshot) end() {
	if _, err := s.conn.ExecContext(context.WithoutCancel(s.ctx), "ROLLBACK"); err != nil {
		_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = s.conn.Close() // nothing was written: its error does not matter
}

// errEnough ends the reading of rows early; it is not an error of the query.
var errEnough = errors.New("enough rows")

// firstRow reads the first row of a query, if any.
func firstRow(q querier, query string, args, dest []any) (found bool, err error) {
	err = q.rows(query, args, func(scan scanner) error {
		found = true
		if err := scan(dest...); err != nil {
			return err
		}
		return errEnough
	})
	return found && err == nil, err
}

// drain calls a function with each row and closes the rows.
func drain(rows *sql.Rows, each func(scanner) error) error {
	defer rows.Close()
	scan := func(dest ...any) error { return unreadable(rows.Scan(into(dest)...)) }
	for rows.Next() {
		if err := each(scan); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return rows.Err()
}

// read runs a function on a snapshot.
func (s *Store) read(ctx context.Context, run func(querier) error) error {
	if err := s.Intact(ctx); err != nil {
		return translate(err)
	}
	conn, err := s.readers.Conn(ctx)
	if err != nil && s.writer.closed() {
		return errClosed
	}
	if err != nil {
		return translate(err)
	}
	snap := snapshot{ctx: ctx, conn: conn}
	defer snap.end()
	if err := snap.begin(); err != nil {
		return s.note(translate(err))
	}
	return s.note(translate(run(snap)))
}

// write runs a function in the writer's transaction.
func (s *Store) write(ctx context.Context, run func(*tx) error) error {
	err := s.note(translate(s.writer.do(ctx, run)))
	switch {
	case err == nil:
		s.failed.Store(nil)
	case sim.IsKind(err, sim.KindUnavailable) && errors.As(err, new(*sqlite.Error)):
		s.failed.Store(&err)
	}
	return err
}
