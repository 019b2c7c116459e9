package simulate

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// spec is the protocol told a second time, as plainly as possible: what the writes of a
// store do, one after the other. It shares no code with package sim. After each write
// the image must agree with it.
type spec struct {
	w       *world
	jobs    map[string]*specJob
	books   map[sim.BookKey]*specBook
	days    map[sim.ModelDayKey]*specDay
	keys    map[string]time.Time // until when
	tabs    map[string]*specTab  // by job, and by job and model
	waiting map[string]map[sim.CallbackURL]bool
}

type specJob struct {
	id, experiment string
	status         sim.JobStatus
	cancel         bool
	closed         sim.Date
}

func (j *specJob) over() bool { return j.status != sim.JobPending && j.status != sim.JobRunning }

// specBook is a book: who may write, who writes, and the days that count.
type specBook struct {
	owner      string
	fence      int64
	generation int
	date       sim.Date // of the lease; zero: none
	holder     string
	until      time.Time
	chain      []sim.Day
}

func (b *specBook) last() (d sim.Day) {
	if n := len(b.chain); n > 0 {
		d = b.chain[n-1]
	}
	return d
}

// revoke ends what is under way.
func (b *specBook) revoke() {
	b.fence++
	b.date, b.holder, b.until = 0, "", time.Time{}
}

type specDay struct {
	status  sim.ModelDayStatus
	attempt int
	fence   int64
}

// specTab is what one model of a job has spent, or the whole job.
type specTab struct {
	cost      sim.TokenCost
	open      map[string]sim.TokenCost
	exhausted bool
}

func newSpec(w *world) *spec {
	return &spec{
		w: w, jobs: map[string]*specJob{}, books: map[sim.BookKey]*specBook{}, days: map[sim.ModelDayKey]*specDay{},
		keys: map[string]time.Time{}, tabs: map[string]*specTab{}, waiting: map[string]map[sim.CallbackURL]bool{},
	}
}

func (s *spec) book(key sim.BookKey) *specBook {
	if s.books[key] == nil {
		s.books[key] = &specBook{}
	}
	return s.books[key]
}

// release takes all books away from a job.
func (s *spec) release(id string) {
	for _, b := range s.books {
		if b.owner == id {
			b.owner = ""
			b.revoke()
		}
	}
}

func (s *spec) createJob(n sim.NewJob) sim.Kind {
	if s.jobs[n.Job.ID] != nil {
		return ""
	}
	for _, j := range s.jobs {
		if j.experiment == n.Job.Experiment && !j.over() {
			return sim.KindConflict
		}
	}
	if until, known := s.keys[n.Idempotency.Key]; known && !until.Before(n.Job.CreatedAt) {
		return sim.KindStale
	}
	for _, plan := range n.Books {
		if s.book(plan.Head.Book).fence != plan.Head.Fence {
			return sim.KindStale
		}
	}
	for _, plan := range n.Books {
		b := s.book(plan.Head.Book)
		if !plan.RewindFrom.IsZero() {
			b.chain = slices.DeleteFunc(slices.Clone(b.chain), func(d sim.Day) bool { return d.Ref.Date >= plan.RewindFrom })
			b.generation++
			b.revoke()
		}
		b.owner = n.Job.ID
		b.revoke()
	}
	if n.Idempotency.Key != "" {
		s.keys[n.Idempotency.Key] = n.Idempotency.Expires
	}
	s.waiting[n.Job.ID] = map[sim.CallbackURL]bool{}
	if n.Callback != "" {
		s.waiting[n.Job.ID][n.Callback] = true
	}
	s.jobs[n.Job.ID] = &specJob{id: n.Job.ID, experiment: n.Job.Experiment, status: sim.JobPending}
	return ""
}

func (s *spec) requestCancel(id string) sim.Kind {
	j := s.jobs[id]
	switch {
	case j == nil:
		return sim.KindNotFound
	case j.over():
		return sim.KindConflict
	case !j.cancel:
		j.cancel = true
		s.release(id)
	}
	return ""
}

