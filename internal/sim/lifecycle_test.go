package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The order in which transitions follow each other is the business of
// TestProtocol; here are their texts and what one of them alone changes.

func activeJob() Job {
	return Job{ID: "job1", Experiment: "main", Status: JobRunning, Warnings: []string{"planned"}, CreatedAt: noon, UpdatedAt: noon}
}

func endedJob() Job {
	j := activeJob()
	j.Status, j.CompletedAt = JobFailed, noon.Add(time.Hour)
	return j
}

func TestAnEndedJobRefusesItsTransitions(t *testing.T) {
	ended, later := endedJob(), noon.Add(2*time.Hour)
	const since = "job job1 has ended: it is failed since 2025-10-06T13:00:00Z"
	after, err := ended.Heartbeat(later, "late")
	requireKind(t, err, KindConflict, since)
	require.Equal(t, ended, after)
	after, changed, err := ended.RequestCancel(later)
	requireKind(t, err, KindConflict, since)
	require.False(t, changed)
	require.Equal(t, ended, after)
	after, changed = ended.CloseDate(day("2025-10-06"), later)
	require.False(t, changed)
	require.Equal(t, ended, after)
	after, changed, err = ended.Finish(Finish{Status: JobCompleted, Now: later})
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, ended, after)
	requireKind(t, ended.CheckCallback(), KindStale, "job job1 has ended since it was looked at")
	requireKind(t, ended.CheckSpending(), KindFenced, "job job1 has ended or is to be cancelled")
}

func TestAnActiveJobMayCallBackAndSpendUntilItIsCancelled(t *testing.T) {
	j := activeJob()
	require.NoError(t, j.CheckCallback())
	require.NoError(t, j.CheckSpending())
	cancelled, changed, err := j.RequestCancel(noon.Add(time.Minute))
	require.NoError(t, err)
	require.True(t, changed)
	require.NoError(t, cancelled.CheckCallback(), "its end is still to come")
	requireKind(t, cancelled.CheckSpending(), KindFenced, "is to be cancelled")
}

func TestAJobEndsOnlyInATerminalStatus(t *testing.T) {
	for _, j := range []Job{activeJob(), endedJob()} {
		for _, status := range []JobStatus{JobPending, JobRunning} {
			after, changed, err := j.Finish(Finish{Status: status, Now: noon})
			requireKind(t, err, KindInvalid, `job job1 cannot end as "`+string(status)+`"`)
			require.False(t, changed)
			require.Equal(t, j, after)
		}
	}
}

// A transition changes its own fields and no other one, and not the job that it
// was given.
func TestATransitionOfAJobChangesOnlyItsOwnFields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := activeJob()
		j.Status = rapid.SampledFrom([]JobStatus{JobPending, JobRunning}).Draw(t, "status")
		j.CancelRequested = rapid.Bool().Draw(t, "cancelled")
		j.ClosedThrough = Date(rapid.IntRange(0, 3).Draw(t, "closed"))
		if j.Status == JobRunning {
			j.StartedAt = noon.Add(time.Second)
		}
		now := noon.Add(time.Duration(rapid.IntRange(1, 9).Draw(t, "now")) * time.Minute)
		given := j

		want := j
		want.Status, want.UpdatedAt, want.Warnings = JobRunning, now, []string{"planned", "late"}
		if j.StartedAt.IsZero() {
			want.StartedAt = now
		}
		got, err := j.Heartbeat(now, "late", "planned")
		require.NoError(t, err)
		require.Equal(t, want, got)

		want = j
		if !j.CancelRequested {
			want.CancelRequested, want.UpdatedAt = true, now
		}
		got, changed, err := j.RequestCancel(now)
		require.NoError(t, err)
		require.Equal(t, !j.CancelRequested, changed)
		require.Equal(t, want, got)

		want = j
		d := Date(rapid.IntRange(1, 4).Draw(t, "date"))
		if d > j.ClosedThrough {
			want.ClosedThrough, want.UpdatedAt = d, now
		}
		got, changed = j.CloseDate(d, now)
		require.Equal(t, d > j.ClosedThrough, changed)
		require.Equal(t, want, got)

		want = j
		want.Status, want.Error, want.StopReason, want.UpdatedAt, want.CompletedAt = JobPartial, "why", StopBudget, now, now
		if j.CancelRequested {
			want.Status, want.Error = JobCancelled, ""
		}
		got, changed, err = j.Finish(Finish{Status: JobPartial, Error: "why", StopReason: StopBudget, Lost: "lost", Now: now})
		require.NoError(t, err)
		require.True(t, changed)
		require.Equal(t, want, got)

		require.Equal(t, given, j)
		require.Equal(t, []string{"planned"}, j.Warnings)
	})
}

