package dynamo

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// aModelDay is what the transactions of a model-day write, for their errors.
const aModelDay = "the closed day"

// scene is what a claim or a grant finds.
type scene struct {
	meta meta
	md   modelDay
	head head
	book sim.BookKey
}

// look reads the scene of a model-day, of a job that must exist.
func (s *Store) look(ctx context.Context, k sim.ModelDayKey, b sim.BookKey) (sc scene, err error) {
	items, err := s.get(ctx, metaKey(k.JobID), modelDayKey(k), headKey(b))
	if err != nil {
		return sc, err
	}
	if sc.meta, err = formOf[metaForm](items[0]); err != nil {
		return sc, err
	}
	if sc.meta.rev == 0 {
		return sc, noJob(k.JobID)
	}
	if sc.md, err = formOf[modelDayForm](items[1]); err != nil {
		return sc, err
	}
	if sc.md.rev == 0 {
		sc.md.form = modelDayForm{Date: k.Date, Model: k.Model, Status: sim.ModelDayPending}
	}
	sc.md.form = sc.md.form.seenWith(sc.meta.form)
	sc.book = b
	sc.head, err = formOf[headForm](items[2])
	return sc, err
}

// Claim implements [sim.Store].
func (s *Store) Claim(ctx context.Context, c sim.ClaimRequest) (grant sim.Grant, err error) {
	c.Claimant.JobID, c.Claimant.Date = c.Key.JobID, c.Key.Date
	err = s.decide(ctx, func(ctx context.Context) error {
		grant, err = s.claim(ctx, c)
		return err
	})
	return grant, err
}

func (s *Store) claim(ctx context.Context, c sim.ClaimRequest) (sim.Grant, error) {
	sc, err := s.look(ctx, c.Key, sim.BookKey{Experiment: c.Experiment, Model: c.Key.Model})
	if err != nil {
		return sim.Grant{}, err
	}
	if sc.md.form.Status.Terminal() {
		return sc.done(), nil
	}
	// A job that has ended or is to be cancelled has no book any more: the head
	// refuses it.
	h, err := sc.head.form.head(sc.book).Claim(c.Claimant)
	if sim.IsKind(err, sim.KindConflict) {
		return s.skip(ctx, sc, err, c.Claimant.Now)
	}
	if err != nil {
		return sim.Grant{}, err
	}
	return s.take(ctx, sc, h, c.Claimant.Now)
}

// done answers a claim of a model-day that is over.
func (sc scene) done() sim.Grant {
	md := sc.md.form.modelDay(sc.meta.form.ID)
	return sim.Grant{Key: md.ModelDayKey, Done: &md}
}

// late is what a model-day changes in its job when it first appears on a date
// that is counted already.
func (sc scene) late() []change {
	if sc.md.form.Date >= sc.meta.form.uncounted() {
		return nil
	}
	sc.meta.form.uncount()
	return []change{sc.meta.put()}
}

// skip marks a model-day that lies before the book's last close.
func (s *Store) skip(ctx context.Context, sc scene, gap error, now time.Time) (sim.Grant, error) {
	md := &sc.md.form
	md.Status, md.CompletedAt, md.Fence = sim.ModelDaySkipped, utc(now), 0
	md.Error = "before_last_close: " + sim.MessageOf(gap)
	err := s.write(ctx, aModelDay, append(sc.late(), sc.md.put())...)
	return sc.done(), err
}

// take writes a claim that the book has granted.
func (s *Store) take(ctx context.Context, sc scene, h sim.Head, now time.Time) (sim.Grant, error) {
	grant := sim.Grant{Book: sc.book, Fence: h.Fence, Started: utc(now), Generation: h.Generation, Prev: h.Last}
	if !h.Last.IsZero() {
		var err error
		if grant.Opening, err = s.closing(ctx, sc.book, h.Last); err != nil {
			return sim.Grant{}, err
		}
	}
	md := &sc.md.form
	md.Status, md.StartedAt, md.Fence = sim.ModelDayRunning, utc(now), h.Fence
	md.Attempt++
	grant.Key, grant.Attempt = md.modelDay(sc.meta.form.ID).ModelDayKey, md.Attempt
	sc.head.form = headOf(h)
	return grant, s.write(ctx, aModelDay, append(sc.late(), sc.md.put(), sc.head.put())...)
}

// closing reads the ledger of a book's last closed day.
func (s *Store) closing(ctx context.Context, b sim.BookKey, last sim.DayRef) (sim.Ledger, error) {
	d, err := getForm[dayForm](ctx, s, dayKey(b, last))
	if err == nil && d.rev == 0 {
		err = sim.Errorf(sim.KindInternal, "the book of %s in %s names a last day, %s, that is not stored", b.Model, b.Experiment, last.Date)
	}
	return d.form.Closing.ledger(), err
}

// endedBy reports whether this very grant has brought the model-day to a status.
func (sc scene) endedBy(g sim.Grant, status sim.ModelDayStatus) bool {
	return sc.md.form.Status == status && sc.md.form.Fence == g.Fence
}

// Commit implements [sim.Store].
func (s *Store) Commit(ctx context.Context, g sim.Grant, d sim.Day, transcript []sim.Message) error {
	if err := g.Check(d); err != nil {
		return err
	}
	staged := false
	err := s.decide(ctx, func(ctx context.Context) error {
		sc, err := s.look(ctx, g.Key, g.Book)
		if err != nil || sc.endedBy(g, sim.ModelDayCompleted) {
			return err
		}
		h, err := sc.head.form.head(g.Book).Commit(g.Fence, g.Key.Date, d.Opening.Cash)
		if err != nil {
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
		md := &sc.md.form
		md.Status, md.CompletedAt, md.StopReason, md.Error = sim.ModelDayCompleted, utc(d.ClosedAt), d.Session.StopReason, ""
		sc.head.form = headOf(h)
		return s.write(ctx, aModelDay, sc.md.put(), sc.head.put(), insert(dayKey(g.Book, d.Ref), dayOf(d, g.Fence, len(transcript))))
	})
	if staged && sim.IsKind(err, sim.KindFenced) {
		// The right was lost while the transcript was written: no day will ever point
		// to it. What cannot be removed now stays as an orphan.
		_ = s.sweepSpan(ctx, under(logPartition(g.Key.JobID, g.Key.Model), logKey(g.Key, g.Fence).sk))
	}
	return err
}

// Fail implements [sim.Store].
func (s *Store) Fail(ctx context.Context, g sim.Grant, reason string, now time.Time) error {
	return s.decide(ctx, func(ctx context.Context) error {
		sc, err := s.look(ctx, g.Key, g.Book)
		if err != nil || sc.endedBy(g, sim.ModelDayFailed) {
			return err
		}
		h, err := sc.head.form.head(g.Book).Abandon(g.Fence, g.Key.Date)
		if err != nil {
			return err
		}
		sc.head.form = headOf(h)
		md := &sc.md.form
		md.Status, md.Error, md.CompletedAt = sim.ModelDayFailed, reason, utc(now)
		return s.write(ctx, aModelDay, sc.md.put(), sc.head.put())
	})
}
