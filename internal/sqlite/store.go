package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"aitrader/internal/sim"
)

// Store is a [sim.Store] and a [sim.Prices] in one SQLite file. It is safe for
// concurrent use, and other processes may have the same file open.
type Store struct {
	path    string
	readers *sql.DB
	writing *sql.DB // holds the writer's one connection
	writer  *writer

	tapes struct {
		sync.Mutex
		last *sim.Tape
	}
}

var (
	_ sim.Store  = (*Store)(nil)
	_ sim.Prices = (*Store)(nil)
)

// Ping reports whether the store can be read.
func (s *Store) Ping(ctx context.Context) error {
	return s.read(ctx, func(q querier) error {
		var version int
		_, err := q.row("SELECT max(version) FROM schema_versions", nil, &version)
		return err
	})
}

// Close waits for the write that is under way and closes the file. A second
// call does nothing.
func (s *Store) Close() error {
	if !s.writer.close() {
		return nil
	}
	return translate(errors.Join(s.writer.conn.Close(), s.readers.Close(), s.writing.Close()))
}
