package main

import (
	"context"
	"encoding/json"
	"fmt"

	"aitrader/internal/apikey"
	"aitrader/internal/app/local"
	"aitrader/internal/sim"
)

type exportCmd struct {
	Experiment string `help:"Experiment." default:"main" placeholder:"E"`
	Dir        string `arg:"" help:"Folder to write into; created when missing."`
}

// Run writes the current books as files of AI-Trader.
func (c exportCmd) Run(ctx context.Context, p *program) (err error) {
	h, err := p.existing(ctx)
	if err != nil {
		return err
	}
	defer closing(h, &err)
	files, err := h.Export(ctx, c.Experiment, c.Dir)
	if err != nil {
		return err
	}
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(map[string]any{"files": files})
	}
	for _, f := range files {
		fmt.Fprintln(p.stdout, f)
	}
	return nil
}

type backupCmd struct {
	File string `arg:"" help:"File to write; it must not exist."`
}

// Run writes a consistent copy of the store.
func (c backupCmd) Run(ctx context.Context, p *program) (err error) {
	h, err := p.existing(ctx)
	if err != nil {
		return err
	}
	defer closing(h, &err)
	if err := h.Backup(ctx, c.File); err != nil {
		return err
	}
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(map[string]string{"file": c.File})
	}
	_, err = fmt.Fprintf(p.stdout, "%s is a copy of the store; to use it, name it %s in a folder of its own\n", c.File, local.StoreFile)
	return err
}

type keysCmd struct {
	New keyNewCmd `cmd:"" help:"Make an API key, and print it once."`
}

type keyNewCmd struct {
	ID     string         `required:"" help:"Name of the key in logs: 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen." placeholder:"ID"`
	Scopes []apikey.Scope `required:"" help:"What the key may do: read, trigger." enum:"read,trigger" placeholder:"read,trigger"`
}

// Run prints a new key and the entry that the service needs, which holds its hash
// only.
func (c keyNewCmd) Run(p *program) error {
	if err := apikey.CheckID(c.ID); err != nil {
		return sim.Errorf(sim.KindInvalid, "--id %w", err)
	}
	key, text, err := apikey.Generate(c.ID, c.Scopes...)
	if err != nil {
		return err
	}
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(map[string]string{"id": c.ID, "key": text, "entry": key.String()})
	}
	_, err = fmt.Fprintf(p.stdout, "key (shown once):  %s\nfor the service:   AITRADER_API_KEYS=%s\n(separate several entries by commas)\n",
		text, key)
	return err
}
