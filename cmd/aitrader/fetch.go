package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"aitrader/internal/app/home"
	"aitrader/internal/prices/download"
	"aitrader/internal/sim"
)

type fetchCmd struct {
	Start   string   `help:"First date; without it the day after the last bar of the symbol that is furthest behind, or the configuration's init_date for one without any." placeholder:"D"`
	End     string   `help:"Last date; without it the last trading day that is over." placeholder:"D"`
	Symbols []string `help:"Symbols; without them the configuration's stock_symbols, or else all with prices, and the benchmark." placeholder:"a,b"`
}

// progressEvery is after how many questions a long download says how far it is.
const progressEvery = 20

// Run fetches what is missing. What came is stored, whatever happens.
func (c fetchCmd) Run(ctx context.Context, p *program) (err error) {
	f := home.Fetch{Progress: func(asked, all int) {
		if asked%progressEvery == 0 && asked < all {
			p.say("%d of %d questions are answered", asked, all)
		}
	}}
	if f.Start, err = flagDate("--start", c.Start); err != nil {
		return err
	}
	if f.End, err = flagDate("--end", c.End); err != nil {
		return err
	}
	for _, symbol := range c.Symbols {
		f.Symbols = append(f.Symbols, strings.ToUpper(strings.TrimSpace(symbol)))
	}
	h, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer closing(h, &err)
	report, err := h.FetchPrices(ctx, f)
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

// flagDate reads the date of a flag; "" is none.
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
	fmt.Fprintf(p.stdout, "%s: %d added, %d unchanged, %d completed, %d revised; %d splits, %d dividends; %d bars are missing\n",
		r.Source, r.Put.Added, r.Put.Unchanged, r.Put.Completed, len(r.Put.Revised), r.Splits, r.Dividends, r.Missing)
	for _, w := range r.Warnings {
		fmt.Fprintf(p.stdout, "  warning: %s\n", w)
	}
	return nil
}
