package dynamo

import (
	"context"

	"aitrader/internal/sim"
)

// DeleteJob implements [sim.Store]. The first transaction makes the job vanish
// for everybody. The rest is removed after it, and a second call goes on where
// the first one was stopped.
func (s *Store) DeleteJob(ctx context.Context, id string) error {
	err := s.decide(ctx, func(ctx context.Context) error {
		m, err := getForm[metaForm](ctx, s, metaKey(id))
		if err != nil || m.form.Deleted {
			return err
		}
		if m.rev == 0 {
			return noJob(id)
		}
		if !m.form.Status.Terminal() {
			return sim.Errorf(sim.KindConflict, "job %s is %s; cancel it first", id, m.form.Status).With("job_id", id)
		}
		if err := s.checkUnused(ctx, m.form); err != nil {
			return err
		}
		m.form.Deleted = true
		return s.write(ctx, aJob, m.put(), change{key: listKey(m.form.CreatedAt, id), rev: 1})
	})
	if err != nil {
		return err
	}
	return translate(s.remove(ctx, id))
}

// checkUnused refuses when a day of the job is current in its book. The
// predecessor of a current day is current too: a cut that covers a day covers
// every later one of its generation and before.
func (s *Store) checkUnused(ctx context.Context, m metaForm) error {
	heads, err := s.headsOf(ctx, m.Experiment)
	if err != nil {
		return err
	}
	current := map[string]func(sim.DayRef) bool{}
	for _, h := range heads {
		b := book(m.Experiment, h)
		current[b.Model] = h.form.head(b).Current
	}
	chains, err := s.chainsOfJob(ctx, sim.DayFilter{JobID: m.ID})
	if err != nil {
		return err
	}
	for _, c := range chains {
		err := s.each(ctx, days(c.book, c.from, c.to), func(it item) (bool, error) {
			d, err := formOf[dayForm](it)
			if err == nil && c.counts(d.form) && current[c.book.Model](d.form.Ref) {
				err = sim.Errorf(sim.KindConflict, "job %s closed %s of %s, which is current in its book", m.ID, d.form.Ref.Date, c.book.Model).With("job_id", m.ID)
			}
			return true, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// remove removes what a job has left, in such an order that what is still there
// leads to what is not removed yet: the model-days to the days and transcripts,
// and the job itself to the model-days.
func (s *Store) remove(ctx context.Context, id string) error {
	m, err := getForm[metaForm](ctx, s, metaKey(id))
	if err != nil || m.rev == 0 {
		return err
	}
	models := map[string]*chain{}
	err = s.each(ctx, modelDays(id, 0, 0), func(it item) (bool, error) {
		md, err := formOf[modelDayForm](it)
		if c := models[md.form.Model]; c != nil {
			c.to = md.form.Date
		} else {
			models[md.form.Model] = &chain{book: sim.BookKey{Experiment: m.form.Experiment, Model: md.form.Model}, from: md.form.Date, to: md.form.Date}
		}
		return true, err
	})
	if err != nil {
		return err
	}
	for model, c := range models {
		if err := s.removeDays(ctx, id, *c); err != nil {
			return err
		}
		if err := s.sweepSpan(ctx, span{pk: logPartition(id, model), from: "0", to: ":"}); err != nil {
			return err
		}
	}
	for _, r := range []span{modelDays(id, 0, 0), callbacks(id), spending(id)} {
		if err := s.sweepSpan(ctx, r); err != nil {
			return err
		}
	}
	if err := s.sweepSpan(ctx, span{pk: jobPartition(id), from: "PLAN", to: "PLAN" + after}); err != nil {
		return err
	}
	return s.sweep(ctx, []key{metaKey(id)})
}

// removeDays removes the days that a job has added to a book.
func (s *Store) removeDays(ctx context.Context, id string, c chain) error {
	var own []key
	err := s.each(ctx, days(c.book, c.from, c.to), func(it item) (bool, error) {
		d, err := formOf[dayForm](it)
		if err == nil && d.form.JobID == id {
			own = append(append(own, it.key), it.laterParts()...)
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return s.sweep(ctx, own)
}

// sweepSpan removes all items of a span.
func (s *Store) sweepSpan(ctx context.Context, r span) error {
	var keys []key
	err := s.items(ctx, r, func(a attributes) (bool, error) {
		keys = append(keys, keyOf(a))
		return true, nil
	})
	if err != nil {
		return err
	}
	return s.sweep(ctx, keys)
}
