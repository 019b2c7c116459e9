package sim

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const leaseTime = time.Minute

var protocolBooks = []BookKey{{"main", "a"}, {"main", "b"}}

// truth is what a book should be, kept by the naive rules that a reader expects:
// who holds the right to write, and the days that were acknowledged.
type truth struct {
	job    string
	chain  []Day // current days, in order
	cut    []Day // days that rewinds took out
	live   int   // the index of the only grant that may commit; -1: none
	holder string
	until  time.Time
}

func (b *truth) last() Date {
	if len(b.chain) == 0 {
		return 0
	}
	return b.chain[len(b.chain)-1].Ref.Date
}

// jobTruth is what a job should be.
type jobTruth struct {
	status    JobStatus
	cancelled bool
	started   time.Time
	updated   time.Time
	closed    Date
}

// modelDayTruth is what a model-day should be.
type modelDayTruth struct {
	status   ModelDayStatus
	attempts int
}

// protocol is the machine that rapid drives: jobs come and go, model-days are
// claimed by several processes, crash, come back late, are cancelled and closed.
type protocol struct {
	store     *memory
	books     map[BookKey]*truth
	modelDays map[ModelDayKey]*modelDayTruth
	now       time.Time
	exclusive bool
	holder    string   // the process that executes, where only one can
	names     int      // for new jobs, holders and trades
	ids       []string // of all jobs
	jobs      map[string]*jobTruth
	grants    []Grant                // all that were ever given; a crash is one that is never used
	ended     map[int]ModelDayStatus // the grants that brought their model-day to an end
	proposals [][]BookPlan
}

func newProtocol(t *rapid.T) *protocol {
	p := &protocol{
		store: newMemory(), books: map[BookKey]*truth{}, modelDays: map[ModelDayKey]*modelDayTruth{}, now: time.Unix(1_750_000_000, 0),
		exclusive: rapid.Bool().Draw(t, "exclusive"), holder: "h0", jobs: map[string]*jobTruth{}, ended: map[int]ModelDayStatus{},
	}
	for _, b := range protocolBooks {
		p.books[b] = &truth{live: -1}
	}
	return p
}

func (p *protocol) name(prefix string) string {
	p.names++
	return fmt.Sprintf("%s%d", prefix, p.names)
}

func drawBook(t *rapid.T) BookKey { return rapid.SampledFrom(protocolBooks).Draw(t, "book") }

// drawDay draws a date near the end of a book, where things happen.
func (p *protocol) drawDay(t *rapid.T, b BookKey) Date {
	near := max(p.books[b].last(), day("2025-10-01"))
	return near.AddDays(rapid.IntRange(-2, 2).Draw(t, "date"))
}

// Propose reads the books, as a trigger does before it creates its job. Anything
// may happen between.
func (p *protocol) Propose(t *rapid.T) { p.proposals = append(p.proposals, p.propose(t)) }

func (p *protocol) propose(t *rapid.T) []BookPlan {
	rewind := rapid.Bool().Draw(t, "rewind")
	from := p.drawDay(t, drawBook(t))
	var books []BookPlan
	for _, b := range protocolBooks {
		if len(books) > 0 && rapid.Bool().Draw(t, "leave out") {
			continue
		}
		plan := BookPlan{Head: p.store.head(b)}
		if rewind {
			plan.RewindFrom, plan.RewindLast = from, p.store.lastBefore(b, from)
		}
		books = append(books, plan)
	}
	return books
}

func (p *protocol) Create(t *rapid.T) {
	if len(p.proposals) == 0 {
		t.Skip("nothing is proposed")
	}
	recent := p.proposals[max(len(p.proposals)-3, 0):]
	books := rapid.SampledFrom(recent).Draw(t, "proposal")
	if p.store.active != "" && rapid.Bool().Draw(t, "after the end") {
		p.finish()
	}
	if err := p.create(t, books); err != nil {
		require.Contains(t, []Kind{KindConflict, KindStale}, KindOf(err))
	}
}

