package mcptool

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

type mcpServer = server.MCPServer

// decoder reads the arguments of a call as they came over the protocol.
type decoder func(raw json.RawMessage) (map[string]json.RawMessage, error)

// plain reads the arguments of other programs: an object, as the protocol has it.
func plain(raw json.RawMessage) (map[string]json.RawMessage, error) {
	return agent.DecodeArguments(string(raw))
}

// newServer returns a server with the tools. A panic of a tool becomes an error of the
// call.
func newServer(name string, tools []agent.Tool, decode decoder) *mcpServer {
	s := server.NewMCPServer(name, version, server.WithToolCapabilities(false), server.WithRecovery())
	served := make([]server.ServerTool, len(tools))
	for i, t := range tools {
		served[i] = server.ServerTool{
			Tool:    mcp.NewToolWithRawSchema(t.Spec.Name, t.Spec.Description, t.Spec.Schema),
			Handler: handler(t, decode),
		}
	}
	s.AddTools(served...)
	return s
}

// handler decodes the raw arguments: the protocol library would turn every number into
// floating point.
func handler(t agent.Tool, decode decoder) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		arguments, err := decode(request.Params.RawArguments)
		if err != nil {
			return toResult(agent.Refusal(sim.MessageOf(err))), nil
		}
		return toResult(t.Handle(ctx, arguments)), nil
	}
}

func toResult(r agent.ToolResult) *mcp.CallToolResult {
	if r.IsError {
		return mcp.NewToolResultError(r.Content)
	}
	return mcp.NewToolResultText(r.Content)
}

// closeAfter closes a client that could not be connected.
func closeAfter(c *client.Client, err error) error { return errors.Join(err, c.Close()) }

// Handler serves tools to other programs over streamable HTTP, without sessions: every
// request is complete in itself.
func Handler(name string, tools []agent.Tool) http.Handler {
	return server.NewStreamableHTTPServer(newServer(name, tools, plain), server.WithStateLess(true))
}

// Stdio serves tools over a pair of streams, until in ends.
func Stdio(ctx context.Context, name string, tools []agent.Tool, in io.Reader, out io.Writer) error {
	return server.NewStdioServer(newServer(name, tools, plain)).Listen(ctx, in, out)
}
