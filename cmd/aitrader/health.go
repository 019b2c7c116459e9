package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
)

type healthCmd struct{}

// health is what a service says of itself.
type health struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

// Run asks a service that runs on this machine, unless an endpoint says otherwise.
// The exit code is 1 where it does not answer, or is not healthy: what a container
// is checked by.
func (healthCmd) Run(ctx context.Context, p *program) error {
	p.flags.Endpoint = cmp.Or(p.flags.Endpoint, p.env("AITRADER_ENDPOINT"), "http://127.0.0.1:8080")
	return show(ctx, p, "/health", nil, func(w io.Writer, h health) { fmt.Fprintf(w, "%s, version %s\n", h.Status, h.Version) })
}