func (p *protocol) create(t *rapid.T, books []BookPlan) error {
	id, active := p.name("job"), p.store.active
	err := p.store.createJob(id, books)
	if active != "" {
		requireKind(t, err, KindConflict, active)
	}
	if err != nil {
		return err
	}
	p.ids = append(p.ids, id)
	p.jobs[id] = &jobTruth{status: JobPending}
	for _, b := range books {
		book := p.books[b.Head.Book]
		book.job, book.live = id, -1
		if b.RewindFrom.IsZero() {
			continue
		}
		keep := slices.IndexFunc(book.chain, func(d Day) bool { return d.Ref.Date >= b.RewindFrom })
		if keep >= 0 {
			book.cut = append(book.cut, book.chain[keep:]...)
			book.chain = slices.Clone(book.chain[:keep])
		}
	}
	return nil
}

// drawJob draws from all jobs, the last one more often.
func (p *protocol) drawJob(t *rapid.T) string {
	if len(p.ids) == 0 {
		t.Skip("no job")
	}
	if rapid.IntRange(0, 3).Draw(t, "old job") == 0 {
		return rapid.SampledFrom(p.ids).Draw(t, "job")
	}
	return p.ids[len(p.ids)-1]
}

// Claim lets a worker of any job, an old one too, ask for any date.
func (p *protocol) Claim(t *rapid.T) {
	job := p.drawJob(t)
	holder := p.holder
	if !p.exclusive {
		holder = p.name("lambda")
	}
	b := drawBook(t)
	p.claim(t, b, Claimant{
		JobID: job, Date: p.drawDay(t, b), Holder: holder, Now: p.now, Until: p.now.Add(leaseTime), Exclusive: p.exclusive,
	})
}

// claim compares the answer with what it must be.
func (p *protocol) claim(t *rapid.T, b BookKey, c Claimant) {
	book, fence := p.books[b], p.store.head(b).Fence
	key := ModelDayKey{c.JobID, c.Date, b.Model}
	md := p.modelDays[key]
	if md == nil {
		md = &modelDayTruth{status: ModelDayPending}
	}
	held := book.live >= 0 && c.Now.Before(book.until) && (!c.Exclusive || book.holder == c.Holder)
	g, err := p.store.claim(ClaimRequest{Key: key, Experiment: b.Experiment, Claimant: c})
	switch {
	case md.status.Terminal():
		require.NoError(t, err)
		require.Equal(t, p.store.modelDays[key].ModelDay, *g.Done)
	case book.job != c.JobID:
		requireKind(t, err, KindFenced, "does not belong to job")
	case held:
		requireKind(t, err, KindBusy, "is in use for")
	case c.Date <= book.last():
		require.NoError(t, err)
		require.Contains(t, g.Done.Error, "before_last_close: "+c.Date.String()+" is not after the book's last close")
		require.Equal(t, fence, p.store.head(b).Fence)
		md.status = ModelDaySkipped
		p.modelDays[key] = md
	default:
		require.NoError(t, err)
		require.Nil(t, g.Done)
		require.Greater(t, g.Fence, fence)
		md.status = ModelDayRunning
		md.attempts++
		p.modelDays[key] = md
		require.Equal(t, md.attempts, g.Attempt)
		require.Equal(t, p.now, g.Started)
		book.live, book.holder, book.until = len(p.grants), c.Holder, c.Until
		p.grants = append(p.grants, g)
	}
}

// drawGrant draws from all grants, the newest ones more often.
func (p *protocol) drawGrant(t *rapid.T) (int, Grant) {
	if len(p.grants) == 0 {
		t.Skip("no grant")
	}
	from := 0
	if rapid.Bool().Draw(t, "recent") {
		from = max(len(p.grants)-2, 0)
	}
	i := rapid.IntRange(from, len(p.grants)-1).Draw(t, "grant")
	return i, p.grants[i]
}

// Commit uses a grant: at once, late, for the second time, after a cancel, ...
func (p *protocol) Commit(t *rapid.T) {
	i, g := p.drawGrant(t)
	p.commit(t, i, g)
}

func (p *protocol) commit(t *rapid.T, i int, g Grant) {
	p.names++
	d, err := trade(g, p.names)
	require.NoError(t, err)
	err = p.store.commit(g, d)
	book := p.books[g.Book]
	if p.ended[i] == ModelDayCompleted {
		require.NoError(t, err, "the second commit of a grant")
		return
	}
	if book.live != i {
		requireKind(t, err, KindFenced, "the right to close")
		return
	}
	require.NoError(t, err)
	require.Equal(t, p.store.active, g.Key.JobID, "a job that has ended has written")
	require.False(t, p.jobs[g.Key.JobID].cancelled, "a cancelled job has written")
	book.chain, book.live = append(book.chain, d), -1
	p.modelDays[g.Key].status, p.ended[i] = ModelDayCompleted, ModelDayCompleted
}

