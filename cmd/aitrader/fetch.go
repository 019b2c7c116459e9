package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"aitrader/internal/app/deployed"
	"aitrader/internal/prices/download"
	"aitrader/internal/prices/feed"
	"aitrader/internal/sim"
)

type fetchCmd struct {
	destination
	Start   string   `help:"First date. Default: where the symbol furthest behind ends, or else init_date." placeholder:"D"`
	End     string   `help:"Last date. Default: the last trading day that is over." placeholder:"D"`
	Symbols []string `help:"Symbols. Default: stock_symbols, or else all with prices, and the benchmark." placeholder:"a,b"`
}

// progressEvery is the number of requests between two lines of progress.
const progressEvery = 20

// Run fetches what is missing. What was answered is stored, even if other requests
// fail.
func (c fetchCmd) Run(ctx context.Context, p *program) error {
	r, err := c.request(p)
	if err != nil {
		return err
	}
	report, err := c.fetch(ctx, p, r)
	if err != nil {
		return err
	}
	if err := p.printFetch(report); err != nil {
		return err
	}
	switch {
	case report.Failed == 0:
		return nil
	case report.Came():
		return exitCode(exitPartial)
	}
	return exitCode(exitFailed)
}

// request reads the flags.
func (c fetchCmd) request(p *program) (r feed.Request, err error) {
	r.Progress = func(answered, all int) {
		if answered%progressEvery == 0 && answered < all {
			p.say("%d of %d requests answered", answered, all)
		}
	}
	if r.Start, err = flagDate("--start", c.Start); err != nil {
		return r, err
	}
	if r.End, err = flagDate("--end", c.End); err != nil {
		return r, err
	}
	for _, symbol := range c.Symbols {
		r.Symbols = append(r.Symbols, strings.ToUpper(strings.TrimSpace(symbol)))
	}
	return r, nil
}

// fetch fetches into the store, or into the table of a stack. The configuration and
// the vendor's key are those of this machine in both cases.
func (c fetchCmd) fetch(ctx context.Context, p *program, r feed.Request) (report download.Report, err error) {
	if c.To == "dynamodb" {
		log, err := p.logger(slog.LevelWarn)
		if err != nil {
			return download.Report{}, err
		}
		s, err := deployed.Open(ctx, c.Table, p.now)
		if err != nil {
			return download.Report{}, err
		}
		return s.FetchPrices(ctx, p.options(log).Catalog(), r, log)
	}
	h, err := p.open(ctx)
	if err != nil {
		return download.Report{}, err
	}
	defer closing(h, &err)
	return h.FetchPrices(ctx, r)
}

// flagDate reads a flag that is a date; "" is no date.
func flagDate(flag, text string) (sim.Date, error) {
	if text == "" {
		return 0, nil
	}
	d, err := sim.ParseDate(text)
	if err != nil {
		return 0, sim.Errorf(sim.KindInvalid, "%s %q: a date YYYY-MM-DD is expected", flag, text)
	}
	return d, nil
}

func (p *program) printFetch(r download.Report) error {
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(r)
	}
	if r.Questions == 0 {
		_, err := fmt.Fprintf(p.stdout, "%s: nothing is missing\n", r.Source)
		return err
	}
	fmt.Fprintf(p.stdout, "%s: %d added, %d unchanged, %d completed, %d revised; %d splits, %d dividends; %d bars missing\n",
		r.Source, r.Put.Added, r.Put.Unchanged, r.Put.Completed, len(r.Put.Revised), r.Splits, r.Dividends, r.Missing)
	for _, w := range r.Warnings {
		fmt.Fprintf(p.stdout, "  warning: %s\n", w)
	}
	return nil
}
