package sim

import "time"

// This file is the life of a job and of its model-days, as pure functions: with
// those of book.go they are all the rules of a store. A store reads what a function
// needs, applies it and writes what it returns, in one transaction.

// Heartbeat marks the job as running and moves its heartbeat to now. Warnings join
// those of the job by [AddWarnings]. Kind conflict: the job has ended.
func (j Job) Heartbeat(now time.Time, warnings ...string) (Job, error) {
	if err := j.checkActive(); err != nil {
		return j, err
	}
	j.Status, j.UpdatedAt = JobRunning, now
	if j.StartedAt.IsZero() {
		j.StartedAt = now
	}
	j.Warnings = AddWarnings(j.Warnings, warnings...)
	return j, nil
}

// RequestCancel marks the job; its books are to be released with it. changed is
// false when a cancel was requested before. Kind conflict: the job has ended.
func (j Job) RequestCancel(now time.Time) (next Job, changed bool, err error) {
	if err := j.checkActive(); err != nil || j.CancelRequested {
		return j, false, err
	}
	j.CancelRequested, j.UpdatedAt = true, now
	return j, true, nil
}

// CloseDate records a date as closed; the model-days that still run there are to
// be ended by [ModelDayRecord.Lose]. changed is false when the date is closed
// already or the job has ended.
func (j Job) CloseDate(d Date, now time.Time) (next Job, changed bool) {
	if j.Status.Terminal() || d <= j.ClosedThrough {
		return j, false
	}
	j.ClosedThrough, j.UpdatedAt = d, now
	return j, true
}

// Finish ends the job; its books are to be released, its running model-days to be
// ended by [ModelDayRecord.Lost], and its lock to be dropped. A job that is to be
// cancelled ends as cancelled: the cancel may have come after f was decided, and its
// caller was promised that end. changed is false when the job has ended before. Kind
// invalid_request: the status is not terminal.
func (j Job) Finish(f Finish) (next Job, changed bool, err error) {
	if !f.Status.Terminal() {
		return j, false, Errorf(KindInvalid, "job %s cannot end as %q", j.ID, f.Status)
	}
	if j.Status.Terminal() {
		return j, false, nil
	}
	if j.CancelRequested && f.Status != JobCancelled {
		f.Status, f.Error = JobCancelled, ""
	}
	j.Status, j.Error, j.StopReason = f.Status, f.Error, f.StopReason
	j.UpdatedAt, j.CompletedAt = f.Now, f.Now
	return j, true, nil
}

// checkActive refuses, with kind conflict, what an ended job cannot do.
func (j Job) checkActive() error {
	if !j.Status.Terminal() {
		return nil
	}
	return Errorf(KindConflict, "job %s has ended: it is %s since %s", j.ID, j.Status, j.CompletedAt.UTC().Format(time.RFC3339)).
		With("job_id", j.ID)
}

// CheckCallback refuses a callback, with kind stale, when the job has ended.
func (j Job) CheckCallback() error {
	if j.Status.Terminal() {
		return Errorf(KindStale, "job %s has ended since it was looked at", j.ID)
	}
	return nil
}

// CheckSpending refuses a paid call, with kind fenced, when the job has ended or a
// cancel is requested.
func (j Job) CheckSpending() error {
	if j.Status.Terminal() || j.CancelRequested {
		return Errorf(KindFenced, "job %s has ended or is to be cancelled", j.ID)
	}
	return nil
}

// Transition is what a store writes of a model-day and of the head of its book;
// nil: it stays as it is.
type Transition struct {
	ModelDay *ModelDayRecord
	Head     *Head
}

// beforeLastClose is the code in the error of a skipped model-day.
const beforeLastClose = "before_last_close"

