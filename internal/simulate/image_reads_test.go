package simulate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"aitrader/internal/sim"
)

func (m *image) JobByIdempotencyKey(_ context.Context, key sim.IdempotencyKey, now time.Time) (sim.Job, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.keys[key.Key]
	if !ok || kept.expires.Before(now) {
		return sim.Job{}, false, nil
	}
	if kept.request != key.Request {
		return sim.Job{}, false, sim.KeyMismatch(kept.job)
	}
	return m.jobs[kept.job], true, nil
}

func (m *image) Job(_ context.Context, id string) (sim.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.job(id)
}

func (m *image) JobState(_ context.Context, id string) (sim.JobState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, err := m.job(id)
	if err != nil {
		return sim.JobState{}, err
	}
	return job.State(), nil
}

func (m *image) ActiveJob(_ context.Context, experiment string) (sim.Job, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.locks[experiment]
	return m.jobs[id], ok, nil
}

func (m *image) Jobs(_ context.Context, f sim.JobFilter) ([]sim.Job, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var jobs []sim.Job
	for _, j := range m.jobs {
		if (f.Experiment == "" || j.Experiment == f.Experiment) && (len(f.Statuses) == 0 || slices.Contains(f.Statuses, j.Status)) {
			jobs = append(jobs, j)
		}
	}
	slices.SortFunc(jobs, func(a, b sim.Job) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID)) })
	if f.After != "" {
		after, err := sim.ParseJobCursor(f.After)
		if err != nil {
			return nil, "", err
		}
		jobs = slices.DeleteFunc(jobs, func(j sim.Job) bool {
			return cmp.Or(j.CreatedAt.Compare(after.CreatedAt), cmp.Compare(j.ID, after.ID)) >= 0
		})
	}
	if n := f.PageSize(); len(jobs) > n {
		return jobs[:n], sim.CursorOf(jobs[n-1]).String(), nil
	}
	return jobs, "", nil
}

func (m *image) ModelDays(_ context.Context, id string, f sim.ModelDayFilter) ([]sim.ModelDay, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.job(id); err != nil {
		return nil, err
	}
	var found []sim.ModelDay
	for key, r := range m.modelDays[id] {
		after := f.AfterDate.IsZero() || cmp.Or(cmp.Compare(key.date, f.AfterDate), cmp.Compare(key.model, f.AfterModel)) > 0
		if after && (f.Date.IsZero() || key.date == f.Date) && (!f.Failed || r.Status == sim.ModelDayFailed) {
			found = append(found, r.ModelDay)
		}
	}
	slices.SortFunc(found, func(a, b sim.ModelDay) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Model, b.Model)) })
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	return found, nil
}

func (m *image) Counts(_ context.Context, id string) (map[sim.ModelDayStatus]int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.job(id); err != nil {
		return nil, err
	}
	counts := map[sim.ModelDayStatus]int{}
	for _, r := range m.modelDays[id] {
		counts[r.Status]++
		if r.Status == sim.ModelDayCompleted && r.StopReason.Broken() {
			counts[sim.BrokenModelDays]++
		}
	}
	return counts, nil
}

func (m *image) Heads(_ context.Context, keys []sim.BookKey) ([]sim.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	heads := make([]sim.Head, len(keys))
	for i, key := range keys {
		heads[i] = m.head(key)
	}
	return heads, nil
}

func (m *image) Books(_ context.Context, experiment string) ([]sim.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var heads []sim.Head
	for key, h := range m.heads {
		if experiment == "" || key.Experiment == experiment {
			heads = append(heads, h)
		}
	}
	slices.SortFunc(heads, func(a, b sim.Head) int { return compareBooks(a.Book, b.Book) })
	return heads, nil
}

func compareBooks(a, b sim.BookKey) int {
	return cmp.Or(cmp.Compare(a.Experiment, b.Experiment), cmp.Compare(a.Model, b.Model))
}

func (m *image) Days(_ context.Context, f sim.DayFilter) ([]sim.Day, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var days []sim.Day
	for _, d := range m.days {
		if m.selects(f, d) {
			days = append(days, d)
		}
	}
	slices.SortFunc(days, func(a, b sim.Day) int {
		return cmp.Or(cmp.Compare(a.Ref.Date, b.Ref.Date), compareBooks(a.Book, b.Book), cmp.Compare(a.Ref.Generation, b.Ref.Generation))
	})
	if f.Limit > 0 && len(days) > f.Limit {
		if f.Latest {
			days = days[len(days)-f.Limit:]
		} else {
			days = days[:f.Limit]
		}
	}
	if f.BooksOnly {
		for i := range days {
			days[i].Opening, days[i].Entries, days[i].Session.ToolUsage = sim.Ledger{}, nil, nil
		}
	}
	return days, nil
}

