package engine_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// bringer brings bars, where it has them, into the store of a world.
type bringer struct {
	w        *world
	has      map[string]sim.Bar // by "SYMBOL DATE"
	warnings []string
	err      error

	mu      sync.Mutex
	asked   []string // "SYMBOL SYMBOL: DATE DATE"
	hurried bool     // a caller waits for an answer
}

// Fetch implements [engine.Bars].
func (b *bringer) Fetch(ctx context.Context, _ sim.Settings, symbols []string, dates []sim.Date) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, b.hurried = ctx.Deadline()
	text := strings.Join(symbols, " ") + ":"
	set := sim.PriceRows{Source: "vendor"}
	for _, d := range dates {
		text += " " + d.String()[8:]
		for _, s := range symbols {
			if bar, ok := b.has[s+" "+d.String()]; ok {
				set.Bars = append(set.Bars, sim.SymbolBar{Symbol: s, Date: d, Bar: bar})
			}
		}
	}
	b.asked = append(b.asked, text)
	if b.err != nil {
		return nil, b.err
	}
	_, err := b.w.store.PutPrices(ctx, set, b.w.clock.Now())
	return b.warnings, err
}

func barAt(open sim.Money) sim.Bar {
	return sim.Bar{Open: open * sim.Dollar, High: (open + 2) * sim.Dollar, Low: (open - 1) * sim.Dollar,
		Close: (open + 1) * sim.Dollar, Volume: 10}
}

// withSource is a world whose settings name a source of prices, on the evening of
// Friday, three trading days after the last bar.
func withSource(t *testing.T) (*world, *bringer) {
	w := newWorld(t)
	w.clock.Set(time.Date(2025, time.October, 17, 22, 0, 0, 0, time.UTC))
	b := &bringer{w: w, has: map[string]sim.Bar{}}
	w.engine.Bars, w.jobs.Bars = b, b
	w.config.change = func(s *sim.Settings) { s.Prices = sim.PriceSource{Source: "vendor", PerMinute: 5} }
	return w, b
}

func TestATriggerFetchesWhatItWants(t *testing.T) {
	t.Parallel()
	w, b := withSource(t)
	w.run(sim.TriggerRequest{End: dates[len(dates)-1]})
	assert.Equal(t, []string(nil), b.asked, "nothing is missing")

	b.has["AAA 2025-10-15"], b.has["AAA 2025-10-16"] = barAt(300), barAt(310)
	b.warnings = []string{"vendor: it was asked too often"}
	dry, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{DryRun: true})
	require.NoError(t, err)
	assert.Equal(t, sim.TriggerDryRun, dry.Outcome)
	assert.Len(t, dry.Job.Plan.Dates, 2, "what would run depends on what can be had")

	job := w.run(sim.TriggerRequest{})
	assert.Equal(t, sim.JobCompleted, job.Status)
	assert.Equal(t, dates[len(dates)-1].AddDays(1), job.Plan.Dates[0])
	assert.Len(t, job.Plan.Dates, 2, "the third day has not come")
	assert.Equal(t, b.warnings, job.Warnings)
	assert.Equal(t, []string{"AAA QQQ: 15 16 17", "AAA QQQ: 17"}, b.asked[:2], "once for all models, and not again")

	result, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{})
	require.NoError(t, err)
	assert.True(t, b.hurried)
	assert.Equal(t, sim.TriggerCurrent, result.Outcome)
	assert.Equal(t, b.warnings, result.Warnings, "so the caller knows why")
}

func TestAnExplicitRangeOfWhichNothingCame(t *testing.T) {
	t.Parallel()
	w, b := withSource(t)
	b.warnings = []string{"vendor: its limit is reached", "vendor: and more"}
	_, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{Start: dates[9].AddDays(1), End: dates[9].AddDays(3)})
	refused(t, sim.KindUnavailable, err, "no prices are stored for the trading days", "(vendor: its limit is reached; vendor: and more)")
	_, err = w.jobs.Trigger(t.Context(), sim.TriggerRequest{Start: dates[0], End: dates[0].AddDays(-1)})
	refused(t, sim.KindInvalid, err, "end_date")
	assert.Len(t, b.asked, 1, "for no request that is refused anyway")

	b.err = errors.New("boom")
	_, err = w.jobs.Trigger(t.Context(), sim.TriggerRequest{})
	require.ErrorIs(t, err, b.err)
}

