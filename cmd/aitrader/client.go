package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"aitrader/internal/api"
	"aitrader/internal/inprocess"
	"aitrader/internal/secret"
)

// client talks to the HTTP API. Every table that this program prints comes from an
// answer of that API, so that people and programs see the same.
type client struct {
	base string      // without a trailing slash
	key  secret.Text // sent as a bearer token, if there is one
	http *http.Client
}

// maxAnswer bounds what is read of an answer, in bytes: the API sends at most 6,000,000.
const maxAnswer = 8 << 20

// inProcess is a client of a handler in this process, without a network.
func inProcess(h http.Handler) *client {
	return &client{base: "http://127.0.0.1", http: &http.Client{Transport: inprocess.Transport{Handler: h}}}
}

// parameter is how the API names what a flag has set.
var parameter = regexp.MustCompile(`(?:query parameter|body field) "([a-z_]+)"`)

// inFlags replaces names of the API in a refusal by flags of the command line.
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
		request.Header.Set("Authorization", "Bearer "+c.key.Reveal())
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer closing(response.Body, &err)
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("%s %s: the answer is longer than %d bytes, and no answer of aitrader", method, c.base+path, maxAnswer)
	}
	if response.StatusCode >= 300 {
		var problem api.Problem
		if err := json.Unmarshal(text, &problem); err != nil {
			return fmt.Errorf("%s %s: status %d, and no answer of aitrader", method, c.base+path, response.StatusCode)
		}
		return errors.New(inFlags(problem.Message))
	}
	if raw, ok := answer.(*json.RawMessage); ok {
		*raw = text
		return nil
	}
	return json.Unmarshal(text, answer)
}