func (p *protocol) Fail(t *rapid.T) {
	i, g := p.drawGrant(t)
	err := p.store.fail(g, p.now)
	if p.ended[i] == ModelDayFailed {
		require.NoError(t, err, "the second failure of a grant")
		return
	}
	if p.books[g.Book].live != i {
		requireKind(t, err, KindFenced, "the right to close")
		return
	}
	require.NoError(t, err)
	p.books[g.Book].live = -1
	p.modelDays[g.Key].status, p.ended[i] = ModelDayFailed, ModelDayFailed
}

// Heartbeat lets a worker of any job begin a date.
func (p *protocol) Heartbeat(t *rapid.T) {
	id := p.drawJob(t)
	err := p.store.heartbeat(id, p.now)
	job := p.jobs[id]
	if job.status.Terminal() {
		requireKind(t, err, KindConflict, "job "+id+" has ended: it is "+string(job.status))
		return
	}
	require.NoError(t, err)
	if job.started.IsZero() {
		job.started = p.now
	}
	job.status, job.updated = JobRunning, p.now
}

// CloseDate closes the date of any grant in any job, also one that was closed
// before, or that another date has overtaken.
func (p *protocol) CloseDate(t *rapid.T) {
	_, g := p.drawGrant(t)
	id, d := p.drawJob(t), g.Key.Date
	p.store.closeDate(id, d, p.now)
	job := p.jobs[id]
	if job.status.Terminal() || d <= job.closed {
		return
	}
	job.closed, job.updated = d, p.now
	for key, md := range p.modelDays {
		if key.JobID != id || key.Date != d || md.status != ModelDayRunning {
			continue
		}
		md.status = ModelDayFailed
		if book := p.books[BookKey{"main", key.Model}]; book.live >= 0 && p.grants[book.live].Key == key {
			book.live = -1
		}
	}
}

// Cancel cancels any job, also one that has ended or is cancelled.
func (p *protocol) Cancel(t *rapid.T) {
	id := p.drawJob(t)
	err := p.store.cancel(id, p.now)
	job := p.jobs[id]
	if job.status.Terminal() {
		requireKind(t, err, KindConflict, "has ended")
		return
	}
	require.NoError(t, err)
	if !job.cancelled {
		job.cancelled, job.updated = true, p.now
		p.released(id)
	}
}

func (p *protocol) Finish(t *rapid.T) {
	if p.store.active == "" {
		t.Skip("no active job")
	}
	p.finish()
}

func (p *protocol) finish() {
	id, end := p.store.active, Finish{Status: JobPartial, Error: "why", Lost: "lost: ended", Now: p.now}
	if err := p.store.finish(id, end); err != nil {
		panic(err)
	}
	p.jobs[id].status, p.jobs[id].updated = JobPartial, p.now
	if p.jobs[id].cancelled {
		p.jobs[id].status = JobCancelled
	}
	for key, md := range p.modelDays {
		if key.JobID == id && md.status == ModelDayRunning {
			md.status = ModelDayFailed
		}
	}
	p.released(id)
}

// FinishAgain ends a job that has ended; it stays as it is.
func (p *protocol) FinishAgain(t *rapid.T) {
	id := p.drawJob(t)
	if !p.jobs[id].status.Terminal() {
		t.Skip("it is active")
	}
	require.NoError(t, p.store.finish(id, Finish{Status: JobCompleted, Now: p.now.Add(time.Hour)}))
}

func (p *protocol) released(id string) {
	for _, book := range p.books {
		if book.job == id {
			book.job, book.live = "", -1
		}
	}
}

// Wait lets leases come nearer to their end, or beyond it.
func (p *protocol) Wait(t *rapid.T) {
	p.now = p.now.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "thirds")) * leaseTime / 3)
}

// Restart kills the executing process; the next one has another name.
func (p *protocol) Restart(*rapid.T) { p.holder = p.name("h") }

