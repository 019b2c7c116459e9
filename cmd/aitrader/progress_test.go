package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

// jobAt is a job of ten model-days that has come to a date.
func jobAt(status, date string, completed int) jobStatus {
	var j jobStatus
	j.Status = status
	j.Progress.Total, j.Progress.Completed = 10, completed
	if date != "" {
		j.Progress.Current = &struct {
			Date  sim.Date `json:"date"`
			Model string   `json:"model"`
		}{Date: sim.MustParseDate(date)}
	}
	return j
}

// A job that goes on at its half has not done that half in this moment.
func TestLinesSayDateAndTimeLeft(t *testing.T) {
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
	var out bytes.Buffer
	b := &bar{out: &out}
	b.close()
	assert.Empty(t, out.String())
}
