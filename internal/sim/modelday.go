package sim

import "time"

// ModelDayStatus is the state of a model-day.
type ModelDayStatus string

// The states of a model-day. The last three are terminal.
const (
	ModelDayPending   ModelDayStatus = "pending"
	ModelDayRunning   ModelDayStatus = "running"
	ModelDayCompleted ModelDayStatus = "completed"
	ModelDayFailed    ModelDayStatus = "failed"
	ModelDaySkipped   ModelDayStatus = "skipped"
)

// BrokenModelDays is the key in the answer of [ModelDayStore].Counts for completed
// model-days that ended with broken answers; no model-day has this status.
const BrokenModelDays ModelDayStatus = "broken"

// Terminal reports whether a model-day in this state is over.
func (s ModelDayStatus) Terminal() bool { return s != ModelDayPending && s != ModelDayRunning }

// ModelDayKey names a model-day.
type ModelDayKey struct {
	JobID string `json:"job_id"`
	Date  Date   `json:"date"`
	Model string `json:"model"`
}

// ModelDay is one model on one date of a job: the unit of work, retry and commit. A
// planned model-day is pending until it is claimed.
type ModelDay struct {
	ModelDayKey
	Status      ModelDayStatus
	Attempt     int // 1 for the first try
	StartedAt   time.Time
	CompletedAt time.Time
	Error       string // "code: text" of a failed or skipped one
	// StopReason says why the session of a completed one ended, and what a fault of the
	// model means for the later dates of a failed one; see [Failure].
	StopReason StopReason
}

// Failure is why a model-day fails.
type Failure struct {
	Error string // "code: text", for users
	// StopReason is [StopFault], [StopUnreachable], [StopNotAsked], or empty for a
	// failure that says nothing about the model's next date.
	StopReason StopReason
}

// ModelDayRecord is a model-day as a store keeps it.
type ModelDayRecord struct {
	ModelDay
	// Fence is that of the grant that runs the model-day or has ended it; 0 when it
	// was ended without a grant: skipped or lost.
	Fence int64
}

// NewModelDayRecord returns a model-day that has never been claimed, which no store
// keeps.
func NewModelDayRecord(key ModelDayKey) ModelDayRecord {
	return ModelDayRecord{ModelDay: ModelDay{ModelDayKey: key, Status: ModelDayPending}}
}

// ClaimRequest is a [Claimant] for a model-day.
type ClaimRequest struct {
	Key        ModelDayKey
	Experiment string
	Claimant   Claimant
}

// Grant is the right to close one model-day.
type Grant struct {
	Key     ModelDayKey
	Book    BookKey
	Fence   int64
	Attempt int
	Started time.Time
	// Generation is the one that the day will belong to.
	Generation int
	// Prev is the book's last closed day, zero at its beginning; Opening is its
	// closing ledger then, and unset at the beginning.
	Prev    DayRef
	Opening Ledger
	// Done is set, and nothing is granted, when the model-day is over.
	Done *ModelDay
}

// Check refuses a day that is not the one that was granted: days never change, so
// that a caller's mistake would stay in the book.
func (g Grant) Check(d Day) error {
	bad := func(what string, got, want any) error {
		return Errorf(KindInternal, "the day to commit for %s on %s has %s %v, and the grant says %v", g.Key.Model, g.Key.Date, what, got, want)
	}
	switch ref := (DayRef{Date: g.Key.Date, Generation: g.Generation}); {
	case g.Done != nil:
		return Errorf(KindInternal, "%s on %s is over; nothing was granted", g.Key.Model, g.Key.Date)
	case d.Book != g.Book:
		return bad("book", d.Book, g.Book)
	case d.Ref != ref:
		return bad("reference", d.Ref, ref)
	case d.Prev != g.Prev:
		return bad("predecessor", d.Prev, g.Prev)
	case d.JobID != g.Key.JobID:
		return bad("job", d.JobID, g.Key.JobID)
	case d.Attempt != g.Attempt:
		return bad("attempt", d.Attempt, g.Attempt)
	case !g.Prev.IsZero() && !d.Opening.Equal(g.Opening):
		return bad("opening ledger", d.Opening, g.Opening)
	}
	return nil
}
