package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// memory is the smallest store that follows the protocol: what each of its methods
// changes would be one transaction. It reads, applies and writes; the rules are the
// pure functions of book.go and lifecycle.go, which are on trial here.
type memory struct {
	heads     map[BookKey]Head
	days      map[BookKey][]Day // in the order of their commits; nothing is ever removed
	modelDays map[ModelDayKey]ModelDayRecord
	jobs      map[string]Job
	active    string // the job that holds the lock
}

func newMemory() *memory {
	return &memory{
		heads: map[BookKey]Head{}, days: map[BookKey][]Day{},
		modelDays: map[ModelDayKey]ModelDayRecord{}, jobs: map[string]Job{},
	}
}

func (m *memory) head(b BookKey) Head {
	if h, ok := m.heads[b]; ok {
		return h
	}
	return Head{Book: b}
}

func (m *memory) modelDay(k ModelDayKey) ModelDayRecord {
	if md, ok := m.modelDays[k]; ok {
		return md
	}
	return NewModelDayRecord(k)
}

func (m *memory) write(t Transition) {
	if t.ModelDay != nil {
		m.modelDays[t.ModelDay.ModelDayKey] = *t.ModelDay
	}
	if t.Head != nil {
		m.heads[t.Head.Book] = *t.Head
	}
}

func (m *memory) current(b BookKey) []Day {
	var out []Day
	for _, d := range m.days[b] {
		if m.head(b).Current(d.Ref) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b Day) int { return cmp.Compare(a.Ref.Date, b.Ref.Date) })
	return out
}

// lastBefore is what a trigger looks up for a rewind.
func (m *memory) lastBefore(b BookKey, d Date) DayRef {
	var last DayRef
	for _, day := range m.current(b) {
		if day.Ref.Date < d {
			last = day.Ref
		}
	}
	return last
}

func (m *memory) createJob(id string, books []BookPlan) error {
	if m.active != "" {
		return OtherJobActive("main", m.active)
	}
	heads := maps.Clone(m.heads)
	for _, b := range books {
		var err error
		if heads[b.Head.Book], err = b.Apply(m.head(b.Head.Book), id); err != nil {
			return err
		}
	}
	m.heads, m.active = heads, id
	m.jobs[id] = Job{ID: id, Experiment: "main", Status: JobPending}
	return nil
}

func (m *memory) claim(c ClaimRequest) (Grant, error) {
	b := BookKey{c.Experiment, c.Key.Model}
	g, t, err := m.modelDay(c.Key).Claim(m.head(b), c)
	if err != nil {
		return Grant{}, err
	}
	m.write(t)
	g.Opening = NewLedger(MaxMoney)
	for _, d := range m.days[b] {
		if d.Ref == g.Prev {
			g.Opening = d.Closing
		}
	}
	return g, nil
}

func (m *memory) commit(g Grant, d Day) error {
	t, err := m.modelDay(g.Key).Commit(m.head(g.Book), g, d)
	if err != nil || t.ModelDay == nil {
		return err
	}
	m.write(t)
	m.days[g.Book] = append(m.days[g.Book], d)
	return nil
}

func (m *memory) fail(g Grant, now time.Time) error {
	t, err := m.modelDay(g.Key).Fail(m.head(g.Book), g, Failure{Error: "model: broken"}, now)
	if err == nil {
		m.write(t)
	}
	return err
}

func (m *memory) heartbeat(id string, now time.Time) error {
	next, err := m.jobs[id].Heartbeat(now)
	m.jobs[id] = next
	return err
}

func (m *memory) closeDate(id string, d Date, now time.Time) {
	next, changed := m.jobs[id].CloseDate(d, now)
	if !changed {
		return
	}
	for key, md := range m.modelDays {
		if key.JobID == id && key.Date == d {
			m.write(md.Lose(m.head(BookKey{"main", key.Model}), "lost: gone", now))
		}
	}
	m.jobs[id] = next
}

func (m *memory) release(id string) {
	for b, h := range m.heads {
		m.heads[b] = h.Release(id)
	}
}

// cancel takes the job's books away; the job still holds the lock.
func (m *memory) cancel(id string, now time.Time) error {
	next, changed, err := m.jobs[id].RequestCancel(now)
	if changed {
		m.release(id)
		m.jobs[id] = next
	}
	return err
}

func (m *memory) finish(id string, f Finish) error {
	next, changed, err := m.jobs[id].Finish(f)
	if !changed {
		return err
	}
	m.release(id)
	for key, md := range m.modelDays {
		if key.JobID == id {
			m.modelDays[key] = md.Lost(f.Lost, f.Now)
		}
	}
	m.jobs[id], m.active = next, ""
	return nil
}

// trade makes the day of a grant: it buys one share of a symbol that no other day
// buys, so that a lost or doubled entry shows in every later ledger.
func trade(g Grant, id int) (Day, error) {
	e := Entry{Kind: EntryBuy, Symbol: fmt.Sprintf("S%d", id), Quantity: Share, Price: Dollar}
	closing := g.Opening.Clone()
	if err := closing.Apply(&e); err != nil {
		return Day{}, err
	}
	return Day{
		Book: g.Book, Ref: DayRef{g.Key.Date, g.Generation}, Prev: g.Prev, JobID: g.Key.JobID, Attempt: g.Attempt,
		Opening: g.Opening, Entries: []Entry{e}, Closing: closing, ClosedAt: time.Unix(int64(id), 0),
	}, nil
}
