package trader

import (
	"context"

	"aitrader/internal/agent"
	"aitrader/internal/engine"
	"aitrader/internal/mcptool"
	"aitrader/internal/sim"
)

// Headers finds the secret headers of an external MCP server when they are needed.
type Headers interface {
	MCPHeaders(ctx context.Context, config string, s sim.MCPServer) (map[string]string, error)
}

// withRemoteTools joins the tools of external MCP servers to those of the desk. A
// model without a provider does not use them.
func (t *Trader) withRemoteTools(ctx context.Context, a engine.Assignment, own agent.Toolbox) (agent.Toolbox, error) {
	if len(a.Settings.MCPServers) == 0 || a.Model.Offline() {
		return own, nil
	}
	boxes := []agent.Toolbox{own}
	for _, s := range a.Settings.MCPServers {
		headers, err := t.Headers.MCPHeaders(ctx, a.Settings.Config, s)
		if err != nil {
			return mcptool.Join(boxes...), err
		}
		box, err := mcptool.Remote{
			MCPServer: s, Headers: headers, Timeout: a.Settings.CallTimeout.Duration(), Retries: a.Settings.MaxRetries,
			Delay: a.Settings.BaseDelay.Duration(),
		}.Dial(ctx)
		if err != nil {
			return mcptool.Join(boxes...), err
		}
		boxes = append(boxes, box)
	}
	return mcptool.Join(boxes...), nil
}
