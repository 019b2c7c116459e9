package sim

import (
	"strings"
	"time"
)

// JobFilter selects jobs. Zero fields select all.
type JobFilter struct {
	Experiment string
	Statuses   []JobStatus
	Limit      int    // at most 1,000; 0: 50
	After      string // the cursor of the page before: a [JobCursor] as text
}

const (
	defaultJobs = 50
	maxJobs     = 1000
)

// PageSize returns the number of jobs that one answer may have.
func (f JobFilter) PageSize() int {
	if f.Limit <= 0 {
		return defaultJobs
	}
	return min(f.Limit, maxJobs)
}

// JobCursor is a place in the list of jobs: that of one job. The list is in
// descending order of time and id, and so are the texts of its cursors.
type JobCursor struct {
	CreatedAt time.Time
	ID        string
}

// cursorLayout has a fixed width, so that cursors sort as text.
const cursorLayout = "2006-01-02T15:04:05.000000000Z"

// CursorOf returns the place of a job.
func CursorOf(j Job) JobCursor { return JobCursor{CreatedAt: j.CreatedAt, ID: j.ID} }

// String returns the text of the cursor, which [ParseJobCursor] reads.
func (c JobCursor) String() string { return c.CreatedAt.UTC().Format(cursorLayout) + "~" + c.ID }

// ParseJobCursor reads the text of a cursor. Kind invalid_request: it is none.
func ParseJobCursor(text string) (JobCursor, error) {
	created, id, _ := strings.Cut(text, "~")
	at, err := time.Parse(cursorLayout, created)
	if err != nil || id == "" {
		return JobCursor{}, Errorf(KindInvalid, "%q is not a place in the list of jobs; use what the answer before gave as next", text)
	}
	return JobCursor{CreatedAt: at, ID: id}, nil
}

// ModelDayFilter selects a page of a job's model-days.
type ModelDayFilter struct {
	// AfterDate and AfterModel name the last model-day of the page before; a
	// zero date begins with the first.
	AfterDate  Date
	AfterModel string
	// Date, if not zero, is the only date wanted.
	Date  Date
	Limit int // 0: all
	// Failed leaves out all but the failed ones.
	Failed bool
}

// DayFilter selects closed days. Zero fields select all, but one of
// Experiment and JobID must be set.
type DayFilter struct {
	Experiment string
	Model      string
	// JobID selects the days that a job closed, superseded ones too. Without it
	// only current days are returned.
	JobID    string
	From, To Date
	// Limit bounds the number of days; 0: all. Latest counts it from the end.
	Limit  int
	Latest bool
	// BooksOnly leaves Entries, Opening and the session's tool usage out: what
	// an equity curve needs.
	BooksOnly bool
}

// Check refuses, with kind invalid_request, a filter that selects the days of all
// experiments.
func (f DayFilter) Check() error {
	if f.Experiment == "" && f.JobID == "" {
		return Errorf(KindInvalid, "an experiment or a job is expected to select days")
	}
	return nil
}