// The cancel was accepted after the end was decided, and before it was stored.
func TestAJobThatIsToBeCancelledEndsAsCancelled(t *testing.T) {
	j, _, err := Job{Status: JobRunning}.RequestCancel(noon)
	require.NoError(t, err)
	for status, reason := range map[JobStatus]string{JobCompleted: "", JobPartial: "", JobFailed: "no model-day was completed"} {
		ended, changed, err := j.Finish(Finish{Status: status, Error: reason, Now: noon})
		require.NoError(t, err)
		require.True(t, changed)
		require.Equal(t, JobCancelled, ended.Status)
		require.Empty(t, ended.Error)
	}
	ended, _, err := j.Finish(Finish{Status: JobCancelled, Error: "the execution ended", Now: noon})
	require.NoError(t, err)
	require.Equal(t, "the execution ended", ended.Error)
}

var modelDayKey = ModelDayKey{JobID: "job1", Date: day("2025-10-06"), Model: "a"}

// running returns a claimed model-day, the head of its book and the grant.
func running(t *testing.T) (ModelDayRecord, Head, Grant) {
	t.Helper()
	g, tr, err := NewModelDayRecord(modelDayKey).Claim(assigned(),
		ClaimRequest{Key: modelDayKey, Experiment: "main", Claimant: claimant("2025-10-06")})
	require.NoError(t, err)
	return *tr.ModelDay, *tr.Head, g
}

func TestAClaimGrantsAModelDay(t *testing.T) {
	md, h, g := running(t)
	require.Equal(t, Grant{Key: modelDayKey, Book: h.Book, Fence: 2, Attempt: 1, Started: noon}, g)
	require.Equal(t, ModelDayRecord{Fence: 2,
		ModelDay: ModelDay{ModelDayKey: modelDayKey, Status: ModelDayRunning, Attempt: 1, StartedAt: noon}}, md)
	require.Equal(t, Lease{modelDayKey.Date, "h1", noon.Add(time.Minute)}, h.Lease)

	// The key decides, whatever the claimant says of job and date.
	c := claimant("2025-10-01")
	c.JobID, c.Now = "job7", noon.Add(time.Hour)
	again, tr, err := md.Claim(h, ClaimRequest{Key: modelDayKey, Experiment: "main", Claimant: c})
	require.NoError(t, err)
	require.Equal(t, 2, again.Attempt)
	require.Equal(t, modelDayKey.Date, tr.Head.Lease.Date)
	require.Equal(t, noon.Add(time.Hour), tr.ModelDay.StartedAt)
}

// A model-day that ran and was overtaken by a later date is skipped, and its old
// grant has not ended it.
func TestAModelDayThatWasOvertakenIsSkipped(t *testing.T) {
	md, h, _ := running(t)
	h.Lease, h.Last = Lease{}, DayRef{Date: modelDayKey.Date.AddDays(1)}
	g, tr, err := md.Claim(h, ClaimRequest{Key: modelDayKey, Experiment: "main", Claimant: claimant("2025-10-06")})
	require.NoError(t, err)
	want := md
	want.Status, want.CompletedAt, want.Fence = ModelDaySkipped, noon, 0
	want.Error = "before_last_close: 2025-10-06 is not after the book's last close, 2025-10-07"
	require.Equal(t, Transition{ModelDay: &want}, tr)
	require.Equal(t, Grant{Key: modelDayKey, Done: &want.ModelDay}, g)
}