func (s *spec) heartbeat(id string) sim.Kind {
	j := s.jobs[id]
	switch {
	case j == nil:
		return sim.KindNotFound
	case j.over():
		return sim.KindConflict
	}
	j.status = sim.JobRunning
	return ""
}

func (s *spec) closeDate(id string, d sim.Date) sim.Kind {
	j := s.jobs[id]
	switch {
	case j == nil:
		return sim.KindNotFound
	case j.over() || d <= j.closed:
		return ""
	}
	j.closed = d
	for key, day := range s.days {
		if key.JobID != id || key.Date != d || day.status != sim.ModelDayRunning {
			continue
		}
		day.status, day.fence = sim.ModelDayFailed, 0
		if b := s.book(sim.BookKey{Experiment: j.experiment, Model: key.Model}); b.owner == id && b.date == d {
			b.revoke()
		}
	}
	return ""
}

func (s *spec) finish(id string, f sim.Finish) sim.Kind {
	j := s.jobs[id]
	switch {
	case j == nil:
		return sim.KindNotFound
	case f.Status == sim.JobPending || f.Status == sim.JobRunning:
		return sim.KindInvalid
	case j.over():
		return ""
	}
	j.status = f.Status
	if j.cancel {
		j.status = sim.JobCancelled
	}
	s.release(id)
	for key, day := range s.days {
		if key.JobID == id && day.status == sim.ModelDayRunning {
			day.status, day.fence = sim.ModelDayFailed, 0
		}
	}
	return ""
}

func (s *spec) claim(c sim.ClaimRequest) sim.Kind {
	if s.jobs[c.Key.JobID] == nil {
		return sim.KindNotFound
	}
	day := s.days[c.Key]
	if day == nil {
		day = &specDay{status: sim.ModelDayPending}
	}
	if day.status != sim.ModelDayPending && day.status != sim.ModelDayRunning {
		return ""
	}
	b := s.book(sim.BookKey{Experiment: c.Experiment, Model: c.Key.Model})
	leased := !b.date.IsZero() && c.Claimant.Now.Before(b.until)
	holder := fmt.Sprint(c.Claimant.Holder, " ", c.Claimant.Try)
	switch {
	case b.owner != c.Key.JobID:
		return sim.KindFenced
	case leased && (!c.Claimant.Exclusive || b.holder == holder):
		return sim.KindBusy
	case c.Key.Date <= b.last().Ref.Date:
		day.status, day.fence = sim.ModelDaySkipped, 0
		s.days[c.Key] = day
		return ""
	}
	b.fence++
	b.date, b.holder, b.until = c.Key.Date, holder, c.Claimant.Until
	day.status, day.fence = sim.ModelDayRunning, b.fence
	day.attempt++
	s.days[c.Key] = day
	return ""
}

// end ends a model-day by its grant, and reports whether something has changed.
func (s *spec) end(g sim.Grant, status sim.ModelDayStatus) (changed bool, kind sim.Kind) {
	if s.jobs[g.Key.JobID] == nil {
		return false, sim.KindNotFound
	}
	day, b := s.days[g.Key], s.book(g.Book)
	if day != nil && day.status == status && day.fence == g.Fence {
		return false, ""
	}
	if day == nil || b.fence != g.Fence || b.date != g.Key.Date {
		return false, sim.KindFenced
	}
	day.status = status
	b.date, b.holder, b.until = 0, "", time.Time{}
	return true, ""
}

func (s *spec) commit(g sim.Grant, d sim.Day) (changed bool, kind sim.Kind) {
	changed, kind = s.end(g, sim.ModelDayCompleted)
	if changed {
		b := s.book(g.Book)
		b.chain = append(slices.Clip(b.chain), d)
	}
	return changed, kind
}

func (s *spec) addCallback(id string, url sim.CallbackURL) sim.Kind {
	j := s.jobs[id]
	switch {
	case j == nil:
		return sim.KindNotFound
	case j.over():
		return sim.KindStale
	}
	s.waiting[id][url] = true
	return ""
}

func (s *spec) tab(name string) *specTab {
	if s.tabs[name] == nil {
		s.tabs[name] = &specTab{open: map[string]sim.TokenCost{}}
	}
	return s.tabs[name]
}

