package sim

import (
	"context"
	"time"
)

// Store keeps jobs and books, as one piece: a transaction of one role touches what
// the others read. It is durable on return, it reads its own writes, and it is safe
// across processes. Every method that writes does so in one transaction: all of it
// is there, or nothing.
//
// Every write can be repeated after a lost answer: its comment says what the second
// call returns. Errors carry a [Kind]; a comment names those that its method adds to
// not_found, unavailable and internal.
//
// Code that uses a store asks for the smallest role that it needs.
type Store interface {
	JobStore
	ModelDayStore
	BookStore
	CallbackStore
	Budgets

	// Ping reports whether the store can be read.
	Ping(ctx context.Context) error

	// Close releases what the store holds. Calls after it fail.
	Close() error
}

// JobStore keeps jobs and the locks of their experiments. What its methods change in
// a job is defined by the methods of [Job].
type JobStore interface {
	// CreateJob stores a new job: the lock of its experiment, the job, its
	// idempotency key, its callback, and for each book of its plan the assignment to
	// the job and the rewind, if any, by [BookPlan.Apply]. The second call with the
	// same job id returns the stored job.
	//
	// Kind conflict: another job of the experiment is active; the error's field
	// "current_job_id" names it. Kind stale: a book has changed since NewJob.Books
	// was read, or the idempotency key is taken; plan again.
	CreateJob(ctx context.Context, n NewJob) (Job, error)

	// JobByIdempotencyKey returns the job that was created with an idempotency key
	// that has not expired. ok is false when there is no such job. Kind
	// idempotency_mismatch: the key belongs to another request.
	JobByIdempotencyKey(ctx context.Context, key IdempotencyKey, now time.Time) (job Job, ok bool, err error)

	// Job returns a job.
	Job(ctx context.Context, id string) (Job, error)

	// JobState returns the state of a job. It is cheaper than Job for a caller that
	// has the plan and the settings, which are long and never change.
	JobState(ctx context.Context, id string) (JobState, error)

	// Jobs returns jobs, newest first, and the cursor of the next page: "" after the
	// last one.
	Jobs(ctx context.Context, f JobFilter) (jobs []Job, next string, err error)

	// ActiveJob returns the job that holds the lock of an experiment; ok is false
	// when no job does.
	ActiveJob(ctx context.Context, experiment string) (job Job, ok bool, err error)

	// RequestCancel marks an active job by [Job.RequestCancel] and releases its
	// books, which raises their fences: from then on nothing of the job can be
	// claimed or committed. The second call changes nothing. Kind conflict: the job
	// has ended.
	RequestCancel(ctx context.Context, id string, now time.Time) (Job, error)

	// Heartbeat marks a job as running by [Job.Heartbeat]. Kind conflict: the job has
	// ended.
	Heartbeat(ctx context.Context, id string, now time.Time, warnings ...string) error

	// CloseDate ends a date of a job by [Job.CloseDate]: the model-days that still
	// run there are lost, and end by [ModelDayRecord.Lose] with the error lost. The
	// second call changes nothing. A job that has ended is left alone.
	CloseDate(ctx context.Context, id string, d Date, lost string, now time.Time) error

	// FinishJob ends a job by [Job.Finish]: its books are released, which raises
	// their fences, its running model-days end by [ModelDayRecord.Lost], and its lock
	// is dropped. A job that has ended is returned as it is.
	FinishJob(ctx context.Context, id string, f Finish) (Job, error)
}

// ModelDayStore keeps the model-days of jobs, and closes days of books.
type ModelDayStore interface {
	// ModelDays returns the stored model-days of a job in order of date and model, a
	// page of them if the filter says so. Pending ones are not stored: they follow
	// from the plan.
	ModelDays(ctx context.Context, id string, f ModelDayFilter) ([]ModelDay, error)

	// Counts returns the number of stored model-days of a job by status.
	Counts(ctx context.Context, id string) (map[ModelDayStatus]int, error)

	// Claim claims a model-day and its book by [ModelDayRecord.Claim]. Grant.Done is
	// set, and nothing granted, when the model-day is over or skipped.
	//
	// Kind busy: try again later. Kind fenced: the book belongs to another job, or
	// the job has ended or is to be cancelled.
	Claim(ctx context.Context, c ClaimRequest) (Grant, error)

	// Commit closes the day that was claimed by [ModelDayRecord.Commit]: the day, the
	// book's head and the model-day. A second commit of the same grant returns nil
	// when the first one was done.
	//
	// Kind fenced: the right has been lost; nothing is written.
	Commit(ctx context.Context, g Grant, d Day, transcript []Message) error

	// Fail gives the lease back and fails the model-day by [ModelDayRecord.Fail]. A
	// second call returns nil when the first one was done.
	//
	// Kind fenced: the right has been lost; nothing is written.
	Fail(ctx context.Context, g Grant, reason string, now time.Time) error
}

