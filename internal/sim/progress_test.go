package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestProgress(t *testing.T) {
	job := Job{Status: JobRunning, Plan: Plan{
		Dates:  DefaultMarket.Bars(day("2025-10-06"), day("2025-10-10")),
		Models: []PlannedSpan{{"a", day("2025-10-06"), day("2025-10-10")}, {"b", day("2025-10-06"), day("2025-10-10")}},
	}}
	rapid.Check(t, func(t *rapid.T) {
		stored, left := map[ModelDayStatus]int{}, job.Plan.Total()
		for _, s := range []ModelDayStatus{ModelDayCompleted, ModelDayFailed, ModelDayRunning, ModelDaySkipped} {
			stored[s] = rapid.IntRange(0, left).Draw(t, string(s))
			left -= stored[s]
		}
		stored[BrokenModelDays] = rapid.IntRange(0, stored[ModelDayCompleted]).Draw(t, "broken")
		running := NewProgress(job, stored)
		require.Equal(t, Progress{10, stored[ModelDayCompleted], stored[ModelDayFailed], stored[ModelDayRunning], left,
			stored[ModelDaySkipped], stored[BrokenModelDays]}, running)
		ended := job
		ended.Status = JobPartial
		over := NewProgress(ended, stored)
		require.Zero(t, over.Pending)
		require.Equal(t, running.Skipped+running.Pending, over.Skipped)
	})
	for want, p := range map[JobStatus]Progress{
		JobCompleted: {Total: 2, Completed: 2}, JobPartial: {Total: 2, Completed: 1, Skipped: 1}, JobFailed: {Total: 2, Failed: 1, Skipped: 1},
	} {
		require.Equal(t, want, p.FinalStatus())
	}
	require.Equal(t, JobFailed, Progress{}.FinalStatus())
}