func TestWithoutASourceNobodyIsAsked(t *testing.T) {
	t.Parallel()
	w, b := withSource(t)
	w.config.change = nil
	w.run(span(0, 9, "a"))
	_, err := w.jobs.Trigger(t.Context(), sim.TriggerRequest{Start: dates[9].AddDays(1)})
	refused(t, sim.KindUnavailable, err)
	assert.Empty(t, b.asked)
}

// A store that has nothing yet, and a configuration that names the symbols.
func TestAnEmptyStoreIsFilled(t *testing.T) {
	t.Parallel()
	w, b := withSource(t)
	source := w.config.change
	w.config.change = func(s *sim.Settings) { source(s); s.Universe = []string{"NEW"} }
	b.has["NEW 2025-10-17"] = barAt(100)
	job := w.trigger(sim.TriggerRequest{Models: []string{"a"}})
	assert.Equal(t, []sim.Date{dates[9].AddDays(3)}, job.Plan.Dates)
	assert.Equal(t, []string{"NEW QQQ: 17"}, b.asked)
}

// The bars of one symbol come late: the trigger plans without them, and they are
// there when the date begins. A symbol that trades no more is not asked for.
func TestBarsThatComeBeforeTheirDate(t *testing.T) {
	t.Parallel()
	w, b := withSource(t)
	w.putPrices([]sim.SymbolBar{
		{Symbol: "BBB", Date: dates[0], Bar: barAt(50)},
		{Symbol: "OLD", Date: dates[0].AddDays(-9), Bar: barAt(5)},
	}, nil, nil)
	for _, d := range dates {
		w.putPrices([]sim.SymbolBar{{Symbol: "CCC", Date: d, Bar: barAt(70)}}, nil, nil)
	}
	b.has["BBB "+dates[1].String()] = barAt(52)
	b.warnings = []string{"vendor: something"}
	w.trader.on("a", 0, func(_ context.Context, a engine.Assignment) (sim.Outcome, error) {
		open, ok := a.View.Open("BBB")
		if !ok {
			return outcome(), nil
		}
		ledger := a.Opening.Clone()
		entry := sim.Entry{Kind: sim.EntryBuy, Symbol: "BBB", Quantity: sim.Share, Price: open}
		err := ledger.Apply(&entry)
		return outcome(entry), err
	})
	job := w.run(span(0, 3, "a"))
	assert.Equal(t, sim.JobCompleted, job.Status, "one missing symbol blocks only itself")
	assert.Equal(t, b.warnings, job.Warnings, "once")
	assert.Equal(t, []string{"BBB: 02", "BBB: 03"}, b.asked, "the day after its last bar, and not for ever")
	days := w.days("a")
	require.Len(t, days, 4)
	assert.Equal(t, 52*sim.Dollar, days[1].Fills()[0].Price)
	assert.Empty(t, days[2].Fills())

	step, err := w.engine.Next(t.Context(), w.trigger(span(4, 5, "a")).ID, 0)
	require.NoError(t, err)
	assert.Equal(t, dates[4], step.Date)
}

func TestABrokenStoreStopsTheDate(t *testing.T) {
	t.Parallel()
	w, b := withSource(t)
	w.putPrices([]sim.SymbolBar{{Symbol: "BBB", Date: dates[0], Bar: barAt(50)}}, nil, nil)
	job := w.trigger(span(1, 1, "a"))
	b.err = errors.New("boom")
	_, err := w.engine.Next(t.Context(), job.ID, 0)
	require.ErrorIs(t, err, b.err)
	w.engine.Prices = noPrices{w.store, b.err}
	_, err = w.engine.Next(t.Context(), job.ID, 0)
	require.ErrorIs(t, err, b.err)
}

// noPrices is a store whose prices cannot be read.
type noPrices struct {
	sim.PriceStore
	err error
}

func (n noPrices) MarketData(context.Context) (*sim.MarketData, error) { return nil, n.err }
