package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var noon = time.Date(2025, time.October, 6, 12, 0, 0, 0, time.UTC)

// assigned returns the head of a fresh book that belongs to job1.
func assigned() Head {
	return Head{Book: BookKey{"main", "a"}}.Assign("job1")
}

func claimant(date string) Claimant {
	return Claimant{JobID: "job1", Date: day(date), Holder: "h1", Now: noon, Until: noon.Add(time.Minute)}
}

func TestClaimAndCommit(t *testing.T) {
	h, err := assigned().Claim(claimant("2025-10-06"))
	require.NoError(t, err)
	require.Equal(t, Lease{day("2025-10-06"), "h1", noon.Add(time.Minute)}, h.Lease)
	require.Equal(t, int64(2), h.Fence, "the assignment and the claim")

	closed, err := h.Commit(h.Fence, day("2025-10-06"), usd("10000"))
	require.NoError(t, err)
	require.Equal(t, DayRef{day("2025-10-06"), 0}, closed.Last)
	require.Equal(t, usd("10000"), closed.InitialCash)
	require.Equal(t, Lease{}, closed.Lease)

	h, err = closed.Claim(claimant("2025-10-07"))
	require.NoError(t, err)
	h, err = h.Commit(h.Fence, day("2025-10-07"), usd("5"))
	require.NoError(t, err)
	require.Equal(t, usd("10000"), h.InitialCash, "it is set with the first day only")
}

func TestClaimRefuses(t *testing.T) {
	free := assigned()
	free.Last = DayRef{Date: day("2025-10-03")}
	leased, err := free.Claim(claimant("2025-10-06"))
	require.NoError(t, err)
	for _, c := range []struct {
		name    string
		head    Head
		change  func(*Claimant)
		kind    Kind
		message string
	}{
		{"another job's book", free, func(c *Claimant) { c.JobID = "job0" }, KindFenced, "the book of a in main does not belong to job job0"},
		{"a released book", free.Release("job1"), func(*Claimant) {}, KindFenced, "does not belong to job job1"},
		{"a live lease", leased, func(*Claimant) {}, KindBusy, "the book of a in main is in use for 2025-10-06 until 2025-10-06T12:01:00Z"},
		{"its last instant", leased, func(c *Claimant) { c.Now = noon.Add(time.Minute - 1) }, KindBusy, "is in use"},
		{"another process", leased, func(c *Claimant) { c.Holder = "h2" }, KindBusy, "is in use"},
		{"another try", leased, func(c *Claimant) { c.Try = 1 }, KindBusy, "is in use"},
		{"the only process, twice at once", leased, func(c *Claimant) { c.Exclusive = true }, KindBusy, "is in use"},
		{"a closed date", free, func(c *Claimant) { c.Date = day("2025-10-03") }, KindConflict,
			"2025-10-03 is not after the book's last close, 2025-10-03"},
		{"a gap", free, func(c *Claimant) { c.Date = day("2025-10-02") }, KindConflict,
			"2025-10-02 is not after the book's last close, 2025-10-03"},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := claimant("2025-10-06")
			c.change(&who)
			after, err := c.head.Claim(who)
			requireKind(t, err, c.kind, c.message)
			require.Equal(t, c.head, after)
		})
	}
	for name, change := range map[string]func(*Claimant){
		"an expired lease":         func(c *Claimant) { c.Now = noon.Add(time.Minute) },
		"an earlier only process":  func(c *Claimant) { c.Exclusive, c.Holder = true, "h2" },
		"the only process, again":  func(c *Claimant) { c.Exclusive, c.Try = true, 1 },
		"expired, the same holder": func(c *Claimant) { c.Now, c.Exclusive = noon.Add(time.Hour), true },
	} {
		who := claimant("2025-10-07")
		change(&who)
		after, err := leased.Claim(who)
		require.NoError(t, err, name)
		require.Equal(t, leased.Fence+1, after.Fence)
	}
}

func TestARightThatIsLost(t *testing.T) {
	h, err := assigned().Claim(claimant("2025-10-06"))
	require.NoError(t, err)
	fence, d := h.Fence, day("2025-10-06")
	done, err := h.Commit(fence, d, Dollar)
	require.NoError(t, err)
	given, err := h.Abandon(fence, d)
	require.NoError(t, err)
	late := claimant("2025-10-06")
	late.Now = noon.Add(time.Hour)
	taken, err := h.Claim(late)
	require.NoError(t, err)
	for name, now := range map[string]Head{
		"committed before": done, "given back": given, "taken over": taken, "revoked": h.Revoke(), "lost": h.RevokeDate(d),
		"released": h.Release("job1"), "assigned": h.Assign("job2"), "assigned again": h.Assign("job1"), "rewound": h.Rewind(d, DayRef{}),
	} {
		after, err := now.Commit(fence, d, Dollar)
		requireKind(t, err, KindFenced, "the right to close 2025-10-06 of a in main has been lost")
		require.Equal(t, now, after, name)
		after, err = now.Abandon(fence, d)
		requireKind(t, err, KindFenced, "has been lost")
		require.Equal(t, now, after, name)
	}
	// Neither another date nor "no date" fits a grant.
	_, err = h.Commit(fence, d.AddDays(1), Dollar)
	requireKind(t, err, KindFenced, "the right to close 2025-10-07")
	_, err = given.Commit(fence, 0, Dollar)
	requireKind(t, err, KindFenced, "has been lost")
}

