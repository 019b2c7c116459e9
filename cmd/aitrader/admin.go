package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"aitrader/internal/app/local"
)

type exportCmd struct {
	Experiment string `help:"Experiment." default:"main" placeholder:"E"`
	Dir        string `arg:"" help:"Folder to write into; it is made when it is missing."`
}

// Run writes the current books in the files that AI-Trader writes.
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
	_, err = fmt.Fprintf(p.stdout, "%s is a copy of the store; use it as %s in a folder of its own\n", c.File, local.StoreFile)
	return err
}

type keysCmd struct {
	New keyNewCmd `cmd:"" help:"Make an API key; it is printed once."`
}

type keyNewCmd struct {
	ID     string   `required:"" help:"Name of the key in logs: 1 to 40 of a-z, 0-9, - and _." placeholder:"ID"`
	Scopes []string `required:"" help:"What the key may do: read, trigger." enum:"read,trigger" placeholder:"read,trigger"`
}

// Run makes a key of 256 random bits. The service needs its hash only, so that
// nobody who reads the environment of the service can use it.
func (c keyNewCmd) Run(p *program) error {
	if err := local.CheckKeyID(c.ID); err != nil {
		return err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	key := "ait_" + hex.EncodeToString(secret)
	sum := sha256.Sum256([]byte(key))
	entry := c.ID + ":" + strings.Join(c.Scopes, "+") + ":" + hex.EncodeToString(sum[:])
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(map[string]string{"id": c.ID, "key": key, "entry": entry})
	}
	_, err := fmt.Fprintf(p.stdout, "key (shown once):  %s\nfor the service:   AITRADER_API_KEYS=%s\n(several entries are separated by commas)\n", key, entry)
	return err
}
