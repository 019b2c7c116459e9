package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"aitrader/internal/sim"
	"aitrader/internal/trader"
)

type configTestCmd struct {
	File    string        `arg:"" optional:"" help:"File or name to test. Default: the configuration of --config, or default."`
	Timeout time.Duration `help:"How long to wait for the answers." default:"60s" placeholder:"60s"`
}

// probed is a line about a model.
type probed struct {
	Model     string         `json:"model"`
	OK        bool           `json:"ok"`
	Fault     string         `json:"fault,omitempty"`
	Passing   bool           `json:"passing,omitempty"` // the fault may pass by itself
	Offline   bool           `json:"offline,omitempty"` // built in, or a recording
	LatencyMS int64          `json:"latency_ms"`
	Input     int64          `json:"input_tokens"`
	Output    int64          `json:"output_tokens"`
	Cost      *sim.TokenCost `json:"cost_usd"` // null: the model has no price
}

// Run asks all enabled models at once, and prints a line about each.
func (c configTestCmd) Run(ctx context.Context, p *program) error {
	options := p.options(slog.New(slog.DiscardHandler))
	options.Config = cmp.Or(c.File, options.Config)
	catalog := options.Catalog()
	found, err := catalog.Open(ctx, "")
	if err != nil {
		return err
	}
	settings, err := found.Settings(nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	models := trader.NewModels(catalog, trader.Files, nil, p.now)
	lines := make([]probed, len(settings.Models))
	var all sync.WaitGroup
	for i, spec := range settings.Models {
		all.Go(func() { lines[i] = newProbed(spec.Signature, models.Probe(ctx, settings, spec)) })
	}
	all.Wait()
	if p.flags.JSON {
		err = json.NewEncoder(p.stdout).Encode(map[string]any{"models": lines})
	} else {
		err = p.table(func(w io.Writer) { printProbed(w, lines) })
	}
	for _, l := range lines {
		if err == nil && !l.OK {
			return exitCode(exitFailed)
		}
	}
	return err
}

func newProbed(model string, r trader.Probe) probed {
	return probed{
		Model: model, OK: r.Fault == "", Fault: r.Fault, Passing: r.Passing, Offline: r.Offline,
		LatencyMS: r.Took.Milliseconds(), Input: r.Usage.Input, Output: r.Usage.Output, Cost: r.Cost,
	}
}

func printProbed(w io.Writer, lines []probed) {
	for _, l := range lines {
		switch {
		case !l.OK && l.Passing:
			fmt.Fprintf(w, "%s\tfault\t%s; this may pass: try again later\n", l.Model, l.Fault)
		case !l.OK:
			fmt.Fprintf(w, "%s\tfault\t%s\n", l.Model, l.Fault)
		case l.Offline:
			fmt.Fprintf(w, "%s\tok\tneeds no provider\n", l.Model)
		default:
			cost := "no price configured"
			if l.Cost != nil {
				cost = l.Cost.String() + " USD"
			}
			fmt.Fprintf(w, "%s\tok\t%.1f s, %d tokens in, %d out, %s\n", l.Model, float64(l.LatencyMS)/1000, l.Input, l.Output, cost)
		}
	}
}
