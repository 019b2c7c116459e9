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
	"aitrader/internal/secret"
	"aitrader/internal/sim"
)

// service is what a command asks: the store in the folder, in this process, or the
// service at an address.
type service struct {
	client *client
	// home is nil for a service elsewhere, which executes its jobs itself.
	home *local.Home
}

// service opens the store, or names the service at --endpoint.
func (p *program) service(ctx context.Context) (*service, error) {
	if endpoint := p.endpoint(); endpoint != "" {
		c, err := remote(endpoint, secret.Text(p.env("AITRADER_API_KEY")))
		return &service{client: c}, err
	}
	h, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return &service{client: inProcess(h.Handler()), home: h}, nil
}

// endpoint is the address of the service to ask; "": the store in the folder.
func (p *program) endpoint() string { return cmp.Or(p.flags.Endpoint, p.env("AITRADER_ENDPOINT")) }

// reading is service for a command that only reads, and so creates no store.
func (p *program) reading(ctx context.Context) (*service, error) {
	if p.endpoint() == "" {
		if err := p.hasStore(); err != nil {
			return nil, err
		}
	}
	return p.service(ctx)
}

// hasStore refuses a folder without a store: its name is probably a mistake.
func (p *program) hasStore() error {
	_, err := os.Stat(filepath.Join(p.flags.Data, local.StoreFile))
	if errors.Is(err, fs.ErrNotExist) {
		return sim.Errorf(sim.KindNotFound,
			"no store in %s (%s is missing): name its folder with --data, or create one with demo, run or prices import",
			p.flags.Data, local.StoreFile)
	}
	return err
}

// Close closes the store, if it was opened.
func (s *service) Close() error {
	if s.home == nil {
		return nil
	}
	return s.home.Close()
}

// maxRequestTime is longer than any answer of the API takes, long polls included.
const maxRequestTime = 40 * time.Second

// remote is a client of the service at an address.
func remote(endpoint string, key secret.Text) (*client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || !isPlainAddress(u) {
		return nil, sim.Errorf(sim.KindInvalid, "--endpoint %q: an address such as https://HOST is expected", endpoint)
	}
	if key != "" && u.Scheme == "http" && !netaddr.IsLocalhost(u.Hostname()) {
		return nil, sim.Errorf(sim.KindInvalid, "--endpoint %s: the key in AITRADER_API_KEY is sent over https only", u.Redacted())
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a key goes to one host only
	return &client{
		base: strings.TrimSuffix(u.String(), "/"),
		key:  key,
		http: &http.Client{Timeout: maxRequestTime, CheckRedirect: stay},
	}, nil
}

// isPlainAddress reports whether a URL is an address and nothing more.
func isPlainAddress(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
