package dynamo

import (
	"cmp"
	"context"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// ledgerForm is a ledger in the units of sim.
type ledgerForm struct {
	Cash     int64            `json:"cash"`
	Holdings map[string]int64 `json:"holdings"`
}

func ledgerOf(l sim.Ledger) ledgerForm {
	f := ledgerForm{Cash: int64(l.Cash), Holdings: make(map[string]int64, len(l.Holdings))}
	for symbol, quantity := range l.Holdings {
		f.Holdings[symbol] = int64(quantity)
	}
	return f
}

func (f ledgerForm) ledger() sim.Ledger {
	l := sim.NewLedger(sim.Money(f.Cash))
	for symbol, quantity := range f.Holdings {
		l.Holdings[symbol] = sim.Quantity(quantity)
	}
	return l
}

// dayForm is a closed day. It never changes.
type dayForm struct {
	Ref       sim.DayRef  `json:"ref"`
	Prev      sim.DayRef  `json:"prev"`
	JobID     string      `json:"job"`
	Attempt   int         `json:"attempt"`
	Opening   ledgerForm  `json:"opening"`
	Entries   []sim.Entry `json:"entries"`
	Closing   ledgerForm  `json:"closing"`
	Session   sim.Session `json:"session"`
	Prices    string      `json:"prices"`
	StartedAt time.Time   `json:"started_at,omitzero"`
	ClosedAt  time.Time   `json:"closed_at,omitzero"`
	// Fence is a part of the transcript's key; Messages is the transcript's length.
	Fence    int64 `json:"fence"`
	Messages int   `json:"messages"`
}

func dayOf(d sim.Day, fence int64, messages int) dayForm {
	return dayForm{
		Ref: d.Ref, Prev: d.Prev, JobID: d.JobID, Attempt: d.Attempt,
		Opening: ledgerOf(d.Opening), Entries: d.Entries, Closing: ledgerOf(d.Closing),
		Session: d.Session, Prices: d.Prices, StartedAt: utc(d.StartedAt), ClosedAt: utc(d.ClosedAt),
		Fence: fence, Messages: messages,
	}
}

func (f dayForm) day(b sim.BookKey, booksOnly bool) sim.Day {
	d := sim.Day{
		Book: b, Ref: f.Ref, Prev: f.Prev, JobID: f.JobID, Attempt: f.Attempt, Closing: f.Closing.ledger(),
		Session: f.Session, Prices: f.Prices, StartedAt: f.StartedAt, ClosedAt: f.ClosedAt,
	}
	if booksOnly {
		d.Session.ToolUsage = nil
		return d
	}
	d.Opening, d.Entries = f.Opening.ledger(), f.Entries
	return d
}

// Days implements [sim.Store].
func (s *Store) Days(ctx context.Context, f sim.DayFilter) ([]sim.Day, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	chains, err := s.chains(ctx, f)
	if err != nil {
		return nil, translate(err)
	}
	found := make([][]sim.Day, len(chains))
	err = parallel(ctx, len(chains), func(ctx context.Context, i int) (err error) {
		found[i], err = s.daysOf(ctx, chains[i], f)
		return err
	})
	if err != nil {
		return nil, translate(err)
	}
	out := slices.Concat(found...)
	slices.SortFunc(out, func(a, b sim.Day) int {
		return cmp.Or(cmp.Compare(a.Ref.Date, b.Ref.Date), cmp.Compare(a.Book.Model, b.Book.Model),
			cmp.Compare(a.Ref.Generation, b.Ref.Generation))
	})
	switch {
	case f.Limit <= 0 || len(out) <= f.Limit:
		return out, nil
	case f.Latest:
		return out[len(out)-f.Limit:], nil
	default:
		return out[:f.Limit], nil
	}
}

// chain is the part of a book that a filter selects, and which of its days count.
type chain struct {
	book     sim.BookKey
	from, to sim.Date
	counts   func(dayForm) bool
}

// chains finds the books that a filter selects.
func (s *Store) chains(ctx context.Context, f sim.DayFilter) ([]chain, error) {
	if f.JobID != "" {
		return s.chainsOfJob(ctx, f)
	}
	heads, err := s.headsOf(ctx, f.Experiment)
	if err != nil {
		return nil, err
	}
	var chains []chain
	for _, h := range heads {
		b := book(f.Experiment, h)
		if f.Model != "" && f.Model != b.Model {
			continue
		}
		current := h.form.head(b).Current
		chains = append(chains, chain{book: b, from: f.From, to: f.To, counts: func(d dayForm) bool { return current(d.Ref) }})
	}
	return chains, nil
}

// chainsOfJob finds the books to which a job has added days, and their ranges. Days of
// other jobs can lie among them.
func (s *Store) chainsOfJob(ctx context.Context, f sim.DayFilter) ([]chain, error) {
	m, err := getForm[metaForm](ctx, s, metaKey(f.JobID))
	if err != nil || m.rev == 0 || (f.Experiment != "" && f.Experiment != m.form.Experiment) {
		return nil, err
	}
	index := map[string]int{}
	var chains []chain
	err = s.each(ctx, modelDays(f.JobID, f.From, f.To), func(it item) (bool, error) {
		md, err := formOf[modelDayForm](it)
		if err != nil || md.form.Status != sim.ModelDayCompleted || (f.Model != "" && f.Model != md.form.Model) {
			return true, err
		}
		i, found := index[md.form.Model]
		if !found {
			i = len(chains)
			index[md.form.Model] = i
			chains = append(chains, chain{
				book: sim.BookKey{Experiment: m.form.Experiment, Model: md.form.Model}, from: md.form.Date,
				counts: func(d dayForm) bool { return d.JobID == f.JobID },
			})
		}
		chains[i].to = md.form.Date
		return true, nil
	})
	return chains, err
}

// daysOf reads the days of one book, at most as many as the filter can use.
func (s *Store) daysOf(ctx context.Context, c chain, f sim.DayFilter) ([]sim.Day, error) {
	r := days(c.book, c.from, c.to)
	r.backward, r.limit = f.Latest && f.Limit > 0, f.Limit
	var out []sim.Day
	err := s.each(ctx, r, func(it item) (bool, error) {
		d, err := formOf[dayForm](it)
		if err == nil && c.counts(d.form) {
			out = append(out, d.form.day(c.book, f.BooksOnly))
		}
		return f.Limit <= 0 || len(out) < f.Limit, err
	})
	return out, err
}

// logForm is the transcript of a day.
type logForm struct {
	Messages []sim.Message `json:"messages"`
}

// Transcript implements [sim.Store].
func (s *Store) Transcript(ctx context.Context, b sim.BookKey, ref sim.DayRef) ([]sim.Message, error) {
	d, err := getForm[dayForm](ctx, s, dayKey(b, ref))
	if err == nil && d.rev == 0 {
		err = sim.NoDay(b, ref)
	}
	if err != nil || d.form.Messages == 0 {
		return nil, translate(err)
	}
	k := logKey(sim.ModelDayKey{JobID: d.form.JobID, Date: ref.Date, Model: b.Model}, d.form.Fence)
	l, err := getForm[logForm](ctx, s, k)
	if err == nil && l.rev == 0 {
		err = sim.Errorf(sim.KindInternal, "the transcript of %s in %s on %s is not stored", b.Model, b.Experiment, ref.Date)
	}
	return l.form.Messages, translate(err)
}
