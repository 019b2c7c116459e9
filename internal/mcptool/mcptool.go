// Package mcptool serves the tools of one model-day over the Model Context
// Protocol, and is the session's client to them.
//
// Each model-day has its own server, bound to the tools it was opened with; server
// and client speak the protocol in memory. Two model-days share nothing, so that
// neither can reach the other's desk.
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

// version is the version that both ends report in the handshake.
const version = "1"

// Open returns a toolbox with its own server, which reports name in the handshake.
// The first call starts the server and connects to it; from then on the toolbox
// holds a goroutine until it is closed.
func Open(name string, tools []agent.Tool) agent.Toolbox {
	specs := make([]agent.ToolSpec, len(tools))
	for i, t := range tools {
		specs[i] = t.Spec
	}
	return &toolbox{name: name, tools: tools, specs: specs}
}

// toolbox is a client. It knows the tools from the start and never asks for a list,
// which would cost as much as five calls. It connects at the first call: a session
// without calls would take half as much CPU again for the connection.
type toolbox struct {
	name  string
	tools []agent.Tool
	specs []agent.ToolSpec

	mu     sync.Mutex
	client *client.Client // nil before the first call
}

// connected returns the connection; the first call makes it.
func (t *toolbox) connected(ctx context.Context) (*client.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client != nil {
		return t.client, nil
	}
	c, err := connect(ctx, newServer(t.name, withoutSchemas(t.tools), fromText))
	if err != nil {
		return nil, sim.Errorf(sim.KindInternal, "the tools of %s cannot be opened: %w", t.name, err)
	}
	t.client = c
	return c, nil
}

// withoutSchemas returns the tools with the schema of any object. The library would
// parse the true ones for each model-day, and the only client has them already.
func withoutSchemas(tools []agent.Tool) []agent.Tool {
	out := slices.Clone(tools)
	for i := range out {
		out[i].Spec.Schema = json.RawMessage(`{"type":"object"}`)
	}
	return out
}

// Specs implements [agent.Toolbox].
func (t *toolbox) Specs() []agent.ToolSpec { return t.specs }

// Call implements [agent.Toolbox]. The server normalises arguments that are no object, or
// refuses them: they are decoded once, there.
func (t *toolbox) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	if !slices.ContainsFunc(t.specs, func(s agent.ToolSpec) bool { return s.Name == name }) {
		return agent.Refusal("unknown tool; call one of those that are listed"), nil
	}
	connection, err := t.connected(ctx)
	if err != nil {
		return agent.ToolResult{}, err
	}
	request := mcp.CallToolRequest{Params: mcp.CallToolParams{Name: name, Arguments: string(arguments)}}
	result, err := connection.CallTool(ctx, request)
	if err != nil {
		return agent.ToolResult{}, sim.Errorf(sim.KindInternal, "the call of %s has failed: %w", name, err)
	}
	return textOf(name, result)
}

// fromText reads arguments that the toolbox sends as a text. The library decodes the
// arguments of a call on its own: it fails at a number beyond float64, and at an object
// that is nested deeply. A text it passes on unread.
func fromText(raw json.RawMessage) (map[string]json.RawMessage, error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, sim.Errorf(sim.KindInternal, "the arguments did not arrive as a text: %w", err)
	}
	return agent.DecodeArguments(text)
}

// Close implements [agent.Toolbox]. It ends the goroutine of the connection, if a
// call has started one.
func (t *toolbox) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client == nil {
		return nil
	}
	return t.client.Close()
}

// textOf returns the text of a result of the own server, which holds exactly one.
func textOf(name string, result *mcp.CallToolResult) (agent.ToolResult, error) {
	if len(result.Content) == 1 {
		if text, ok := result.Content[0].(mcp.TextContent); ok {
			return agent.ToolResult{Content: text.Text, IsError: result.IsError}, nil
		}
	}
	return agent.ToolResult{}, sim.Errorf(sim.KindInternal, "the answer of %s is not one text", name)
}

// connect starts a client and makes the handshake. The protocol is pinned to its
// last version with a handshake, in which a call costs less than half as much as in
// the newer one: that one repeats the client's identity in every message.
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

// shakeHands identifies the client to the server.
func shakeHands(ctx context.Context, c *client.Client) error {
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "aitrader", Version: version}
	_, err := c.Initialize(ctx, hello)
	return err
}
