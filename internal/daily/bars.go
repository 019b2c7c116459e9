package daily

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// coverage is how many of the bars of an evening's days are stored.
type coverage struct {
	missing  int  // bars that are expected and not stored
	tradable bool // each day has enough bars to be run
	warnings []string
}

func (c coverage) complete() bool { return c.tradable && c.missing == 0 }

// awaitBars requests the bars of a day until they are stored. A symbol that never
// arrives delays only itself: once the day can be traded, awaitBars waits only as
// long as bars keep arriving.
func (d *Daily) awaitBars(ctx context.Context, log *slog.Logger, day sim.Date, giveUp time.Time) {
	waited := false
	for last := (coverage{missing: -1}); ctx.Err() == nil; {
		now, err := d.requestBars(ctx, day)
		progress := err == nil && last.missing >= 0 && now.missing < last.missing
		if err == nil {
			last = now
		}
		switch {
		case ctx.Err() != nil || err == nil && now.complete():
			return
		case progress:
			waited = false
			continue // a slow vendor has more
		case err == nil && now.tradable && waited:
			log.WarnContext(ctx, "some bars of the day have not arrived; continuing without them", "missing", now.missing, "warnings", now.warnings)
			return
		case !d.Now().Before(giveUp):
			log.WarnContext(ctx, "the bars of the day have not arrived in time", "missing", now.missing, "warnings", now.warnings, "error", err)
			return
		}
		log.InfoContext(ctx, "waiting for the bars of the day",
			"missing", now.missing, "again_after", Interval.String(), "warnings", now.warnings, "error", err)
		d.waitUntil(ctx, d.Now().Add(Interval))
		waited = true
	}
}

// requestBars requests the missing bars of a day, and of the trading days before it
// since the last one that has bars. It returns what is stored then.
func (d *Daily) requestBars(ctx context.Context, day sim.Date) (coverage, error) {
	config, err := d.Configs.Open(ctx, "")
	if err != nil {
		return coverage{}, err
	}
	settings, err := config.Settings(nil)
	if err != nil {
		return coverage{}, err
	}
	market, err := d.Prices.MarketData(ctx)
	if err != nil {
		return coverage{}, err
	}
	dates := sinceLast(market, settings, day)
	stored, missing := coverageOf(market, settings, dates)
	if stored.complete() || d.Bars == nil || settings.Prices.Source == "" {
		return stored, nil
	}
	warnings, err := d.Bars.Fetch(ctx, settings, missing, dates)
	if err != nil {
		return coverage{}, err
	}
	if market, err = d.Prices.MarketData(ctx); err != nil {
		return coverage{}, err
	}
	stored, _ = coverageOf(market, settings, dates)
	stored.warnings = warnings
	return stored, nil
}

// sinceLast returns the trading days after the last one with bars, up to and
// including day; if day has bars itself, only day.
func sinceLast(market *sim.MarketData, s sim.Settings, day sim.Date) []sim.Date {
	last := day.AddDays(-1)
	for _, d := range market.TradableDates(s) {
		if d < day {
			last = d
		}
		if d == day {
			last = day.AddDays(-1)
		}
	}
	return market.Market().Bars(last.Next(), day)
}

// coverageOf counts the stored bars of some days, for a job with these settings.
// It also returns the symbols that miss some.
func coverageOf(market *sim.MarketData, s sim.Settings, dates []sim.Date) (stored coverage, missing []string) {
	with, priced := market.TradableDates(s), market.Priced(s)
	stored.tradable = true
	for _, d := range dates {
		late := priced
		if _, tradable := slices.BinarySearch(with, d); tradable {
			late = market.Late(priced, d)
		} else {
			stored.tradable = false
		}
		stored.missing += len(late)
		missing = append(missing, late...)
	}
	slices.Sort(missing)
	return stored, slices.Compact(missing)
}
