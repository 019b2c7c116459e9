package config

import (
	"context"
	"slices"

	"aitrader/internal/sim"
)

// Source holds configurations.
type Source interface {
	// Find returns the configuration of a name; "" and default mean the default
	// one. Kind invalid_request: it does not exist, or is not valid.
	Find(ctx context.Context, name string) (Config, error)
	// Names lists the configurations, sorted.
	Names(ctx context.Context) ([]string, error)
}

// Catalog finds configurations and their keys for the engine and the API. It reads them
// when they are needed: a change counts from the next trigger on, and a running job
// keeps the settings that it stored.
type Catalog struct {
	Source Source
	// Secret reads an environment variable, or an SSM parameter, whose name begins with
	// a slash. It returns "" where that does not exist.
	Secret func(ctx context.Context, name string) (string, error)
}

// Open returns the configuration of a name, for the engine.
func (c Catalog) Open(ctx context.Context, name string) (sim.Configuration, error) {
	return c.Source.Find(ctx, name)
}

// Key returns the key of a job's model, or "" for a model without one. A key is only
// sent to the base URL that its configuration names.
func (c Catalog) Key(ctx context.Context, name string, spec sim.ModelSpec) (string, error) {
	found, err := c.Source.Find(ctx, name)
	if err != nil {
		return "", err
	}
	m, ok := found.Model(sim.ReplicaOf(spec.Signature))
	if !ok || m.BaseURL != spec.BaseURL {
		return "", sim.Errorf(sim.KindInvalid,
			"%s: the configuration %q does not name this model at its base URL any more, so its key is not used", spec.Signature, name).
			Stopping(sim.StopFault)
	}
	return c.resolve(ctx, m.Key)
}

// NewsKey returns the key of a job's source of news, or "" for a source without one. It
// is only sent to the base URL that its configuration names.
func (c Catalog) NewsKey(ctx context.Context, name string, s sim.NewsSettings) (string, error) {
	found, err := c.Source.Find(ctx, name)
	if err != nil {
		return "", err
	}
	now := found.Base.News
	return c.sourceKey(ctx, "news", name, s.Source, now.Source == s.Source && now.BaseURL == s.BaseURL, found.NewsKey)
}

// PricesKey returns the key of a job's source of prices, or "" for a source without one.
// It is only sent to the base URL that its configuration names.
func (c Catalog) PricesKey(ctx context.Context, name string, s sim.PriceSource) (string, error) {
	found, err := c.Source.Find(ctx, name)
	if err != nil {
		return "", err
	}
	now := found.Base.Prices
	return c.sourceKey(ctx, "prices", name, s.Source, now.Source == s.Source && now.BaseURL == s.BaseURL, found.PricesKey)
}

// sourceKey returns the key of a source in a section of a configuration, which must
// still be the source of the job.
func (c Catalog) sourceKey(ctx context.Context, section, config, source string, same bool, ref KeyRef) (string, error) {
	if !same {
		return "", sim.Errorf(sim.KindInvalid,
			"%s: the configuration %q does not name this source at its base URL any more, so its key is not used", section, config)
	}
	key, err := c.resolve(ctx, ref)
	if sim.IsKind(err, sim.KindUnavailable) {
		return "", sim.Errorf(sim.KindUnavailable, "%s: the key of the source %s cannot be read: %s", section, source, ref).
			Stopping(sim.StopOf(err))
	}
	return key, err
}

// MCPHeaders returns the headers for a job's external MCP server. They are only sent to
// the URL that its configuration names.
func (c Catalog) MCPHeaders(ctx context.Context, name string, s sim.MCPServer) (map[string]string, error) {
	found, err := c.Source.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(found.Base.MCPServers, func(now sim.MCPServer) bool { return now.Name == s.Name && now.URL == s.URL }) {
		return nil, sim.Errorf(sim.KindInvalid,
			"mcp_servers: the configuration %q does not name %s at its address any more, so its headers are not used", name, s.Name)
	}
	headers := make(map[string]string, len(found.MCPHeaders[s.Name]))
	for header, ref := range found.MCPHeaders[s.Name] {
		if headers[header], err = c.resolve(ctx, ref); err != nil {
			return nil, sim.Errorf(sim.KindUnavailable, "mcp_unavailable: %s: the header %s cannot be read: %s", s.Name, header, ref).
				Stopping(sim.StopOf(err))
		}
	}
	return headers, nil
}

// resolve reads the key of a reference.
func (c Catalog) resolve(ctx context.Context, ref KeyRef) (string, error) {
	var failure error
	key, err := ref.Resolve(func(name string) (string, bool) {
		var value string
		value, failure = c.Secret(ctx, name)
		return value, value != ""
	})
	if failure != nil {
		return "", failure
	}
	return key, err
}

// Listed is a model with the name of its configuration.
type Listed struct {
	Config string
	Model
}

// Models lists what is configured: the models of the default configuration
// first, then those of the others.
func (c Catalog) Models(ctx context.Context) ([]Listed, error) {
	names, err := c.Source.Names(ctx)
	if err != nil {
		return nil, err
	}
	var out []Listed
	seen := map[string]bool{}
	for _, name := range append([]string{DefaultName}, names...) {
		found, err := c.Source.Find(ctx, name)
		if err != nil {
			if name == DefaultName {
				return nil, sim.Errorf(sim.KindUnavailable, "the default configuration cannot be used: %w", err)
			}
			continue // its mistakes are reported when it is used
		}
		if seen[found.Base.Config] {
			continue
		}
		seen[found.Base.Config] = true
		for _, m := range found.Models {
			out = append(out, Listed{found.Base.Config, m})
		}
	}
	return out, nil
}

// Defaults returns the benchmark and the universe of the default configuration.
func (c Catalog) Defaults(ctx context.Context) (benchmark string, universe []string, err error) {
	found, err := c.Source.Find(ctx, DefaultName)
	return found.Base.Benchmark, found.Base.Universe, err
}