// A trigger that read a book before a commit finds another fence when its turn
// has come, after the end of the job that committed.
func TestAHeadReadBeforeACommitIsStale(t *testing.T) {
	read, err := assigned().Claim(claimant("2025-10-06"))
	require.NoError(t, err)
	committed, err := read.Commit(read.Fence, day("2025-10-06"), Dollar)
	require.NoError(t, err)
	require.Greater(t, committed.Release("job1").Fence, read.Fence)
}

// An expired lease is good until another claim takes the book: the work of the day is
// not lost.
func TestCommitAfterExpiry(t *testing.T) {
	h, err := assigned().Claim(claimant("2025-10-06"))
	require.NoError(t, err)
	_, err = h.Commit(h.Fence, day("2025-10-06"), Dollar)
	require.NoError(t, err) // no clock is asked
}

func TestReleaseAndRevokeDateSpareOthers(t *testing.T) {
	h, err := assigned().Claim(claimant("2025-10-07"))
	require.NoError(t, err)
	require.Equal(t, h, h.Release("job0"), "it belongs to another job")
	require.Equal(t, h, h.RevokeDate(day("2025-10-06")), "the lease is for another date")
	free := assigned()
	require.Equal(t, free, free.RevokeDate(day("2025-10-06")))
}

func TestBookPlan(t *testing.T) {
	h := Head{Book: BookKey{"main", "a"}, Last: DayRef{Date: day("2025-10-10")}, Fence: 7, InitialCash: Dollar}
	resumed, err := BookPlan{Head: h}.Apply(h, "job2")
	require.NoError(t, err)
	require.Equal(t, Head{Book: h.Book, Job: "job2", Last: h.Last, Fence: 8, InitialCash: Dollar}, resumed)

	rewound, err := BookPlan{Head: h, RewindFrom: day("2025-10-08"), RewindLast: DayRef{Date: day("2025-10-07")}}.Apply(h, "job2")
	require.NoError(t, err)
	require.Equal(t, "job2", rewound.Job)
	require.Equal(t, DayRef{Date: day("2025-10-07")}, rewound.Last)
	require.Equal(t, 1, rewound.Generation)
	require.Equal(t, []Cut{{1, day("2025-10-08")}}, rewound.Cuts)
	require.Greater(t, rewound.Fence, h.Fence)
	require.True(t, rewound.Current(DayRef{day("2025-10-07"), 0}))
	require.False(t, rewound.Current(DayRef{day("2025-10-08"), 0}))
	require.True(t, rewound.Current(DayRef{day("2025-10-08"), 1}))
	require.False(t, rewound.Current(DayRef{day("2025-12-08"), 0}))

	changed, err := BookPlan{Head: h}.Apply(h.Revoke(), "job2")
	requireKind(t, err, KindStale, "the book of a in main has changed since it was read (fence 7, now 8)")
	require.Equal(t, h.Revoke(), changed)
}

// The cuts that a rewind swallows are not missed, and the head that it began
// with keeps its own.
func TestSwallowedCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := day("2025-10-01")
		h := assigned()
		var all []Cut
		for range rapid.IntRange(1, 8).Draw(t, "rewinds") {
			from := first.AddDays(rapid.IntRange(0, 10).Draw(t, "from"))
			before := append([]Cut(nil), h.Cuts...)
			next := h.Rewind(from, DayRef{})
			require.Equal(t, before, append([]Cut(nil), h.Cuts...))
			h = next
			all = append(all, Cut{h.Generation, from})
		}
		for d := first; d <= first.AddDays(10); d = d.AddDays(1) {
			for g := range h.Generation + 1 {
				want := true
				for _, c := range all {
					want = want && (c.Generation <= g || d < c.From)
				}
				require.Equal(t, want, h.Current(DayRef{d, g}))
			}
		}
	})
	require.True(t, DayRef{}.IsZero())
	require.False(t, DayRef{Date: 1}.IsZero())
}

// The form is stored in leases of earlier versions.
func TestEachTryOfAClaimIsAnotherHolder(t *testing.T) {
	first := claimant("2025-10-06")
	third := first
	third.Try = 2
	require.Equal(t, "h1", first.HolderID())
	require.Equal(t, "h1++", third.HolderID())
	stored := assigned()
	stored.Lease = Lease{Date: day("2025-10-06"), Holder: "h1++", Until: noon.Add(time.Minute)}
	first.Exclusive, third.Exclusive = true, true
	_, err := stored.Claim(third)
	requireKind(t, err, KindBusy, "is in use")
	_, err = stored.Claim(first)
	require.NoError(t, err)
}
