package vendorhttp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/vendorhttp"
)

const key = "canary-0123456789"

// serve starts a vendor on loopback.
func serve(t *testing.T, answer http.HandlerFunc) (address string) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func open(t *testing.T, o vendorhttp.Options) *vendorhttp.Client {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 100
	}
	c, err := vendorhttp.New(o)
	require.NoError(t, err)
	return c
}

func TestARequestHasItsPathQueryHeaderAndKey(t *testing.T) {
	var asked *http.Request
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		_, _ = w.Write([]byte("body"))
	})
	request := vendorhttp.Request{
		Path: "/v1/bars", Query: url.Values{"q": {"a b"}}, Header: http.Header{"Accept": {"application/json"}},
		Key: key, KeyIn: vendorhttp.Bearer,
	}
	body, err := open(t, vendorhttp.Options{BaseURL: address + "/base/"}).Get(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, "body", string(body))
	assert.Equal(t, "/base/v1/bars?q=a+b", asked.URL.String())
	assert.Equal(t, "Bearer "+key, asked.Header.Get("Authorization"))
	assert.Equal(t, "application/json", asked.Header.Get("Accept"))
	assert.Equal(t, "aitrader", asked.Header.Get("User-Agent"))
	assert.NotContains(t, request.Header, "Authorization", "the caller's header is left alone")

	request.KeyIn = vendorhttp.Parameter("apikey")
	_, err = open(t, vendorhttp.Options{BaseURL: address}).Get(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, "/v1/bars?apikey="+key+"&q=a+b", asked.URL.String())

	_, err = open(t, vendorhttp.Options{BaseURL: address + "/base"}).Get(t.Context(), vendorhttp.Request{})
	require.NoError(t, err)
	assert.Equal(t, "/base", asked.URL.String())
	assert.Empty(t, asked.Header.Get("Authorization"))
}

func TestABaseURLIsAPlainAddress(t *testing.T) {
	for _, bad := range []string{
		"", "ftp://n.example", "n.example", "https://user:" + key + "@n.example", "https://n.example/?key=" + key, "https://n.example/#a",
		"http://", ":", "https://%zz",
	} {
		_, err := vendorhttp.New(vendorhttp.Options{BaseURL: bad})
		require.ErrorIs(t, err, vendorhttp.ErrBaseURL, bad)
		assert.NotContains(t, err.Error(), "canary")
	}
}

func TestAStatusSaysWhetherToTryAgain(t *testing.T) {
	for status, retry := range map[int]bool{
		204: false, 304: false, 400: false, 401: false, 403: false, 404: false, 408: true, 422: false, 429: true, 500: true, 503: true,
	} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		})
		_, err := open(t, vendorhttp.Options{BaseURL: address}).Get(t.Context(), vendorhttp.Request{})
		want := vendorhttp.Failure{Err: vendorhttp.StatusError(status), Retry: retry}
		if retry {
			want.After = 7 * time.Second
		}
		assert.Equal(t, &want, err)
		assert.EqualError(t, err, fmt.Sprint("status ", status))
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Repeat("x", 100))) })
	body, err := open(t, vendorhttp.Options{BaseURL: address, MaxBytes: 100}).Get(t.Context(), vendorhttp.Request{})
	require.NoError(t, err)
	assert.Len(t, body, 100)
	_, err = open(t, vendorhttp.Options{BaseURL: address, MaxBytes: 99}).Get(t.Context(), vendorhttp.Request{})
	assert.Equal(t, &vendorhttp.Failure{Err: vendorhttp.ErrTooLarge}, err)
}

func TestAVendorWithoutAnAnswer(t *testing.T) {
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err := open(t, vendorhttp.Options{BaseURL: silent, Timeout: 20 * time.Millisecond}).Get(t.Context(), vendorhttp.Request{})
	assert.Equal(t, &vendorhttp.Failure{Err: vendorhttp.ErrTimeout, Retry: true}, err)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = open(t, vendorhttp.Options{BaseURL: silent}).Get(ctx, vendorhttp.Request{})
	assert.Equal(t, &vendorhttp.Failure{Err: vendorhttp.ErrInterrupted}, err)

	broken := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "50") })
	request := vendorhttp.Request{Key: key, KeyIn: vendorhttp.Parameter("apikey")}
	_, err = open(t, vendorhttp.Options{BaseURL: broken}).Get(t.Context(), request)
	assert.Equal(t, &vendorhttp.Failure{Err: vendorhttp.ErrUnreachable, Retry: true}, err)

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	_, err = open(t, vendorhttp.Options{BaseURL: gone.URL}).Get(t.Context(), request)
	assert.Equal(t, &vendorhttp.Failure{Err: vendorhttp.ErrUnreachable, Retry: true}, err)
}

func TestRedirectsStayWithinTheHostAndAreCounted(t *testing.T) {
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the key has left the host") })
	var redirect func(n string) string
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if to := redirect(r.URL.Query().Get("n")); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	})
	once := func(n string) string {
		if n == "" {
			return "/there?n=1"
		}
		return ""
	}
	loop := func(string) string { return "/" }
	away := func(string) string { return elsewhere }
	for _, c := range []struct {
		redirect func(string) string
		max      int
		ok       bool
	}{{once, 0, false}, {once, 1, true}, {loop, 3, false}, {away, 3, false}} {
		redirect = c.redirect
		client := open(t, vendorhttp.Options{BaseURL: address, MaxRedirects: c.max})
		_, err := client.Get(t.Context(), vendorhttp.Request{Key: key, KeyIn: vendorhttp.Bearer})
		if c.ok {
			assert.NoError(t, err)
			continue
		}
		assert.Equal(t, &vendorhttp.Failure{Err: vendorhttp.ErrRedirect}, err)
	}
}