// selects reports whether a filter selects a day.
func (m *image) selects(f sim.DayFilter, d sim.Day) bool {
	current := f.JobID != "" || m.head(d.Book).Current(d.Ref)
	return current &&
		(f.Experiment == "" || f.Experiment == d.Book.Experiment) && (f.Model == "" || f.Model == d.Book.Model) &&
		(f.JobID == "" || f.JobID == d.JobID) && f.From <= d.Ref.Date && (f.To.IsZero() || d.Ref.Date <= f.To)
}

func (m *image) Transcript(_ context.Context, book sim.BookKey, ref sim.DayRef) ([]sim.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	messages, ok := m.transcripts[storedRef{book, ref}]
	if !ok {
		return nil, sim.NoDay(book, ref)
	}
	return slices.Clone(messages), nil
}

func (m *image) Callbacks(_ context.Context, id string) ([]sim.Callback, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []sim.Callback
	for job, list := range m.callbacks {
		if id == "" || id == job {
			found = slices.AppendSeq(found, maps.Values(list))
		}
	}
	slices.SortFunc(found, func(a, b sim.Callback) int { return cmp.Or(cmp.Compare(a.JobID, b.JobID), cmp.Compare(a.URL, b.URL)) })
	return found, nil
}

func (m *image) Spending(_ context.Context, jobID string) (map[string]sim.Spending, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[string]sim.Spending{}
	if _, ok := m.jobs[jobID]; ok {
		maps.Copy(found, m.spending[jobID])
	}
	return found, nil
}

// prices are the rows of a price store.
type prices struct {
	version   int
	bars      map[priceKey]sim.Bar
	splits    map[priceKey]sim.Split
	dividends map[priceKey]sim.Dividend
	market    *sim.MarketData // of this version; nil: not built yet
}

// priceKey names a row.
type priceKey struct {
	symbol string
	date   sim.Date
}

func newPrices() prices {
	return prices{bars: map[priceKey]sim.Bar{}, splits: map[priceKey]sim.Split{}, dividends: map[priceKey]sim.Dividend{}}
}

func (p *prices) name() string {
	if p.version == 0 {
		return ""
	}
	return fmt.Sprintf("p%d", p.version)
}

func (m *image) PutPrices(_ context.Context, set sim.PriceRows, _ time.Time) (sim.ImportReport, error) {
	if err := set.Check(); err != nil {
		return sim.ImportReport{}, err
	}
	set, repeated := set.Settled()
	m.mu.Lock()
	defer m.mu.Unlock()
	report := sim.ImportReport{Unchanged: repeated}
	changed := false
	for _, row := range set.Bars {
		key := priceKey{row.Symbol, row.Date}
		stored, known := m.market.bars[key]
		if report.CountBar(row, stored, known) {
			m.market.bars[key], changed = row.Bar, true
		}
	}
	for _, s := range set.Splits {
		changed = putAction(&report, m.market.splits, priceKey{s.Symbol, s.ExDate}, s) || changed
	}
	for _, d := range set.Dividends {
		changed = putAction(&report, m.market.dividends, priceKey{d.Symbol, d.ExDate}, d) || changed
	}
	if changed {
		m.market.version++
		m.market.market = nil
	}
	report.Version = m.market.name()
	return report, nil
}

// putAction stores a split or a dividend, and reports whether it is new.
func putAction[T comparable](report *sim.ImportReport, stored map[priceKey]T, key priceKey, row T) bool {
	if before, ok := stored[key]; ok && before == row {
		report.Unchanged++
		return false
	}
	report.Added++
	stored[key] = row
	return true
}

func (m *image) PricesVersion(context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.market.name(), nil
}

func (m *image) MarketData(context.Context) (*sim.MarketData, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.market.market == nil {
		var rows []sim.SymbolBar
		for key, bar := range m.market.bars {
			rows = append(rows, sim.SymbolBar{Symbol: key.symbol, Date: key.date, Bar: bar})
		}
		m.market.market = sim.NewMarketData(m.market.name(), rows,
			slices.Collect(maps.Values(m.market.splits)), slices.Collect(maps.Values(m.market.dividends)))
	}
	return m.market.market, nil
}
