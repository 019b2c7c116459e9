package receipt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"aitrader/internal/sim"
)

// Parse reads a receipt. Unknown fields are an error: no hash would cover them.
func Parse(text []byte) (Receipt, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var r Receipt
	if err := d.Decode(&r); err != nil {
		return Receipt{}, sim.Errorf(sim.KindInvalid, "not a receipt: %w", err)
	}
	if d.More() {
		return Receipt{}, sim.Errorf(sim.KindInvalid, "not a receipt: text follows the JSON object")
	}
	if r.Format != Format {
		return Receipt{}, sim.Errorf(sim.KindInvalid, "receipt of format %d: format %d is expected", r.Format, Format)
	}
	return r, nil
}

// Verify folds the entries of every day of a receipt, and computes every hash. It
// returns what differs, in order; none: the receipt is sound.
func Verify(r Receipt) []string {
	var v verifier
	first := r.first()
	for i, b := range r.Books {
		if i > 0 && b.Model <= r.Books[i-1].Model {
			v.differs("%s: the books are not sorted by model, or one appears twice", b.Model)
		}
		if _, ok := r.contestant(b.Model); !ok {
			v.differs("%s: the terms do not name this model", b.Model)
		}
		v.book(r.Terms, b, first)
	}
	if got := r.total(); got != r.Hash {
		v.differs("hash: recorded %s, computed %s", r.Hash, got)
	}
	return v.found
}

func (r Receipt) contestant(model string) (Contestant, bool) {
	for _, c := range r.Terms.Models {
		if c.Signature == model {
			return c, true
		}
	}
	return Contestant{}, false
}

type verifier struct{ found []string }

func (v *verifier) differs(format string, args ...any) {
	v.found = append(v.found, fmt.Sprintf(format, args...))
}

// book checks the days of a book against each other and each in itself.
func (v *verifier) book(terms Terms, b Chain, hash string) {
	for i, d := range b.Days {
		at := fmt.Sprintf("%s %s", b.Model, d.Date)
		if i > 0 {
			v.follows(at, b.Days[i-1], d)
		} else if d.Prev == nil && (d.Opening.Cash != terms.InitialCash || len(d.Opening.Holdings) > 0) {
			v.differs("%s: the first day of the book opens with %s USD and %d holdings instead of the initial cash, %s USD",
				at, d.Opening.Cash, len(d.Opening.Holdings), terms.InitialCash)
		}
		v.folds(at, d)
		if got := d.hash(hash); got != d.Hash {
			v.differs("%s: the hash differs: recorded %s, computed %s", at, d.Hash, got)
		}
		hash = d.Hash // so that the next day is judged on its own
	}
}

// follows checks that a day begins where the previous one ended.
func (v *verifier) follows(at string, before, d Day) {
	if d.Date <= before.Date {
		v.differs("%s: it comes after %s", at, before.Date)
	}
	if d.Prev == nil || *d.Prev != before.Date {
		v.differs("%s: it does not name %s as the previous day of the book", at, before.Date)
	}
	if !d.Opening.Equal(before.Closing) {
		v.differs("%s: it does not open with the closing ledger of %s", at, before.Date)
	}
}

// folds checks that the entries lead from the opening to the closing ledger.
func (v *verifier) folds(at string, d Day) {
	closing, err := sim.Fold(d.Opening, d.Entries)
	switch {
	case err != nil:
		v.differs("%s: the entries do not fold: %s", at, sim.MessageOf(err))
	case !closing.Equal(d.Closing):
		v.differs("%s: the entries lead to %s USD in cash and %v, but the day closes with %s USD and %v",
			at, closing.Cash, closing.Holdings, d.Closing.Cash, d.Closing.Holdings)
	}
}

// Compare returns where two receipts differ: their settings, and the first day of
// each book that does.
func Compare(a, b Receipt) []string {
	if a.Hash == b.Hash {
		return nil
	}
	var v verifier
	if a.first() != b.first() {
		v.differs("terms: the jobs have different settings, dates or models")
	}
	others := map[string]Chain{}
	for _, book := range b.Books {
		others[book.Model] = book
	}
	for _, book := range a.Books {
		other, ok := others[book.Model]
		delete(others, book.Model)
		if !ok {
			v.differs("%s: the second receipt lacks this book", book.Model)
			continue
		}
		v.sameDays(book, other)
	}
	for _, model := range slices.Sorted(maps.Keys(others)) {
		v.differs("%s: the first receipt lacks this book", model)
	}
	return v.found
}

// sameDays reports the first day on which two books differ.
func (v *verifier) sameDays(a, b Chain) {
	for i := range min(len(a.Days), len(b.Days)) {
		if x, y := a.Days[i], b.Days[i]; x.hash("") != y.hash("") {
			v.differs("%s %s: %s", a.Model, x.Date, x.difference(y))
			return
		}
	}
	if len(a.Days) != len(b.Days) {
		v.differs("%s: %d days, but %d in the second receipt", a.Model, len(a.Days), len(b.Days))
	}
}

func (d Day) difference(o Day) string {
	switch {
	case d.Date != o.Date:
		return fmt.Sprintf("the second receipt continues with %s", o.Date)
	case !d.Opening.Equal(o.Opening):
		return "the opening ledgers differ"
	case digest(d.Entries) != digest(o.Entries):
		return "the entries differ"
	case d.Decisions != o.Decisions:
		return "the tool calls or their answers differ"
	}
	return "the stop reasons of the session differ"
}
