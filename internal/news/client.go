package news

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"aitrader/internal/secret"
	"aitrader/internal/sim"
	"aitrader/internal/vendorhttp"
)

// Bounds of one request to a vendor.
const (
	attemptTimeout = 15 * time.Second
	maxAnswer      = 8 << 20 // bytes
	maxRedirects   = 3
	maxItems       = 1000
)

// VendorOptions configure the client of a vendor.
type VendorOptions struct {
	// BaseURL is the address of the vendor; "" is the vendor's own.
	BaseURL string
	Key     secret.Text
	// Days is how many days before the session are searched, by a vendor that takes
	// a window; 30 by default.
	Days int
	// Timeout bounds one attempt; 15 s by default.
	Timeout time.Duration
}

const defaultDays = 30

// client asks one vendor.
type client struct {
	name string // in errors
	key  secret.Text
	days int
	http *vendorhttp.Client
}

func newClient(name, defaultURL string, o VendorOptions) (*client, error) {
	h, err := vendorhttp.New(vendorhttp.Options{
		BaseURL:      cmp.Or(o.BaseURL, defaultURL),
		Timeout:      cmp.Or(o.Timeout, attemptTimeout),
		MaxBytes:     maxAnswer,
		MaxRedirects: maxRedirects,
	})
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "news: the base URL is not valid: %s", err)
	}
	return &client{name: name, key: o.Key, days: cmp.Or(o.Days, defaultDays), http: h}, nil
}

// get asks for JSON. An error is a *[vendorhttp.Failure] with a [sim.Error].
func (c *client) get(ctx context.Context, r vendorhttp.Request) ([]byte, error) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Accept", "application/json")
	r.Key = c.key
	body, err := c.http.Get(ctx, r)
	if f, ok := errors.AsType[*vendorhttp.Failure](err); ok {
		f.Err = c.translate(f.Err)
	}
	return body, err
}

// translate turns the failure of a request into an error with a kind.
func (c *client) translate(err error) *sim.Error {
	var status vendorhttp.StatusError
	switch {
	case errors.Is(err, vendorhttp.ErrRedirect):
		return c.errorf(sim.KindUnavailable, "redirects to another host, which is not followed")
	case errors.Is(err, vendorhttp.ErrTooLarge):
		return c.errorf(sim.KindUnavailable, "answers with more than %d MiB", maxAnswer>>20)
	case errors.Is(err, vendorhttp.ErrUnreachable):
		return c.errorf(sim.KindUnavailable, "cannot be reached")
	case !errors.As(err, &status):
		return c.errorf(sim.KindUnavailable, "does not answer in time")
	}
	switch int(status) {
	case http.StatusTooManyRequests:
		return c.errorf(sim.KindRateLimited, "answers with %s", status)
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		return c.errorf(sim.KindInvalid, "answers with %s", status)
	case http.StatusUnauthorized, http.StatusForbidden:
		return c.errorf(sim.KindUnavailable, "answers with %s: the key is missing or refused", status)
	}
	return c.errorf(sim.KindUnavailable, "answers with %s", status)
}

func (c *client) errorf(kind sim.Kind, format string, args ...any) *sim.Error {
	return sim.Errorf(kind, "the news of %s: it %s", c.name, fmt.Sprintf(format, args...))
}

// unreadable is the failure of an answer that is not the vendor's JSON: a web page, or
// a truncated text.
func (c *client) unreadable() error {
	return &vendorhttp.Failure{Err: c.errorf(sim.KindUnavailable, "sent an answer that cannot be read"), Retry: true}
}
