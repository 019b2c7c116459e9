package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// This file is the book protocol, as pure functions on a book's head. A store
// reads a head, applies one of them and writes the result in one transaction
// with what belongs to it; it adds no rule of its own.
//
// The rules: at most one job may write to a book (Assign). A model-day claims
// the book and gets a fence number (Claim); every later step that takes the
// right away raises the fence, so that only the holder of the newest one can
// close the day (Commit). Nothing is ever deleted: a rewind adds a cut, and a
// day is current when no later generation's cut covers its date.
//
// Why a head that was read before a commit cannot undo it: only the book's job
// commits, a new job is created only after the end of that one, and its end
// raises the fence (Release), which creating a job compares (BookPlan).

// BookKey names a book: the chain of closed days of one model in an experiment.
type BookKey struct {
	Experiment string
	Model      string
}

// DayRef names a closed day of a book. The zero value means "no day".
type DayRef struct {
	Date       Date `json:"date"`
	Generation int  `json:"generation"`
}

// IsZero reports whether there is no day.
func (r DayRef) IsZero() bool { return r.Date.IsZero() }

// Lease is the right of one claim to close one day. It ends when another claim
// takes the book after it has expired, or when the fence rises. The zero value is no
// lease.
type Lease struct {
	Date Date
	// Holder is the [Claimant.HolderID] of the claim that took it.
	Holder string
	Until  time.Time
}

// Cut takes all days of earlier generations from a date on out of a book.
type Cut struct {
	Generation int  `json:"generation"`
	From       Date `json:"from"`
}

// Head is the one mutable item of a book.
type Head struct {
	Book BookKey
	// Job is the only job that may claim the book; "" when none may.
	Job string
	// Last is the last current closed day.
	Last DayRef
	// InitialCash is what the book began with; it is set with its first day.
	InitialCash Money
	// Fence grows with every claim, revocation and rewind.
	Fence int64
	// Lease is held while a model-day runs; zero when the book is free.
	Lease Lease
	// Generation grows with every rewind; new days belong to it.
	Generation int
	// Cuts are in order of generation, and of date: later cuts that start
	// earlier have swallowed earlier ones.
	Cuts []Cut
}

// Current reports whether a closed day belongs to the book as it stands.
func (h Head) Current(r DayRef) bool {
	for _, c := range h.Cuts {
		if c.Generation > r.Generation && c.From <= r.Date {
			return false
		}
	}
	return true
}

// Assign gives the book to a job and revokes any lease on it.
func (h Head) Assign(jobID string) Head {
	h.Job = jobID
	return h.Revoke()
}

// Release takes the book away from a job, if the job still has it.
func (h Head) Release(jobID string) Head {
	if h.Job != jobID {
		return h
	}
	h.Job = ""
	return h.Revoke()
}

// RevokeDate ends the lease for a date, so that a lost model-day can no longer be
// closed. The lease for another date stays: the claim that took it has already
// raised the fence above that of the lost one.
func (h Head) RevokeDate(d Date) Head {
	if h.Lease.Date != d {
		return h
	}
	return h.Revoke()
}

// Revoke ends any lease on the book, so that its holder can no longer write.
func (h Head) Revoke() Head {
	h.Fence++
	h.Lease = Lease{}
	return h
}

// Rewind takes the days from a date on out of the book. The caller names the
// last current day before that date.
func (h Head) Rewind(from Date, last DayRef) Head {
	h.Generation++
	h.Cuts = slices.DeleteFunc(slices.Clone(h.Cuts), func(c Cut) bool { return c.From >= from })
	h.Cuts = append(h.Cuts, Cut{Generation: h.Generation, From: from})
	h.Last = last
	return h.Revoke()
}

