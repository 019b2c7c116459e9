package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"aitrader/internal/mcpserver"
)

type mcpCmd struct {
	Trigger bool `help:"Offer a tool that starts jobs, too. Without it, everything is read-only."`
}

// Run serves the tools on standard input and output.
func (c mcpCmd) Run(ctx context.Context, p *program) (err error) {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	defer closing(from, &err)
	ask := func(ctx context.Context, method, path string, body []byte) ([]byte, error) {
		var raw json.RawMessage
		if method == http.MethodPost {
			err := from.api.post(ctx, path, string(body), &raw)
			return raw, err
		}
		err := from.api.get(ctx, path, nil, &raw)
		return raw, err
	}
	if c.Trigger && from.home != nil {
		executing, stop := context.WithCancel(ctx)
		var executed sync.WaitGroup
		executed.Go(func() { from.home.Execute(executing) })
		defer func() { stop(); executed.Wait() }()
	}
	return mcpserver.Stdio(ctx, ask, c.Trigger, p.stdin, p.stdout)
}