// Relieve ends the active job and begins another one, which gets to work at
// once: no lock, lease or fence of the past prevents it.
func (p *protocol) Relieve(t *rapid.T) {
	if p.store.active != "" {
		p.finish()
	}
	books := p.propose(t)
	require.NoError(t, p.create(t, books))
	for _, plan := range books {
		b, given := plan.Head.Book, len(p.grants)
		p.claim(t, b, Claimant{
			JobID: p.store.active, Date: max(p.books[b].last(), day("2025-10-01")).AddDays(1), Holder: p.name("h"),
			Now: p.now, Until: p.now.Add(leaseTime), Exclusive: p.exclusive,
		})
		require.Len(t, p.grants, given+1)
		if rapid.Bool().Draw(t, "commit") {
			p.commit(t, given, p.grants[given])
		}
	}
}

// Check holds the store against the truth after every step.
func (p *protocol) Check(t *rapid.T) {
	p.checkBooks(t)
	p.checkModelDays(t)
	for id, want := range p.jobs {
		got := p.store.jobs[id]
		require.Equal(t, *want, jobTruth{got.Status, got.CancelRequested, got.StartedAt, got.UpdatedAt, got.ClosedThrough}, id)
		require.Equal(t, want.status.Terminal(), !got.CompletedAt.IsZero())
	}
}

func (p *protocol) checkModelDays(t *rapid.T) {
	require.Len(t, p.store.modelDays, len(p.modelDays))
	byGrant := map[ModelDayKey]bool{}
	for i := range p.ended {
		byGrant[p.grants[i].Key] = true
	}
	for key, want := range p.modelDays {
		got := p.store.modelDays[key]
		require.Equal(t, key, got.ModelDayKey)
		require.Equal(t, *want, modelDayTruth{got.Status, got.Attempt})
		require.Equal(t, want.status.Terminal(), !got.CompletedAt.IsZero())
		require.Equal(t, want.attempts > 0, !got.StartedAt.IsZero())
		require.Equal(t, want.status == ModelDayRunning || byGrant[key], got.Fence != 0)
		require.Equal(t, want.status == ModelDayFailed || want.status == ModelDaySkipped, got.Error != "")
	}
}

func (p *protocol) checkBooks(t *rapid.T) {
	for b, book := range p.books {
		h := p.store.head(b)
		current := p.store.current(b)
		require.Equal(t, book.job, h.Job)
		require.Equal(t, len(book.chain), len(current), "a day is lost or back again")

		// One chain, by Prev, with strictly increasing dates; the ledgers follow
		// from each other, and every acknowledged entry is there once.
		var prev DayRef
		ledger := NewLedger(MaxMoney)
		for i, d := range current {
			require.Equal(t, book.chain[i], d)
			require.Equal(t, prev, d.Prev)
			require.Greater(t, d.Ref.Date, prev.Date)
			require.True(t, ledger.Equal(d.Opening))
			folded, err := Fold(d.Opening, d.Entries)
			require.NoError(t, err)
			require.True(t, folded.Equal(d.Closing))
			prev, ledger = d.Ref, d.Closing
		}
		require.Equal(t, prev, h.Last)
		require.Len(t, ledger.Holdings, len(book.chain))

		// What was cut is still there, and not current. No grant ever wrote twice
		// into the same place.
		require.Len(t, p.store.days[b], len(book.chain)+len(book.cut))
		places := map[DayRef]bool{}
		for _, d := range p.store.days[b] {
			require.False(t, places[d.Ref], "%v is written twice", d.Ref)
			places[d.Ref] = true
			require.LessOrEqual(t, d.Ref.Generation, h.Generation)
		}
		for _, d := range book.cut {
			require.True(t, places[d.Ref])
			require.False(t, h.Current(d.Ref))
		}

		require.Equal(t, book.live >= 0, h.Lease != Lease{})
		require.True(t, slices.IsSortedFunc(h.Cuts, func(a, b Cut) int { return a.Generation - b.Generation }))
		require.True(t, slices.IsSortedFunc(h.Cuts, func(a, b Cut) int { return cmp.Compare(a.From, b.From) }))
		require.Equal(t, len(current) > 0 || len(book.cut) > 0, h.InitialCash != 0)
	}
}

// TestProtocol is the proof, as far as random interleavings go, that the functions
// on heads, model-days and jobs are enough: whatever jobs, crashes, cancels, rewinds
// and late commits do, a book is one chain of all acknowledged days, at most one
// grant can ever write each of them, and the next job can always begin.
func TestProtocol(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newProtocol(t)
		for range 3 { // one round is too short for jobs that follow each other
			t.Repeat(rapid.StateMachineActions(p))
		}
		p.Relieve(t)
		p.Check(t)
	})
}
