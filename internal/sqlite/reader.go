package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// scanner reads the columns of the current row.
type scanner func(dest ...any) error

// querier reads within one transaction: the writer's, or a snapshot.
type querier interface {
	// row reads the first row into dest; found is false when there is none.
	row(query string, args []any, dest ...any) (found bool, err error)
	// rows calls a function with each row.
	rows(query string, args []any, each func(scanner) error) error
}

// snapshot is a read transaction: all that it reads is of one moment.
type snapshot struct {
	ctx context.Context
	tx  *sql.Tx
}

func (s snapshot) row(query string, args []any, dest ...any) (found bool, err error) {
	return firstRow(s, query, args, dest)
}

func (s snapshot) rows(query string, args []any, each func(scanner) error) error {
	rows, err := s.tx.QueryContext(s.ctx, query, args...)
	if err != nil {
		return err
	}
	return drain(rows, each)
}

// errEnough ends the reading of rows early, without being an error.
var errEnough = errors.New("enough rows")

// firstRow reads the first row of a query, if there is one.
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
	scan := func(dest ...any) error { return unreadable(rows.Scan(dest...)) }
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
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil && s.writer.closed() {
		return errClosed
	}
	if err != nil {
		return translate(err)
	}
	err = run(snapshot{ctx: ctx, tx: tx})
	// Nothing was written: what the end of the transaction says does not matter.
	_ = tx.Rollback()
	return translate(err)
}

// write runs a function in the writer's transaction.
func (s *Store) write(ctx context.Context, run func(*tx) error) error {
	return translate(s.writer.do(ctx, run))
}
