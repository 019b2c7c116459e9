package sqlite

import (
	"context"
	"strings"

	"aitrader/internal/sim"
)

// bookColumns are what bookRow.dest reads.
const bookColumns = `book, experiment, model, job_id, last_date, last_generation, initial_cash, fence,
	lease_date, lease_holder, lease_until, generation, cuts`

// bookRow is a head with its key in the tables; 0 when it is not stored yet.
type bookRow struct {
	key int64
	sim.Head
}

// dest returns the targets of the columns.
func (r *bookRow) dest() []any {
	return []any{
		&r.key, &r.Book.Experiment, &r.Book.Model, &r.Job, &r.Last.Date, &r.Last.Generation, &r.InitialCash, &r.Fence,
		&r.Lease.Date, &r.Lease.Holder, (*instant)(&r.Lease.Until), &r.Generation, jsonColumn{&r.Cuts},
	}
}

// getBook reads a head, an empty one where none is stored.
func getBook(q querier, key sim.BookKey) (bookRow, error) {
	r := bookRow{Head: sim.Head{Book: key}}
	_, err := q.row("SELECT "+bookColumns+" FROM books WHERE experiment = ? AND model = ?",
		[]any{key.Experiment, key.Model}, r.dest()...)
	return r, err
}

// putBook writes a head.
func putBook(t *tx, r bookRow) error {
	state := []any{
		r.Job, r.Last.Date, r.Last.Generation, r.InitialCash, r.Fence,
		r.Lease.Date, r.Lease.Holder, instant(r.Lease.Until), r.Generation, jsonColumn{r.Cuts},
	}
	delete(t.recent.books, r.Book)
	if r.key == 0 { // the next read returns its key
		return t.exec(`INSERT INTO books (experiment, model, job_id, last_date, last_generation, initial_cash, fence,
				lease_date, lease_holder, lease_until, generation, cuts)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, append([]any{r.Book.Experiment, r.Book.Model}, state...)...)
	}
	return t.exec(`UPDATE books SET job_id = ?, last_date = ?, last_generation = ?, initial_cash = ?, fence = ?,
			lease_date = ?, lease_holder = ?, lease_until = ?, generation = ?, cuts = ?
		WHERE book = ?`, append(state, r.key)...)
}

// selectBooks reads the heads that a condition selects.
func selectBooks(q querier, condition string, args ...any) ([]bookRow, error) {
	var out []bookRow
	err := q.rows("SELECT "+bookColumns+" FROM books WHERE "+condition+" ORDER BY experiment, model", args,
		func(scan scanner) error {
			var r bookRow
			if err := scan(r.dest()...); err != nil {
				return err
			}
			out = append(out, r)
			return nil
		})
	return out, err
}

// Heads implements [sim.Store].
func (s *Store) Heads(ctx context.Context, keys []sim.BookKey) ([]sim.Head, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		args = append(args, k.Experiment, k.Model)
	}
	stored := map[sim.BookKey]sim.Head{}
	err := s.read(ctx, func(q querier) error {
		rows, err := selectBooks(q, "(experiment, model) IN (VALUES (?, ?)"+strings.Repeat(", (?, ?)", len(keys)-1)+")", args...)
		for _, r := range rows {
			stored[r.Book] = r.Head
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	heads := make([]sim.Head, len(keys))
	for i, k := range keys {
		heads[i] = stored[k]
		heads[i].Book = k
	}
	return heads, nil
}

// Books implements [sim.Store].
func (s *Store) Books(ctx context.Context, experiment string) ([]sim.Head, error) {
	var heads []sim.Head
	err := s.read(ctx, func(q querier) error {
		rows, err := selectBooks(q, "? IN ('', experiment)", experiment)
		for _, r := range rows {
			heads = append(heads, r.Head)
		}
		return err
	})
	return heads, err
}
