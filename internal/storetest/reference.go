package storetest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// reference is the part of a store that the protocol is about, as maps: so simple that
// it can be read as the meaning of sim.Store's comments. It does not use the
// transitions of package sim, which it verifies.
type reference struct {
	jobs  map[string]sim.Job
	locks map[string]string // experiment -> job id
	heads map[sim.BookKey]sim.Head
	mds   map[sim.ModelDayKey]refModelDay
	days  map[refDay]sim.Day
}

// refModelDay is a model-day and the fence of the grant that runs it or has
// ended it; 0 when it was ended without a grant.
type refModelDay struct {
	sim.ModelDay
	fence int64
}

type refDay struct {
	book sim.BookKey
	ref  sim.DayRef
}

func newReference() *reference {
	return &reference{
		jobs: map[string]sim.Job{}, locks: map[string]string{}, heads: map[sim.BookKey]sim.Head{},
		mds: map[sim.ModelDayKey]refModelDay{}, days: map[refDay]sim.Day{},
	}
}

func (r *reference) head(key sim.BookKey) sim.Head {
	h := r.heads[key]
	h.Book = key
	return h
}

func (r *reference) createJob(n sim.NewJob) error {
	if _, ok := r.jobs[n.Job.ID]; ok {
		return nil
	}
	if r.locks[n.Job.Experiment] != "" {
		return sim.Errorf(sim.KindConflict, "active")
	}
	heads := maps.Clone(r.heads)
	for _, b := range n.Books {
		var err error
		if heads[b.Head.Book], err = b.Apply(r.head(b.Head.Book), n.Job.ID); err != nil {
			return err
		}
	}
	r.heads = heads
	r.jobs[n.Job.ID], r.locks[n.Job.Experiment] = n.Job, n.Job.ID
	return nil
}

func (r *reference) active(id string) (sim.Job, error) {
	j, ok := r.jobs[id]
	if !ok {
		return j, sim.Errorf(sim.KindNotFound, "no job")
	}
	if j.Status.Terminal() {
		return j, sim.Errorf(sim.KindConflict, "ended")
	}
	return j, nil
}

func (r *reference) release(id string) {
	for key, h := range r.heads {
		r.heads[key] = h.Release(id)
	}
}

func (r *reference) requestCancel(id string, now time.Time) error {
	j, err := r.active(id)
	if err != nil || j.CancelRequested {
		return err
	}
	r.release(id)
	j.CancelRequested, j.UpdatedAt = true, now
	r.jobs[id] = j
	return nil
}

func (r *reference) beat(id string, now time.Time) error {
	j, err := r.active(id)
	if err != nil {
		return err
	}
	if j.StartedAt.IsZero() {
		j.StartedAt = now
	}
	j.Status, j.UpdatedAt = sim.JobRunning, now
	r.jobs[id] = j
	return nil
}

// lose fails the running model-days of a job that a condition selects.
func (r *reference) lose(id, lost string, now time.Time, selected func(sim.ModelDayKey) bool) {
	for key, md := range r.mds {
		if key.JobID == id && md.Status == sim.ModelDayRunning && selected(key) {
			md.Status, md.Error, md.CompletedAt, md.fence = sim.ModelDayFailed, lost, now, 0
			r.mds[key] = md
		}
	}
}

func (r *reference) closeDate(id string, d sim.Date, lost string, now time.Time) error {
	j, err := r.active(id)
	if sim.IsKind(err, sim.KindConflict) || (err == nil && d <= j.ClosedThrough) {
		return nil
	}
	if err != nil {
		return err
	}
	for key, md := range r.mds {
		book := sim.BookKey{Experiment: j.Experiment, Model: key.Model}
		if key.JobID == id && key.Date == d && md.Status == sim.ModelDayRunning && r.heads[book].Job == id {
			r.heads[book] = r.heads[book].RevokeDate(d)
		}
	}
	r.lose(id, lost, now, func(k sim.ModelDayKey) bool { return k.Date == d })
	j.ClosedThrough, j.UpdatedAt = d, now
	r.jobs[id] = j
	return nil
}

func (r *reference) finishJob(id string, f sim.Finish) error {
	j, err := r.active(id)
	if sim.IsKind(err, sim.KindConflict) {
		return nil
	}
	if err != nil {
		return err
	}
	r.release(id)
	r.lose(id, f.Lost, f.Now, func(sim.ModelDayKey) bool { return true })
	delete(r.locks, j.Experiment)
	if j.CancelRequested {
		f.Status, f.Error = sim.JobCancelled, ""
	}
	j.Status, j.Error, j.UpdatedAt, j.CompletedAt = f.Status, f.Error, f.Now, f.Now
	r.jobs[id] = j
	return nil
}

