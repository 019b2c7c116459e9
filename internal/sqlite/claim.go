package sqlite

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// Claim implements [sim.Store].
func (s *Store) Claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	c.Claimant.JobID, c.Claimant.Date = c.Key.JobID, c.Key.Date
	var grant sim.Grant
	err := s.write(ctx, func(t *tx) (err error) {
		grant, err = claim(t, c)
		return err
	})
	return grant, err
}

func claim(t *tx, c sim.ClaimRequest) (sim.Grant, error) {
	job, err := t.jobKey(c.Key.JobID)
	if err != nil {
		return sim.Grant{}, err
	}
	md, err := t.modelDay(job, c.Key)
	if err != nil {
		return sim.Grant{}, err
	}
	if md.Status.Terminal() {
		return doneGrant(md), nil
	}
	// A job that has ended or is to be cancelled has no book any more: the head
	// refuses it.
	book, err := t.book(sim.BookKey{Experiment: c.Experiment, Model: c.Key.Model})
	if err != nil {
		return sim.Grant{}, err
	}
	head, err := book.Claim(c.Claimant)
	if sim.IsKind(err, sim.KindConflict) {
		return skip(t, job, md, err, c.Claimant.Now)
	}
	if err != nil {
		return sim.Grant{}, err
	}
	book.Head = head
	return take(t, job, md, book, c.Claimant.Now)
}

// doneGrant answers a claim of a model-day that is over.
func doneGrant(md modelDayRow) sim.Grant {
	return sim.Grant{Key: md.ModelDayKey, Done: &md.ModelDay}
}

// skip marks a model-day that lies before the book's last close.
func skip(t *tx, job int64, md modelDayRow, gap error, now time.Time) (sim.Grant, error) {
	md.Status, md.CompletedAt, md.fence = sim.ModelDaySkipped, now, 0
	md.Error = "before_last_close: " + sim.MessageOf(gap)
	return doneGrant(md), putModelDay(t, job, md)
}

// take writes a claim that the book has granted.
func take(t *tx, job int64, md modelDayRow, book bookRow, now time.Time) (sim.Grant, error) {
	if err := putBook(t, book); err != nil {
		return sim.Grant{}, err
	}
	md.Status, md.StartedAt, md.fence = sim.ModelDayRunning, now, book.Fence
	md.Attempt++
	if err := putModelDay(t, job, md); err != nil {
		return sim.Grant{}, err
	}
	grant := sim.Grant{
		Key: md.ModelDayKey, Book: book.Book, Fence: book.Fence, Attempt: md.Attempt, Started: now,
		Generation: book.Generation, Prev: book.Last,
	}
	if book.Last.IsZero() {
		return grant, nil
	}
	var err error
	grant.Opening, err = t.closing(book)
	return grant, err
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
		err = sim.Errorf(sim.KindInternal, "the book of %s in %s names a last day, %s, that is not stored", book.Book.Model, book.Book.Experiment, book.Last.Date)
	}
	return ledger, err
}

// held is what a grant's holder finds when it comes back.
type held struct {
	job  int64
	md   modelDayRow
	book bookRow
}

func findHeld(t *tx, g sim.Grant) (h held, err error) {
	if h.job, err = t.jobKey(g.Key.JobID); err != nil {
		return h, err
	}
	if h.md, err = t.modelDay(h.job, g.Key); err != nil {
		return h, err
	}
	h.book, err = t.book(g.Book)
	return h, err
}

// endedBy reports whether this very grant has brought the model-day to a status.
func (h held) endedBy(g sim.Grant, status sim.ModelDayStatus) bool {
	return h.md.Status == status && h.md.fence == g.Fence
}

// Commit implements [sim.Store].
func (s *Store) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	if err := g.Check(d); err != nil {
		return err
	}
	rows, err := newDayRows(d, transcript)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		h, err := findHeld(t, g)
		if err != nil || h.endedBy(g, sim.ModelDayCompleted) {
			return err
		}
		head, err := h.book.Commit(g.Fence, g.Key.Date, d.Opening.Cash)
		if err != nil {
			return err
		}
		h.book.Head = head
		if err := putBook(t, h.book); err != nil {
			return err
		}
		h.md.Status, h.md.CompletedAt, h.md.StopReason = sim.ModelDayCompleted, d.ClosedAt, d.Session.StopReason
		h.md.Error = ""
		if err := putModelDay(t, h.job, h.md); err != nil {
			return err
		}
		if err := rows.insert(t, h.md.key, h.book.key); err != nil {
			return err
		}
		t.knowClosing(h.book, d.Closing)
		return nil
	})
}

// Fail implements [sim.Store].
func (s *Store) Fail(ctx context.Context, g sim.Grant, reason string, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		h, err := findHeld(t, g)
		if err != nil || h.endedBy(g, sim.ModelDayFailed) {
			return err
		}
		head, err := h.book.Abandon(g.Fence, g.Key.Date)
		if err != nil {
			return err
		}
		h.book.Head = head
		if err := putBook(t, h.book); err != nil {
			return err
		}
		h.md.Status, h.md.Error, h.md.CompletedAt = sim.ModelDayFailed, reason, now
		return putModelDay(t, h.job, h.md)
	})
}
