package storetest

import (
	"fmt"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/sim"
)

var modelTests = []test{
	{"any order of calls does what the reference does", func(h *harness) {
		other := h.again()
		runs := 0
		rapid.Check(h.t, func(t *rapid.T) {
			runs++
			w := &walk{harness: h, t: t, ref: newReference(), experiment: fmt.Sprintf("walk-%d", runs), stores: []sim.Store{h.Store, other.Store}}
			t.Repeat(map[string]func(*rapid.T){
				"create": w.createJob, "claim": w.claimAny, "claim more": w.claimAny, "commit": w.commitAny, "commit more": w.commitAny,
				"fail": w.failAny, "start": w.beatAny, "close": w.closeAny, "finish": w.finishAny, "cancel": w.cancelAny,
				"wait": func(*rapid.T) { w.pass(2 * leaseTime) }, "compare": w.compare,
			})
			w.compare(t)
			w.checkChains()
		})
	}},
}

// walk is a random sequence of calls, done with a store and with the reference.
type walk struct {
	*harness
	t          *rapid.T
	ref        *reference
	experiment string
	stores     []sim.Store // handles on the same data
	jobs       []string    // ids in order of creation
	grants     []sim.Grant // all of them, in order
	taken      []sim.Day   // what was committed for a grant, or would be
}

var walkModels = []string{"a", "b"}

const walkDates = 4

// store picks a handle.
func (w *walk) store() sim.Store { return rapid.SampledFrom(w.stores).Draw(w.t, "handle") }

// agree compares the errors of the store and of the reference.
func (w *walk) agree(got, want error) {
	w.t.Helper()
	require.Equal(w.t, sim.KindOf(want), sim.KindOf(got), "reference: %v, store: %v", want, got)
}

func (w *walk) anyJob() string {
	if len(w.jobs) == 0 {
		w.t.Skip("no job yet")
	}
	// Only the last job can be active.
	if rapid.Bool().Draw(w.t, "last job") {
		return w.jobs[len(w.jobs)-1]
	}
	return rapid.SampledFrom(w.jobs).Draw(w.t, "job")
}

func (w *walk) anyDate() sim.Date { return dates[rapid.IntRange(0, walkDates-1).Draw(w.t, "date")] }

func (w *walk) anyGrant() int {
	if len(w.grants) == 0 {
		w.t.Skip("no grant yet")
	}
	if rapid.Bool().Draw(w.t, "last grant") {
		return len(w.grants) - 1
	}
	return rapid.IntRange(0, len(w.grants)-1).Draw(w.t, "grant")
}

func (w *walk) createJob(t *rapid.T) {
	from := rapid.IntRange(0, walkDates-1).Draw(t, "from")
	models := walkModels[:rapid.IntRange(1, 2).Draw(t, "models")]
	j := w.newJob(fmt.Sprintf("%s/job-%d", w.experiment, len(w.jobs)), w.experiment, plan(from, walkDates-1, models...))
	n := sim.NewJob{Job: j}
	rewind := rapid.Bool().Draw(t, "rewind")
	for _, m := range models {
		bp := sim.BookPlan{Head: w.ref.head(sim.BookKey{Experiment: w.experiment, Model: m})}
		if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
			bp.Head.Fence--
		}
		if rewind {
			bp.RewindFrom = dates[from]
			for _, d := range w.ref.current(w.experiment) {
				if d.Book.Model == m && d.Ref.Date < dates[from] {
					bp.RewindLast = d.Ref
				}
			}
		}
		n.Books = append(n.Books, bp)
	}
	want := w.ref.createJob(n)
	_, err := w.store().CreateJob(w.ctx, n)
	w.agree(err, want)
	if err == nil {
		w.jobs = append(w.jobs, j.ID)
	}
}

func (w *walk) claimAny(t *rapid.T) {
	r := w.request(w.anyJob(), rapid.SampledFrom(walkModels).Draw(t, "model"), w.anyDate())
	r.Experiment = w.experiment
	r.Claimant.Holder = rapid.SampledFrom([]string{"me", "you"}).Draw(t, "holder")
	r.Claimant.Exclusive = rapid.IntRange(0, 4).Draw(t, "exclusive") == 0
	want, wantErr := w.ref.claim(r)
	got, err := w.store().Claim(w.ctx, r)
	w.agree(err, wantErr)
	if err != nil {
		return
	}
	if want.Done != nil {
		require.NotNil(w.t, got.Done)
		require.Equal(w.t, *want.Done, *got.Done)
		return
	}
	require.Equal(w.t, want, got)
	w.grants = append(w.grants, got)
	w.taken = append(w.taken, w.day(got, buy("AAPL", 1+len(w.grants)%3, 7*sim.Dollar)))
}

