package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aitrader/internal/app/local"
	"aitrader/internal/netaddr"
	"aitrader/internal/sim"
)

// service is whom a command asks: the home in the folder, in this process, or
// the service at an address.
type service struct {
	api *client
	// home is nil for a service elsewhere, which executes its jobs itself.
	home *local.Home
}

// service opens the home, or names the service that --endpoint says.
func (p *program) service(ctx context.Context) (*service, error) {
	if endpoint := cmp.Or(p.flags.Endpoint, p.env("AITRADER_ENDPOINT")); endpoint != "" {
		api, err := remote(endpoint, p.env("AITRADER_API_KEY"))
		return &service{api: api}, err
	}
	h, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return &service{api: inProcess(h.Handler()), home: h}, nil
}

// reading is service for a command that only looks.
func (p *program) reading(ctx context.Context) (*service, error) {
	if cmp.Or(p.flags.Endpoint, p.env("AITRADER_ENDPOINT")) == "" {
		if err := p.hasStore(); err != nil {
			return nil, err
		}
	}
	return p.service(ctx)
}

// hasStore refuses a folder without a store: its name is a mistake then, and no
// reason to make one.
func (p *program) hasStore() error {
	_, err := os.Stat(filepath.Join(p.flags.Data, local.StoreFile))
	if errors.Is(err, fs.ErrNotExist) {
		return sim.Errorf(sim.KindNotFound, "there is no store in %s (%s is missing): name its folder with --data, or make one with demo, run or prices import", p.flags.Data, local.StoreFile)
	}
	return err
}

// Close closes the home, if there is one.
func (s *service) Close() error {
	if s.home == nil {
		return nil
	}
	return s.home.Close()
}

// requestTimeout is longer than any answer of the API may take, long polls
// included.
const requestTimeout = 40 * time.Second

// remote is a client of the service at an address.
func remote(endpoint, key string) (*client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, sim.Errorf(sim.KindInvalid, "--endpoint %q: an address such as https://HOST is expected", endpoint)
	}
	if key != "" && u.Scheme == "http" && !netaddr.IsLocalhost(u.Hostname()) {
		return nil, sim.Errorf(sim.KindInvalid, "--endpoint %s: the key in AITRADER_API_KEY is sent by https only", u.Redacted())
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a key goes to one host only
	return &client{base: strings.TrimSuffix(u.String(), "/"), key: key, http: &http.Client{Timeout: requestTimeout, CheckRedirect: stay}}, nil
}
