// Package vendorhttp asks a vendor of data over HTTP: one GET at a time, bounded in
// time, size and redirects.
//
// A key goes to the vendor's own host and to no other, and no error holds it: the
// errors of package net/http contain the address, so they are replaced, and the
// text of a refusal, in which vendors repeat the key, is not read.
//
// The package knows nothing about simulations. Callers translate [Failure.Err] into
// errors of their own.
package vendorhttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"aitrader/internal/backoff"
	"aitrader/internal/secret"
)

// Why a request got no answer, besides a [StatusError].
var (
	ErrInterrupted = errors.New("the context ended before the answer came")
	ErrTimeout     = errors.New("no answer in time")
	ErrUnreachable = errors.New("no connection, or a broken one")
	ErrRedirect    = errors.New("a redirect that is not followed")
	ErrTooLarge    = errors.New("the answer is too large")
)

// StatusError is an HTTP status other than 200 OK.
type StatusError int

// Error names the status by its number.
func (s StatusError) Error() string { return fmt.Sprintf("status %d", int(s)) }

// Failure is an attempt without a usable answer. [Client.Get] returns one; callers
// make one of an answer that they cannot use.
type Failure struct {
	Err error
	// Retry reports whether another attempt may succeed.
	Retry bool
	// After is how long the vendor asks to be left alone; 0: it does not say.
	After time.Duration
}

// Error returns the text of Err.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// AskAgain reports whether another attempt may succeed, and how long the vendor asks to
// be left alone before. An error that is not a [Failure] is final.
func AskAgain(err error) (after time.Duration, ok bool) {
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		return 0, false
	}
	return f.After, f.Retry
}

// Options describe a vendor. All fields but MaxRedirects are required.
type Options struct {
	// BaseURL is http or https and a host, perhaps with a path; it has no user, no
	// query and no fragment.
	BaseURL string
	// Timeout bounds one request, up to the last byte of its answer.
	Timeout time.Duration
	// MaxBytes bounds the body of an answer.
	MaxBytes int64
	// MaxRedirects is how many redirects are followed, within the scheme and host of
	// the base URL.
	MaxRedirects int
}

// ErrBaseURL is the error of [New] for a base URL that cannot be used. It does not
// show the URL, which may hold a key.
var ErrBaseURL = errors.New("http or https and a host is expected, without a user, a query and a fragment")

// Client asks one vendor. It is safe for concurrent use.
type Client struct {
	base     url.URL
	http     http.Client
	maxBytes int64
}

// New returns a client, or ErrBaseURL.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" ||
		base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, ErrBaseURL
	}
	follow := func(next *http.Request, via []*http.Request) error {
		if len(via) > o.MaxRedirects || next.URL.Host != base.Host || next.URL.Scheme != base.Scheme {
			return ErrRedirect
		}
		return nil
	}
	return &Client{base: *base, http: http.Client{Timeout: o.Timeout, CheckRedirect: follow}, maxBytes: o.MaxBytes}, nil
}

// Request is one question below the base URL.
type Request struct {
	Path   string // appended to the path of the base URL, with a leading slash; "": nothing
	Query  url.Values
	Header http.Header
	// Key is sent where KeyIn says; "": none.
	Key   secret.Text
	KeyIn KeyPlace
}

// KeyPlace puts a key into a request.
type KeyPlace func(r *http.Request, key secret.Text)

// Bearer sends a key as a bearer token.
func Bearer(r *http.Request, key secret.Text) { r.Header.Set("Authorization", "Bearer "+key.Reveal()) }

// Parameter sends a key as a parameter of the query.
func Parameter(name string) KeyPlace {
	return func(r *http.Request, key secret.Text) {
		query := r.URL.Query()
		query.Set(name, key.Reveal())
		r.URL.RawQuery = query.Encode()
	}
}

// Get sends a request once and returns the body of the answer. An error is a
// *[Failure].
func (c *Client) Get(ctx context.Context, r Request) ([]byte, error) {
	resp, err := c.http.Do(c.request(ctx, r))
	if err != nil {
		return nil, connectionFailure(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.maxBytes+1))
	if err != nil {
		return nil, connectionFailure(ctx, err)
	}
	if int64(len(body)) > c.maxBytes {
		return nil, &Failure{Err: ErrTooLarge}
	}
	return body, nil
}

func (c *Client) request(ctx context.Context, r Request) *http.Request {
	address := c.base
	if r.Path != "" {
		address.Path = strings.TrimSuffix(address.Path, "/") + r.Path
	}
	address.RawQuery = r.Query.Encode()
	req := (&http.Request{Method: http.MethodGet, URL: &address, Header: r.Header.Clone()}).WithContext(ctx)
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("User-Agent", "aitrader")
	if r.Key != "" {
		r.KeyIn(req, r.Key)
	}
	return req
}

// connectionFailure classifies an error of package net/http, and drops it.
func connectionFailure(ctx context.Context, err error) *Failure {
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return &Failure{Err: ErrInterrupted}
	case errors.Is(err, ErrRedirect):
		return &Failure{Err: ErrRedirect}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &Failure{Err: ErrTimeout, Retry: true}
	}
	return &Failure{Err: ErrUnreachable, Retry: true}
}

// refusal is the failure of a status. Rate limits and errors of the server pass;
// other statuses answer the request itself, which stays wrong when repeated.
func refusal(resp *http.Response) *Failure {
	f := &Failure{Err: StatusError(resp.StatusCode)}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		f.Retry, f.After = true, backoff.RetryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	return f
}
