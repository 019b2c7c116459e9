package mcptool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"aitrader/internal/agent"
	"aitrader/internal/backoff"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
	"aitrader/internal/text"
)

// Remote is an external MCP server, over streamable HTTP.
type Remote struct {
	sim.MCPServer
	// Headers are sent with every request. They are secrets.
	Headers map[string]string
	Timeout time.Duration // of connecting, and of each call
	Retries int           // after the first attempt of each
	Delay   time.Duration // bounds the wait before the first retry; see [backoff.Policy]
}

const (
	// maxAnswer bounds what is read of one HTTP answer, in bytes.
	maxAnswer = 2 << 20
	// maxTools bounds the tools that a server adds to a session.
	maxTools = 64
	// maxPages bounds the pages of a list of tools.
	maxPages = 20
	// maxDescription bounds the description of a tool, in bytes: providers refuse more
	// than 1,024 characters.
	maxDescription = 1024
	// maxPing bounds the wait for a sign of life.
	maxPing = 10 * time.Second
	// maxDelay bounds the wait before any retry.
	maxDelay = time.Minute
)

// Dial connects to a server and lists its tools. Their names get the server's name and
// "__" as a prefix.
//
// Errors, of calls too, are of kind unavailable and begin with "mcp_unavailable: NAME".
// A call without an answer is repeated, so the server may run a tool more than once.
func (r Remote) Dial(ctx context.Context) (agent.Toolbox, error) {
	t, err := retry(ctx, r, r.connect)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// connect makes one attempt to connect.
func (r Remote) connect(ctx context.Context) (*remoteTools, error) {
	c, err := client.NewStreamableHttpClient(r.URL, transport.WithHTTPHeaders(r.Headers), transport.WithHTTPBasicClient(&http.Client{
		Timeout:   r.Timeout,
		Transport: boundedTransport{http.DefaultTransport},
		// A redirect could carry the headers, and so a key, to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirects are not followed") },
	}))
	if err != nil {
		return nil, err
	}
	if err := c.Start(ctx); err != nil {
		return nil, closeAfter(c, err)
	}
	if err := shakeHands(ctx, c); err != nil {
		return nil, closeAfter(c, err)
	}
	offered, err := listTools(ctx, c)
	if err != nil {
		return nil, closeAfter(c, err)
	}
	t := &remoteTools{Remote: r, client: c, names: map[string]string{}}
	if err := t.choose(offered); err != nil {
		return nil, closeAfter(c, err)
	}
	return t, nil
}

// offer is a tool that a server lists.
type offer struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"inputSchema"`
}

// listTools lists the tools of a server. A tool that cannot be read is left out, or has at
// least its name: the library would refuse the whole list.
func listTools(ctx context.Context, c *client.Client) ([]offer, error) {
	var offered []offer
	cursor := ""
	for range maxPages {
		params := map[string]any{}
		if cursor != "" {
			params["cursor"] = cursor
		}
		raw, err := request(ctx, c, string(mcp.MethodToolsList), params)
		if err != nil {
			return nil, err
		}
		var page struct {
			Tools      []json.RawMessage `json:"tools"`
			NextCursor string            `json:"nextCursor"`
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, fmt.Errorf("its list of tools cannot be read: %w", err)
		}
		for _, tool := range page.Tools {
			var o offer
			_ = json.Unmarshal(tool, &o) // what can be read counts
			if o.Name != "" {
				offered = append(offered, o)
			}
		}
		if page.NextCursor == "" || page.NextCursor == cursor {
			break
		}
		cursor = page.NextCursor
	}
	return offered, nil
}

// refused is the answer of a server that it cannot do what it was asked.
type refused struct{ words string }

func (r *refused) Error() string { return r.words }

var requestID atomic.Int64

// request sends a request and returns its result as it came. An error of the server is a
// *refused.
func request(ctx context.Context, c *client.Client, method string, params map[string]any) (json.RawMessage, error) {
	response, err := c.GetTransport().SendRequest(ctx, transport.JSONRPCRequest{
		JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(fmt.Sprintf("%s-%d", method, requestID.Add(1))), Method: method, Params: params,
	})
	switch {
	case err != nil:
		return nil, err
	case response.Error != nil:
		return nil, &refused{response.Error.Message}
	}
	return response.Result, nil
}

// choose takes the configured tools, or all tools where none is configured.
func (t *remoteTools) choose(offered []offer) error {
	missing := slices.Clone(t.Tools)
	for _, tool := range offered {
		if len(t.Tools) > 0 && !slices.Contains(t.Tools, tool.Name) {
			continue
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == tool.Name })
		name := sessionName(t.Name, tool.Name)
		if _, again := t.names[name]; again || len(t.names) >= maxTools {
			continue
		}
		t.names[name] = tool.Name
		t.specs = append(t.specs, agent.ToolSpec{Name: name, Description: description(tool.Description), Schema: plainSchema(tool.InputSchema)})
	}
	if len(missing) > 0 {
		return fmt.Errorf("it does not offer %s", strings.Join(missing, ", "))
	}
	slices.SortFunc(t.specs, func(a, b agent.ToolSpec) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// description cuts a description to what providers accept.
func description(s string) string {
	if len(s) <= maxDescription {
		return text.ClipWith(s, maxDescription, "")
	}
	return text.Clip(s, maxDescription-len(text.Ellipsis))
}

// remoteTools is a connection to an external server.
type remoteTools struct {
	Remote
	client *client.Client
	specs  []agent.ToolSpec
	names  map[string]string // the server's name of a tool by that in the session
}

// Specs implements [agent.Toolbox].
func (t *remoteTools) Specs() []agent.ToolSpec { return t.specs }

// Call implements [agent.Toolbox]. A tool that fails is answered to the model; an error
// means that the server does not answer any more.
func (t *remoteTools) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	normal, err := agent.NormalizeArguments(string(arguments))
	if err != nil {
		return agent.Refusal(sim.MessageOf(err)), nil
	}
	params := map[string]any{"name": t.names[name], "arguments": normal}
	result, err := retry(ctx, t.Remote, func(limited context.Context) (agent.ToolResult, error) {
		raw, err := request(limited, t.client, string(mcp.MethodToolsCall), params)
		if said := (*refused)(nil); errors.As(err, &said) {
			return t.foreignError(said.words), nil
		}
		if errors.Is(err, context.DeadlineExceeded) && t.alive(ctx) {
			return t.foreignError(t.scrub(err)), nil // only this tool hangs
		}
		if err != nil {
			return agent.ToolResult{}, err
		}
		return readResult(raw), nil
	})
	if err != nil && t.alive(ctx) {
		return t.foreignError(sim.MessageOf(err)), nil
	}
	return result, err
}

// alive reports whether the server still answers.
func (t *remoteTools) alive(ctx context.Context) bool {
	limited, cancel := context.WithTimeout(ctx, min(t.Timeout, maxPing))
	defer cancel()
	_, err := request(limited, t.client, "ping", nil) // a server without this method refuses it
	said := (*refused)(nil)
	return err == nil || errors.As(err, &said)
}

// Close implements [agent.Toolbox].
func (t *remoteTools) Close() error { return t.client.Close() }

// retry repeats a request until the server answers, within the retries of r.
func retry[T any](ctx context.Context, r Remote, ask func(context.Context) (T, error)) (T, error) {
	attempts := 0
	policy := backoff.Policy{Base: r.Delay, Max: maxDelay}
	running := func(error) bool { return ctx.Err() == nil }
	answer, err := backoff.Retry(ctx, policy, 1+r.Retries, running, func() (T, error) {
		attempts++
		limited, cancel := context.WithTimeout(ctx, r.Timeout)
		defer cancel()
		return ask(limited)
	})
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return answer, sim.Errorf(sim.KindUnavailable, "mcp_unavailable: %s: stopped: %w", r.Name, ctx.Err())
	}
	return answer, sim.Errorf(sim.KindUnavailable, "mcp_unavailable: %s: %s (attempt %d)", r.Name, r.scrub(err), attempts)
}

// scrub keeps secrets out of an error.
func (r Remote) scrub(err error) string {
	words := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		words = fmt.Sprintf("no answer within %s", r.Timeout)
	}
	return r.scrubText(words)
}

// scrubText keeps secrets out of a text.
func (r Remote) scrubText(words string) string {
	var secrets []string
	for _, value := range r.Headers {
		secrets = append(append(secrets, value), strings.Fields(value)...)
	}
	return secret.Scrubber(secrets...)(words)
}

// boundedTransport cuts the body of an answer at maxAnswer.
type boundedTransport struct{ http.RoundTripper }

func (b boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = limitedBody{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

type limitedBody struct {
	io.Reader
	io.Closer
}

// Join returns one toolbox for several. Of tools with the same name, the first counts.
func Join(boxes ...agent.Toolbox) agent.Toolbox { return joined(boxes) }

type joined []agent.Toolbox

// Specs implements [agent.Toolbox].
func (j joined) Specs() []agent.ToolSpec {
	var specs []agent.ToolSpec
	for _, box := range j {
		for _, spec := range box.Specs() {
			if !slices.ContainsFunc(specs, func(s agent.ToolSpec) bool { return s.Name == spec.Name }) {
				specs = append(specs, spec)
			}
		}
	}
	return specs
}

// Call implements [agent.Toolbox].
func (j joined) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	for _, box := range j[1:] {
		if slices.ContainsFunc(box.Specs(), func(s agent.ToolSpec) bool { return s.Name == name }) {
			return box.Call(ctx, name, arguments)
		}
	}
	return j[0].Call(ctx, name, arguments)
}

// Close implements [agent.Toolbox].
func (j joined) Close() error {
	var errs []error
	for _, box := range j {
		errs = append(errs, box.Close())
	}
	return errors.Join(errs...)
}
