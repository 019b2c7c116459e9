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
	JobRunning   JobStatus = "running"   // its dates are being traded
	JobCompleted JobStatus = "completed" // every model-day is completed
	JobPartial   JobStatus = "partial"   // some model-days are completed
	JobFailed    JobStatus = "failed"    // none is, or the job itself broke
	JobCancelled JobStatus = "cancelled" // stopped by a request
)

// Terminal reports whether a job in this state has ended.
func (s JobStatus) Terminal() bool { return s != JobPending && s != JobRunning }

// Job is dates x models of one experiment. It runs from the settings that were
// stored with it, whatever changes in the configuration meanwhile.
type Job struct {
	ID         string
	Experiment string
	Status     JobStatus
	Plan       Plan
	Settings   Settings
	// RequestHash identifies the request that created the job, so that the same
	// request finds the same job.
	RequestHash string
	// Warnings are for the caller: what was left out when the job was planned, which
	// prices were missing on a date, and why.
	Warnings []string
	// Superseded lists the days that the job's rewind took out of their books.
	Superseded []SupersededDay
	// CancelRequested is set by a cancel; the execution stops at its next look.
	CancelRequested bool
	// Error says why a job failed as a whole.
	Error string
	// StopReason is [StopBudget] when the job ended before its last date because its
	// budget was spent, and empty otherwise.
	StopReason StopReason
	// ClosedThrough is the last closed date.
	ClosedThrough Date

	CreatedAt   time.Time
	StartedAt   time.Time // zero until the first heartbeat
	UpdatedAt   time.Time // the last progress, which is the job's heartbeat
	CompletedAt time.Time // zero until the end
}

// JobState is the part of a job that changes while it runs, and that its execution
// reads at every step.
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

// maxWarnings bounds the warnings of a job: a job of years may have the same problem
// on each of its dates.
const maxWarnings = 100

// AddWarnings appends warnings, each of them once, up to 100 in all.
func AddWarnings(have []string, more ...string) []string {
	for _, w := range more {
		if len(have) < maxWarnings && !slices.Contains(have, w) {
			have = append(slices.Clip(have), w)
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

// NewJob is what [JobStore].CreateJob stores.
type NewJob struct {
	Job Job
	// Books are the heads that the plan was made from, one for each of its
	// models. Their fences must still be the same.
	Books []BookPlan
	// Idempotency, if not zero, is stored with the job.
	Idempotency IdempotencyKey
	// Callback, if not empty, is the first callback of the job.
	Callback CallbackURL
}

// IdempotencyKey ties a request to its job. Key is a hash of the caller and the
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
