package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"

	"aitrader/internal/api"
	"aitrader/internal/app/local"
	"aitrader/internal/sim"
)

type upCmd struct {
	Addr  string `help:"Address to listen on; only loopback without API keys. Default: 127.0.0.1:$API_PORT, or 8080." placeholder:"HOST:PORT"`
	Daily string `help:"Each trading day at this time in New York, wait for the day's bars and run what is missing." placeholder:"18:30"`
}

// Run serves the store until a signal stops it.
func (c upCmd) Run(ctx context.Context, p *program) (err error) {
	options := p.options(nil)
	options.Daily = c.Daily
	h, err := p.openService(ctx, options)
	if err != nil {
		return err
	}
	defer closing(h, &err)
	listener, err := p.listen(ctx, h, c.Addr)
	if err != nil {
		return err
	}
	p.announce(listener)
	return h.Serve(ctx, listener)
}

type demoCmd struct {
	Addr string `help:"Address to listen on. Default: 127.0.0.1:$API_PORT, or 8080." placeholder:"HOST:PORT"`
}

// Run fills a store of its own with the sample market, runs what is missing of the
// built-in models, prints the leaderboard and serves.
func (c demoCmd) Run(ctx context.Context, p *program) (err error) {
	if p.flags.Config != "" {
		return sim.Errorf(sim.KindInvalid, "--config %s: the demo has its own configuration; use aitrader up or run", p.flags.Config)
	}
	p.flags.Data = filepath.Join(p.flags.Data, "demo")
	options := p.options(nil)
	options.Demo = true
	h, err := p.openService(ctx, options)
	if err != nil {
		return err
	}
	defer closing(h, &err)
	listener, err := p.listen(ctx, h, c.Addr)
	if err != nil {
		return err
	}
	serving := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { serving <- h.Serve(ctx, listener) }()
	if err := p.demo(ctx, h); err != nil {
		stop()
		<-serving //nolint:errcheck // err says why it ends
		return err
	}
	p.announce(listener)
	return <-serving
}

// demo loads the sample market and runs what is missing of the built-in models.
func (p *program) demo(ctx context.Context, h *local.Home) error {
	report, err := h.LoadSample(ctx)
	if err != nil {
		return err
	}
	p.say("sample market (synthetic): %d bars loaded, %d already there", report.Added, report.Unchanged)
	c := inProcess(h.Handler())
	var answer api.AcceptedJob
	if err := c.post(ctx, "/simulate/trigger", "{}", &answer); err != nil {
		return err
	}
	if answer.JobID != "" {
		if _, err := p.follow(ctx, c, answer.JobID); err != nil {
			if ctx.Err() != nil {
				return exitCode(exitInterrupted)
			}
			return err
		}
	}
	var b api.Leaderboard
	if err := c.get(ctx, "/leaderboard", nil, &b); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "\nA synthetic market of invented companies: it demonstrates the service, not a strategy.")
	return p.table(func(w io.Writer) { printBoard(w, b) })
}

// openService opens the store for a command that runs until it is stopped, and logs
// what happens.
func (p *program) openService(ctx context.Context, o local.Options) (*local.Home, error) {
	level := slog.LevelInfo
	if o.Demo {
		level = slog.LevelWarn
	}
	log, err := p.logger(level)
	if err != nil {
		return nil, err
	}
	o.Log = log
	return local.Open(ctx, o)
}

// listen listens on an address; "" is loopback with the port in API_PORT.
func (p *program) listen(ctx context.Context, h *local.Home, addr string) (net.Listener, error) {
	if addr == "" {
		port := p.env("API_PORT")
		if port == "" {
			port = "8080"
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return nil, sim.Errorf(sim.KindInvalid, "API_PORT=%q: a port from 0 to 65535 is expected", port)
		}
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	return h.Listen(ctx, addr)
}

// announce says where the service is.
func (p *program) announce(l net.Listener) {
	p.say("\nserving on http://%s (documentation: /docs). Ctrl-C stops; an unfinished job resumes at the next start.", l.Addr())
}
