package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"aitrader/internal/sim"
)

// maxBatch bounds how many operations share one transaction, so that the first
// of them does not wait for ever.
const maxBatch = 256

const (
	// lullTime is how long nothing has come to be written when a checkpoint is made.
	lullTime = 10 * time.Millisecond
	// minCheckpoint is how many operations make one worth while.
	minCheckpoint = 64
)

// operation is one caller's write. Its answer comes after the commit.
type operation struct {
	run    func(*tx) error
	answer chan error
}

// writer is the one goroutine that writes, with the one connection that does.
type writer struct {
	conn  *sql.Conn
	check func() error // of the file, before each transaction
	queue chan operation
	quit  chan struct{}
	done  chan struct{}
	stop  sync.Once
}

func startWriter(conn *sql.Conn, check func() error) *writer {
	w := &writer{conn: conn, check: check, queue: make(chan operation), quit: make(chan struct{}), done: make(chan struct{})}
	go w.loop()
	return w
}

// do runs an operation and returns when it is durable or refused. The context
// counts only until the operation has been taken: from then on it shares a
// transaction with others.
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

// close ends the goroutine after the batch that is under way. first is false
// when that has been done before.
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
	t := &tx{ctx: context.Background(), conn: w.conn, prepared: map[string]*sql.Stmt{}}
	defer t.forget()
	lull := time.NewTimer(lullTime)
	defer lull.Stop()
	unchecked := 0 // operations since the last checkpoint
	for {
		select {
		case op := <-w.queue:
			unchecked += w.write(t, op)
			lull.Reset(lullTime)
		case <-lull.C:
			if unchecked >= minCheckpoint {
				t.checkpoint()
				unchecked = 0
			}
		case <-w.quit:
			return
		}
	}
}

// checkpoint copies what is in the log to its place in the file, so that the log
// begins anew: a log that grows takes twice as long to sync. SQLite does it by
// itself, but later, and while somebody waits for a commit. Where it fails, as
// SQLite's own may, nothing is lost: the log stays, and the next one takes it all.
//
// The first write after a whole one begins the log anew and syncs twice. A write of
// nothing does that now, while nobody waits: user_version means nothing here.
func (t *tx) checkpoint() {
	var busy, logged, copied int // pages
	_, err := t.row("PRAGMA wal_checkpoint(PASSIVE)", nil, &busy, &logged, &copied)
	if err == nil && busy == 0 && copied == logged {
		_ = t.exec("PRAGMA user_version = 0")
	}
}

// write runs an operation, and with it those that come while it runs, in one
// transaction, and answers them. It returns how many they were.
func (w *writer) write(t *tx, first operation) int {
	batch := []operation{first}
	var results []error
	err := w.check()
	if err == nil {
		results, err = t.runBatch(&batch, w.queue)
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

// runBatch returns each operation's own error, or the error of the transaction
// as a whole: then nothing of the batch has been written. Most batches hold no
// operation that is refused after it has written something, so that is only
// found out, and the batch then run again with a savepoint around each
// operation.
func (t *tx) runBatch(batch *[]operation, more <-chan operation) ([]error, error) {
	results, err := t.transact(batch, more, t.trusting)
	if errors.Is(err, errHalfWritten) {
		results, err = t.transact(batch, nil, t.isolated)
	}
	return results, err
}

// errHalfWritten says that an operation may have left something behind.
var errHalfWritten = errors.New("an operation has failed half-way")

// transact runs operations in one transaction, each in the given way. What more
// has to offer when they have run becomes a part of the batch: a commit costs as
// much as many operations, and who comes during one waits for all of it.
func (t *tx) transact(batch *[]operation, more <-chan operation, way func(run func(*tx) error) (refused, err error)) ([]error, error) {
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	if err := t.refresh(); err != nil {
		t.abort()
		return nil, err
	}
	var results []error
	for i := 0; i < len(*batch); i++ {
		refused, err := way((*batch)[i].run)
		if err != nil {
			t.abort()
			return nil, err
		}
		results = append(results, refused)
		if i+1 == len(*batch) {
			*batch = gather(*batch, more)
		}
	}
	if err := t.exec("COMMIT"); err != nil {
		t.abort()
		return nil, err
	}
	return results, nil
}

// gather adds to a batch what is waiting, as far as there is room.
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
	wrote    bool // something since the operation began
	known    known
}

// trusting runs an operation that is expected to succeed, or to be refused by
// the domain before it writes. After any other error SQLite may have ended the
// transaction by itself, and what follows would be written without one.
func (t *tx) trusting(run func(*tx) error) (refused, err error) {
	t.wrote = false
	refused = run(t)
	if refused != nil && (t.wrote || !errors.As(refused, new(*sim.Error))) {
		return nil, errHalfWritten
	}
	return refused, nil
}

// isolated runs an operation within a savepoint. refused is the operation's own
// error, after which nothing of it remains; err means that the transaction
// itself has broken.
func (t *tx) isolated(run func(*tx) error) (refused, err error) {
	if err := t.exec("SAVEPOINT operation"); err != nil {
		return nil, err
	}
	refused = run(t)
	if refused != nil {
		t.forgetRows()
		if err := t.exec("ROLLBACK TO operation"); err != nil {
			return nil, refused
		}
	}
	return refused, t.exec("RELEASE operation")
}

// abort ends a broken transaction. SQLite has rolled it back by itself after
// some errors; then there is nothing left to do, and it says so.
func (t *tx) abort() {
	t.forgetRows()
	_ = t.exec("ROLLBACK")
}

// stmt returns the prepared statement of a query. The texts are few: every
// query of the package is a constant or grows with a small number of rows.
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

// row reads the first row into dest; found is false when there is none.
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
		_ = s.Close() // the connection is closed next, and its statements with it
	}
}
