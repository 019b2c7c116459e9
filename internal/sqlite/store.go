package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"sync"

	"aitrader/internal/sim"
)

// Store is a [sim.Store] and a [sim.PriceStore] in one SQLite file. It is safe for
// concurrent use, and other processes can have the same file open.
type Store struct {
	path    string
	file    os.FileInfo // of the open file
	readers *sql.DB
	writing *sql.DB // holds the writer's one connection
	writer  *writer

	markets struct {
		sync.Mutex
		last *sim.MarketData
	}
}

var (
	_ sim.Store      = (*Store)(nil)
	_ sim.PriceStore = (*Store)(nil)
)

// Ping reports whether the store can be read, and its file is in place.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.checkFile(); err != nil {
		return err
	}
	return s.read(ctx, func(q querier) error {
		var version int
		_, err := q.row("SELECT max(version) FROM schema_versions", nil, &version)
		return err
	})
}

// checkFile refuses a file that has been removed or replaced: writes to it would be lost
// with this process.
func (s *Store) checkFile() error {
	now, err := os.Stat(s.path)
	if err != nil || !os.SameFile(s.file, now) {
		return foreign(sim.KindUnavailable, "the store's file has been removed or replaced; restart the service", err)
	}
	return nil
}

// Close waits for the write that is under way and closes the file. A second
// call does nothing.
func (s *Store) Close() error {
	if !s.writer.close() {
		return nil
	}
	return translate(errors.Join(s.writer.conn.Close(), s.readers.Close(), s.writing.Close()))
}
