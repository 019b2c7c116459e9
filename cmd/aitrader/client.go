package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// client talks to the HTTP API. Every table that this program prints comes from
// an answer of that API, so that a person and a program see the same.
type client struct {
	base string // without a slash at its end
	key  string // sent as a bearer token, if there is one
	http *http.Client
}

// inProcess is a client of a handler in this process, without a network.
func inProcess(h http.Handler) *client {
	return &client{base: "http://127.0.0.1", http: &http.Client{Transport: handlerTransport{h}}}
}

// handlerTransport answers requests by a handler.
type handlerTransport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RemoteAddr, in.RequestURI = "127.0.0.1:0", r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	answer := &buffered{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(answer, in)
	return &http.Response{
		StatusCode: answer.status, Header: answer.header, Request: r,
		Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
	}, nil
}

// buffered keeps an answer in memory.
type buffered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *buffered) Header() http.Header         { return b.header }
func (b *buffered) Write(p []byte) (int, error) { return b.body.Write(p) }
func (b *buffered) WriteHeader(status int)      { b.status = status }

// apiError is a refusal by the API.
type apiError struct {
	Status  int    `json:"status"`
	Code    string `json:"error"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return inFlags(e.Message) }

// parameter is how the API names what a flag has set.
var parameter = regexp.MustCompile(`(?:query parameter|body field) "([a-z_]+)"`)

// inFlags puts a refusal into the words of the command line.
func inFlags(message string) string {
	return parameter.ReplaceAllStringFunc(message, func(found string) string {
		switch name := parameter.FindStringSubmatch(found)[1]; name {
		case "start_date", "end_date":
			return "--" + strings.TrimSuffix(name, "_date")
		case "replace_existing":
			return "--replace"
		case "job_id":
			return "--job"
		case "date", "model", "models", "experiment":
			return "--" + name
		default:
			return found
		}
	})
}

// get asks for a path and decodes the answer.
func (c *client) get(ctx context.Context, path string, query url.Values, answer any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.do(ctx, http.MethodGet, path, "", answer)
}

// post sends a JSON text and decodes the answer.
func (c *client) post(ctx context.Context, path, body string, answer any) error {
	return c.do(ctx, http.MethodPost, path, body, answer)
}

func (c *client) do(ctx context.Context, method, path, body string, answer any) (err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := response.Body.Close(); err == nil {
			err = closeErr
		}
	}()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		refusal := &apiError{Status: response.StatusCode}
		if err := json.Unmarshal(text, refusal); err != nil {
			return fmt.Errorf("%s %s: status %d, and no answer of aitrader", method, c.base+path, response.StatusCode)
		}
		return refusal
	}
	if raw, ok := answer.(*json.RawMessage); ok {
		*raw = text
		return nil
	}
	return json.Unmarshal(text, answer)
}
