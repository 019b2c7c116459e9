package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"aitrader/internal/sim"
)

// Finding is something that is wrong with a store.
type Finding struct {
	Where string `json:"where"` // the file, a table, or a row as people name it
	What  string `json:"what"`
}

// Check reads a whole store and returns what is wrong with it: damaged pages, broken
// references, rows that cannot be read, books whose days do not follow from each other,
// and jobs that contradict their model-days. It folds every day of every book again. The
// store can be in use; like [Open], Check upgrades its schema. Its errors are those of
// Open, except that damage is a finding.
func Check(ctx context.Context, path string) ([]Finding, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, at(path, sim.Translated(sim.KindNotFound, "the file cannot be found", err))
	}
	if info.Size() == 0 {
		return []Finding{{"file", "it is empty"}}, nil
	}
	store, err := Open(ctx, path)
	if sim.IsKind(err, sim.KindDamaged) || sim.IsKind(err, sim.KindInternal) {
		return []Finding{{"file", sim.MessageOf(err) + ": " + causeOf(err)}}, nil
	}
	if err != nil {
		return nil, err
	}
	found, err := store.check(ctx)
	return found, errors.Join(err, store.Close())
}

// Verify is [Check] for an open store. What it finds makes the store answer every call
// with kind damaged.
func (s *Store) Verify(ctx context.Context) ([]Finding, error) {
	found, err := s.check(ctx)
	if err == nil && len(found) > 0 {
		_ = s.note(sim.Errorf(sim.KindDamaged, "the store is damaged: %s: %s; see: aitrader store check", found[0].Where, found[0].What))
	}
	return found, err
}

// causeOf returns the text of the error behind one of ours.
func causeOf(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	return "nothing more is known"
}

// check checks a file on one snapshot, with a connection that has read nothing before.
func (s *Store) check(ctx context.Context) ([]Finding, error) {
	if err := s.Intact(ctx); err != nil {
		return nil, translate(err)
	}
	db, err := sql.Open("sqlite", dsn(s.path, readerPragmas))
	if err != nil {
		return nil, translate(err)
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, translate(errors.Join(err, db.Close()))
	}
	snap := snapshot{ctx: ctx, conn: conn}
	c := &checker{q: interruptible{snap}}
	if err := snap.begin(); err == nil {
		c.all(s.path)
	} else {
		c.failed("file", err)
	}
	snap.end()
	return c.found, translate(errors.Join(c.err, ctx.Err(), db.Close()))
}

// interruptible is a snapshot whose queries end with its context: checking all pages
// takes a while.
type interruptible struct{ snapshot }

func (s interruptible) row(query string, args []any, dest ...any) (found bool, err error) {
	return firstRow(s, query, args, dest)
}

func (s interruptible) rows(query string, args []any, each func(scanner) error) error {
	rows, err := s.conn.QueryContext(s.ctx, query, bind(args)...)
	if err != nil {
		return err
	}
	return drain(rows, each)
}

// checker collects findings.
type checker struct {
	q     querier
	found []Finding
	err   error // why the check could not be made
}

func (c *checker) add(where, format string, args ...any) {
	c.found = append(c.found, Finding{where, fmt.Sprintf(format, args...)})
}

// failed notes an error of reading: damage is a finding, anything else ends the check.
func (c *checker) failed(where string, err error) {
	switch translated := translate(err); {
	case err == nil:
	case sim.IsKind(translated, sim.KindUnavailable):
		c.err = errors.Join(c.err, translated)
	default:
		c.add(where, "%s (%s)", sim.MessageOf(translated), causeOf(translated))
	}
}

func (c *checker) all(path string) {
	c.size(path)
	c.pages()
	c.failed("schema", c.schema())
	c.failed("jobs", c.jobs())
	books, err := selectBooks(c.q, "1")
	c.failed("books", err)
	for _, b := range books {
		name := "book of " + b.Book.Model + " in " + b.Book.Experiment
		c.failed(name, c.book(name, b))
	}
	c.failed("prices", c.prices())
	for _, r := range rules {
		c.failed(r.table, c.rule(r))
	}
	c.failed("reasoning_logs", c.q.rows(`SELECT step, role, content, reasoning, tool_name, tool_call_id, arguments, as_of, timestamp,
		input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost FROM reasoning_logs`, nil, func(scan scanner) error {
		var text string
		var number int64
		var optional *int64
		return scan(&number, &text, &text, &text, &text, &text, &text, new(sim.Date), new(instant), &optional, &optional, &optional,
			&optional, &optional)
	}))
}

// size finds a file that ends within a page: SQLite takes what is missing for zeros.
func (c *checker) size(path string) {
	var page int64
	_, err := c.q.row("PRAGMA page_size", nil, &page)
	c.failed("file", err)
	info, err := os.Stat(path)
	if err == nil && page > 0 && info.Size()%page != 0 {
		c.add("file", "it has %d bytes, which is not a whole number of pages of %d: it has been cut", info.Size(), page)
	}
}