// Claim claims the model-day and its book, whose head is given, by [Head.Claim]. A
// model-day that is over answers itself, in Grant.Done. One whose date is not after
// the book's last close becomes skipped and answers itself too. Otherwise it runs,
// attempt + 1, and the grant lacks only Opening: the closing ledger of Grant.Prev.
//
// Kinds busy and fenced are those of [Head.Claim].
func (r ModelDayRecord) Claim(h Head, c ClaimRequest) (Grant, Transition, error) {
	if r.Status.Terminal() {
		return r.over(), Transition{}, nil
	}
	c.Claimant.JobID, c.Claimant.Date = c.Key.JobID, c.Key.Date
	claimed, err := h.Claim(c.Claimant)
	if IsKind(err, KindConflict) {
		r.Status, r.CompletedAt, r.Fence = ModelDaySkipped, c.Claimant.Now, 0
		r.Error = beforeLastClose + ": " + MessageOf(err)
		return r.over(), Transition{ModelDay: &r}, nil
	}
	if err != nil {
		return Grant{}, Transition{}, err
	}
	r.Status, r.StartedAt, r.Fence = ModelDayRunning, c.Claimant.Now, claimed.Fence
	r.Attempt++
	return Grant{
		Key: r.ModelDayKey, Book: claimed.Book, Fence: claimed.Fence, Attempt: r.Attempt, Started: r.StartedAt,
		Generation: claimed.Generation, Prev: claimed.Last,
	}, Transition{ModelDay: &r, Head: &claimed}, nil
}

// over answers a claim of a model-day that is over.
func (r ModelDayRecord) over() Grant { return Grant{Key: r.ModelDayKey, Done: &r.ModelDay} }

// Commit completes the model-day and closes its day in the book by [Head.Commit].
// The transition is empty when this very grant has done so before.
//
// Kind fenced: the right has been lost. Kind internal: the day is not the one that
// was granted.
func (r ModelDayRecord) Commit(h Head, g Grant, d Day) (Transition, error) {
	if err := g.Check(d); err != nil {
		return Transition{}, err
	}
	if r.endedBy(g, ModelDayCompleted) {
		return Transition{}, nil
	}
	closed, err := h.Commit(g.Fence, g.Key.Date, d.Opening.Cash)
	if err != nil {
		return Transition{}, err
	}
	r.Status, r.CompletedAt, r.StopReason, r.Error = ModelDayCompleted, d.ClosedAt, d.Session.StopReason, ""
	return Transition{ModelDay: &r, Head: &closed}, nil
}

// Fail fails the model-day and gives its lease back by [Head.Abandon]. The
// transition is empty when this very grant has done so before.
//
// Kind fenced: the right has been lost.
func (r ModelDayRecord) Fail(h Head, g Grant, f Failure, now time.Time) (Transition, error) {
	if r.endedBy(g, ModelDayFailed) {
		return Transition{}, nil
	}
	free, err := h.Abandon(g.Fence, g.Key.Date)
	if err != nil {
		return Transition{}, err
	}
	r.Status, r.Error, r.StopReason, r.CompletedAt = ModelDayFailed, f.Error, f.StopReason, now
	return Transition{ModelDay: &r, Head: &free}, nil
}

// endedBy reports whether this very grant has brought the model-day to a status.
func (r ModelDayRecord) endedBy(g Grant, status ModelDayStatus) bool {
	return r.Status == status && r.Fence == g.Fence
}

// Lose is [ModelDayRecord.Lost] with the lease: it is revoked by [Head.RevokeDate]
// where the job still has the book. The transition of a model-day that does not run
// is empty.
func (r ModelDayRecord) Lose(h Head, reason string, now time.Time) Transition {
	if r.Status != ModelDayRunning {
		return Transition{}
	}
	lost := r.Lost(reason, now)
	t := Transition{ModelDay: &lost}
	if h.Job == r.JobID && h.Lease.Date == r.Date {
		revoked := h.RevokeDate(r.Date)
		t.Head = &revoked
	}
	return t
}

// Lost returns the model-day as failed when it runs: nothing will close it any more.
func (r ModelDayRecord) Lost(reason string, now time.Time) ModelDayRecord {
	if r.Status == ModelDayRunning {
		r.Status, r.Error, r.CompletedAt, r.Fence = ModelDayFailed, reason, now, 0
	}
	return r
}