// Claimant asks for a lease.
type Claimant struct {
	JobID string
	Date  Date
	// Holder names the process that claims. The name is new with every start, so
	// that a process does not take a lease from before a crash for its own.
	Holder string
	// Try counts the earlier tries of the same claim. A try whose answer was lost
	// may hold the lease, so that the next one counts as another holder: where the
	// process is exclusive, it takes over.
	Try   int
	Now   time.Time
	Until time.Time
	// Exclusive is true where a lock lets only one process execute: leases of other
	// holders are then void at once.
	Exclusive bool
}

// HolderID identifies the holder and the try. It is a stored form: each try after
// the first adds a plus sign to the name, up to three, and later ones their number.
func (c Claimant) HolderID() string {
	if c.Try > 3 {
		return c.Holder + "+" + strconv.Itoa(c.Try)
	}
	return c.Holder + strings.Repeat("+", c.Try)
}

// Claim takes the lease. It fails with kind busy while another lease is live,
// with kind fenced when the book belongs to another job, and with kind conflict
// when the date is not after the last closed day: a gap.
func (h Head) Claim(c Claimant) (Head, error) {
	if h.Job != c.JobID {
		return h, Errorf(KindFenced, "the book of %s in %s does not belong to job %s (any more)", h.Book.Model, h.Book.Experiment, c.JobID)
	}
	if h.leased(c) {
		return h, Errorf(KindBusy, "the book of %s in %s is in use for %s until %s", h.Book.Model, h.Book.Experiment, h.Lease.Date,
			h.Lease.Until.UTC().Format(time.RFC3339))
	}
	if c.Date <= h.Last.Date {
		return h, Errorf(KindConflict, "%s is not after the book's last close, %s", c.Date, h.Last.Date)
	}
	h.Fence++
	h.Lease = Lease{Date: c.Date, Holder: c.HolderID(), Until: c.Until}
	return h, nil
}

// leased reports whether a lease is live for a claimant.
func (h Head) leased(c Claimant) bool {
	if h.Lease.Date.IsZero() || !c.Now.Before(h.Lease.Until) {
		return false
	}
	return !c.Exclusive || h.Lease.Holder == c.HolderID()
}

// Commit closes a day with a fence that must still be the newest. It fails with
// kind fenced otherwise. The clock plays no part: an expired lease is good until
// another claim takes the book.
func (h Head) Commit(fence int64, d Date, initialCash Money) (Head, error) {
	if err := h.holds(fence, d); err != nil {
		return h, err
	}
	if h.Last.IsZero() {
		h.InitialCash = initialCash
	}
	h.Last = DayRef{Date: d, Generation: h.Generation}
	h.Lease = Lease{}
	return h, nil
}

// Abandon gives a lease back without closing the day. It fails with kind fenced
// when the lease is no longer held.
func (h Head) Abandon(fence int64, d Date) (Head, error) {
	if err := h.holds(fence, d); err != nil {
		return h, err
	}
	h.Lease = Lease{}
	return h, nil
}

func (h Head) holds(fence int64, d Date) error {
	if h.Fence != fence || h.Lease.Date != d || d.IsZero() {
		return Errorf(KindFenced, "the right to close %s of %s in %s has been lost", d, h.Book.Model, h.Book.Experiment)
	}
	return nil
}

// BookPlan is what creating a job does to a book.
type BookPlan struct {
	Head Head
	// RewindFrom, if not zero, is the first date that the job runs again; Last
	// is then the last current day before it.
	RewindFrom Date
	RewindLast DayRef
}

// Apply rewinds the stored head as planned and assigns it to the new job. Kind
// stale: it is not the one that the plan was made from.
func (b BookPlan) Apply(stored Head, jobID string) (Head, error) {
	if stored.Fence != b.Head.Fence {
		return stored, Errorf(KindStale, "the book of %s in %s has changed since it was read (fence %d, now %d)",
			stored.Book.Model, stored.Book.Experiment, b.Head.Fence, stored.Fence)
	}
	if !b.RewindFrom.IsZero() {
		stored = stored.Rewind(b.RewindFrom, b.RewindLast)
	}
	return stored.Assign(jobID), nil
}
