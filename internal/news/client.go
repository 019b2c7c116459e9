package news

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Bounds of one exchange with a vendor.
const (
	attemptTimeout = 15 * time.Second
	maxAnswer      = 8 << 20 // bytes
	maxRedirects   = 3
	maxItems       = 1000
	maxRetryAfter  = time.Minute
)

// Key is a vendor's key. However it is printed, it shows "[key]"; only a
// conversion to string gives it away.
type Key string

// String returns "[key]", or "" for no key.
func (k Key) String() string {
	if k == "" {
		return ""
	}
	return "[key]"
}

// GoString returns what String returns.
func (k Key) GoString() string { return k.String() }

// MarshalText writes what String returns.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Vendor says where a vendor answers, and with which key.
type Vendor struct {
	// BaseURL is the address that is asked; "" is the vendor's own.
	BaseURL string
	Key     Key
	// Days is how many days before the session are searched, where the vendor
	// can be told; 30 by default.
	Days int
	// Timeout bounds one attempt; 15 s by default.
	Timeout time.Duration
}

const defaultDays = 30

// client asks one vendor.
type client struct {
	name string // in errors
	base *url.URL
	key  Key
	days int
	http *http.Client
}

func newClient(name, defaultURL string, v Vendor) (*client, error) {
	if v.BaseURL == "" {
		v.BaseURL = defaultURL
	}
	base, err := url.Parse(v.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, sim.Errorf(sim.KindInvalid, "news: the base URL is not one: http or https and a host is expected, without a user, a query and a fragment")
	}
	if v.Days == 0 {
		v.Days = defaultDays
	}
	if v.Timeout == 0 {
		v.Timeout = attemptTimeout
	}
	return &client{name: name, base: base, key: v.Key, days: v.Days, http: &http.Client{Timeout: v.Timeout, CheckRedirect: stayAtHome}}, nil
}

var errElsewhere = errors.New("the redirect leads elsewhere")

// stayAtHome follows redirects within a host only: the key stands in the
// address or in a header, and belongs to that host.
func stayAtHome(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme || len(via) > maxRedirects {
		return errElsewhere
	}
	return nil
}

// get asks for an address below the base.
func (c *client) get(ctx context.Context, query url.Values, header http.Header) ([]byte, error) {
	address := *c.base
	address.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, c.fail(sim.KindInternal, false, "cannot be asked")
	}
	req.Header = header
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "aitrader")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, c.refused(resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	if len(body) > maxAnswer {
		return nil, c.fail(sim.KindUnavailable, false, "answers with more than "+strconv.Itoa(maxAnswer>>20)+" MiB")
	}
	return body, nil
}

// broken is the failure of a connection. The errors of package net/http hold the
// address, and so perhaps a key: they are not kept.
func (c *client) broken(ctx context.Context, err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return c.fail(sim.KindUnavailable, false, "does not answer in time")
	case errors.Is(err, errElsewhere):
		return c.fail(sim.KindUnavailable, false, "redirects to another host, which is not followed")
	case errors.As(err, &timeout) && timeout.Timeout():
		return c.fail(sim.KindUnavailable, true, "does not answer in time")
	}
	return c.fail(sim.KindUnavailable, true, "cannot be reached")
}

// refused is the failure of a status. What the vendor says besides is not read.
func (c *client) refused(resp *http.Response) error {
	status := "answers with status " + strconv.Itoa(resp.StatusCode)
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		f := c.fail(sim.KindRateLimited, true, status)
		f.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
		return f
	case code >= 500 || code == http.StatusRequestTimeout:
		f := c.fail(sim.KindUnavailable, true, status)
		f.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
		return f
	case code == http.StatusBadRequest || code == http.StatusNotFound || code == http.StatusUnprocessableEntity:
		return c.fail(sim.KindInvalid, false, status)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return c.fail(sim.KindUnavailable, false, status+": the key is missing or refused")
	}
	return c.fail(sim.KindUnavailable, false, status)
}

// retryAfter reads how long a vendor wants to be left alone; 0 when it does not
// say.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// failure is an error of a source, and whether asking again may help.
type failure struct {
	err   *sim.Error
	again bool
	after time.Duration
}

// Error returns the text of the error.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the error with its kind.
func (f *failure) Unwrap() error { return f.err }

func (c *client) fail(kind sim.Kind, again bool, text string) *failure {
	return &failure{err: sim.Errorf(kind, "the news of %s: it %s", c.name, text), again: again}
}

// failureOf returns what is known of an error of a source; one of a source that
// does not say is not asked again.
func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return &failure{}
}
