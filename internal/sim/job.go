package sim

import (
	"slices"
	"time"
)

// JobStatus is the state of a job.
type JobStatus string

// The states of a job. The last four are terminal.
const (
	JobPending   JobStatus = "pending"   // accepted, not started
	JobRunning   JobStatus = "running"   // its dates are walked
	JobCompleted JobStatus = "completed" // every model-day is completed
	JobPartial   JobStatus = "partial"   // some model-days are completed
	JobFailed    JobStatus = "failed"    // none is, or the job itself broke
	JobCancelled JobStatus = "cancelled" // somebody stopped it
)

// Terminal reports whether a job in this state has ended.
func (s JobStatus) Terminal() bool { return s != JobPending && s != JobRunning }

// Job is dates x models of one experiment. It runs from the settings that it
// stored when it was created, whatever changes meanwhile.
type Job struct {
	ID         string
	Experiment string
	Status     JobStatus
	Plan       Plan
	Settings   Settings
	// RequestHash identifies the request that made the job, so that the same
	// request finds the same job.
	RequestHash string
	// Warnings are for the person who triggered: what was left out when the job was
	// planned, which prices did not come before a date, and why.
	Warnings []string
	// Superseded lists the days that the job's rewind took out of their books.
	Superseded []SupersededDay
	// CancelRequested is set by cancel and looked at by everybody who works.
	CancelRequested bool
	// Error says why a job failed as a whole.
	Error string
	// StopReason is [StopBudget] when a job ended before its last date because
	// nothing was left to spend, and else empty.
	StopReason StopReason
	// ClosedThrough is the last date that was rolled up.
	ClosedThrough Date

	CreatedAt   time.Time
	StartedAt   time.Time // zero until the first date is named
	UpdatedAt   time.Time // the heartbeat
	CompletedAt time.Time // zero until the end
}

// JobState is what those who work on a job look at again and again: the part of it
// that changes as it goes on.
type JobState struct {
	Status          JobStatus
	CancelRequested bool
	ClosedThrough   Date
}

// State returns the job's state.
func (j Job) State() JobState {
	return JobState{Status: j.Status, CancelRequested: j.CancelRequested, ClosedThrough: j.ClosedThrough}
}

// In returns the job in a later state.
func (j Job) In(s JobState) Job {
	j.Status, j.CancelRequested, j.ClosedThrough = s.Status, s.CancelRequested, s.ClosedThrough
	return j
}

// maxWarnings bounds the warnings of a job: a job of years may meet the same
// trouble on each of its dates.
const maxWarnings = 100

// AddWarnings adds warnings to those that are there, each of them once, as long as
// there are not too many.
func AddWarnings(have []string, more ...string) []string {
	for _, w := range more {
		if len(have) < maxWarnings && !slices.Contains(have, w) {
			have = append(have[:len(have):len(have)], w)
		}
	}
	return have
}

// SupersededDay names a closed day that a rewind took out of its book.
type SupersededDay struct {
	Model string `json:"model"`
	Date  Date   `json:"date"`
	JobID string `json:"job_id"`
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
