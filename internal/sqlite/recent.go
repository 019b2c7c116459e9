package sqlite

import "aitrader/internal/sim"

// modelDayAndBook is what a transition of a model-day reads and writes.
type modelDayAndBook struct {
	job    int64
	md     modelDayRow
	book   bookRow
	ledger *sim.Ledger // the closing ledger of book.Last; nil: not read
}

// recent holds the last transition of each book, because a commit follows its claim,
// and the next claim that commit: they find there what they would read. It is valid
// as long as no other connection changes the file, which SQLite's data_version tells,
// and as no write is rolled back.
type recent struct {
	version int64 // of the file, as this connection counts
	books   map[sim.BookKey]modelDayAndBook
}

// maxRecent bounds the number of books that are held.
const maxRecent = 1_000

// refreshRecent empties the cache if another connection may have changed the file. The
// transaction has begun: from here on nothing else writes.
func (t *tx) refreshRecent() error {
	var version int64
	if _, err := t.row("PRAGMA data_version", nil, &version); err != nil {
		return err
	}
	if t.recent.books == nil || version != t.recent.version || len(t.recent.books) > maxRecent {
		t.forgetRecent()
	}
	t.recent.version = version
	return nil
}

func (t *tx) forgetRecent() { t.recent.books = map[sim.BookKey]modelDayAndBook{} }

// modelDayAndBook returns a model-day of a job that must exist, and its book.
func (t *tx) modelDayAndBook(key sim.ModelDayKey, book sim.BookKey) (m modelDayAndBook, err error) {
	m, found := t.recent.books[book]
	if found && m.md.ModelDayKey == key {
		return m, nil
	}
	if !found || m.md.JobID != key.JobID {
		m = modelDayAndBook{}
		if m.job, err = jobKey(t, key.JobID); err != nil {
			return m, err
		}
		if m.book, err = getBook(t, book); err != nil {
			return m, err
		}
	}
	m.md, err = getModelDay(t, m.job, key)
	return m, err
}

// apply writes a transition.
func (m *modelDayAndBook) apply(t *tx, transition sim.Transition) (err error) {
	if transition.Head != nil {
		if transition.Head.Last != m.book.Last {
			m.ledger = nil
		}
		m.book.Head = *transition.Head
		if err := putBook(t, m.book); err != nil {
			return err
		}
	}
	if transition.ModelDay != nil {
		m.md.ModelDayRecord = *transition.ModelDay
		if m.md.key, err = putModelDay(t, m.job, m.md); err != nil {
			return err
		}
	}
	t.keepRecent(*m)
	return nil
}

// keepRecent holds a transition of a book that is stored.
func (t *tx) keepRecent(m modelDayAndBook) {
	if m.book.key != 0 {
		t.recent.books[m.book.Book] = m
	}
}

// closing returns the ledger of the book's last closed day.
func (m modelDayAndBook) closing(t *tx) (sim.Ledger, error) {
	if m.ledger != nil {
		return m.ledger.Clone(), nil
	}
	return closingLedger(t, m.book)
}

// keepClosing keeps the ledger with which the book's last day was closed.
func (m modelDayAndBook) keepClosing(t *tx, l sim.Ledger) {
	ledger := l.Clone()
	m.ledger = &ledger
	t.keepRecent(m)
}
