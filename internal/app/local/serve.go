package local

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"aitrader/internal/netaddr"
	"aitrader/internal/sim"
)

// Listen opens the address of the service. Without API keys only a loopback
// address is allowed.
func (h *Home) Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "--addr %q: HOST:PORT is expected", addr)
	}
	if !h.guarded && !netaddr.IsLocalhost(host) {
		return nil, sim.Errorf(sim.KindInvalid,
			"--addr %s is not a loopback address, and no API keys are configured: set AITRADER_API_KEYS (see: aitrader keys new), "+
				"or AITRADER_ALLOW_OPEN=1 to serve every client without a key",
			addr)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, sim.Errorf(sim.KindUnavailable, "--addr %s cannot be listened on: %v", addr, err)
	}
	return listener, nil
}

// Serve answers requests, executes jobs and, if that is wanted, catches up every
// trading day, until the context ends. It is called once.
func (h *Home) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := newServer(h.served, slog.NewLogLogger(h.log.Handler(), slog.LevelWarn))
	var executing sync.WaitGroup
	executing.Go(func() { h.verify(ctx) })
	executing.Go(func() { h.Execute(ctx) })
	if h.daily != nil {
		executing.Go(func() { h.daily.Run(ctx) })
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		close(h.ending)
		stopped <- server.end(context.WithoutCancel(ctx))
	}()
	err := server.Serve(l)
	cancel()
	executing.Wait()
	endErr := <-stopped
	if errors.Is(err, http.ErrServerClosed) {
		return endErr // nil: the orderly end
	}
	return err
}

// verify checks the store once, beside everything else: a damaged one answers nothing.
func (h *Home) verify(ctx context.Context) {
	found, err := h.store.Verify(ctx)
	if err != nil && ctx.Err() == nil {
		h.log.WarnContext(ctx, "the store could not be checked", "error", err)
	}
	for _, f := range found {
		if err == nil {
			h.log.ErrorContext(ctx, "the store is damaged", "where", f.Where, "what", f.What)
		}
	}
}
