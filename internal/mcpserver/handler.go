package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// Handler serves the tools over streamable HTTP, in front of an API. What the caller
// may do, the API decides by the caller's own key: each of its requests carries the
// headers of the one that it serves. The tool that starts jobs is there only for whom
// mayTrigger says so.
func Handler(api http.Handler, mayTrigger func(http.Header) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ask := func(ctx context.Context, method, path string, body []byte) ([]byte, error) {
			return pass(ctx, api, r, method, path, body)
		}
		// Whoever may not read is told at once, and not at the first call of a tool.
		if _, err := ask(r.Context(), http.MethodGet, "/experiments", nil); err != nil {
			http.Error(w, sim.MessageOf(err), statusOf(err))
			return
		}
		mcptool.Handler("aitrader", Tools(ask, mayTrigger(r.Header))).ServeHTTP(w, r)
	})
}

// passed are the headers that say who is asking, and from where.
var passed = []string{"Authorization", "X-Api-Key", "Origin", "Sec-Fetch-Site"}

// pass sends a request of a tool to the API, as the caller.
func pass(ctx context.Context, api http.Handler, caller *http.Request, method, path string, body []byte) ([]byte, error) {
	inner, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "%w", err)
	}
	inner.RemoteAddr, inner.Host = caller.RemoteAddr, caller.Host
	for _, name := range passed {
		if value := caller.Header.Get(name); value != "" {
			inner.Header.Set(name, value)
		}
	}
	if len(body) > 0 {
		inner.Header.Set("Content-Type", "application/json")
	}
	w := &kept{header: http.Header{}, status: http.StatusOK}
	api.ServeHTTP(w, inner)
	if w.status < http.StatusBadRequest {
		return w.body.Bytes(), nil
	}
	var problem struct{ Message string }
	if json.Unmarshal(w.body.Bytes(), &problem) != nil || problem.Message == "" {
		problem.Message = strings.TrimSpace(w.body.String())
	}
	return nil, &refused{status: w.status, message: problem.Message}
}

// kept is an answer that stays in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

// refused is an answer of the API that says no.
type refused struct {
	status  int
	message string
}

func (r *refused) Error() string { return r.message }

func statusOf(err error) int {
	if r := (*refused)(nil); errors.As(err, &r) {
		return r.status
	}
	return http.StatusInternalServerError
}
