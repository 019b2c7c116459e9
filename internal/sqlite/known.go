package sqlite

import "aitrader/internal/sim"

// known are rows that the writer has read or written and will be asked for again,
// so that closing a day takes writes alone. They hold as long as no other
// connection changes the file, which SQLite's data_version tells, and as no
// transaction is taken back.
type known struct {
	version   int64 // of the file, as this connection counts
	jobs      map[string]int64
	books     map[sim.BookKey]bookRow
	closings  map[sim.BookKey]knownClosing
	modelDays map[sim.ModelDayKey]modelDayRow // those that are running
}

// knownClosing is the ledger with which a day of a book was closed.
type knownClosing struct {
	ref    sim.DayRef
	ledger sim.Ledger
}

// mostKnown bounds the books that are remembered.
const mostKnown = 10_000

// refresh forgets the rows if another connection may have changed them. The
// transaction has begun: from here on nobody else writes.
func (t *tx) refresh() error {
	var version int64
	if _, err := t.row("PRAGMA data_version", nil, &version); err != nil {
		return err
	}
	if t.known.books == nil || version != t.known.version || len(t.known.books) > mostKnown {
		t.forgetRows()
	}
	t.known.version = version
	return nil
}

// forgetRows has every row read again.
func (t *tx) forgetRows() {
	t.known.jobs = map[string]int64{}
	t.known.books = map[sim.BookKey]bookRow{}
	t.known.closings = map[sim.BookKey]knownClosing{}
	t.known.modelDays = map[sim.ModelDayKey]modelDayRow{}
}

// jobKey returns the key of a job that must exist.
func (t *tx) jobKey(id string) (int64, error) {
	if key, found := t.known.jobs[id]; found {
		return key, nil
	}
	key, err := jobKey(t, id)
	if err == nil {
		t.known.jobs[id] = key
	}
	return key, err
}

// book returns a head, an empty one where there is none.
func (t *tx) book(key sim.BookKey) (bookRow, error) {
	if r, found := t.known.books[key]; found {
		return r, nil
	}
	r, err := getBook(t, key)
	if err == nil && r.key != 0 {
		t.known.books[key] = r
	}
	return r, err
}

// modelDay returns a model-day of a job, with key 0 where there is none.
func (t *tx) modelDay(job int64, key sim.ModelDayKey) (modelDayRow, error) {
	if r, found := t.known.modelDays[key]; found {
		return r, nil
	}
	return getModelDay(t, job, key)
}

// knowModelDay remembers a model-day that has been written, while it runs.
func (t *tx) knowModelDay(r modelDayRow) {
	if r.Status == sim.ModelDayRunning {
		t.known.modelDays[r.ModelDayKey] = r
	} else {
		delete(t.known.modelDays, r.ModelDayKey)
	}
}

// closing returns the ledger of a book's last closed day.
func (t *tx) closing(book bookRow) (sim.Ledger, error) {
	if c, found := t.known.closings[book.Book]; found && c.ref == book.Last {
		return c.ledger.Clone(), nil
	}
	return closingLedger(t, book)
}

// knowClosing remembers the ledger with which a book's last day has been closed.
func (t *tx) knowClosing(book bookRow, ledger sim.Ledger) {
	t.known.closings[book.Book] = knownClosing{ref: book.Last, ledger: ledger.Clone()}
}