func (w *walk) commitAny(*rapid.T) {
	i := w.anyGrant()
	want := w.ref.commit(w.grants[i], w.taken[i])
	w.agree(w.store().Commit(w.ctx, w.grants[i], w.taken[i], transcript(w.grants[i])), want)
}

func (w *walk) failAny(*rapid.T) {
	g, now := w.grants[w.anyGrant()], w.now()
	f := sim.Failure{Error: "model: broken", StopReason: sim.StopFault}
	want := w.ref.fail(g, f, now)
	w.agree(w.store().Fail(w.ctx, g, f, now), want)
}

func (w *walk) beatAny(*rapid.T) {
	id, now := w.anyJob(), w.now()
	want := w.ref.beat(id, now)
	w.agree(w.store().Heartbeat(w.ctx, id, now), want)
}

func (w *walk) closeAny(*rapid.T) {
	id, d, now := w.anyJob(), w.anyDate(), w.now()
	want := w.ref.closeDate(id, d, "lost: gone", now)
	w.agree(w.store().CloseDate(w.ctx, id, d, "lost: gone", now), want)
}

func (w *walk) finishAny(t *rapid.T) {
	f := sim.Finish{Status: rapid.SampledFrom([]sim.JobStatus{sim.JobPartial, sim.JobFailed}).Draw(t, "end"),
		Lost: "lost: ended", Now: w.now()}
	id := w.anyJob()
	want := w.ref.finishJob(id, f)
	_, err := w.store().FinishJob(w.ctx, id, f)
	w.agree(err, want)
}

func (w *walk) cancelAny(*rapid.T) {
	id, now := w.anyJob(), w.now()
	want := w.ref.requestCancel(id, now)
	_, err := w.store().RequestCancel(w.ctx, id, now)
	w.agree(err, want)
}

// compare compares all that can be read.
func (w *walk) compare(*rapid.T) {
	store := w.store()
	for _, m := range walkModels {
		key := sim.BookKey{Experiment: w.experiment, Model: m}
		heads, err := store.Heads(w.ctx, []sim.BookKey{key})
		require.NoError(w.t, err)
		got, want := heads[0], w.ref.head(key)
		require.True(w.t, slices.Equal(want.Cuts, got.Cuts))
		got.Cuts, want.Cuts = nil, nil
		require.Equal(w.t, want, got)
	}
	for _, id := range w.jobs {
		got, err := store.Job(w.ctx, id)
		require.NoError(w.t, err)
		require.Equal(w.t, w.ref.jobs[id], got)
		w.compareModelDays(store, id)
		w.compareDays(store, sim.DayFilter{JobID: id}, w.ref.daysOf(id))
	}
	w.compareDays(store, sim.DayFilter{Experiment: w.experiment}, w.ref.current(w.experiment))
	active, ok, err := store.ActiveJob(w.ctx, w.experiment)
	require.NoError(w.t, err)
	require.Equal(w.t, w.ref.locks[w.experiment] != "", ok)
	require.Equal(w.t, w.ref.locks[w.experiment], active.ID)
}

func (w *walk) compareModelDays(store sim.Store, id string) {
	got, err := store.ModelDays(w.ctx, id, sim.ModelDayFilter{})
	require.NoError(w.t, err)
	want := w.ref.modelDays(id)
	require.Equal(w.t, want, got)
	counts, err := store.Counts(w.ctx, id)
	require.NoError(w.t, err)
	counted := map[sim.ModelDayStatus]int{}
	for _, md := range want {
		counted[md.Status]++
		if md.StopReason.Broken() {
			counted[sim.BrokenModelDays]++
		}
	}
	require.Equal(w.t, counted, counts)
}

func (w *walk) compareDays(store sim.Store, f sim.DayFilter, want []sim.Day) {
	got, err := store.Days(w.ctx, f)
	require.NoError(w.t, err)
	require.Len(w.t, got, len(want))
	for i := range got {
		require.Equal(w.t, want[i], got[i])
	}
}

// checkChains proves of each book that its current days are one chain whose
// entries lead from the first opening to the last closing ledger.
func (w *walk) checkChains() {
	for _, m := range walkModels {
		head := w.ref.head(sim.BookKey{Experiment: w.experiment, Model: m})
		days, err := w.store().Days(w.ctx, sim.DayFilter{Experiment: w.experiment, Model: m})
		require.NoError(w.t, err)
		prev, ledger := sim.DayRef{}, sim.NewLedger(initialCash)
		for _, d := range days {
			require.Equal(w.t, prev, d.Prev)
			require.Equal(w.t, ledger, d.Opening)
			folded, err := sim.Fold(d.Opening, d.Entries)
			require.NoError(w.t, err)
			require.Equal(w.t, folded, d.Closing)
			prev, ledger = d.Ref, folded
		}
		assert.Equal(w.t, prev, head.Last)
	}
}
