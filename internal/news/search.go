package news

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/sim"
	"aitrader/internal/text"
	"aitrader/internal/vendorhttp"
)

// Bounds of a search. A session stops 25 s before its deadline; a search that has just
// begun must end within that time, retries included.
const (
	defaultTimeout = 20 * time.Second
	defaultResults = 5
	maxQuery       = 400 // bytes
	maxRetries     = 3
	baseDelay      = time.Second
	maxDelay       = 10 * time.Second
	// maxAtOnce bounds the concurrent questions to a source. The models of a date
	// start at the same moment; the time that they wait counts as part of the search.
	maxAtOnce = 8
)

// Options configure the search. A zero field means its default.
type Options struct {
	// Results is the maximum number of items in an answer; 5 by default.
	Results int
	// Timeout bounds one search with its retries; 20 s by default.
	Timeout time.Duration
	// Delay bounds the random wait before the first retry; 1 s by default.
	Delay time.Duration
	// Log records searches that failed.
	Log *slog.Logger
}

// Search searches a source behind the guard. It is safe for concurrent use.
type Search struct {
	source  Source
	options Options
	slots   chan struct{}
}

// New returns a search of a source.
func New(source Source, o Options) *Search {
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
	return &Search{source: source, options: o, slots: make(chan struct{}, maxAtOnce)}
}

// On binds the search to the session of a date.
func (s *Search) On(date sim.Date) *Day { return &Day{search: s, guard: newGuard(date)} }

// Day searches what was published before the opening bell of one date. It is
// safe for concurrent use.
type Day struct {
	search *Search
	guard  guard
}

// Search returns the results for some words and perhaps symbols, the best first. Kind
// invalid_request: the source refuses the question. Other kinds: the source is not
// available. An error reveals nothing else.
func (d *Day) Search(ctx context.Context, words string, symbols []string) (sim.NewsFound, error) {
	words = text.ClipWith(line(clean(words)), maxQuery, "")
	q := Query{Text: words, Symbols: symbols, Bell: d.guard.bell}
	ctx, cancel := context.WithTimeout(ctx, d.search.options.Timeout)
	defer cancel()
	items, err := d.search.find(ctx, q)
	if err != nil {
		d.search.options.Log.Warn("the news could not be searched", "date", d.guard.date.String(), "error", err.Error())
		return sim.NewsFound{}, err
	}
	return d.guard.admit(items, d.search.options.Results), nil
}

// find asks the source, and retries where that may help.
func (s *Search) find(ctx context.Context, q Query) ([]Item, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, sim.Errorf(sim.KindUnavailable, "the source of news is busy: no answer in time")
	}
	retry := backoff.Policy{Base: s.options.Delay, Max: maxDelay}
	return backoff.RetryAsAsked(ctx, retry, 1+maxRetries, vendorhttp.AskAgain, func() ([]Item, error) { return s.source.Find(ctx, q) })
}
