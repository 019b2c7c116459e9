// Package feed fetches bars into a store from the sources of prices that configurations
// name, for the engine and for the command line.
package feed

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"aitrader/internal/prices/download"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

const (
	// maxFetch bounds a fetch that the models of a date wait for.
	maxFetch = 2 * time.Minute
	// callerReserve is the part of a caller's time that is left for its other work.
	callerReserve = 10 * time.Second
	// minFetch is the least time in which bars can be requested and stored.
	minFetch = 8 * time.Second
)

// Keys finds the key of a configured source of prices when it is needed: jobs do not
// store keys.
type Keys interface {
	// PricesKey returns the key of a source, or "" for a source without one.
	PricesKey(ctx context.Context, config string, s sim.PriceSource) (string, error)
}

// Feed fetches prices from the sources that settings name. It is safe for
// concurrent use, and implements the engine's Bars.
type Feed struct {
	keys   Keys
	prices sim.PriceStore
	now    func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	open map[opened]*download.Fetcher // each with its pace and its memory of missing bars
}

// opened identifies a source in use.
type opened struct {
	config string
	source sim.PriceSource
}

// New returns a Feed without open sources.
func New(keys Keys, prices sim.PriceStore, now func() time.Time, log *slog.Logger) *Feed {
	return &Feed{keys: keys, prices: prices, now: now, log: log.With("logger", "prices"), open: map[opened]*download.Fetcher{}}
}

// Fetch implements the engine's Bars. It leaves its caller time for other work.
func (f *Feed) Fetch(ctx context.Context, s sim.Settings, symbols []string, dates []sim.Date) ([]string, error) {
	fetcher, err := f.fetcher(s)
	if err != nil {
		return []string{sim.MessageOf(err)}, nil // a problem of the source, not of the store
	}
	limit := maxFetch
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)-callerReserve)
	}
	if limit < minFetch {
		return []string{"no prices were fetched: there was no time"}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	report, err := f.download(ctx, fetcher, download.Wanted{Symbols: symbols, Dates: dates})
	return report.Warnings, err
}

func (f *Feed) download(ctx context.Context, fetcher *download.Fetcher, w download.Wanted) (download.Report, error) {
	report, err := fetcher.Fetch(ctx, w)
	if report.Questions > 0 {
		f.log.Info("prices fetched", "source", report.Source, "questions", report.Questions, "failed", report.Failed,
			"added", report.Put.Added, "completed", report.Put.Completed, "revised", len(report.Put.Revised), "missing", report.Missing)
	}
	return report, err
}

// fetcher returns the fetcher of the source that settings name.
func (f *Feed) fetcher(s sim.Settings) (*download.Fetcher, error) {
	if s.Prices.Source == "" {
		return nil, sim.Errorf(sim.KindInvalid, "the configuration %q names no source of prices; add one as prices", s.Config)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at := opened{s.Config, s.Prices}
	if fetcher, ok := f.open[at]; ok {
		return fetcher, nil
	}
	vendor, err := download.New(s.Prices.Source, download.Options{
		BaseURL: s.Prices.BaseURL, PerMinute: s.Prices.PerMinute,
		Key: func(ctx context.Context) (secret.Text, error) {
			key, err := f.keys.PricesKey(ctx, s.Config, s.Prices)
			return secret.Text(key), err
		},
	})
	if err != nil {
		return nil, err
	}
	f.open[at] = download.NewFetcher(vendor, f.prices, f.now)
	return f.open[at], nil
}