// schema finds tables, indexes and views that are missing.
func (c *checker) schema() error {
	whole, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer func() { _ = whole.Close() }() // it is empty
	whole.SetMaxOpenConns(1)
	ctx := context.Background()
	conn, err := whole.Conn(ctx)
	if err != nil {
		return err
	}
	if err := migrate(ctx, conn, migrations); err != nil {
		return err
	}
	names := func(q querier) (map[string]bool, error) {
		found := map[string]bool{}
		err := q.rows("SELECT type || ' ' || name FROM sqlite_schema", nil, func(scan scanner) error {
			var name string
			err := scan(&name)
			found[name] = true
			return err
		})
		return found, err
	}
	want, err := names(snapshot{ctx: ctx, conn: conn})
	if err != nil {
		return err
	}
	have, err := names(c.q)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if err == nil && !have[name] {
			c.add("schema", "the %s is missing", name)
		}
	}
	return errors.Join(err, conn.Close())
}

// pages lets SQLite check its own structures.
func (c *checker) pages() {
	c.failed("file", c.q.rows("PRAGMA integrity_check", nil, func(scan scanner) error {
		var text string
		err := scan(&text)
		if err == nil && text != "ok" {
			c.add("file", "%s", text)
		}
		return err
	}))
	c.failed("file", c.q.rows("PRAGMA foreign_key_check", nil, func(scan scanner) error {
		var table, parent string
		var row *int64
		var constraint int
		err := scan(&table, &row, &parent, &constraint)
		if err == nil {
			where := table
			if row != nil {
				where = fmt.Sprintf("%s, row %d", table, *row)
			}
			c.add(where, "refers to a row of %s that does not exist", parent)
		}
		return err
	}))
}

// rule is a query for rows that no write of a store can make. Its columns are where and
// what.
type rule struct{ table, query string }

var rules = []rule{
	{"job_details", `SELECT j.id || ', ' || m.model || ' on ' || m.date, 'the model-day is completed and has no closed day'
		FROM job_details m JOIN jobs j USING (job) WHERE m.status = 'completed' AND m.md NOT IN (SELECT md FROM days)`},
	{"days", `SELECT j.id || ', ' || m.model || ' on ' || m.date, 'the day is closed and its model-day is ' || m.status
		FROM days d JOIN job_details m USING (md) JOIN jobs j USING (job) WHERE m.status <> 'completed'`},
	{"days", `SELECT j.id || ', ' || m.model || ' on ' || m.date, 'the day belongs to the book of ' || b.model || ' in ' || b.experiment
		|| ' on ' || d.date FROM days d JOIN job_details m USING (md) JOIN jobs j USING (job) JOIN books b USING (book)
		WHERE d.date <> m.date OR b.model <> m.model OR b.experiment <> j.experiment`},
	{"job_details", `SELECT j.id || ', ' || m.model || ' on ' || m.date, 'the model-day is running and its job has ended'
		FROM job_details m JOIN jobs j USING (job) WHERE m.status = 'running' AND j.status NOT IN ('pending', 'running')`},
	{"locks", `SELECT 'the lock of ' || l.experiment, 'its job ' || j.id || ' of ' || j.experiment || ' is ' || j.status
		FROM locks l JOIN jobs j USING (job) WHERE j.status NOT IN ('pending', 'running') OR j.experiment <> l.experiment`},
	{"jobs", `SELECT j.id, 'the job is ' || j.status || ' and does not hold the lock of its experiment'
		FROM jobs j WHERE j.status IN ('pending', 'running') AND j.job NOT IN (SELECT job FROM locks)`},
	{"books", `SELECT 'book of ' || b.model || ' in ' || b.experiment, 'it is given to job ' || b.job_id || ', which is not active'
		FROM books b WHERE b.job_id <> '' AND b.job_id NOT IN (SELECT id FROM jobs WHERE status IN ('pending', 'running'))`},
	{"positions", `SELECT b.model || ' in ' || b.experiment || ' on ' || d.date, 'its row of no trade states cash of '
		|| printf('%.4f', p.cash_after / 10000.0) || ', and the day closes with ' || printf('%.4f', d.closing_cash / 10000.0)
		FROM positions p JOIN days d USING (md) JOIN books b USING (book)
		WHERE p.action = 'no_trade' AND p.cash_after <> d.closing_cash`},
}

func (c *checker) rule(r rule) error {
	return c.q.rows(r.query, nil, func(scan scanner) error {
		var where, what string
		err := scan(&where, &what)
		if err == nil {
			c.add(where, "%s", what)
		}
		return err
	})
}

