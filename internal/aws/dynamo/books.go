package dynamo

import (
	"context"
	"time"

	"aitrader/internal/sim"
)

// headForm is the head of a book.
type headForm struct {
	Job         string     `json:"job,omitempty"`
	Last        sim.DayRef `json:"last"`
	InitialCash int64      `json:"initial_cash"` // in units of sim.Money
	Fence       int64      `json:"fence"`
	Generation  int        `json:"generation"`
	Cuts        []sim.Cut  `json:"cuts,omitempty"`
	LeaseDate   sim.Date   `json:"lease_date,omitempty"`
	LeaseHolder string     `json:"lease_holder,omitempty"`
	LeaseUntil  time.Time  `json:"lease_until,omitzero"`
}

type head = stored[headForm]

func headOf(h sim.Head) headForm {
	return headForm{
		Job: h.Job, Last: h.Last, InitialCash: int64(h.InitialCash), Fence: h.Fence, Generation: h.Generation, Cuts: h.Cuts,
		LeaseDate: h.Lease.Date, LeaseHolder: h.Lease.Holder, LeaseUntil: utc(h.Lease.Until),
	}
}

func (f headForm) head(book sim.BookKey) sim.Head {
	return sim.Head{
		Book: book, Job: f.Job, Last: f.Last, InitialCash: sim.Money(f.InitialCash), Fence: f.Fence, Generation: f.Generation, Cuts: f.Cuts,
		Lease: sim.Lease{Date: f.LeaseDate, Holder: f.LeaseHolder, Until: f.LeaseUntil},
	}
}

// book names the book of a head that was read from its experiment.
func book(experiment string, h head) sim.BookKey {
	return sim.BookKey{Experiment: experiment, Model: h.sk[len(headPrefix):]}
}

// headsOf reads all heads of an experiment, in order of the model.
func (s *Store) headsOf(ctx context.Context, experiment string) ([]head, error) {
	return all[headForm](ctx, s, under(headsPartition(experiment), headPrefix))
}

// formsOf decodes items.
func formsOf[T any](items []item) ([]stored[T], error) {
	forms := make([]stored[T], len(items))
	for i, it := range items {
		var err error
		if forms[i], err = formOf[T](it); err != nil {
			return nil, err
		}
	}
	return forms, nil
}

// getHeads reads heads, in the order of their books.
func (s *Store) getHeads(ctx context.Context, books []sim.BookKey) ([]head, error) {
	keys := make([]key, len(books))
	for i, b := range books {
		keys[i] = headKey(b)
	}
	items, err := s.get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	return formsOf[headForm](items)
}

// Heads implements [sim.Store].
func (s *Store) Heads(ctx context.Context, books []sim.BookKey) ([]sim.Head, error) {
	if len(books) == 0 {
		return nil, nil
	}
	forms, err := s.getHeads(ctx, books)
	if err != nil {
		return nil, translate(err)
	}
	heads := make([]sim.Head, len(books))
	for i, b := range books {
		heads[i] = forms[i].form.head(b)
	}
	return heads, nil
}

// Books implements [sim.Store].
func (s *Store) Books(ctx context.Context, experiment string) ([]sim.Head, error) {
	names := []string{experiment}
	if experiment == "" {
		experiments, err := all[experimentForm](ctx, s, under(experimentsPartition, "EXP#"))
		if err != nil {
			return nil, translate(err)
		}
		names = names[:0]
		for _, e := range experiments {
			names = append(names, e.form.Experiment)
		}
	}
	found := make([][]head, len(names))
	err := parallel(ctx, len(names), func(ctx context.Context, i int) (err error) {
		found[i], err = s.headsOf(ctx, names[i])
		return err
	})
	if err != nil {
		return nil, translate(err)
	}
	var heads []sim.Head
	for i, list := range found {
		for _, h := range list {
			heads = append(heads, h.form.head(book(names[i], h)))
		}
	}
	return heads, nil
}
