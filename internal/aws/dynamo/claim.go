package dynamo

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// aModelDay is what the transactions of a model-day write, for their errors.
const aModelDay = "the closed day"

// snapshot is what a transition of a model-day reads and writes.
type snapshot struct {
	meta meta
	md   modelDay
	head head
	book sim.BookKey
}

// snapshot reads a model-day of a job that must exist, and its book.
func (s *Store) snapshot(ctx context.Context, k sim.ModelDayKey, b sim.BookKey) (n snapshot, err error) {
	n.book = b
	items, err := s.get(ctx, metaKey(k.JobID), modelDayKey(k), headKey(b))
	if err != nil {
		return n, err
	}
	if n.meta, err = formOf[metaForm](items[0]); err != nil {
		return n, err
	}
	if n.meta.rev == 0 {
		return n, sim.NoJob(k.JobID)
	}
	if n.md, err = formOf[modelDayForm](items[1]); err != nil {
		return n, err
	}
	if n.md.rev == 0 {
		n.md.form = modelDayOf(sim.NewModelDayRecord(k))
	}
	n.head, err = formOf[headForm](items[2])
	return n, err
}

// modelDay returns the model-day as its job has it.
func (n snapshot) modelDay() sim.ModelDayRecord { return n.md.form.record(n.meta.form) }

// bookHead returns the head of the book.
func (n snapshot) bookHead() sim.Head { return n.head.form.head(n.book) }

// changes are the items that a transition writes.
func (n snapshot) changes(t sim.Transition) (changes []change) {
	if t.ModelDay != nil {
		n.md.form = modelDayOf(*t.ModelDay)
		changes = append(changes, n.md.put())
		if n.md.form.Date < n.meta.form.uncounted() && n.md.rev == 0 {
			// It first appears on a date that is counted already.
			n.meta.form.uncount()
			changes = append(changes, n.meta.put())
		}
	}
	if t.Head != nil {
		n.head.form = headOf(*t.Head)
		changes = append(changes, n.head.put())
	}
	return changes
}

// Claim implements [sim.Store].
func (s *Store) Claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	c.Claimant.Now = utc(c.Claimant.Now)
	return decide(ctx, func(ctx context.Context) (sim.Grant, error) {
		n, err := s.snapshot(ctx, c.Key, sim.BookKey{Experiment: c.Experiment, Model: c.Key.Model})
		if err != nil {
			return sim.Grant{}, err
		}
		// A job that has ended or is to be cancelled has no book any more: the head
		// refuses it.
		grant, transition, err := n.modelDay().Claim(n.bookHead(), c)
		if err != nil || transition.ModelDay == nil {
			return grant, err
		}
		if grant.Done == nil && !grant.Prev.IsZero() {
			if grant.Opening, err = s.closing(ctx, n.book, grant.Prev); err != nil {
				return grant, err
			}
		}
		return grant, s.write(ctx, aModelDay, n.changes(transition)...)
	})
}

// closing reads the ledger of a book's last closed day.
func (s *Store) closing(ctx context.Context, b sim.BookKey, last sim.DayRef) (sim.Ledger, error) {
	d, err := getForm[dayForm](ctx, s, dayKey(b, last))
	if err == nil && d.rev == 0 {
		err = sim.LastDayMissing(b, last)
	}
	return d.form.Closing.ledger(), err
}

// Commit implements [sim.Store].
func (s *Store) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	staged := false
	err := update(ctx, func(ctx context.Context) error {
		n, err := s.snapshot(ctx, g.Key, g.Book)
		if err != nil {
			return err
		}
		transition, err := n.modelDay().Commit(n.bookHead(), g, d)
		if err != nil || transition.ModelDay == nil {
			return err
		}
		if len(transcript) > 0 && !staged {
			// Nothing reads the transcript before the day points to it. If this process
			// ends here, the transcript stays as an orphan.
			if err := s.stage(ctx, change{key: logKey(g.Key, g.Fence), form: logForm{Messages: transcript}}); err != nil {
				return err
			}
			staged = true
		}
		day := insert(dayKey(g.Book, d.Ref), dayOf(d, g.Fence, len(transcript)))
		return s.write(ctx, aModelDay, append(n.changes(transition), day)...)
	})
	if staged && sim.IsKind(err, sim.KindFenced) {
		// The right was lost while the transcript was written: no day will ever point
		// to it. What cannot be removed now stays as an orphan.
		_ = s.sweepSpan(ctx, under(logPartition(g.Key.JobID, g.Key.Model), logKey(g.Key, g.Fence).sk))
	}
	return err
}

// Fail implements [sim.Store].
func (s *Store) Fail(ctx context.Context, g sim.Grant, f sim.Failure, now time.Time) error {
	return update(ctx, func(ctx context.Context) error {
		n, err := s.snapshot(ctx, g.Key, g.Book)
		if err != nil {
			return err
		}
		transition, err := n.modelDay().Fail(n.bookHead(), g, f, now)
		if err != nil || transition.ModelDay == nil {
			return err
		}
		return s.write(ctx, aModelDay, n.changes(transition)...)
	})
}
