package download

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
	"aitrader/internal/vendorhttp"
)

// Bounds of the requests to a vendor.
const (
	attemptTimeout = 30 * time.Second
	maxAnswer      = 32 << 20 // bytes; all symbols of a date are some 2 MB
	maxRetries     = 3
	baseDelay      = time.Second
	// rateLimitPause is how long a vendor is left alone that reports its rate limit
	// without a Retry-After.
	rateLimitPause = time.Minute
	// maxRetryAfter is the longest Retry-After that is waited for.
	maxRetryAfter = 2 * time.Minute
	// unhurried is the time left in a context without a deadline.
	unhurried = 24 * time.Hour
)

// client sends the requests to one vendor.
type client struct {
	name  string // in errors
	key   func(ctx context.Context) (secret.Text, error)
	pace  *pace
	clock Clock
	http  *vendorhttp.Client
}

func newClient(name, defaultURL string, o Options) (*client, error) {
	if o.PerMinute <= 0 {
		return nil, sim.Errorf(sim.KindInvalid, "prices: %d requests per minute: a number from 1 is expected", o.PerMinute)
	}
	h, err := vendorhttp.New(vendorhttp.Options{
		BaseURL:  cmp.Or(o.BaseURL, defaultURL),
		Timeout:  cmp.Or(o.Timeout, attemptTimeout),
		MaxBytes: maxAnswer,
	})
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "prices: the base URL is not valid: %s", err)
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Key == nil {
		o.Key = func(context.Context) (secret.Text, error) { return "", nil }
	}
	return &client{name: name, key: o.Key, pace: &pace{perMinute: o.PerMinute}, clock: o.Clock, http: h}, nil
}

// Name implements [Vendor].
func (c *client) Name() string { return c.name }

// request is one question below the base URL.
type request struct {
	path  string
	query url.Values
	keyIn vendorhttp.KeyPlace
}

// ask sends a request in its turn and reads the answer. It retries where that may help.
// Read returns a *[vendorhttp.Failure] for an unusable answer. An error is a
// [sim.Error].
func ask[T any](ctx context.Context, c *client, r request, read func(body []byte) (T, error)) (T, error) {
	key, err := c.key(ctx)
	if err != nil {
		var none T
		// This kind also ends the other questions: they would lack the key, too.
		return none, sim.Errorf(sim.KindUnauthorized, "%s", sim.MessageOf(err))
	}
	retry := backoff.Policy{Base: baseDelay, Max: baseDelay << maxRetries, Wait: c.clock.Wait}
	value, err := backoff.RetryAsAsked(ctx, retry, 1+maxRetries, askAgain, func() (T, error) {
		body, err := c.get(ctx, vendorhttp.Request{Path: r.path, Query: r.query, Key: key, KeyIn: r.keyIn})
		if err != nil {
			var none T
			return none, err
		}
		return read(body)
	})
	if f, ok := errors.AsType[*vendorhttp.Failure](err); ok {
		return value, f.Err
	}
	return value, err
}

// askAgain reports whether another attempt may succeed, and after which wait.
func askAgain(err error) (after time.Duration, ok bool) {
	after, ok = vendorhttp.AskAgain(err)
	return after, ok && after <= maxRetryAfter
}

// get waits for its turn and sends a request once.
func (c *client) get(ctx context.Context, r vendorhttp.Request) ([]byte, error) {
	if err := c.awaitTurn(ctx); err != nil {
		return nil, err
	}
	body, err := c.http.Get(ctx, r)
	if f, ok := errors.AsType[*vendorhttp.Failure](err); ok {
		if errors.Is(f.Err, vendorhttp.StatusError(http.StatusTooManyRequests)) && f.After == 0 {
			f.After = rateLimitPause
		}
		f.Err = translate(f.Err)
	}
	return body, err
}

// awaitTurn waits until the next request may be sent.
func (c *client) awaitTurn(ctx context.Context) error {
	wait, ok := c.pace.reserve(c.clock.Now(), timeLeft(ctx))
	if !ok {
		return sim.Errorf(sim.KindRateLimited, "the requests of this minute are used up, and there is no time to wait")
	}
	if wait > 0 && c.clock.Wait(ctx, wait) != nil {
		return translate(vendorhttp.ErrInterrupted)
	}
	return nil
}

func timeLeft(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	return unhurried
}

// translate turns the failure of a request into an error with a kind, on which the
// fetcher acts.
func translate(err error) *sim.Error {
	var status vendorhttp.StatusError
	switch {
	case errors.Is(err, vendorhttp.ErrInterrupted):
		return failed(sim.KindUnavailable, "was not asked in time")
	case errors.Is(err, vendorhttp.ErrTimeout):
		return failed(sim.KindUnavailable, "does not answer in time")
	case errors.Is(err, vendorhttp.ErrRedirect):
		return failed(sim.KindUnavailable, "redirects, which is not followed")
	case errors.Is(err, vendorhttp.ErrTooLarge):
		return failed(sim.KindUnavailable, "answers with more than %d MiB", maxAnswer>>20)
	case !errors.As(err, &status):
		return failed(sim.KindUnavailable, "cannot be reached")
	}
	switch code := int(status); {
	case code == http.StatusTooManyRequests:
		return failed(sim.KindRateLimited, "was asked too often")
	case code == http.StatusUnauthorized:
		return failed(sim.KindUnauthorized, "answers with %s: the key is missing or refused", status)
	case code == http.StatusForbidden:
		return failed(sim.KindForbidden, "answers with %s: the plan of the key does not allow it", status)
	case code == http.StatusNotFound:
		return failed(sim.KindNoData, "answers with %s", status)
	case code >= 300 && code < 400:
		return failed(sim.KindUnavailable, "redirects, which is not followed")
	}
	return failed(sim.KindUnavailable, "answers with %s", status)
}

// failed returns the error of the vendor, which is "it": reports name the vendor.
func failed(kind sim.Kind, format string, args ...any) *sim.Error {
	return sim.Errorf(kind, "it "+format, args...)
}

// unreadable is the failure of an answer that is not in the vendor's format: a web page,
// or a truncated text.
func unreadable() *vendorhttp.Failure {
	return &vendorhttp.Failure{Err: failed(sim.KindUnavailable, "sent an answer that cannot be read"), Retry: true}
}