// jobs compares each job with its model-days.
func (c *checker) jobs() error {
	var jobs []jobRow
	err := c.q.rows("SELECT "+jobColumns+" FROM jobs", nil, func(scan scanner) error {
		var r jobRow
		err := scan(r.dest()...)
		jobs = append(jobs, r)
		return err
	})
	if err != nil {
		return err
	}
	for _, j := range jobs {
		stored, err := selectModelDays(c.q, j.ID, "job = ?", j.key)
		if err != nil {
			return err
		}
		counts := map[sim.ModelDayStatus]int{}
		for _, md := range stored {
			counts[md.Status]++
		}
		if j.Status == sim.JobCompleted && counts[sim.ModelDayCompleted] < j.Plan.Total() {
			c.add(j.ID, "the job is completed, and %d of its %d model-days are", counts[sim.ModelDayCompleted], j.Plan.Total())
		}
		if j.Status == sim.JobPartial && counts[sim.ModelDayCompleted] == 0 {
			c.add(j.ID, "the job is partial, and none of its model-days is completed")
		}
		if j.Status.Terminal() && j.CompletedAt.IsZero() {
			c.add(j.ID, "the job is %s and has no time of its end", j.Status)
		}
	}
	return nil
}

// book folds each day of a book, superseded ones too, and follows the chain of the
// current ones to the head.
func (c *checker) book(name string, b bookRow) error {
	var rows []dayRow
	err := c.q.rows("SELECT "+dayColumns+dayTables+" WHERE d.book = ? ORDER BY d.date, d.generation", []any{false, b.key},
		func(scan scanner) error {
			var r dayRow
			err := scan(r.dest()...)
			rows = append(rows, r)
			return err
		})
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		if err := fillDays(c.q, rows, false); err != nil {
			return err
		}
	}
	days := map[sim.DayRef]sim.Day{}
	for _, r := range rows {
		days[r.Ref] = r.Day
	}
	last := sim.DayRef{}
	for _, r := range rows {
		where := fmt.Sprintf("%s, %s", name, r.Ref.Date)
		c.day(where, r.Day, days)
		if !b.Current(r.Ref) {
			continue
		}
		if r.Prev != last {
			c.add(where, "the day follows %s, and the current day before it is %s", refText(r.Prev), refText(last))
		}
		if last.IsZero() && r.Opening.Cash != b.InitialCash {
			c.add(where, "the book begins with cash of %s, and its first day with %s", b.InitialCash, r.Opening.Cash)
		}
		last = r.Ref
	}
	if b.Last != last {
		c.add(name, "its last close is %s, and its last current day is %s", refText(b.Last), refText(last))
	}
	return nil
}

// day folds a day and compares its opening ledger with the closing one before it.
func (c *checker) day(where string, d sim.Day, days map[sim.DayRef]sim.Day) {
	prev, found := days[d.Prev]
	switch {
	case d.Prev.IsZero() && len(d.Opening.Holdings) > 0:
		c.add(where, "the first day of a book opens with holdings")
	case d.Prev.IsZero():
	case !found:
		c.add(where, "the day follows %s, which does not exist", refText(d.Prev))
	case d.Prev.Date >= d.Ref.Date:
		c.add(where, "the day follows %s, which is not before it", refText(d.Prev))
	case !d.Opening.Equal(prev.Closing):
		c.add(where, "the day opens with %s, and the day before it closes with %s", ledgerText(d.Opening), ledgerText(prev.Closing))
	}
	folded, err := sim.Fold(d.Opening, d.Entries)
	switch {
	case err != nil:
		c.add(where, "%s", sim.MessageOf(err))
	case !folded.Equal(d.Closing):
		c.add(where, "the day closes with %s, and its entries lead to %s", ledgerText(d.Closing), ledgerText(folded))
	}
}

func refText(r sim.DayRef) string {
	if r.IsZero() {
		return "no day"
	}
	return fmt.Sprintf("%s (generation %d)", r.Date, r.Generation)
}

// ledgerText prints a ledger; fmt prints maps in the order of their keys.
func ledgerText(l sim.Ledger) string { return fmt.Sprintf("cash of %s and %v", l.Cash, l.Holdings) }

// prices checks each bar and corporate action.
func (c *checker) prices() error {
	for _, table := range []string{"prices", "price_versions"} {
		err := c.q.rows("SELECT symbol, date, open, high, low, close, volume, open_only FROM "+table, nil, func(scan scanner) error {
			var s sim.SymbolBar
			err := scan(&s.Symbol, &s.Date, &s.Bar.Open, &s.Bar.High, &s.Bar.Low, &s.Bar.Close, &s.Bar.Volume, &s.Bar.OpenOnly)
			if err != nil {
				return err
			}
			if wrong := s.Bar.Check(); wrong != nil {
				c.add(fmt.Sprintf("%s, %s on %s", table, s.Symbol, s.Date), "%s", sim.MessageOf(wrong))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return c.q.rows(`SELECT symbol, ex_date, numerator > 0 AND denominator > 0 FROM splits
		UNION ALL SELECT symbol, ex_date, amount > 0 FROM dividends`, nil, func(scan scanner) error {
		var symbol string
		var date sim.Date
		var good bool
		err := scan(&symbol, &date, &good)
		if err == nil && !good {
			c.add(fmt.Sprintf("%s on %s", symbol, date), "a split or dividend has a figure that is not positive")
		}
		return err
	})
}
