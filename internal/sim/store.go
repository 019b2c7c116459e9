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

	// RequestCancel marks an active job by [Job.RequestCancel] and releases its books,
	// which raises their fences: from then on nothing of the job can be claimed or
	// committed. The lock of the experiment stays until FinishJob. The second call
	// changes nothing. Kind conflict: the job has ended.
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

	// Counts returns the number of stored model-days of a job by status, and under
	// [BrokenModelDays] that of those which ended with broken answers, if any.
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
	Fail(ctx context.Context, g Grant, f Failure, now time.Time) error
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
