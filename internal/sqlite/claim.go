package sqlite

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// Claim implements [sim.Store].
func (s *Store) Claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	var grant sim.Grant
	err := s.write(ctx, func(t *tx) error {
		m, err := t.modelDayAndBook(c.Key, sim.BookKey{Experiment: c.Experiment, Model: c.Key.Model})
		if err != nil {
			return err
		}
		// A job that has ended or is to be cancelled has no book any more: the head
		// refuses it.
		claimed, transition, err := m.md.Claim(m.book.Head, c)
		if err != nil {
			return err
		}
		if claimed.Done == nil && !claimed.Prev.IsZero() {
			if claimed.Opening, err = m.closing(t); err != nil {
				return err
			}
		}
		grant = claimed
		return m.apply(t, transition)
	})
	if err != nil {
		return sim.Grant{}, err
	}
	return grant, nil
}

// closingLedger reads the ledger of a book's last closed day.
func closingLedger(t *tx, book bookRow) (sim.Ledger, error) {
	found := false
	ledger := sim.NewLedger(0)
	err := t.rows(`SELECT d.closing_cash, ifnull(h.symbol, ''), ifnull(h.quantity, 0)
		FROM days d LEFT JOIN holdings h ON h.md = d.md WHERE d.book = ? AND d.date = ? AND d.generation = ?`,
		[]any{book.key, book.Last.Date, book.Last.Generation}, func(scan scanner) error {
			found = true
			var symbol string // empty for a day without holdings
			var quantity sim.Quantity
			err := scan(&ledger.Cash, &symbol, &quantity)
			if symbol != "" {
				ledger.Holdings[symbol] = quantity
			}
			return err
		})
	if err == nil && !found {
		err = sim.LastDayMissing(book.Book, book.Last)
	}
	return ledger, err
}

// Commit implements [sim.Store].
func (s *Store) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	rows, err := newDayRows(d, transcript)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		m, err := t.modelDayAndBook(g.Key, g.Book)
		if err != nil {
			return err
		}
		transition, err := m.md.Commit(m.book.Head, g, d)
		if err != nil || transition.ModelDay == nil {
			return err
		}
		if err := m.apply(t, transition); err != nil {
			return err
		}
		if err := rows.insert(t, m.md.key, m.book.key); err != nil {
			return err
		}
		m.keepClosing(t, d.Closing)
		return nil
	})
}

// Fail implements [sim.Store].
func (s *Store) Fail(ctx context.Context, g sim.Grant, f sim.Failure, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		m, err := t.modelDayAndBook(g.Key, g.Book)
		if err != nil {
			return err
		}
		transition, err := m.md.Fail(m.book.Head, g, f, now)
		if err != nil {
			return err
		}
		return m.apply(t, transition)
	})
}
