package mcptool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"aitrader/internal/agent"
	"aitrader/internal/backoff"
	"aitrader/internal/secret"
	"aitrader/internal/sim"
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
	maxAnswer = 8 << 20
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
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, closeAfter(c, err)
	}
	specs, err := r.chooseTools(list.Tools)
	if err != nil {
		return nil, closeAfter(c, err)
	}
	return &remoteTools{Remote: r, client: c, specs: specs}, nil
}

// toolName matches the names that providers accept.
var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// chooseTools returns the specifications of the configured tools, or of all tools where
// none is configured.
func (r Remote) chooseTools(offered []mcp.Tool) ([]agent.ToolSpec, error) {
	var specs []agent.ToolSpec
	missing := slices.Clone(r.Tools)
	for _, tool := range offered {
		if len(r.Tools) > 0 && !slices.Contains(r.Tools, tool.Name) {
			continue
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == tool.Name })
		name := sim.OutsideTool(r.Name, tool.Name)
		if !toolName.MatchString(name) {
			return nil, fmt.Errorf("the name of its tool %q cannot be used: %s must be 1 to 64 of A-Z, a-z, 0-9, _ and -", tool.Name, name)
		}
		schema, err := json.Marshal(tool.InputSchema)
		if err != nil {
			return nil, err
		}
		specs = append(specs, agent.ToolSpec{Name: name, Description: tool.Description, Schema: schema})
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("it does not offer %s", strings.Join(missing, ", "))
	}
	slices.SortFunc(specs, func(a, b agent.ToolSpec) int { return strings.Compare(a.Name, b.Name) })
	return specs, nil
}

// remoteTools is a connection to an external server.
type remoteTools struct {
	Remote
	client *client.Client
	specs  []agent.ToolSpec
}

// Specs implements [agent.Toolbox].
func (t *remoteTools) Specs() []agent.ToolSpec { return t.specs }

// Call implements [agent.Toolbox].
func (t *remoteTools) Call(ctx context.Context, name string, arguments json.RawMessage) (agent.ToolResult, error) {
	normal, err := agent.NormalizeArguments(string(arguments))
	if err != nil {
		return refusal(sim.MessageOf(err)), nil
	}
	request := mcp.CallToolRequest{Params: mcp.CallToolParams{Name: strings.TrimPrefix(name, sim.OutsideTool(t.Name, "")), Arguments: normal}}
	return retry(ctx, t.Remote, func(ctx context.Context) (agent.ToolResult, error) {
		result, err := t.client.CallTool(ctx, request)
		if err != nil {
			return agent.ToolResult{}, err
		}
		return textsOf(result), nil
	})
}

// Close implements [agent.Toolbox].
func (t *remoteTools) Close() error { return t.client.Close() }

// textsOf joins the texts of a result. Other content is mentioned, not shown.
func textsOf(result *mcp.CallToolResult) agent.ToolResult {
	var parts []string
	for _, content := range result.Content {
		if text, ok := content.(mcp.TextContent); ok {
			parts = append(parts, text.Text)
		} else {
			parts = append(parts, "[content that is not text]")
		}
	}
	return agent.ToolResult{Content: strings.Join(parts, "\n"), IsError: result.IsError}
}

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
	text := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		text = fmt.Sprintf("no answer within %s", r.Timeout)
	}
	var secrets []string
	for _, value := range r.Headers {
		secrets = append(append(secrets, value), strings.Fields(value)...)
	}
	return secret.Scrubber(secrets...)(text)
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

// Join returns one toolbox for several, whose tools have different names.
func Join(boxes ...agent.Toolbox) agent.Toolbox { return joined(boxes) }

type joined []agent.Toolbox

// Specs implements [agent.Toolbox].
func (j joined) Specs() []agent.ToolSpec {
	var specs []agent.ToolSpec
	for _, box := range j {
		specs = append(specs, box.Specs()...)
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
