package httpapi

import (
	"context"

	"aitrader/internal/portfolio"
	"aitrader/internal/sim"
)

// boardReader reads and values the books of a leaderboard.
type boardReader struct {
	store       sim.Store
	market      *sim.MarketData
	start, date sim.Date        // start is zero when all days count
	fractional  map[string]bool // by job: whether its books may hold fractions of a share
}

// standings values the books that have a closed day up to the date, and ranks them.
func (r boardReader) standings(ctx context.Context, heads []sim.Head) ([]portfolio.Standing, error) {
	var board []portfolio.Standing
	for _, head := range heads {
		standing, ok, err := r.standing(ctx, head)
		if err != nil {
			return nil, err
		}
		if ok {
			board = append(board, standing)
		}
	}
	portfolio.Rank(board)
	return board, nil
}

// standing values one book. ok is false when it has no closed day up to the date.
func (r boardReader) standing(ctx context.Context, head sim.Head) (_ portfolio.Standing, ok bool, err error) {
	last, ok, err := r.lastDay(ctx, head.Book, r.date)
	if err != nil || !ok {
		return portfolio.Standing{}, false, err
	}
	first, err := r.store.Days(ctx, sim.DayFilter{Experiment: head.Book.Experiment, Model: head.Book.Model, Limit: 1, BooksOnly: true})
	if err != nil || len(first) == 0 {
		return portfolio.Standing{}, false, err
	}
	value, err := r.closeOn(ctx, last, r.date)
	if err != nil {
		return portfolio.Standing{}, false, err
	}
	base, err := r.base(ctx, head)
	if err != nil {
		return portfolio.Standing{}, false, err
	}
	return portfolio.Standing{
		Model:     head.Book.Model,
		FirstDate: first[0].Ref.Date,
		LastDate:  last.Ref.Date,
		Initial:   head.InitialCash,
		Close:     value,
		Return:    portfolio.Return(base, value.Value),
	}, true, nil
}

// base returns the value that a book's return is counted from: its initial cash, or
// the close of the trading day before the start, if it has one.
func (r boardReader) base(ctx context.Context, head sim.Head) (sim.Money, error) {
	if r.start.IsZero() {
		return head.InitialCash, nil
	}
	before := r.market.Market().PrevBar(r.start)
	last, ok, err := r.lastDay(ctx, head.Book, before)
	if err != nil || !ok {
		return head.InitialCash, err
	}
	p, err := r.closeOn(ctx, last, before)
	return p.Value, err
}

// lastDay returns a book's last closed day up to a date.
func (r boardReader) lastDay(ctx context.Context, book sim.BookKey, to sim.Date) (sim.Day, bool, error) {
	if to.IsZero() {
		return sim.Day{}, false, nil
	}
	f := sim.DayFilter{Experiment: book.Experiment, Model: book.Model, To: to, Limit: 1, Latest: true, BooksOnly: true}
	days, err := r.store.Days(ctx, f)
	if err != nil || len(days) == 0 {
		return sim.Day{}, false, err
	}
	return days[0], true, nil
}

// closeOn values a book at the close of a date from its last closed day. The settings
// of that day's job say whether it may hold fractions of a share.
func (r boardReader) closeOn(ctx context.Context, last sim.Day, date sim.Date) (portfolio.Point, error) {
	if last.Ref.Date == date {
		return portfolio.CloseOf(r.market, last), nil
	}
	if _, known := r.fractional[last.JobID]; !known {
		job, err := r.store.Job(ctx, last.JobID)
		if err != nil {
			return portfolio.Point{}, err
		}
		r.fractional[last.JobID] = job.Settings.Fractional
	}
	return portfolio.CloseOn(r.market, last, date, r.fractional[last.JobID]), nil
}
