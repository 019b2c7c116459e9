package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTerminal(t *testing.T) {
	for status, want := range map[JobStatus]bool{
		JobPending: false, JobRunning: false, JobCompleted: true, JobPartial: true, JobFailed: true, JobCancelled: true,
	} {
		require.Equal(t, want, status.Terminal(), status)
	}
	for status, want := range map[ModelDayStatus]bool{
		ModelDayPending: false, ModelDayRunning: false, ModelDayCompleted: true, ModelDayFailed: true, ModelDaySkipped: true,
	} {
		require.Equal(t, want, status.Terminal(), status)
	}
}

func TestProgress(t *testing.T) {
	job := Job{Status: JobRunning, Plan: Plan{
		Dates:  TradingDays(day("2025-10-06"), day("2025-10-10")),
		Models: []PlannedSpan{{"a", day("2025-10-06"), day("2025-10-10")}, {"b", day("2025-10-06"), day("2025-10-10")}},
	}}
	rapid.Check(t, func(t *rapid.T) {
		stored, left := map[ModelDayStatus]int{}, job.Plan.Total()
		for _, s := range []ModelDayStatus{ModelDayCompleted, ModelDayFailed, ModelDayRunning, ModelDaySkipped} {
			stored[s] = rapid.IntRange(0, left).Draw(t, string(s))
			left -= stored[s]
		}
		running := NewProgress(job, stored)
		require.Equal(t, Progress{10, stored[ModelDayCompleted], stored[ModelDayFailed], stored[ModelDayRunning], left, stored[ModelDaySkipped]}, running)
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

func TestSettings(t *testing.T) {
	s := Settings{Models: []ModelSpec{{Signature: "a"}, {Signature: "b", Name: "B"}}}
	m, ok := s.Model("b")
	require.True(t, ok)
	require.Equal(t, "B", m.Name)
	m, ok = s.Model("c")
	require.False(t, ok)
	require.Equal(t, ModelSpec{}, m)
	require.Equal(t, 1500*time.Millisecond, Seconds(1.5).Duration())
}

func TestDay(t *testing.T) {
	d := Day{Entries: []Entry{{Kind: EntryDividend}, {Kind: EntrySplit}, {Kind: EntrySell, Symbol: "AAA"}, {Kind: EntryBuy, Symbol: "BBB"}}}
	require.Equal(t, []Entry{{Kind: EntrySell, Symbol: "AAA"}, {Kind: EntryBuy, Symbol: "BBB"}}, d.Fills())
	require.Empty(t, Day{}.Fills())
	require.Equal(t, Usage{5, 7, 9, 11}, Usage{1, 2, 3, 4}.Add(Usage{4, 5, 6, 7}))
}

func TestAddWarnings(t *testing.T) {
	have := []string{"a", "b"}
	require.Equal(t, []string{"a", "b", "c"}, AddWarnings(have[:1:2], "b", "a", "b", "c"))
	require.Equal(t, []string{"a", "b"}, have, "they are not written over")
	require.Nil(t, AddWarnings(nil))
	var many []string
	for i := range 200 {
		many = AddWarnings(many, fmt.Sprint(i))
	}
	require.Len(t, many, 100)
}
