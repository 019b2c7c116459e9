package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"aitrader/internal/app/deployed"
	"aitrader/internal/app/local"
)

type configCmd struct {
	Init  configInitCmd  `cmd:"" help:"Write a first configuration, default.json, for a provider or for the built-in models alone."`
	Test  configTestCmd  `cmd:"" help:"Ask each enabled model one cheap question. Exit code 1: a model has a fault."`
	Check configCheckCmd `cmd:"" help:"Read a configuration as the service does, and print its errors."`
	Put   configPutCmd   `cmd:"" help:"Load a configuration, with its recordings and news, into a table on AWS."`
}

type configCheckCmd struct {
	File string `arg:"" help:"File to check." type:"existingfile"`
}

// Run prints the warnings, and fails with all errors.
func (c configCheckCmd) Run(p *program) error {
	checked, err := local.CheckConfig(c.File, p.env)
	if err != nil {
		for _, w := range checked.Warnings {
			p.say("warning: %s", w)
		}
		return err
	}
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(checked)
	}
	for _, w := range checked.Warnings {
		fmt.Fprintf(p.stdout, "warning: %s\n", w)
	}
	_, err = fmt.Fprintf(p.stdout, "%s: valid; models %s\n", c.File, strings.Join(checked.Models, ", "))
	return err
}

type configPutCmd struct {
	File  string `arg:"" help:"File to load." type:"existingfile"`
	Name  string `help:"Name of the configuration on AWS. Default: the name of the file." placeholder:"NAME"`
	Table string `help:"Table to load into: the stack's output TableName." env:"AITRADER_TABLE" placeholder:"NAME"`
}

// Run checks the file, loads it, and prints what was loaded.
func (c configPutCmd) Run(ctx context.Context, p *program) error {
	s, err := deployed.Open(ctx, c.Table, p.now)
	if err != nil {
		return err
	}
	put, err := s.PutConfiguration(ctx, c.Name, c.File)
	if err != nil {
		return err
	}
	if p.flags.JSON {
		return json.NewEncoder(p.stdout).Encode(put)
	}
	for _, w := range put.Warnings {
		fmt.Fprintf(p.stdout, "warning: %s\n", w)
	}
	for _, name := range put.Recordings {
		fmt.Fprintf(p.stdout, "recording %s\n", name)
	}
	if put.News != "" {
		fmt.Fprintf(p.stdout, "news %s\n", put.News)
	}
	_, err = fmt.Fprintf(p.stdout, "configuration %s: models %s\n", put.Name, strings.Join(put.Models, ", "))
	return err
}
