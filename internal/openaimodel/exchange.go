package openaimodel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"aitrader/internal/agent"
	"aitrader/internal/jsoncut"
	"aitrader/internal/sim"
)

// exchange is the HTTP client that the library uses for one attempt. It keeps what the
// library would drop.
type exchange struct {
	model    *Model
	messages []agent.Message
	step     int
	tools    []agent.ToolSpec
	dialect  dialect

	usage sim.Usage       // as the provider reports it
	worst sim.Usage       // the most that the attempt can use
	close Settle          // nil: there is no meter, or it refused the attempt
	echo  json.RawMessage // the message, to be sent back in later requests
	cut   int             // the size of the body, if parts of it were left out

	broken sim.StopReason // how the end of the answer breaks it; "": it does not
}

// Do sends a request of the library and returns a response that the library can read.
// An error is a *failure, or one of the meter.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	if err := x.rewrite(req); err != nil {
		return nil, err
	}
	if err := x.reserve(req); err != nil {
		return nil, err
	}
	resp, err := x.model.client.Do(req)
	if err != nil {
		return nil, x.model.connectionFailure(req.Context(), err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		// A part of a broken body is enough for an error text.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		x.usage = usageOf(body)
		now := x.model.now()
		return nil, statusFailure(resp.StatusCode, body, waitOf(resp.Header, now), now)
	}
	after := waitOf(resp.Header, x.model.now())
	body, err := x.readAnswer(resp.Body, after)
	if f := (*failure)(nil); errors.As(err, &f) {
		return nil, f
	}
	if errors.Is(err, jsoncut.ErrTooLarge) {
		return nil, badAnswer("it is larger than %d MiB", maxAnswer>>20)
	}
	if err != nil {
		return nil, x.model.connectionFailure(req.Context(), err)
	}
	wire, err := x.read(body, after)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(wire))}, nil
}

// readAnswer reads the body of an answer, which may come as a stream.
func (x *exchange) readAnswer(body io.Reader, after time.Duration) ([]byte, error) {
	buffered := bufio.NewReader(body)
	if !isStream(buffered) {
		return x.readBody(buffered)
	}
	whole, err := x.readStream(buffered, after)
	if err != nil {
		return nil, err
	}
	return x.readBody(bytes.NewReader(whole))
}

// rewrite puts the real body and the credentials into a request.
func (x *exchange) rewrite(req *http.Request) error {
	library, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	body, err := x.body(library)
	if err != nil {
		return err
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.Header.Set("User-Agent", "aitrader")
	req.URL.RawQuery = x.model.address.query
	x.model.authorize(req.Header)
	return nil
}
