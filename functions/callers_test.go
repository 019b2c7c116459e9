package functions_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/runtimetest"
)

// callers sends requests to functions, as API Gateway does.
type callers struct {
	t         *testing.T
	functions map[string]*runtimetest.Function
}

// ask sends a request of the HTTP API to the function that serves it.
func (s *callers) ask(function, method, path, body string, header ...string) (int, map[string]any) {
	s.t.Helper()
	path, query, _ := strings.Cut(path, "?")
	request := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: path, RawQueryString: query, Body: body,
		Headers: map[string]string{"content-type": "application/json", "authorization": "Bearer " + apiKey, "host": "api.example"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			Stage: "$default", RequestID: "r", DomainName: "api.example",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: method, Path: path, SourceIP: "203.0.113.7", Protocol: "HTTP/1.1"},
		},
	}
	for i := 0; i < len(header); i += 2 {
		request.Headers[header[i]] = header[i+1]
	}
	event, err := json.Marshal(request)
	require.NoError(s.t, err)
	r, err := s.functions[function].Invoke(s.t.Context(), event)
	require.NoError(s.t, err)
	require.Empty(s.t, r.FunctionError, "%s", r.Payload)
	var out events.APIGatewayV2HTTPResponse
	require.NoError(s.t, json.Unmarshal(r.Payload, &out))
	var v map[string]any
	require.NoError(s.t, json.Unmarshal([]byte(out.Body), &v), out.Body)
	return out.StatusCode, v
}

// finished waits for the end of a job.
func (s *callers) finished(job string) map[string]any {
	s.t.Helper()
	for {
		code, v := s.ask("status", http.MethodGet, "/simulate/status/"+job+"?wait=5", "")
		require.Equal(s.t, http.StatusOK, code, v)
		if v["status"] != "pending" && v["status"] != "running" {
			return v
		}
	}
}