func (r *reference) claim(c sim.ClaimRequest) (sim.Grant, error) {
	j, ok := r.jobs[c.Key.JobID]
	if !ok {
		return sim.Grant{}, sim.Errorf(sim.KindNotFound, "no job")
	}
	md := r.mds[c.Key]
	md.ModelDayKey = c.Key
	if md.Status != "" && md.Status.Terminal() {
		return sim.Grant{Key: c.Key, Done: &md.ModelDay}, nil
	}
	if j.Status.Terminal() || j.CancelRequested {
		return sim.Grant{}, sim.Errorf(sim.KindFenced, "ended")
	}
	book := sim.BookKey{Experiment: c.Experiment, Model: c.Key.Model}
	h, err := r.head(book).Claim(c.Claimant)
	if sim.IsKind(err, sim.KindConflict) {
		md.Status, md.CompletedAt, md.fence = sim.ModelDaySkipped, c.Claimant.Now, 0
		md.Error = "before_last_close: " + sim.MessageOf(err)
		r.mds[c.Key] = md
		return sim.Grant{Key: c.Key, Done: &md.ModelDay}, nil
	}
	if err != nil {
		return sim.Grant{}, err
	}
	md.Status, md.StartedAt, md.fence = sim.ModelDayRunning, c.Claimant.Now, h.Fence
	md.Attempt++
	r.heads[book], r.mds[c.Key] = h, md
	return sim.Grant{
		Key: c.Key, Book: book, Fence: h.Fence, Attempt: md.Attempt, Started: c.Claimant.Now, Generation: h.Generation,
		Prev: h.Last, Opening: r.days[refDay{book, h.Last}].Closing,
	}, nil
}

// endedBy reports whether a grant has brought its model-day to a status.
func (r *reference) endedBy(g sim.Grant, status sim.ModelDayStatus) bool {
	md := r.mds[g.Key]
	return md.Status == status && md.fence == g.Fence
}

func (r *reference) commit(g sim.Grant, d sim.Day) error {
	if _, ok := r.jobs[g.Key.JobID]; !ok {
		return sim.Errorf(sim.KindNotFound, "no job")
	}
	if r.endedBy(g, sim.ModelDayCompleted) {
		return nil
	}
	h, err := r.head(g.Book).Commit(g.Fence, g.Key.Date, d.Opening.Cash)
	if err != nil {
		return err
	}
	md := r.mds[g.Key]
	md.Status, md.CompletedAt, md.StopReason = sim.ModelDayCompleted, d.ClosedAt, d.Session.StopReason
	r.heads[g.Book], r.mds[g.Key], r.days[refDay{g.Book, d.Ref}] = h, md, d
	return nil
}

func (r *reference) fail(g sim.Grant, f sim.Failure, now time.Time) error {
	if _, ok := r.jobs[g.Key.JobID]; !ok {
		return sim.Errorf(sim.KindNotFound, "no job")
	}
	if r.endedBy(g, sim.ModelDayFailed) {
		return nil
	}
	h, err := r.head(g.Book).Abandon(g.Fence, g.Key.Date)
	if err != nil {
		return err
	}
	md := r.mds[g.Key]
	md.Status, md.Error, md.StopReason, md.CompletedAt = sim.ModelDayFailed, f.Error, f.StopReason, now
	r.heads[g.Book], r.mds[g.Key] = h, md
	return nil
}

// modelDays returns a job's model-days in order of date and model.
func (r *reference) modelDays(id string) []sim.ModelDay {
	var out []sim.ModelDay
	for key, md := range r.mds {
		if key.JobID == id {
			out = append(out, md.ModelDay)
		}
	}
	slices.SortFunc(out, func(a, b sim.ModelDay) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Model, b.Model))
	})
	return out
}

// current returns the current days of an experiment in order of date and model.
func (r *reference) current(experiment string) []sim.Day {
	var out []sim.Day
	for key, d := range r.days {
		if key.book.Experiment == experiment && r.heads[key.book].Current(key.ref) {
			out = append(out, d)
		}
	}
	return sortDays(out)
}

// daysOf returns the days of a job in order of date and model.
func (r *reference) daysOf(id string) []sim.Day {
	var out []sim.Day
	for _, d := range r.days {
		if d.JobID == id {
			out = append(out, d)
		}
	}
	return sortDays(out)
}

func sortDays(days []sim.Day) []sim.Day {
	slices.SortFunc(days, func(a, b sim.Day) int {
		return cmp.Or(cmp.Compare(a.Ref.Date, b.Ref.Date), cmp.Compare(a.Book.Model, b.Book.Model))
	})
	return days
}
