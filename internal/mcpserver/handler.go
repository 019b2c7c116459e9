package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"aitrader/internal/api"
	"aitrader/internal/inprocess"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// Handler serves the tools over streamable HTTP, as a route of the API that they ask:
// the API checks the caller, bounds the body, and lets POST through only, since this
// server never speaks first. The API decides what the caller may do, by the caller's
// own key: every request of a tool carries the headers of the request that it serves.
// The tool that starts jobs is offered to
// those callers only for whom mayTrigger returns true.
func Handler(service http.Handler, mayTrigger func(http.Header) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ask := func(ctx context.Context, method, path string, body []byte) ([]byte, error) {
			return forward(ctx, service, r, method, path, body)
		}
		mcptool.Handler("aitrader", Tools(ask, mayTrigger(r.Header))).ServeHTTP(w, r)
	})
}

// callerHeaders say who is asking, and from where.
var callerHeaders = []string{"Authorization", "X-Api-Key", "Origin", "Sec-Fetch-Site"}

// forward sends a request of a tool to the API, as the caller.
func forward(ctx context.Context, service http.Handler, caller *http.Request, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "%w", err)
	}
	request.RemoteAddr, request.Host = caller.RemoteAddr, caller.Host
	for _, name := range callerHeaders {
		if value := caller.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	answer := inprocess.Serve(service, request)
	if answer.Status < http.StatusBadRequest {
		return answer.Body, nil
	}
	problem := &api.Problem{Status: answer.Status}
	if json.Unmarshal(answer.Body, problem) != nil || problem.Message == "" {
		problem.Message = strings.TrimSpace(string(answer.Body))
	}
	return nil, problem
}
