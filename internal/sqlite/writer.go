package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"aitrader/internal/sim"
)

// maxBatch bounds the operations of one transaction, and with it the wait of the first.
const maxBatch = 256

// operation is one caller's write. Its answer comes after the commit.
type operation struct {
	run    func(*tx) error
	answer chan error
}

// writer is the only goroutine that writes, with the only connection that does.
type writer struct {
	conn  *sql.Conn
	name  string          // among the writers of the file
	check func(*tx) error // of the files, before and after each transaction
	queue chan operation
	quit  chan struct{}
	done  chan struct{}
	stop  sync.Once
}

func startWriter(conn *sql.Conn, check func(*tx) error) *writer {
	w := &writer{
		conn:  conn,
		name:  uuid.NewString(),
		check: check,
		queue: make(chan operation),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	go w.loop()
	return w
}

// do runs an operation and returns when it is durable or refused. The context counts
// only until the operation joins a batch: from then on it shares a transaction.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := operation{run: run, answer: make(chan error, 1)}
	select {
	case w.queue <- op:
		return <-op.answer
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return errClosed
	}
}

// close ends the goroutine after the batch that is under way. first is false when it
// has been called before.
func (w *writer) close() (first bool) {
	w.stop.Do(func() {
		first = true
		close(w.quit)
		<-w.done
	})
	return first
}

// closed reports whether close has been called.
func (w *writer) closed() bool {
	select {
	case <-w.quit:
		return true
	default:
		return false
	}
}

func (w *writer) loop() {
	defer close(w.done)
	t := &tx{ctx: context.Background(), conn: w.conn, prepared: map[string]*sql.Stmt{}, unnamed: w.name}
	defer t.forget()
	for {
		select {
		case op := <-w.queue:
			w.write(t, op)
		case <-w.quit:
			return
		}
	}
}

// write runs an operation, and with it those that arrive while it runs, in one
// transaction, and answers them. It returns how many they were. What was committed to a
// file that has been taken away meanwhile is not acknowledged.
func (w *writer) write(t *tx, first operation) int {
	batch := []operation{first}
	var results []error
	err := w.check(t)
	if err == nil {
		results, err = t.runBatch(&batch, w.queue)
	}
	if err == nil {
		err = w.check(t)
	}
	if err == nil && t.scrub {
		t.emptyLog()
	}
	for i, op := range batch {
		if err != nil {
			op.answer <- err
			continue
		}
		op.answer <- results[i]
	}
	return len(batch)
}

// runBatch runs operations in one transaction. It returns each operation's own error,
// or the error of the transaction as a whole: then nothing of the batch has been
// written.
//
// An operation that fails after it has written leaves a transaction that must not be
// committed. It is rolled back, and the others run again without that operation. This
// is rare: the domain refuses an operation before it writes.
func (t *tx) runBatch(batch *[]operation, more <-chan operation) ([]error, error) {
	failed := map[int]error{} // after they had written, by index
	for {
		results, spoiler, err := t.transact(batch, failed, more)
		if spoiler < 0 || err == nil {
			return results, err
		}
		failed[spoiler], more = err, nil
	}
}

// transact runs the operations of a batch that have not failed in one transaction.
// Operations that are waiting in more when the batch has run join it: a commit costs as
// much as many operations, and a caller that arrives during one waits for all of it.
// spoiler is the operation that made the transaction fail, -1 if none did.
func (t *tx) transact(batch *[]operation, failed map[int]error, more <-chan operation) (results []error, spoiler int, err error) {
	if err := t.begin(); err != nil {
		return nil, -1, err
	}
	wrote := false
	for i := 0; i < len(*batch); i++ {
		result, known := failed[i]
		if !known {
			t.wrote = false
			result = (*batch)[i].run(t)
			if result != nil && (t.wrote || !errors.As(result, new(*sim.Error))) {
				t.abort()
				return nil, i, result
			}
			wrote = wrote || t.wrote
		}
		results = append(results, result)
		if i+1 == len(*batch) {
			*batch = gather(*batch, more)
		}
	}
	if err := t.commit(wrote); err != nil {
		t.abort()
		return nil, -1, err
	}
	return results, -1, nil
}

// commit commits a transaction. The first one that writes names its writer in the file.
func (t *tx) commit(wrote bool) error {
	name := wrote && t.unnamed != ""
	if name {
		if err := t.exec("INSERT OR IGNORE INTO writers (writer, since) VALUES (?, ?)", t.unnamed, instant(time.Now())); err != nil {
			return err
		}
	}
	err := t.exec("COMMIT")
	if name && err == nil {
		t.unnamed = ""
	}
	return err
}

// begin begins a transaction.
func (t *tx) begin() error {
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := t.refreshRecent(); err != nil {
		t.abort()
		return err
	}
	return nil
}

// gather adds waiting operations to a batch, up to maxBatch.
func gather(batch []operation, more <-chan operation) []operation {
	for len(batch) < maxBatch {
		select {
		case op := <-more:
			batch = append(batch, op)
		default:
			return batch
		}
	}
	return batch
}

// tx runs statements in the writer's transaction, each prepared once.
type tx struct {
	ctx      context.Context // the writer's own
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	wrote    bool   // since the operation began
	scrub    bool   // the log holds a secret that has been deleted
	unnamed  string // the writer's name, while the file does not have it
	recent   recent
}

// abort rolls back a broken transaction. After some errors SQLite has done so itself
// and reports that no transaction is active, which is fine.
func (t *tx) abort() {
	t.forgetRecent()
	_ = t.exec("ROLLBACK")
}

// emptyLog brings the log into the database and cuts it: it holds the pages as they were
// before a deletion. While another connection still reads them, it is left for the end of
// the next batch.
func (t *tx) emptyLog() {
	var busy, frames, moved int
	const wait = "PRAGMA busy_timeout = 100" // milliseconds; readers are short
	if t.exec(wait) != nil {
		return
	}
	err := t.conn.QueryRowContext(t.ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
	t.scrub = err != nil || busy != 0
	_ = t.exec("PRAGMA busy_timeout = " + strconv.FormatInt(lockTimeout.Milliseconds(), 10)) // it cannot fail after the first one
}

// stmt returns the prepared statement of a query. The texts are few: every query of the
// package is a constant, or one of a few for different numbers of rows.
func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s, ok := t.prepared[query]; ok {
		return s, nil
	}
	s, err := t.conn.PrepareContext(t.ctx, query)
	if err != nil {
		return nil, err
	}
	t.prepared[query] = s
	return s, nil
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.execute(query, args)
	return err
}

// insert writes a row and returns its key.
func (t *tx) insert(query string, args ...any) (key int64, err error) {
	done, err := t.execute(query, args)
	if err != nil {
		return 0, err
	}
	return done.LastInsertId()
}

func (t *tx) execute(query string, args []any) (sql.Result, error) {
	t.wrote = true
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(t.ctx, bind(args)...)
}

// row reads the first row into dest; found is false when no row matches.
func (t *tx) row(query string, args []any, dest ...any) (found bool, err error) {
	return firstRow(t, query, args, dest)
}

// rows calls a function with each row.
func (t *tx) rows(query string, args []any, each func(scanner) error) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(t.ctx, bind(args)...)
	if err != nil {
		return err
	}
	return drain(rows, each)
}

// forget closes the prepared statements.
func (t *tx) forget() {
	for _, s := range t.prepared {
		_ = s.Close() // the connection is closed next, with its statements
	}
}
