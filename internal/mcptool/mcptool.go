// Package mcptool serves the tools of one model-day over the Model Context
// Protocol, and is the session's client to them.
//
// Each model-day has a server of its own, bound to the tools that it was opened
// with; server and client speak the protocol in memory. Nothing is shared
// between two of them, so that no model-day can reach another's desk.
package mcptool

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"aitrader/internal/agent"
	"aitrader/internal/sim"
)

// version is what both ends say of themselves in the handshake.
const version = "1"

// Open makes a toolbox with a server of its own. The name is what the server
// calls itself. The first call starts the server and connects to it; from then
// on the toolbox holds a goroutine until it is closed.
func Open(name string, tools []agent.Tool) agent.Toolbox {
	specs := make([]agent.ToolSpec, len(tools))
	for i, t := range tools {
		specs[i] = t.Spec
	}
	return &toolbox{name: name, tools: tools, specs: specs}
}

// toolbox is a client. It knows the tools from the start, so it never asks for a
// list: that would cost as much as five calls. It connects late, because the
// sessions of a date all start at the same moment, and would queue for it.
type toolbox struct {
	name  string
	tools []agent.Tool
	specs []agent.ToolSpec

	mu     sync.Mutex
	client *client.Client // nil before the first call
}

// connected returns the connection, and makes it at the first call.
func (t *toolbox) connected(ctx context.Context) (*client.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client != nil {
		return t.client, nil
	}
	c, err := connect(ctx, newServer(t.name, unlisted(t.tools)))
	if err != nil {
		return nil, sim.Errorf(sim.KindInternal, "the tools of %s cannot be opened: %w", t.name, err)
	}
	t.client = c
	return c, nil
}

// unlisted returns tools whose schemas say nothing: the library would parse the
// true ones for each model-day. Who would want to read them is the client, and it
// has them.
func unlisted(tools []agent.Tool) []agent.Tool {
	out := slices.Clone(tools)
	for i := range out {
		out[i].Spec.Schema = anyObject
	}
	return out
}

// anyObject is the schema of any arguments.
var anyObject = json.RawMessage(`{"type":"object"}`)

// Specs implements [agent.Toolbox].
func (t *toolbox) Specs() []agent.ToolSpec { return t.specs }

// Call implements [agent.Toolbox]. What is not JSON would not even be sent, so it
// is put in order, or refused, on this side; the server does the rest.
func (t *toolbox) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	if !slices.ContainsFunc(t.specs, func(s agent.ToolSpec) bool { return s.Name == name }) {
		return refusal("unknown tool; call one of those that are listed"), nil
	}
	if !json.Valid(arguments) {
		normal, err := agent.NormalizeArguments(string(arguments))
		if err != nil {
			return refusal(sim.MessageOf(err)), nil
		}
		arguments = normal
	}
	connection, err := t.connected(ctx)
	if err != nil {
		return agent.ToolResult{}, err
	}
	request := mcp.CallToolRequest{Params: mcp.CallToolParams{Name: name, Arguments: arguments}}
	result, err := connection.CallTool(ctx, request)
	if err != nil {
		return agent.ToolResult{}, sim.Errorf(sim.KindInternal, "the call of %s has failed: %w", name, err)
	}
	return textOf(name, result)
}

// Close implements [agent.Toolbox]. It ends the connection's goroutine, if there
// has been a call.
func (t *toolbox) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client == nil {
		return nil
	}
	return t.client.Close()
}

// textOf returns the one text that a result of our own server holds.
func textOf(name string, result *mcp.CallToolResult) (agent.ToolResult, error) {
	if len(result.Content) == 1 {
		if text, ok := result.Content[0].(mcp.TextContent); ok {
			return agent.ToolResult{Content: text.Text, IsError: result.IsError}, nil
		}
	}
	return agent.ToolResult{}, sim.Errorf(sim.KindInternal, "the answer of %s is not one text", name)
}

// connect makes the handshake. The version of the protocol is pinned to the last
// one with a handshake: there a call costs less than half of what it costs in
// the newer one, which repeats who is speaking in every message.
func connect(ctx context.Context, s *mcpServer) (*client.Client, error) {
	c, err := client.NewInProcessClient(s)
	if err != nil {
		return nil, err
	}
	if err := c.Start(ctx); err != nil {
		return nil, closeAfter(c, err)
	}
	if err := shakeHands(ctx, c); err != nil {
		return nil, closeAfter(c, err)
	}
	return c, nil
}

// shakeHands says who is speaking.
func shakeHands(ctx context.Context, c *client.Client) error {
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "aitrader", Version: version}
	_, err := c.Initialize(ctx, hello)
	return err
}