func TestACommitRefusesADayThatWasNotGranted(t *testing.T) {
	md, h, g := running(t)
	d := Day{Book: h.Book, Ref: DayRef{Date: modelDayKey.Date.AddDays(1)}, JobID: "job1", Attempt: 1, Opening: NewLedger(Dollar)}
	tr, err := md.Commit(h, g, d)
	requireKind(t, err, KindInternal, "has reference")
	require.Zero(t, tr)
}

func TestACommitForgetsTheErrorOfAnEarlierAttempt(t *testing.T) {
	md, h, g := running(t)
	md.Error = "model: no answer"
	d := Day{
		Book: h.Book, Ref: DayRef{Date: modelDayKey.Date}, JobID: "job1", Attempt: 1, Opening: NewLedger(Dollar),
		ClosedAt: noon.Add(time.Minute), Session: Session{StopReason: StopSignal},
	}
	tr, err := md.Commit(h, g, d)
	require.NoError(t, err)
	require.Equal(t, ModelDayRecord{Fence: 2, ModelDay: ModelDay{
		ModelDayKey: modelDayKey, Status: ModelDayCompleted, Attempt: 1, StartedAt: noon, CompletedAt: noon.Add(time.Minute),
		StopReason: StopSignal,
	}}, *tr.ModelDay)
	require.Equal(t, Dollar, tr.Head.InitialCash)
}

func TestALostModelDayLosesItsLeaseOnlyWhereItsJobHasTheBook(t *testing.T) {
	md, h, _ := running(t)
	now := noon.Add(time.Hour)
	want := md
	want.Status, want.Error, want.CompletedAt, want.Fence = ModelDayFailed, "lost: gone", now, 0
	later, other := h, h
	later.Lease.Date = later.Lease.Date.AddDays(1)
	other.Job = "job2"
	for name, c := range map[string]struct {
		head    Head
		revoked bool
	}{
		"its own": {h, true}, "released": {h.Release("job1"), false}, "of another job": {other, false}, "leased for another date": {later, false},
	} {
		tr := md.Lose(c.head, "lost: gone", now)
		require.Equal(t, want, *tr.ModelDay, name)
		require.Equal(t, c.revoked, tr.Head != nil, name)
		if c.revoked {
			require.Equal(t, c.head.Revoke(), *tr.Head, name)
		}
	}
	for _, status := range []ModelDayStatus{ModelDayPending, ModelDayCompleted, ModelDayFailed, ModelDaySkipped} {
		md.Status = status
		require.Zero(t, md.Lose(h, "lost: gone", now), status)
		require.Equal(t, md, md.Lost("lost: gone", now), status)
	}
}

func TestJobCursorsSortAsTheirJobs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func() JobCursor {
			at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
			return CursorOf(Job{CreatedAt: at, ID: rapid.StringMatching(`[a-z0-9~-]{1,8}`).Draw(t, "id")})
		}
		a, b := draw(), draw()
		read, err := ParseJobCursor(a.String())
		require.NoError(t, err)
		require.Equal(t, JobCursor{CreatedAt: a.CreatedAt.UTC(), ID: a.ID}, read)
		require.Equal(t, a.String(), read.String())
		if !a.CreatedAt.Equal(b.CreatedAt) {
			require.Equal(t, a.CreatedAt.Before(b.CreatedAt), a.String() < b.String())
		}
	})
	for _, text := range []string{"", "~", "nonsense", "2025-10-01~j1", "2025-10-01T00:00:00.000000000Z~", "2025-10-01T00:00:00Z~j1"} {
		_, err := ParseJobCursor(text)
		requireKind(t, err, KindInvalid, "is not a place in the list of jobs; use what the answer before gave as next")
	}
}

func TestFiltersHaveBounds(t *testing.T) {
	for limit, want := range map[int]int{-1: 50, 0: 50, 1: 1, 1000: 1000, 1001: 1000} {
		require.Equal(t, want, JobFilter{Limit: limit}.PageSize())
	}
	requireKind(t, DayFilter{Model: "a"}.Check(), KindInvalid, "an experiment or a job is expected to select days")
	require.NoError(t, DayFilter{JobID: "job1"}.Check())
	require.NoError(t, DayFilter{Experiment: "main"}.Check())
}
