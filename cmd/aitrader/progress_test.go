package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// jobAt is a job of ten model-days that has come to a date.
func jobAt(status sim.JobStatus, date string, completed int) api.JobReport {
	j := api.JobReport{Status: status}
	j.Progress.Total, j.Progress.Completed = 10, completed
	if date != "" {
		j.Progress.Current = &api.CurrentModelDay{Date: sim.MustParseDate(date)}
	}
	return j
}

// A job that resumes at its half did not do that half in no time.
func TestLinesSayDateAndTimeLeft(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	clock := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	l := &lines{out: &out, pace: pace{now: func() time.Time { return clock }}}
	l.update(jobAt("pending", "", 5))
	clock = clock.Add(8 * time.Second)
	l.update(jobAt("running", "2025-01-06", 5))
	clock = clock.Add(2 * time.Second)
	l.update(jobAt("running", "2025-01-07", 6))
	l.update(jobAt("running", "2025-01-07", 7))
	l.update(jobAt("completed", "", 10))
	l.close()
	assert.Equal(t, "2025-01-06: 5 of 10 model-days done, unknown time left\n"+
		"2025-01-07: 6 of 10 model-days done, 40s left\n", out.String())
}

func TestABarThatWasNeverDrawnCloses(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := &bar{out: &out}
	b.close()
	assert.Empty(t, out.String())
}
