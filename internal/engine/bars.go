package engine

import (
	"context"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Bars fetches missing bars from the source that a job's settings name.
type Bars interface {
	// Fetch fetches the bars of some symbols on some trading days, with the splits
	// and dividends of those days, and stores what arrives. It does not request bars
	// that are stored. The warnings are for the caller of the trigger: they say what
	// did not arrive, and why. It ends well before the context's deadline. The error
	// is one of the store alone.
	Fetch(ctx context.Context, s sim.Settings, symbols []string, dates []sim.Date) (warnings []string, err error)
}

// canFetch reports whether settings name a source of prices.
func canFetch(b Bars, s sim.Settings) bool { return b != nil && s.Prices.Source != "" }

// maxFetchTime bounds the fetching of one trigger: its callers, and the gateway on
// AWS, wait half a minute for an answer. What has arrived is stored, and the next
// trigger fetches the rest.
const maxFetchTime = 30 * time.Second

// fetchMissing fetches the bars of the days that a plan would run without any, and
// returns the prices with them.
func (j *Jobs) fetchMissing(
	ctx context.Context, s sim.Settings, in sim.PlanInput, market *sim.MarketData,
) (*sim.MarketData, []string, error) {
	if !canFetch(j.Bars, s) {
		return market, nil, nil
	}
	dates := sim.MissingDates(in, in.Market.LastSettled(j.Now()))
	if len(dates) == 0 {
		return market, nil, nil
	}
	fetching, cancel := context.WithTimeout(ctx, maxFetchTime)
	defer cancel()
	warnings, err := j.Bars.Fetch(fetching, s, market.Priced(s), dates)
	if err != nil {
		return nil, nil, err
	}
	market, err = j.Prices.MarketData(ctx)
	return market, warnings, err
}

// withReasons adds the reasons why bars did not arrive to the error that there are
// none.
func withReasons(err error, warnings []string) error {
	if len(warnings) == 0 || !sim.IsKind(err, sim.KindUnavailable) {
		return err
	}
	return sim.Errorf(sim.KindUnavailable, "%s (%s)", sim.MessageOf(err), strings.Join(warnings, "; "))
}

// fetchLate fetches bars that are late on a date which is about to run: a symbol
// without a bar cannot be traded on it. The date runs whatever arrives, with
// warnings.
func (e *Engine) fetchLate(ctx context.Context, job sim.Job, d sim.Date) (warnings []string, err error) {
	if !canFetch(e.Bars, job.Settings) {
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
