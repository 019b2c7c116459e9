package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"aitrader/internal/app/local"
)

type storeCmd struct {
	Check storeCheckCmd `cmd:"" help:"Fold all books again and check every row of the store. Exit code 1: something is wrong."`
}

type storeCheckCmd struct{}

// Run prints what is wrong with the store, a line each.
func (storeCheckCmd) Run(ctx context.Context, p *program) error {
	if err := p.hasStore(); err != nil {
		return err
	}
	file := filepath.Join(p.flags.Data, local.StoreFile)
	found, err := local.CheckStore(ctx, p.flags.Data)
	if err != nil {
		return err
	}
	if p.flags.JSON {
		answer := map[string]any{"file": file, "ok": len(found) == 0, "findings": found}
		if err := json.NewEncoder(p.stdout).Encode(answer); err != nil {
			return err
		}
	}
	for _, f := range found {
		if !p.flags.JSON {
			fmt.Fprintf(p.stdout, "%s: %s\n", f.Where, f.What)
		}
	}
	if len(found) > 0 {
		return exitCode(exitFailed)
	}
	if !p.flags.JSON {
		fmt.Fprintf(p.stdout, "%s: nothing is wrong\n", file)
	}
	return nil
}
