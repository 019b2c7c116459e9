package download

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Bounds of one exchange with a vendor.
const (
	attemptTimeout = 30 * time.Second
	maxAnswer      = 32 << 20 // bytes; all symbols of a date are some 2 MB
	maxRetries     = 3
	baseDelay      = time.Second
	// tooOften is how long a vendor is left alone that says it was asked too often
	// and not for how long.
	tooOften = time.Minute
	// longestWish is the longest wish to be left alone that is granted.
	longestWish = 2 * time.Minute
	// unhurried stands for the patience of a context without a deadline.
	unhurried = 24 * time.Hour
)

// client asks one vendor.
type client struct {
	name  string // in errors
	base  *url.URL
	key   func(ctx context.Context) (Key, error)
	pace  *pace
	clock Clock
	http  *http.Client
}

func newClient(name, own string, o Options) (*client, error) {
	base, err := parseBase(o.BaseURL, own)
	if err != nil {
		return nil, err
	}
	if o.PerMinute <= 0 {
		return nil, sim.Errorf(sim.KindInvalid, "prices: %d requests per minute: a number from 1 is expected", o.PerMinute)
	}
	if o.Timeout == 0 {
		o.Timeout = attemptTimeout
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Key == nil {
		o.Key = func(context.Context) (Key, error) { return "", nil }
	}
	return &client{
		name: name, base: base, key: o.Key, pace: &pace{perMinute: o.PerMinute}, clock: o.Clock,
		// The key goes to the base URL and to no other place, whatever that says.
		http: &http.Client{Timeout: o.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// Name implements [Vendor].
func (c *client) Name() string { return c.name }

// request is what is asked for below the base URL.
type request struct {
	path  string
	query url.Values
	// secret puts the key where the vendor wants it.
	secret func(r *http.Request, key Key)
}

// ask sends a request, in its turn, and reads its answer; again where that may
// help. Read returns a [failure] about an answer that is none.
func (c *client) ask(ctx context.Context, r request, read func(body []byte) error) error {
	key, err := c.key(ctx)
	if err != nil {
		// Without its key the vendor need not be asked for anything else.
		return sim.Errorf(sim.KindUnauthorized, "%s", sim.MessageOf(err))
	}
	for attempt := 0; ; attempt++ {
		if err := c.turn(ctx); err != nil {
			return err
		}
		body, err := c.send(ctx, r, key)
		if err == nil {
			err = read(body)
		}
		var f *failure
		if err == nil || !errors.As(err, &f) {
			return err
		}
		if !f.again || attempt == maxRetries || !c.pause(ctx, attempt, f.after) {
			return f.err
		}
	}
}

// turn waits until the next request may be sent.
func (c *client) turn(ctx context.Context) error {
	wait, ok := c.pace.take(c.clock.Now(), patience(ctx))
	if !ok {
		return sim.Errorf(sim.KindRateLimited, "the requests of this minute are used up, and there is no time to wait")
	}
	if wait > 0 && c.clock.Wait(ctx, wait) != nil {
		return c.fail(sim.KindUnavailable, "was not asked in time").err
	}
	return nil
}

// pause waits before a retry: as long as the vendor wishes, and for a random time
// from a span that doubles. It is false when there is no time for that.
func (c *client) pause(ctx context.Context, attempt int, wish time.Duration) bool {
	wait := wish + time.Duration(rand.Int64N(int64(baseDelay<<attempt)+1))
	return wish <= longestWish && wait < patience(ctx) && c.clock.Wait(ctx, wait) == nil
}

// patience is the time that is left.
func patience(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	return unhurried
}

// send sends a request once.
func (c *client) send(ctx context.Context, r request, key Key) ([]byte, error) {
	address := *c.base
	if r.path != "" {
		address.Path = strings.TrimSuffix(address.Path, "/") + r.path
	}
	address.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, c.fail(sim.KindInternal, "cannot be asked")
	}
	req.Header.Set("User-Agent", "aitrader")
	if key != "" {
		r.secret(req, key)
	}
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
		return nil, c.fail(sim.KindUnavailable, "answers with more than "+strconv.Itoa(maxAnswer>>20)+" MiB")
	}
	return body, nil
}

// broken is the failure of a connection. The errors of package net/http hold the
// address, and so perhaps a key: they are not kept.
func (c *client) broken(ctx context.Context, err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return c.fail(sim.KindUnavailable, "was not asked in time")
	case errors.As(err, &timeout) && timeout.Timeout():
		return c.fail(sim.KindUnavailable, "does not answer in time").retry(0)
	}
	return c.fail(sim.KindUnavailable, "cannot be reached").retry(0)
}

// refused is the failure of a status. What the vendor says besides is not read.
func (c *client) refused(resp *http.Response) error {
	status := "answers with status " + strconv.Itoa(resp.StatusCode)
	wish := retryAfter(resp.Header.Get("Retry-After"), time.Now())
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		if wish == 0 {
			wish = tooOften
		}
		return c.fail(sim.KindRateLimited, "was asked too often").retry(wish)
	case code >= 500 || code == http.StatusRequestTimeout:
		return c.fail(sim.KindUnavailable, status).retry(wish)
	case code == http.StatusUnauthorized:
		return c.fail(sim.KindUnauthorized, status+": the key is missing or refused")
	case code == http.StatusForbidden:
		return c.fail(sim.KindForbidden, status+": the plan of the key does not allow it")
	case code == http.StatusNotFound:
		return c.fail(sim.KindNoData, status)
	case code >= 300 && code < 400:
		return c.fail(sim.KindUnavailable, "redirects, which is not followed")
	}
	return c.fail(sim.KindUnavailable, status)
}

// retryAfter reads how long a vendor wants to be left alone; 0 when it does not
// say.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

// failure is an error of a vendor, and whether asking again may help.
type failure struct {
	err   *sim.Error
	again bool
	after time.Duration
}

// Error returns the text of the error.
func (f *failure) Error() string { return f.err.Error() }

// retry says that asking again after a time may help.
func (f *failure) retry(after time.Duration) *failure {
	f.again, f.after = true, after
	return f
}

func (c *client) fail(kind sim.Kind, text string) *failure {
	return &failure{err: sim.Errorf(kind, "it %s", text)}
}

// nonsense is the failure of an answer that is not what it should be: a page for
// people, or JSON that is cut.
func (c *client) nonsense() *failure {
	return c.fail(sim.KindUnavailable, "answers with something else than it should").retry(0)
}
