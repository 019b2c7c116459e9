package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"aitrader/internal/apikey"
	"aitrader/internal/web"
)

// mountPages serves the OpenAPI document, the page made from it, and the web page.
// They hold no data, so they need no key.
func (s *server) mountPages() error {
	s.mux.Handle("GET /openapi.json", rendered("application/openapi+json", func() ([]byte, error) {
		return json.MarshalIndent(s.api.OpenAPI(), "", " ")
	}))
	s.mux.Handle("GET /docs", rendered("text/html; charset=utf-8", func() ([]byte, error) {
		return docsPage(s.api.OpenAPI()), nil
	}))
	files, err := web.Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		s.mux.Handle("GET "+f.Path, fixed(f.Type, f.Body, web.Policy))
	}
	if s.MCP != nil {
		s.mux.Handle("POST /mcp", s.readOnly(s.MCP))
	}
	if s.Metrics != nil {
		s.mux.Handle("GET /metrics", s.readOnly(s.Metrics))
	}
	return nil
}

// docsPolicy is the Content-Security-Policy of a page without scripts.
const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'"

// rendered serves a page that is made at the first request: most programs that open
// the API, such as the commands of the command line, never show it.
func rendered(contentType string, render func() ([]byte, error)) http.Handler {
	once := sync.OnceValues(render)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := once()
		if err != nil {
			fail(w, r, fmt.Errorf("render %s: %w", r.URL.Path, err))
			return
		}
		fixed(contentType, body, docsPolicy).ServeHTTP(w, r)
	})
}

// fixed serves bytes that never change.
func fixed(contentType string, body []byte, policy string) http.Handler {
	a := answer{status: http.StatusOK, body: body, header: http.Header{
		"Content-Type":            {contentType},
		"Content-Security-Policy": {policy},
		"X-Content-Type-Options":  {"nosniff"},
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { a.write(w) })
}

// readOnly lets callers with scope read through.
func (s *server) readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := authorize(r.Context(), apikey.Read); err != nil {
			fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// docsRoute is an operation on the page.
type docsRoute struct {
	Method, Path string
	*huma.Operation
}

// docsRoutes lists the operations, those that change something first.
func docsRoutes(doc *huma.OpenAPI) []docsRoute {
	var routes []docsRoute
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{http.MethodPost: item.Post, http.MethodGet: item.Get} {
			if op != nil {
				routes = append(routes, docsRoute{method, path, op})
			}
		}
	}
	slices.SortFunc(routes, func(a, b docsRoute) int {
		if a.Method != b.Method {
			return -strings.Compare(a.Method, b.Method)
		}
		return strings.Compare(a.Path, b.Path)
	})
	return routes
}
