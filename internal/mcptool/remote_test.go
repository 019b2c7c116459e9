package mcptool

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// elsewhere is an external server: it knows two tools, and wants a header.
func elsewhere(t *testing.T, before func(w http.ResponseWriter, r *http.Request) bool) Remote {
	t.Helper()
	s := server.NewMCPServer("notes", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("look", mcp.WithDescription("Looks something up."), mcp.WithString("what", mcp.Required())),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText("seen: " + r.GetString("what", "")), nil
		})
	s.AddTool(mcp.NewTool("fail"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("not today"), nil
	})
	handler := server.NewStreamableHTTPServer(s, server.WithStateLess(true))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before != nil && before(w, r) {
			return
		}
		if r.Header.Get("Authorization") != "Bearer canary-1234" {
			http.Error(w, "who are you? "+r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return Remote{
		MCPServer: sim.MCPServer{Name: "notes", URL: web.URL + "/mcp"}, Headers: map[string]string{"Authorization": "Bearer canary-1234"},
		Timeout: 5 * time.Second, Retries: 2, Delay: time.Millisecond,
	}
}

func TestToolsOfAnExternalServer(t *testing.T) {
	tools, err := elsewhere(t, nil).Dial(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tools.Close()) }()
	require.Len(t, tools.Specs(), 2)
	look := tools.Specs()[1]
	assert.Equal(t, "notes__look", look.Name)
	assert.Equal(t, "Looks something up.", look.Description)
	assert.Contains(t, string(look.Schema), `"what"`)
	result, err := tools.Call(t.Context(), "notes__look", []byte(`{"what":"AAA"}`))
	require.NoError(t, err)
	assert.Equal(t, agent.ToolResult{Content: "seen: AAA"}, result)
	result, err = tools.Call(t.Context(), "notes__fail", []byte(`{}`))
	require.NoError(t, err)
	assert.Equal(t, agent.ToolResult{Content: "not today", IsError: true}, result)
}

func TestOnlyConfiguredToolsAreOffered(t *testing.T) {
	r := elsewhere(t, nil)
	r.Tools = []string{"look"}
	tools, err := r.Dial(t.Context())
	require.NoError(t, err)
	assert.Len(t, tools.Specs(), 1)
	require.NoError(t, tools.Close())
	r.Tools = []string{"look", "dig"}
	_, err = r.Dial(t.Context())
	assert.ErrorContains(t, err, "mcp_unavailable: notes: it does not offer dig (attempt 3)")
}

// A server that fails is tried again; one that keeps failing, hangs, is gone or
// sends us elsewhere is an error that names it, and none of its headers.
func TestAnUnreachableServer(t *testing.T) {
	var asked atomic.Int32
	r := elsewhere(t, func(w http.ResponseWriter, _ *http.Request) bool {
		if asked.Add(1) > 2 {
			return false
		}
		http.Error(w, "busy", http.StatusBadGateway)
		return true
	})
	tools, err := r.Dial(t.Context())
	require.NoError(t, err, "the third attempt")
	require.NoError(t, tools.Close())

	release := make(chan struct{})
	defer close(release)
	for name, c := range map[string]struct {
		change func(*Remote)
		before func(http.ResponseWriter, *http.Request) bool
		want   string
	}{
		"gone": {change: func(r *Remote) { r.URL = "http://127.0.0.1:1/mcp" }, want: "connection refused"},
		"hangs": {before: func(_ http.ResponseWriter, r *http.Request) bool {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			return true
		}, change: func(r *Remote) { r.Timeout = 50 * time.Millisecond }, want: "no answer within 50ms"},
		"wrong": {change: func(r *Remote) { r.Headers = map[string]string{"Authorization": "Bearer canary-9999"} },
			want: "mcp_unavailable: notes: "},
		"redirect": {before: func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
			return true
		}, want: "redirects are not followed"},
		"a page": {before: func(w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write([]byte("<html>")); return true },
			want: "mcp_unavailable: notes: "},
	} {
		r := elsewhere(t, c.before)
		if c.change != nil {
			c.change(&r)
		}
		_, err := r.Dial(t.Context())
		require.Error(t, err, name)
		assert.True(t, sim.IsKind(err, sim.KindUnavailable), name)
		assert.ErrorContains(t, err, "mcp_unavailable: notes", name)
		assert.ErrorContains(t, err, c.want, name)
		assert.ErrorContains(t, err, "(attempt 3)", name)
		assert.NotContains(t, err.Error(), "canary", name)
	}
}

func TestAServerThatDiesBetweenCalls(t *testing.T) {
	dead := atomic.Bool{}
	r := elsewhere(t, func(w http.ResponseWriter, _ *http.Request) bool {
		if dead.Load() {
			http.Error(w, "gone", http.StatusServiceUnavailable)
		}
		return dead.Load()
	})
	tools, err := r.Dial(t.Context())
	require.NoError(t, err)
	dead.Store(true)
	_, err = tools.Call(t.Context(), "notes__look", []byte(`{}`))
	assert.ErrorContains(t, err, "mcp_unavailable: notes")
	_ = tools.Close() // it cannot be told any more
}

func TestJoin(t *testing.T) {
	own := Open("own", []agent.Tool{{Spec: agent.ToolSpec{Name: "mine"},
		Handle: func(context.Context, map[string]json.RawMessage) agent.ToolResult {
			return agent.ToolResult{Content: "own"}
		}}})
	other, err := elsewhere(t, nil).Dial(t.Context())
	require.NoError(t, err)
	box := Join(own, other)
	var names []string
	for _, s := range box.Specs() {
		names = append(names, s.Name)
	}
	assert.Equal(t, "mine notes__fail notes__look", strings.Join(names, " "))
	for name, want := range map[string]string{"mine": "own", "notes__look": "seen: x"} {
		result, err := box.Call(t.Context(), name, []byte(`{"what":"x"}`))
		require.NoError(t, err, name)
		assert.Equal(t, want, result.Content)
	}
	result, err := box.Call(t.Context(), "nobody", []byte(`{}`))
	require.NoError(t, err)
	assert.True(t, result.IsError)
	require.NoError(t, box.Close())
}
