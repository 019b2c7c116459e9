package simulate

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"aitrader/internal/sim"
)

// image is what survives the death of a process: a store in maps. It applies the
// transitions of package sim, as every store does, and adds no rule. It implements
// [sim.Store] and [sim.PriceStore].
type image struct {
	mu          sync.Mutex
	jobs        map[string]sim.Job
	locks       map[string]string // experiment -> job id
	keys        map[string]keptKey
	heads       map[sim.BookKey]sim.Head
	modelDays   map[string]map[dayKey]sim.ModelDayRecord // by job
	days        map[storedRef]sim.Day
	transcripts map[storedRef][]sim.Message
	callbacks   map[string]map[sim.CallbackURL]sim.Callback // by job
	spending    map[string]map[string]sim.Spending          // by job and model
	market      prices
}

// keptKey is an idempotency key and its job.
type keptKey struct {
	request, job string
	expires      time.Time
}

// dayKey names a model-day of a job.
type dayKey struct {
	date  sim.Date
	model string
}

// storedRef names a closed day.
type storedRef struct {
	book sim.BookKey
	ref  sim.DayRef
}

func newImage() *image {
	return &image{
		jobs: map[string]sim.Job{}, locks: map[string]string{}, keys: map[string]keptKey{}, heads: map[sim.BookKey]sim.Head{},
		modelDays: map[string]map[dayKey]sim.ModelDayRecord{}, days: map[storedRef]sim.Day{}, transcripts: map[storedRef][]sim.Message{},
		callbacks: map[string]map[sim.CallbackURL]sim.Callback{}, spending: map[string]map[string]sim.Spending{}, market: newPrices(),
	}
}

func (m *image) Ping(context.Context) error { return nil }

func (m *image) Close() error { return nil }

func (m *image) head(key sim.BookKey) sim.Head {
	h := m.heads[key]
	h.Book = key
	return h
}

func (m *image) job(id string) (sim.Job, error) {
	job, ok := m.jobs[id]
	if !ok {
		return sim.Job{}, sim.NoJob(id)
	}
	return job, nil
}

func (m *image) record(key sim.ModelDayKey) sim.ModelDayRecord {
	if r, ok := m.modelDays[key.JobID][dayKey{key.Date, key.Model}]; ok {
		return r
	}
	return sim.NewModelDayRecord(key)
}

// put writes what a transition says.
func (m *image) put(t sim.Transition) {
	if t.ModelDay != nil {
		m.modelDays[t.ModelDay.JobID][dayKey{t.ModelDay.Date, t.ModelDay.Model}] = *t.ModelDay
	}
	if t.Head != nil {
		m.heads[t.Head.Book] = *t.Head
	}
}

func (m *image) CreateJob(_ context.Context, n sim.NewJob) (sim.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if stored, ok := m.jobs[n.Job.ID]; ok {
		return stored, nil
	}
	if id := m.locks[n.Job.Experiment]; id != "" {
		return sim.Job{}, sim.OtherJobActive(n.Job.Experiment, id)
	}
	maps.DeleteFunc(m.keys, func(_ string, k keptKey) bool { return k.expires.Before(n.Job.CreatedAt) })
	if _, taken := m.keys[n.Idempotency.Key]; taken {
		return sim.Job{}, sim.KeyTaken()
	}
	heads := map[sim.BookKey]sim.Head{}
	for _, plan := range n.Books {
		head, err := plan.Apply(m.head(plan.Head.Book), n.Job.ID)
		if err != nil {
			return sim.Job{}, err
		}
		heads[head.Book] = head
	}
	maps.Copy(m.heads, heads)
	id := n.Job.ID
	m.jobs[id], m.locks[n.Job.Experiment] = n.Job, id
	m.modelDays[id] = map[dayKey]sim.ModelDayRecord{}
	if n.Idempotency.Key != "" {
		m.keys[n.Idempotency.Key] = keptKey{n.Idempotency.Request, id, n.Idempotency.Expires}
	}
	m.callbacks[id] = map[sim.CallbackURL]sim.Callback{}
	if n.Callback != "" {
		m.callbacks[id][n.Callback] = sim.Callback{JobID: id, URL: n.Callback}
	}
	return n.Job, nil
}

// release takes the books away from a job.
func (m *image) release(id string) {
	for key, head := range m.heads {
		m.heads[key] = head.Release(id)
	}
}

func (m *image) RequestCancel(_ context.Context, id string, now time.Time) (sim.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, err := m.job(id)
	if err != nil {
		return sim.Job{}, err
	}
	next, changed, err := job.RequestCancel(now)
	if err != nil {
		return sim.Job{}, err
	}
	if changed {
		m.release(id)
	}
	m.jobs[id] = next
	return next, nil
}