// BookStore reads books: their heads, their closed days and the transcripts of those.
type BookStore interface {
	// Heads returns the heads of books, in the order of the keys. A book that has
	// never been written has an empty head with its key and fence 0.
	Heads(ctx context.Context, keys []BookKey) ([]Head, error)

	// Books returns the heads of all books of an experiment, in order of the model;
	// or of all experiments, in order of experiment and model, for "".
	Books(ctx context.Context, experiment string) ([]Head, error)

	// Days returns closed days in order of date and model, with their entries.
	Days(ctx context.Context, f DayFilter) ([]Day, error)

	// Transcript returns the messages of a closed day in their order.
	Transcript(ctx context.Context, book BookKey, ref DayRef) ([]Message, error)
}

// CallbackStore keeps the callbacks of jobs until they are delivered or given up.
type CallbackStore interface {
	// AddCallback adds a callback to an active job. The second call changes nothing.
	// Kind stale: the job has ended.
	AddCallback(ctx context.Context, id string, url CallbackURL) error

	// Callbacks returns the callbacks of a job, or of all jobs for "", that have not
	// been dropped, in order of the job. A job that does not exist has none.
	Callbacks(ctx context.Context, id string) ([]Callback, error)

	// DeferCallback stores how often a callback has failed and when it is due again.
	// One that has been dropped stays dropped.
	DeferCallback(ctx context.Context, c Callback) error

	// DropCallback removes a callback and its address: it has been delivered, or
	// given up. The second call changes nothing.
	DropCallback(ctx context.Context, c Callback) error
}

// NewJob is what CreateJob stores.
type NewJob struct {
	Job Job
	// Books are the heads that the plan was made from, one for each of its
	// models. Their fences must still be the same.
	Books []BookPlan
	// Idempotency is remembered with the job; a zero one is not.
	Idempotency IdempotencyKey
	// Callback, if not empty, is the first callback of the job.
	Callback CallbackURL
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

// IdempotencyKey remembers a request. Key is a hash of the caller and the
// header, Request a hash of the body.
type IdempotencyKey struct {
	Key     string
	Request string
	Expires time.Time
}

// Finish is how a job ends.
type Finish struct {
	Status     JobStatus
	Error      string
	StopReason StopReason
	Lost       string // the error of model-days that were still running
	Now        time.Time
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

// Check refuses a day that is not the one that was granted. It costs no
// query, and keeps a mistake of the caller out of the books for ever.
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

// PriceStore keeps bars, splits and dividends.
type PriceStore interface {
	// PutPrices stores rows. An open-only bar never replaces a full one;
	// otherwise the later import wins, and the older bar is kept as a version.
	// Storing the same again changes nothing, the version included.
	PutPrices(ctx context.Context, set PriceRows, now time.Time) (ImportReport, error)
	// PricesVersion names the state of the prices; "" when there are none.
	PricesVersion(ctx context.Context) (string, error)
	// MarketData returns all prices, of the version that it names.
	MarketData(ctx context.Context) (*MarketData, error)
}

// PriceRows is what a price file holds.
type PriceRows struct {
	Source    string // the name of the file or vendor
	Bars      []SymbolBar
	Splits    []Split
	Dividends []Dividend
	Warnings  []string // for the person who imports
}

// ImportReport says what an import did.
type ImportReport struct {
	Version string `json:"version"`
	Added   int    `json:"added"`
	// Unchanged counts rows that were there already, open-only ones for which a
	// full one is there included.
	Unchanged int `json:"unchanged"`
	// Completed counts open-only bars that became full.
	Completed int `json:"completed"`
	// Revised lists bars that were different before.
	Revised []Revision `json:"revised"`
}

// Revision is a bar that a later import changed.
type Revision struct {
	Symbol string
	Date   Date
	Old    Bar
	New    Bar
}
