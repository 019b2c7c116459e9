package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"aitrader/internal/api"
	"aitrader/internal/app/deployed"
	"aitrader/internal/prices"
	"aitrader/internal/sim"
)

type pricesCmd struct {
	Import   importCmd   `cmd:"" help:"Import CSV (also gzip), Alpha Vantage JSON and AI-Trader merged.jsonl; splits and dividends as CSV."`
	Fetch    fetchCmd    `cmd:"" help:"Fetch missing prices from the source in the configuration. Exit code 2: some requests failed."`
	Coverage coverageCmd `cmd:"" help:"Show the stored bars and their gaps."`
}

type importCmd struct {
	destination
	Files []string `arg:"" name:"file" help:"Files to import. Their format is detected." type:"existingfile"`
}

// destination are the flags of commands that write prices.
type destination struct {
	To    string `help:"Destination: the store in DIR, or a table on AWS." enum:"store,dynamodb" default:"store" placeholder:"store|dynamodb"`
	Table string `help:"Table for --to dynamodb: the stack's output TableName." env:"AITRADER_TABLE" placeholder:"NAME"`
}

// priceStore stores prices.
type priceStore interface {
	PutPrices(ctx context.Context, set sim.PriceRows) (sim.ImportReport, error)
}

// imported is the outcome of one file.
type imported struct {
	File     string           `json:"file"`
	Report   sim.ImportReport `json:"report"`
	Splits   int              `json:"splits"`
	Dividend int              `json:"dividends"`
	Warnings []string         `json:"warnings"`
}

// Run imports the files in their order. A file with a bad row imports nothing and
// ends the command; the files before it stay imported.
func (c importCmd) Run(ctx context.Context, p *program) (err error) {
	if c.To == "dynamodb" {
		s, err := deployed.Open(ctx, c.Table, p.now)
		if err != nil {
			return err
		}
		return c.into(ctx, p, s)
	}
	h, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer closing(h, &err)
	return c.into(ctx, p, h)
}

func (c importCmd) into(ctx context.Context, p *program, store priceStore) error {
	for _, file := range c.Files {
		done, err := importFile(ctx, store, file)
		if err != nil {
			return err
		}
		if err := p.printImport(done); err != nil {
			return err
		}
	}
	return nil
}

func importFile(ctx context.Context, store priceStore, file string) (done imported, err error) {
	f, err := os.Open(file)
	if err != nil {
		return imported{}, err
	}
	defer closing(f, &err)
	set, err := prices.Read(file, f)
	if err != nil {
		return imported{}, err
	}
	report, err := store.PutPrices(ctx, set)
	return imported{
		File: file, Report: report, Splits: len(set.Splits), Dividend: len(set.Dividends), Warnings: set.Warnings,
	}, err
}

func (p *program) printImport(done imported) error {
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(done)
	}
	r := done.Report
	fmt.Fprintf(p.stdout, "%s: %d added, %d unchanged, %d completed, %d revised\n",
		done.File, r.Added, r.Unchanged, r.Completed, len(r.Revised))
	for _, w := range done.Warnings {
		fmt.Fprintf(p.stdout, "  warning: %s\n", w)
	}
	const maxShown = 10
	for i, v := range r.Revised {
		if i == maxShown {
			fmt.Fprintf(p.stdout, "  ... and %d more revised bars\n", len(r.Revised)-maxShown)
			break
		}
		fmt.Fprintf(p.stdout, "  revised: %s %s: close %s, was %s\n", v.Symbol, v.Date, v.New.Close, v.Old.Close)
	}
	return nil
}

type coverageCmd struct{}

// Run prints the stored bars by symbol.
func (coverageCmd) Run(ctx context.Context, p *program) error {
	return show(ctx, p, "/prices/coverage", nil, func(w io.Writer, c api.Coverage) {
		fmt.Fprintln(w, "SYMBOL\tFIRST\tLAST\tBARS\tGAPS")
		for _, s := range c.Symbols {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\n", s.Symbol, s.FirstDate, s.LastDate, s.Bars, len(s.Gaps))
		}
	})
}
