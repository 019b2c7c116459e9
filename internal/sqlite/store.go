package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"aitrader/internal/sim"
)

// Store is a [sim.Store] and a [sim.PriceStore] in one SQLite file. It is safe for
// concurrent use, and other processes can have the same file open.
type Store struct {
	path    string
	files   openFiles
	readers *sql.DB
	writing *sql.DB // holds the writer's one connection
	writer  *writer
	stamps  stamps // of the files after the last transaction; the writer's

	damage atomic.Pointer[damage] // nil: none is known
	failed atomic.Pointer[error]  // why the last write failed for now; nil: it did not

	markets struct {
		sync.Mutex
		last *sim.MarketData
	}
}

var (
	_ sim.Store      = (*Store)(nil)
	_ sim.PriceStore = (*Store)(nil)
)

// Ping reports whether the store can be read, its files are in place, and it can be
// written again if a write has failed.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.probe(ctx); err != nil {
		return err
	}
	return s.read(ctx, func(q querier) error {
		var version int
		_, err := q.row("SELECT max(version) FROM schema_versions", nil, &version)
		return err
	})
}

// probe writes, if the last write failed for now, and returns why it still fails.
func (s *Store) probe(ctx context.Context) error {
	failed := s.failed.Load()
	if failed == nil {
		return nil
	}
	answer := make(chan error, 1)
	go func() { // the disk may be slow to say that it is full
		answer <- s.write(ctx, func(t *tx) error {
			// As many bytes as a large transcript has: where there is space for less, not much
			// else can be written.
			if err := t.exec("INSERT INTO writers (writer, since) VALUES ('probe', hex(zeroblob(131072)))"); err != nil {
				return err
			}
			return t.exec("DELETE FROM writers WHERE writer = 'probe'")
		})
	}()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return *failed
	}
}

// Close waits for the write that is under way and closes the files. A second call does
// nothing.
func (s *Store) Close() error {
	if !s.writer.close() {
		return nil
	}
	err := s.readers.Close()
	if d := s.damage.Load(); d != nil && d.taken != nil && !s.files.untouchedSince(s.stamps) {
		// The last connection to be closed brings the log that it has open into the
		// database, and another process may have written to that: it stays open until this
		// process ends.
		return translate(err)
	}
	return translate(errors.Join(err, s.writer.conn.Close(), s.writing.Close()))
}