func (m *image) Heartbeat(_ context.Context, id string, now time.Time, warnings ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, err := m.job(id)
	if err != nil {
		return err
	}
	next, err := job.Heartbeat(now, warnings...)
	if err == nil {
		m.jobs[id] = next
	}
	return err
}

func (m *image) CloseDate(_ context.Context, id string, d sim.Date, lost string, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, err := m.job(id)
	if err != nil {
		return err
	}
	next, changed := job.CloseDate(d, now)
	if !changed {
		return nil
	}
	m.jobs[id] = next
	for key, r := range m.modelDays[id] {
		if key.date == d {
			m.put(r.Lose(m.head(sim.BookKey{Experiment: job.Experiment, Model: key.model}), lost, now))
		}
	}
	return nil
}

func (m *image) FinishJob(_ context.Context, id string, f sim.Finish) (sim.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, err := m.job(id)
	if err != nil {
		return sim.Job{}, err
	}
	next, changed, err := job.Finish(f)
	if err != nil || !changed {
		return next, err
	}
	m.release(id)
	for key, r := range m.modelDays[id] {
		m.modelDays[id][key] = r.Lost(f.Lost, f.Now)
	}
	if m.locks[job.Experiment] == id {
		delete(m.locks, job.Experiment)
	}
	m.jobs[id] = next
	return next, nil
}

func (m *image) Claim(_ context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.job(c.Key.JobID); err != nil {
		return sim.Grant{}, err
	}
	// A job that has ended or is to be cancelled has no book any more: the head refuses.
	g, t, err := m.record(c.Key).Claim(m.head(sim.BookKey{Experiment: c.Experiment, Model: c.Key.Model}), c)
	if err != nil {
		return sim.Grant{}, err
	}
	m.put(t)
	if g.Done == nil && !g.Prev.IsZero() {
		g.Opening = m.days[storedRef{g.Book, g.Prev}].Closing.Clone()
	}
	return g, nil
}

func (m *image) Commit(_ context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.job(g.Key.JobID); err != nil {
		return err
	}
	t, err := m.record(g.Key).Commit(m.head(g.Book), g, d)
	if err != nil {
		return err
	}
	if t.ModelDay != nil {
		m.days[storedRef{d.Book, d.Ref}] = d
		m.transcripts[storedRef{d.Book, d.Ref}] = slices.Clone(transcript)
	}
	m.put(t)
	return nil
}

func (m *image) Fail(_ context.Context, g sim.Grant, f sim.Failure, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.job(g.Key.JobID); err != nil {
		return err
	}
	t, err := m.record(g.Key).Fail(m.head(g.Book), g, f, now)
	if err == nil {
		m.put(t)
	}
	return err
}

func (m *image) AddCallback(_ context.Context, id string, url sim.CallbackURL) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, err := m.job(id)
	if err != nil {
		return err
	}
	if err := job.CheckCallback(); err != nil {
		return err
	}
	if _, stored := m.callbacks[id][url]; !stored {
		m.callbacks[id][url] = sim.Callback{JobID: id, URL: url}
	}
	return nil
}

func (m *image) DeferCallback(_ context.Context, c sim.Callback) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, stored := m.callbacks[c.JobID][c.URL]; stored {
		m.callbacks[c.JobID][c.URL] = c
	}
	return nil
}

func (m *image) DropCallback(_ context.Context, c sim.Callback) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.callbacks[c.JobID], c.URL)
	return nil
}

// spent returns the spending that the calls of a model add to.
func (m *image) spent(job, model string) sim.CallSpending {
	return sim.CallSpending{Model: m.spending[job][model], Job: m.spending[job][sim.JobSpending]}
}

func (m *image) putSpent(job, model string, s sim.CallSpending, shared bool) {
	if m.spending[job] == nil {
		m.spending[job] = map[string]sim.Spending{}
	}
	m.spending[job][model] = s.Model
	if shared {
		m.spending[job][sim.JobSpending] = s.Job
	}
}

func (m *image) Reserve(_ context.Context, c sim.ModelCall, worst sim.TokenCost, limits sim.SpendingLimits) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, err := m.job(c.JobID)
	if err != nil {
		return err
	}
	if err := job.CheckSpending(); err != nil {
		return err
	}
	s, refused := m.spent(c.JobID, c.Model).Reserve(c, worst, limits)
	m.putSpent(c.JobID, c.Model, s, limits.Job > 0)
	return refused
}

func (m *image) Settle(_ context.Context, c sim.ModelCall, used sim.Usage, cost sim.TokenCost) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.spent(c.JobID, c.Model)
	if _, ok := m.jobs[c.JobID]; ok && s.Holds(c) {
		m.putSpent(c.JobID, c.Model, s.Settle(c, used, cost), len(s.Job.Open) > 0)
	}
	return nil
}
