package sim

import (
	"fmt"
	"slices"
	"time"
)

// memory is the smallest store that follows the book protocol: what each of its
// methods changes would be one transaction. About books it decides nothing
// itself; that is left to the pure functions on heads, which are on trial here.
type memory struct {
	heads     map[BookKey]Head
	days      map[BookKey][]Day // in the order of their commits; nothing is ever removed
	modelDays map[ModelDayKey]ModelDay
	plans     map[string][]BookKey // the books of each job
	active    string               // the job that holds the lock
}

func newMemory() *memory {
	return &memory{
		heads: map[BookKey]Head{}, days: map[BookKey][]Day{},
		modelDays: map[ModelDayKey]ModelDay{}, plans: map[string][]BookKey{},
	}
}

func (m *memory) head(b BookKey) Head {
	if h, ok := m.heads[b]; ok {
		return h
	}
	return Head{Book: b}
}

func (m *memory) current(b BookKey) []Day {
	var out []Day
	for _, d := range m.days[b] {
		if m.head(b).Current(d.Ref) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b Day) int { return int(a.Ref.Date - b.Ref.Date) })
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
		return Errorf(KindConflict, "job %s is active", m.active)
	}
	for _, b := range books {
		if m.head(b.Head.Book).Fence != b.Head.Fence {
			return Errorf(KindStale, "the book of %s has changed", b.Head.Book.Model)
		}
	}
	for _, b := range books {
		m.heads[b.Head.Book] = b.Apply(id)
		m.plans[id] = append(m.plans[id], b.Head.Book)
	}
	m.active = id
	return nil
}

func (m *memory) claim(b BookKey, c Claimant) (Grant, error) {
	key := ModelDayKey{c.JobID, c.Date, b.Model}
	md := m.modelDays[key]
	if md.Status.Terminal() && md.Status != "" {
		return Grant{Done: &md}, nil
	}
	before := m.head(b)
	after, err := before.Claim(c)
	if IsKind(err, KindConflict) {
		m.modelDays[key] = ModelDay{ModelDayKey: key, Status: ModelDaySkipped}
	}
	if err != nil {
		return Grant{}, err
	}
	md = ModelDay{ModelDayKey: key, Status: ModelDayRunning, Attempt: md.Attempt + 1}
	m.heads[b], m.modelDays[key] = after, md
	g := Grant{Key: key, Book: b, Fence: after.Fence, Attempt: md.Attempt, Generation: after.Generation, Prev: before.Last, Opening: NewLedger(MaxMoney)}
	for _, d := range m.days[b] {
		if d.Ref == before.Last {
			g.Opening = d.Closing
		}
	}
	return g, nil
}

func (m *memory) commit(g Grant, d Day) error {
	h, err := m.head(g.Book).Commit(g.Fence, g.Key.Date, MaxMoney)
	if err != nil {
		return err
	}
	m.heads[g.Book] = h
	m.days[g.Book] = append(m.days[g.Book], d)
	m.modelDays[g.Key] = ModelDay{ModelDayKey: g.Key, Status: ModelDayCompleted, Attempt: g.Attempt}
	return nil
}

func (m *memory) fail(g Grant) error {
	h, err := m.head(g.Book).Abandon(g.Fence, g.Key.Date)
	if err != nil {
		return err
	}
	m.heads[g.Book] = h
	m.modelDays[g.Key] = ModelDay{ModelDayKey: g.Key, Status: ModelDayFailed, Attempt: g.Attempt}
	return nil
}

// closeDate fails the model-days of a date that have been lost.
func (m *memory) closeDate(id string, d Date) (lost []BookKey) {
	for _, b := range m.plans[id] {
		key := ModelDayKey{id, d, b.Model}
		if m.modelDays[key].Status == ModelDayRunning {
			m.modelDays[key] = ModelDay{ModelDayKey: key, Status: ModelDayFailed}
			m.heads[b] = m.head(b).RevokeDate(d)
			lost = append(lost, b)
		}
	}
	return lost
}

// cancel takes the job's books away; the job still holds the lock.
func (m *memory) cancel(id string) {
	for _, b := range m.plans[id] {
		m.heads[b] = m.head(b).Release(id)
	}
}

func (m *memory) finish(id string) {
	m.cancel(id)
	for key, md := range m.modelDays {
		if key.JobID == id && md.Status == ModelDayRunning {
			m.modelDays[key] = ModelDay{ModelDayKey: key, Status: ModelDayFailed}
		}
	}
	m.active = ""
}

// trade makes the day of a grant: it buys one share of a symbol that nobody else
// ever buys, so that a lost or doubled entry shows in every later ledger.
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
