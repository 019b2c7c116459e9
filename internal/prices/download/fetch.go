package download

import (
	"context"
	"slices"
	"time"

	"aitrader/internal/sim"
)

const (
	// batch is how many answers are stored at once: a download that is killed loses
	// no more than that.
	batch = 20
	// reserve is the part of a context's time that is kept for the store.
	reserve = 5 * time.Second
	// storeTime bounds the storing of answers, which outlives the context.
	storeTime = 30 * time.Second
	// maxFailures is how many consecutive failures end a download.
	maxFailures = 3
)

// Fetcher requests the bars that a store lacks from a vendor. It is safe for concurrent
// use, and asks one question at a time.
type Fetcher struct {
	vendor Vendor
	prices sim.PriceStore
	now    func() time.Time

	busy   chan struct{} // holds a token during a download
	memory memory        // guarded by busy
}

// NewFetcher returns a Fetcher. Now decides which trading days are over.
func NewFetcher(v Vendor, p sim.PriceStore, now func() time.Time) *Fetcher {
	return &Fetcher{vendor: v, prices: p, now: now, busy: make(chan struct{}, 1), memory: memory{}}
}

// Wanted selects the bars that should exist.
type Wanted struct {
	Symbols []string
	Dates   []sim.Date
	// Progress, if set, receives the number of requests made so far.
	Progress func(asked, all int)
}

// Fetch requests the wanted bars that the store lacks, and stores the answers. A bar of
// which only the open is known counts as missing; weekends, holidays, and days that are
// not over have no bars.
//
// The report lists what the vendor did not deliver. An error is one of the store.
func (f *Fetcher) Fetch(ctx context.Context, w Wanted) (Report, error) {
	select {
	case f.busy <- struct{}{}:
		defer func() { <-f.busy }()
	case <-ctx.Done():
		return Report{Source: f.vendor.Name(),
			Warnings: []string{f.vendor.Name() + ": it is being asked already, and there was no time to wait"}}, nil
	}
	market, err := f.prices.MarketData(ctx)
	if err != nil {
		return Report{}, err
	}
	settled := market.Market().LastSettled(f.now())
	missing := f.missing(market, w, settled)
	r := &run{Fetcher: f, market: market, missing: missing, settled: settled, questions: f.vendor.Questions(missing, settled),
		progress: w.Progress, came: map[absence]bool{}}
	if r.progress == nil {
		r.progress = func(int, int) {}
	}
	err = r.askAll(ctx)
	return r.finish(), err
}

// missing returns the wanted bars that the store lacks and the vendor may have.
func (f *Fetcher) missing(market *sim.MarketData, w Wanted, settled sim.Date) Missing {
	dates := slices.Clone(w.Dates)
	slices.Sort(dates)
	dates = slices.DeleteFunc(slices.Compact(dates), func(d sim.Date) bool { return d > settled || !market.Market().IsBar(d) })
	missing := Missing{}
	for _, symbol := range w.Symbols {
		var lacking []sim.Date
		for _, d := range dates {
			if !market.HasWhole(symbol, d) && !f.memory.knows(symbol, d, f.now()) {
				lacking = append(lacking, d)
			}
		}
		if len(lacking) > 0 {
			missing[symbol] = lacking
		}
	}
	return missing
}

// run is one fetch.
type run struct {
	*Fetcher
	market    *sim.MarketData
	missing   Missing
	settled   sim.Date
	questions []Question
	progress  func(asked, all int)

	report  Report
	came    map[absence]bool // bars
	pending sim.PriceRows    // received, not stored yet
}

// askAll asks the questions until the vendor or the context refuses more.
func (r *run) askAll(ctx context.Context) error {
	asking, cancel := ctx, context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok {
		asking, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
	}
	defer cancel()
	failures := 0
	for i, q := range r.questions {
		if asking.Err() != nil {
			r.stop(i, "there was no time left")
			break
		}
		answer, err := r.vendor.Ask(asking, q)
		failures++
		if err == nil || sim.IsKind(err, sim.KindNoData) {
			answer.Answered, failures = answeredBy(q, answer, err), 0
		}
		r.keep(q, answer)
		if ends(err, failures) {
			r.stop(i, sim.MessageOf(err))
			break
		}
		if err != nil {
			r.failed(q, err)
		}
		if (i+1)%batch == 0 {
			if err := r.store(ctx); err != nil {
				return err
			}
		}
		r.progress(i+1, len(r.questions))
	}
	return r.store(ctx)
}

// answeredBy returns the dates that an answer covers: all of them where the vendor says
// that it has nothing.
func answeredBy(q Question, a Answer, err error) []sim.Date {
	if err != nil {
		return q.Dates
	}
	return a.Answered
}

// ends reports whether the next question would fail as well.
func ends(err error, failures int) bool {
	return sim.IsKind(err, sim.KindRateLimited) || sim.IsKind(err, sim.KindUnauthorized) || failures >= maxFailures
}

// keep keeps an answer, and remembers the bars that it should contain and does not.
func (r *run) keep(q Question, a Answer) {
	for _, row := range a.Bars {
		r.came[absence{row.Symbol, row.Date}] = true
		// Of earlier days only bars that the store has, which may have changed.
		if _, known := r.market.Bar(row.Symbol, row.Date); known || row.Date >= q.Dates[0] {
			r.pending.Bars = append(r.pending.Bars, row)
		}
	}
	r.pending.Splits = append(r.pending.Splits, a.Splits...)
	r.pending.Dividends = append(r.pending.Dividends, a.Dividends...)
	r.report.Warnings = append(r.report.Warnings, a.Warnings...)
	for _, symbol := range q.Symbols {
		for _, d := range r.missing[symbol] {
			if !r.came[absence{symbol, d}] && d <= r.settled.AddDays(-lateDays) && contains(a.Answered, d) {
				r.memory.remember(symbol, d, r.now())
			}
		}
	}
}

// store stores the answers since the last call, also after the end of the context:
// they have cost requests.
func (r *run) store(ctx context.Context) error {
	set := r.pending
	if len(set.Bars)+len(set.Splits)+len(set.Dividends) == 0 {
		return nil
	}
	set.Source = r.vendor.Name()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	put, err := r.prices.PutPrices(ctx, set, r.now())
	if err != nil {
		return err
	}
	r.report.add(set, put)
	r.pending = sim.PriceRows{}
	return nil
}

func contains(sorted []sim.Date, d sim.Date) bool {
	_, found := slices.BinarySearch(sorted, d)
	return found
}
