package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"aitrader/internal/api"
)

type healthCmd struct{}

// Run asks a service on this machine, unless an endpoint says otherwise. The exit
// code is 1 when it does not answer or is unhealthy: a container is checked by it.
func (healthCmd) Run(ctx context.Context, p *program) error {
	p.flags.Endpoint = cmp.Or(p.endpoint(), "http://127.0.0.1:8080")
	return show(ctx, p, "/health", nil, func(w io.Writer, h api.Health) {
		fmt.Fprintf(w, "%s, version %s\n", h.Status, h.Version)
	})
}
