package functions_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/runtimetest"
	"aitrader/internal/smoke"
)

// gateway serves the functions over HTTP by the routes of the template, as API
// Gateway does.
type gateway struct {
	invoke func(ctx context.Context, function string, event []byte) (runtimetest.Result, error)
}

// routeOf names the function of a request; "": there is no route.
func routeOf(method, path string) string {
	_, rest, simulate := strings.Cut(path, "/simulate/")
	first, _, _ := strings.Cut(rest, "/")
	switch {
	case method == http.MethodPost && simulate && (first == "trigger" || first == "cancel" || first == "retry"):
		return "trigger"
	case method != http.MethodGet:
		return ""
	case path == "/health" || simulate && (first == "status" || first == "current" || first == "jobs"):
		return "status"
	default:
		return "results"
	}
}

func (g gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	function := routeOf(r.Method, r.URL.Path)
	body, err := io.ReadAll(r.Body)
	if err != nil || function == "" {
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		return
	}
	request := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery,
		Body: string(body), Headers: map[string]string{"host": r.Host},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			Stage: "$default", RequestID: "r", DomainName: r.Host,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method, Path: r.URL.Path, SourceIP: "203.0.113.7",
				Protocol: r.Proto},
		},
	}
	for name, values := range r.Header {
		request.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	event, _ := json.Marshal(request) // texts
	out, err := g.invoke(r.Context(), function, event)
	var response events.APIGatewayV2HTTPResponse
	if err != nil || out.FunctionError != "" || json.Unmarshal(out.Payload, &response) != nil {
		http.Error(w, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
		return
	}
	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}
	for name, values := range response.MultiValueHeaders {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(response.StatusCode)
	text := []byte(response.Body)
	if response.IsBase64Encoded {
		text, _ = base64.StdEncoding.DecodeString(response.Body) // what is not one is an empty answer
	}
	_, _ = w.Write(text) // a caller that is gone does not matter
}

// smokes tries every route of functions from outside.
func smokes(t *testing.T, g gateway, key string) {
	t.Helper()
	server := httptest.NewServer(g)
	defer server.Close()
	checks := 0
	smoke.Run(t.Context(), smoke.Service{Base: server.URL, Key: key, HTTP: server.Client()}, func(c smoke.Check) {
		checks++
		assert.Empty(t, c.Differs, c.What)
	})
	require.Greater(t, checks, 40)
}

// gateway serves these functions.
func (s *callers) gateway() gateway {
	return gateway{func(ctx context.Context, function string, event []byte) (runtimetest.Result, error) {
		return s.functions[function].Invoke(ctx, event)
	}}
}

func TestEveryRouteOfTheFunctions(t *testing.T) {
	t.Parallel()
	smokes(t, openCloud(t).gateway(), apiKey)
}
