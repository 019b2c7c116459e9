package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"

	"aitrader/internal/receipt"
	"aitrader/internal/sim"
)

type receiptCmd struct {
	Job   string `arg:"" help:"Id of a job that has ended."`
	Model string `help:"Only the book of this model." placeholder:"SIGNATURE"`
}

// Run prints the receipt of a job, as JSON.
func (c receiptCmd) Run(ctx context.Context, p *program) (err error) {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	defer closing(from, &err)
	var raw json.RawMessage
	if err := from.client.get(ctx, "/jobs/"+url.PathEscape(c.Job)+"/receipt", query("model", c.Model), &raw); err != nil {
		return err
	}
	return p.printAnswer(raw)
}

type verifyCmd struct {
	Receipt string `arg:"" help:"File with a receipt." type:"existingfile"`
	Other   string `arg:"" optional:"" help:"File with a receipt that should be equal." type:"existingfile"`
}

// Run computes every day of a receipt again, and compares it with another receipt.
// The exit code is 1 when something differs.
func (c verifyCmd) Run(p *program) error {
	first, err := readReceipt(c.Receipt)
	if err != nil {
		return err
	}
	differences := receipt.Verify(first)
	if c.Other != "" {
		second, err := readReceipt(c.Other)
		if err != nil {
			return err
		}
		for _, d := range receipt.Verify(second) {
			differences = append(differences, c.Other+": "+d)
		}
		differences = append(differences, receipt.Compare(first, second)...)
	}
	return p.printVerified(first, differences)
}

func readReceipt(file string) (receipt.Receipt, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return receipt.Receipt{}, err
	}
	r, err := receipt.Parse(text)
	if err != nil {
		return receipt.Receipt{}, sim.Errorf(sim.KindOf(err), "%s: %s", file, sim.MessageOf(err))
	}
	return r, nil
}

func (p *program) printVerified(r receipt.Receipt, differences []string) error {
	days := 0
	for _, b := range r.Books {
		days += len(b.Days)
	}
	if p.flags.JSON {
		err := json.NewEncoder(p.stdout).Encode(map[string]any{
			"hash": r.Hash, "books": len(r.Books), "days": days, "differences": append([]string{}, differences...),
		})
		if err != nil {
			return err
		}
	} else {
		for _, d := range differences {
			fmt.Fprintln(p.stdout, d)
		}
		fmt.Fprintf(p.stdout, "%d books, %d days verified, %d differences; %s\n", len(r.Books), days, len(differences), r.Hash)
	}
	if len(differences) > 0 {
		return exitCode(exitFailed)
	}
	return nil
}
