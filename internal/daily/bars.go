package daily

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"aitrader/internal/sim"
)

// bars is how much of the days that an evening runs is there.
type bars struct {
	late     int  // bars that are expected and not there
	tradable bool // each day has enough of them to be run
	warnings []string
}

func (b bars) complete() bool { return b.tradable && b.late == 0 }

// awaitBars asks for the bars of a day until they are there. A symbol that stays
// away holds up nobody but itself: a day that can be traded is waited for as long
// as something comes.
func (d *Daily) awaitBars(ctx context.Context, log *slog.Logger, day sim.Date, giveUp time.Time) {
	waited := false
	for last := (bars{late: -1}); ctx.Err() == nil; {
		now, err := d.ask(ctx, day)
		progress := err == nil && last.late >= 0 && now.late < last.late
		if err == nil {
			last = now
		}
		switch {
		case ctx.Err() != nil || err == nil && now.complete():
			return
		case progress:
			waited = false
			continue // a vendor that is slow has more
		case err == nil && now.tradable && waited:
			log.WarnContext(ctx, "some bars of the day have not come; it goes on without them", "missing", now.late, "warnings", now.warnings)
			return
		case !d.Now().Before(giveUp):
			log.WarnContext(ctx, "the bars of the day have not come in time", "missing", now.late, "warnings", now.warnings, "error", err)
			return
		}
		log.InfoContext(ctx, "waiting for the bars of the day", "missing", now.late, "again_after", Interval.String(), "warnings", now.warnings, "error", err)
		d.waitUntil(ctx, d.Now().Add(Interval))
		waited = true
	}
}

// ask looks which bars are there, and asks for those that are not: of the day, and
// of the trading days before it since the last that has some.
func (d *Daily) ask(ctx context.Context, day sim.Date) (bars, error) {
	config, err := d.Configs.Open(ctx, "")
	if err != nil {
		return bars{}, err
	}
	settings, err := config.Settings(nil)
	if err != nil {
		return bars{}, err
	}
	market, err := d.Prices.MarketData(ctx)
	if err != nil {
		return bars{}, err
	}
	dates := sinceLast(market, settings, day)
	there, symbols := look(market, settings, dates)
	if there.complete() || d.Bars == nil || settings.Prices.Source == "" {
		return there, nil
	}
	warnings, err := d.Bars.Fetch(ctx, settings, symbols, dates)
	if err != nil {
		return bars{}, err
	}
	if market, err = d.Prices.MarketData(ctx); err != nil {
		return bars{}, err
	}
	there, _ = look(market, settings, dates)
	there.warnings = warnings
	return there, nil
}

// sinceLast returns the trading days up to a day that follow the last one with
// bars, or the day alone.
func sinceLast(market *sim.MarketData, s sim.Settings, day sim.Date) []sim.Date {
	last := day - 1
	for _, d := range withBars(market, s) {
		if d < day {
			last = d
		}
		if d == day {
			last = day - 1
		}
	}
	return sim.TradingDays(last+1, day)
}

// look says how much of some days is there, for a job with some settings, and
// which symbols are to be asked for.
func look(market *sim.MarketData, s sim.Settings, dates []sim.Date) (there bars, symbols []string) {
	with, priced := withBars(market, s), market.Priced(s)
	there.tradable = true
	for _, d := range dates {
		late := priced
		if _, tradable := slices.BinarySearch(with, d); tradable {
			late = market.Late(priced, d)
		} else {
			there.tradable = false
		}
		there.late += len(late)
		symbols = append(symbols, late...)
	}
	slices.Sort(symbols)
	return there, slices.Compact(symbols)
}

func withBars(market *sim.MarketData, s sim.Settings) []sim.Date {
	return market.DatesWithBars(market.Universe(s.Universe, s.Benchmark))
}
