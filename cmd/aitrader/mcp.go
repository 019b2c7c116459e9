package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"aitrader/internal/mcpserver"
)

type mcpCmd struct {
	Trigger bool `help:"Also offer a tool that starts jobs. Without it, all tools only read."`
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
			err := from.client.post(ctx, path, string(body), &raw)
			return raw, err
		}
		err := from.client.get(ctx, path, nil, &raw)
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
