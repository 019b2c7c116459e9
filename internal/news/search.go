package news

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Bounds of a search. A session stops 25 s before its deadline, so one that has
// just begun must end within that time, retries included.
const (
	defaultTimeout = 20 * time.Second
	defaultResults = 5
	maxQuery       = 400 // bytes
	maxRetries     = 3
	baseDelay      = time.Second
	maxDelay       = 10 * time.Second
	// atOnce is how many questions a source is asked at once: the models of a
	// date all begin at the same moment, and each waits within its time.
	atOnce = 8
)

// Options say how a source is searched. A zero field stands for its default.
type Options struct {
	// Results is how many items an answer holds at most; 5 by default.
	Results int
	// Timeout bounds one search with its retries; 20 s by default.
	Timeout time.Duration
	// Delay is what the random wait before a retry grows from; 1 s by default.
	Delay time.Duration
	// Log is told of searches that failed.
	Log *slog.Logger
}

// Search searches a source behind the guard. It is safe for concurrent use.
type Search struct {
	source  Source
	options Options
	newYork *time.Location
	places  chan struct{}
}

// New returns a search of a source.
func New(source Source, o Options) (*Search, error) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		return nil, sim.Errorf(sim.KindInternal, "the time zone of New York is not known: %w", err)
	}
	if o.Results == 0 {
		o.Results = defaultResults
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Delay == 0 {
		o.Delay = baseDelay
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Search{source: source, options: o, newYork: newYork, places: make(chan struct{}, atOnce)}, nil
}

// On binds the search to the session of a date.
func (s *Search) On(date sim.Date) *Day { return &Day{search: s, guard: newGuard(date, s.newYork)} }

// Day searches what was published before the opening bell of one date. It is
// safe for concurrent use.
type Day struct {
	search *Search
	guard  guard
}

// Search returns what a source finds for a text and, if there are any, symbols,
// the best first. Kind invalid_request: the source does not take the question.
// Other kinds: it cannot be searched now. No error tells more than that.
func (d *Day) Search(ctx context.Context, text string, symbols []string) (sim.NewsFound, error) {
	text = strings.TrimSuffix(cut(line(clean(text)), maxQuery), " ...")
	q := Query{Text: text, Symbols: symbols, Bell: d.guard.bell}
	ctx, cancel := context.WithTimeout(ctx, d.search.options.Timeout)
	defer cancel()
	items, err := d.search.find(ctx, q)
	if err != nil {
		d.search.options.Log.Warn("the news could not be searched", "date", d.guard.date.String(), "error", err.Error())
		return sim.NewsFound{}, err
	}
	return d.guard.admit(items, d.search.options.Results), nil
}

// find asks the source, again where that may help.
func (s *Search) find(ctx context.Context, q Query) ([]Item, error) {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return nil, sim.Errorf(sim.KindUnavailable, "the source of news is busy: no answer in time")
	}
	for attempt := 0; ; attempt++ {
		items, err := s.source.Find(ctx, q)
		if err == nil {
			return items, nil
		}
		f := failureOf(err)
		if !f.again || attempt == maxRetries || !s.wait(ctx, attempt, f.after) {
			return nil, err
		}
	}
}

// wait waits before a retry, evenly drawn from 0 to a bound that doubles, and at
// least as long as the source wishes. It is false when that would take too long.
func (s *Search) wait(ctx context.Context, attempt int, wish time.Duration) bool {
	bound := min(s.options.Delay<<attempt, maxDelay)
	pause := wish + time.Duration(rand.Int64N(int64(bound)+1))
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
