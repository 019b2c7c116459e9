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
	modelDays map[jobDate]map[string]modelDayRow // all of a date, by model
}

// knownClosing is the ledger with which a day of a book was closed.
type knownClosing struct {
	ref    sim.DayRef
	ledger sim.Ledger
}

// jobDate is a date of a job.
type jobDate struct {
	job  int64
	date sim.Date
}

// What is remembered at most: books, and dates of jobs.
const (
	mostBooks = 10_000
	mostDates = 16
)

// refresh forgets the rows if another connection may have changed them. The
// transaction has begun: from here on nobody else writes.
func (t *tx) refresh() error {
	var version int64
	if _, err := t.row("PRAGMA data_version", nil, &version); err != nil {
		return err
	}
	if t.known.books == nil || version != t.known.version || len(t.known.books) > mostBooks {
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
	t.known.modelDays = map[jobDate]map[string]modelDayRow{}
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

// modelDay returns a model-day of a job, with key 0 where there is none. The models
// of a date come at the same moment: the first of them has all of the date read.
func (t *tx) modelDay(job int64, key sim.ModelDayKey) (modelDayRow, error) {
	on := jobDate{job, key.Date}
	rows, found := t.known.modelDays[on]
	if !found {
		stored, err := selectModelDays(t, key.JobID, "job = ? AND date = ?", job, key.Date)
		if err != nil {
			return modelDayRow{}, err
		}
		if len(t.known.modelDays) >= mostDates {
			clear(t.known.modelDays)
		}
		rows = make(map[string]modelDayRow, len(stored))
		for _, r := range stored {
			rows[r.Model] = r
		}
		t.known.modelDays[on] = rows
	}
	if r, found := rows[key.Model]; found {
		return r, nil
	}
	return modelDayRow{ModelDayRecord: sim.NewModelDayRecord(key)}, nil
}

// knowModelDay remembers a model-day that has been written.
func (t *tx) knowModelDay(job int64, r modelDayRow) {
	if rows, found := t.known.modelDays[jobDate{job, r.Date}]; found {
		rows[r.Model] = r
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
