package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// maxStatements bounds the prepared statements of a connection.
const maxStatements = 100

// openReaders opens the pool of readers of a file. Their connections keep the statements
// that they have prepared: preparing one takes as long as many of the reads.
func openReaders(path string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn(path, readerPragmas))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keepingConnector{connector}), nil
}

type keepingConnector struct{ driver.Connector }

// Connect implements [driver.Connector].
func (k keepingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	whole, ok := c.(connection)
	if err != nil || !ok {
		return c, err
	}
	return &keepingConn{connection: whole, kept: map[string]*statement{}}, nil
}

// connection is what the driver's connections implement.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn is a connection that keeps the statements of its queries. Database/sql lets
// one goroutine at a time use it.
type keepingConn struct {
	connection
	kept map[string]*statement // by their text
}

type statement struct {
	driver.StmtQueryContext
	closer driver.Stmt
	busy   bool // its rows are being read
}

// Unwrap returns the driver's connection.
func (c *keepingConn) Unwrap() driver.Conn { return c.connection }

// QueryContext implements [driver.QueryerContext]. A query inside of the same one is not kept.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.connection.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{rows, s}, nil
}

// prepared returns a statement that is free, or nil.
func (c *keepingConn) prepared(ctx context.Context, query string) (*statement, error) {
	if s, ok := c.kept[query]; ok {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(c.kept) >= maxStatements {
		c.forget()
	}
	if len(c.kept) >= maxStatements {
		return nil, nil
	}
	made, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	asks, ok := made.(driver.StmtQueryContext)
	if !ok {
		return nil, made.Close()
	}
	s := &statement{StmtQueryContext: asks, closer: made}
	c.kept[query] = s
	return s, nil
}

// forget closes the statements that are free.
func (c *keepingConn) forget() {
	for query, s := range c.kept {
		if !s.busy {
			_ = s.closer.Close() // it was read to its end, or given up
			delete(c.kept, query)
		}
	}
}

// Close implements [driver.Conn].
func (c *keepingConn) Close() error {
	c.forget()
	return c.connection.Close()
}

// keptRows frees its statement when it is closed.
type keptRows struct {
	driver.Rows
	of *statement
}

// Close implements [driver.Rows].
func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