// allows reports whether a call fits into a limit; one that does not is the last.
func (t *specTab) allows(worst, limit sim.TokenCost) bool {
	if limit == 0 {
		return true
	}
	sum := t.cost + worst
	for _, c := range t.open {
		sum += c
	}
	if t.exhausted || sum > limit {
		t.exhausted = true
	}
	return !t.exhausted
}

func (s *spec) reserve(c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) sim.Kind {
	j := s.jobs[c.JobID]
	switch {
	case j == nil:
		return sim.KindNotFound
	case j.over() || j.cancel:
		return sim.KindFenced
	}
	model, job := s.tab(c.JobID+" "+c.Model), s.tab(c.JobID)
	if _, again := model.open[c.ID]; again {
		return ""
	}
	if !model.allows(worst, limits.Model) || !job.allows(worst, limits.Job) {
		return sim.KindBudget
	}
	model.open[c.ID] = worst
	if limits.Job > 0 {
		job.open[c.Model+"/"+c.ID] = worst
	}
	return ""
}

func (s *spec) settle(c sim.ModelCall, cost sim.TokenCost) {
	for tab, id := range map[*specTab]string{s.tab(c.JobID + " " + c.Model): c.ID, s.tab(c.JobID): c.Model + "/" + c.ID} {
		if _, open := tab.open[id]; open {
			delete(tab.open, id)
			tab.cost += cost
		}
	}
}

// compare compares the image with what the protocol says.
func (s *spec) compare(after, id string) {
	m, j := s.w.image, s.jobs[id]
	if j == nil {
		return
	}
	stored := m.jobs[id]
	if stored.Status != j.status || stored.CancelRequested != j.cancel || stored.ClosedThrough != j.closed {
		s.w.violated("after %s job %s is %s (cancel %v, closed through %s), and the protocol says %s (%v, %s)", after, id, stored.Status,
			stored.CancelRequested, stored.ClosedThrough, j.status, j.cancel, j.closed)
	}
	if active := m.locks[j.experiment]; (active == id) == j.over() {
		s.w.violated("after %s job %s is over: %v, and the lock is of %q", after, id, j.over(), active)
	}
	for key, r := range m.modelDays[id] {
		day := s.days[sim.ModelDayKey{JobID: id, Date: key.date, Model: key.model}]
		if day == nil || r.Status != day.status || r.Fence != day.fence || r.Attempt != day.attempt {
			s.w.violated("after %s the model-day %s %s of %s is %+v, and the protocol says %+v", after, key.date, key.model, id, r, day)
		}
	}
	for key, b := range s.books {
		h := m.heads[key]
		same := h.Job == b.owner && h.Fence == b.fence && h.Generation == b.generation && h.Last == b.last().Ref &&
			h.Lease.Date == b.date && (h.Lease.Holder == "") == (b.holder == "") && h.Lease.Until.Equal(b.until)
		if key.Experiment == j.experiment && !same && (b.fence != 0 || h.Fence != 0) {
			s.w.violated("after %s the book %v is %+v, and the protocol says owner %q fence %d generation %d lease %s %s last %v",
				after, key, h, b.owner, b.fence, b.generation, b.date, b.holder, b.last().Ref)
		}
	}
	s.compareTabs(after, id)
	if waiting := s.waiting[id]; !maps.EqualFunc(waiting, m.callbacks[id], func(bool, sim.Callback) bool { return true }) {
		s.w.violated("after %s the callbacks of %s are %v, and the protocol says %v", after, id, m.callbacks[id], waiting)
	}
}

func (s *spec) compareTabs(after, id string) {
	for model, spent := range s.w.image.spending[id] {
		name := id
		if model != sim.JobSpending {
			name += " " + model
		}
		t := s.tab(name)
		if spent.Cost != t.cost || spent.Exhausted != t.exhausted || len(spent.Open) != len(t.open) {
			s.w.violated("after %s the spending of %q is %+v, and the protocol says %+v", after, name, spent, t)
		}
	}
}
