package engine

import (
	"context"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Bars brings bars that are not there yet, from wherever a job's settings say.
type Bars interface {
	// Fetch asks for the bars of some symbols on some trading days, and stores
	// what comes, with the splits and dividends of those days. Bars that are there
	// are not asked for again. The warnings are for the person who triggered: they
	// say what did not come, and why. It ends well before the context's deadline.
	// The error is one of the store alone.
	Fetch(ctx context.Context, s sim.Settings, symbols []string, dates []sim.Date) (warnings []string, err error)
}

// fetched reports whether settings name a source of prices that can be asked.
func fetched(b Bars, s sim.Settings) bool { return b != nil && s.Prices.Source != "" }

// answerTime bounds a trigger that fetches: callers, and the gateway on AWS, wait
// for an answer for half a minute. What came stays, and the next trigger goes on
// there.
const answerTime = 30 * time.Second

// fetchMissing asks for the days without bars that a plan would run, and returns
// the prices with what came.
func (j *Jobs) fetchMissing(ctx context.Context, s sim.Settings, in sim.PlanInput, market *sim.MarketData) (*sim.MarketData, []string, error) {
	if !fetched(j.Bars, s) {
		return market, nil, nil
	}
	dates := sim.MissingDates(in, sim.LastSettled(j.Now()))
	if len(dates) == 0 {
		return market, nil, nil
	}
	fetching, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	warnings, err := j.Bars.Fetch(fetching, s, market.Priced(s), dates)
	if err != nil {
		return nil, nil, err
	}
	market, err = j.Prices.MarketData(ctx)
	return market, warnings, err
}

// withReasons adds to the error that there are no bars why none came.
func withReasons(err error, warnings []string) error {
	if len(warnings) == 0 || !sim.IsKind(err, sim.KindUnavailable) {
		return err
	}
	return sim.Errorf(sim.KindUnavailable, "%s (%s)", sim.MessageOf(err), strings.Join(warnings, "; "))
}

// makeSure asks for bars that are late on a date which is about to run: a symbol
// without one cannot be traded there. Whatever does not come, the date runs, with
// warnings.
func (e *Engine) makeSure(ctx context.Context, job sim.Job, d sim.Date) (warnings []string, err error) {
	if !fetched(e.Bars, job.Settings) {
		return nil, nil
	}
	market, err := e.market(ctx)
	if err != nil {
		return nil, err
	}
	late := market.Late(market.Priced(job.Settings), d)
	if len(late) == 0 {
		return nil, nil
	}
	return e.Bars.Fetch(ctx, job.Settings, late, []sim.Date{d})
}
