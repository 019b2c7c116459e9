package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// Jobs changes jobs. Errors carry a [sim.Kind].
type Jobs interface {
	// Trigger creates a job, or returns the one that already does the work.
	Trigger(ctx context.Context, r sim.TriggerRequest) (sim.TriggerResult, error)
	// Cancel asks an active job to stop, and returns it. Kind conflict: it has ended.
	Cancel(ctx context.Context, jobID string) (sim.Job, error)
	// Retry creates a job over the failed model-days of another one that can still
	// be filled. The caller is the id of the API key.
	Retry(ctx context.Context, jobID, caller string) (sim.TriggerResult, error)
	// Refresh returns a job as a reader should see it: one that seems dead, or is
	// being cancelled, is checked first. The only error is that of the context.
	Refresh(ctx context.Context, job sim.Job) (sim.Job, error)
}

// ModelInfo is one configured contestant, without secrets. BaseURL is stripped of
// credentials and query before it is shown.
type ModelInfo struct {
	Config    string // the name of the configuration
	Signature string
	Name      string
	BaseModel string
	BaseURL   string
	Enabled   bool
}

// Routes is a set of groups of routes. On AWS each function serves one group; the
// OpenAPI document always shows all of them.
type Routes uint

// The groups of routes.
const (
	RoutesTrigger Routes = 1 << iota // trigger, cancel, retry
	RoutesStatus                     // status, current, jobs, health
	RoutesResults                    // all others
)

// RoutesAll is every group.
const RoutesAll = RoutesTrigger | RoutesStatus | RoutesResults

// Options is what the handlers need.
type Options struct {
	Store  sim.Store
	Prices sim.PriceStore
	// Jobs may be nil where neither the trigger nor the status group is served.
	Jobs Jobs
	// Executing, if set, reports whether a process executes the active jobs of the store
	// now. nil: that cannot be told, or jobs are executed elsewhere.
	Executing func() bool
	// Models lists what is configured.
	Models func(ctx context.Context) ([]ModelInfo, error)
	// Defaults returns the benchmark and the universe of the default configuration.
	// An empty universe means all symbols with bars.
	Defaults func(ctx context.Context) (benchmark string, universe []string, err error)
	// Keys are the API keys. Without any, only loopback is served.
	Keys apikey.Set
	// OpenToAll serves every address without a key (AITRADER_ALLOW_OPEN).
	OpenToAll bool
	// Hosts are names and addresses, as [netaddr.Host] writes them, that a request may
	// have as its Host where no keys are configured, next to localhost, loopback
	// addresses and the address that it came to. With OpenToAll, none means all.
	Hosts []string
	// Routes are the groups to serve; 0: all.
	Routes Routes
	// StoreKind and Version are shown by /health.
	StoreKind string
	Version   string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Log gets one record per request; nil: slog.Default().
	Log *slog.Logger
	// Wake, if set, returns a channel that is closed, or receives, after the next
	// change of a job. A status call that waits reads the store then, and also every
	// Poll, because another process may have made a change.
	Wake func() <-chan struct{}
	// Poll is how often a status call that waits reads the store; 0: 200 ms, or 1 s
	// with Wake.
	Poll time.Duration
	// Ending, if set, is closed when the service is about to end: status calls that wait
	// are answered then.
	Ending <-chan struct{}
	// MCP, if set, answers POST /mcp, with scope read.
	MCP http.Handler
	// Metrics, if set, serves the Prometheus metrics at /metrics, with scope read.
	Metrics http.Handler
}

// withDefaults fills in optional values and refuses missing required ones.
func (o Options) withDefaults() (Options, error) {
	if o.Routes == 0 {
		o.Routes = RoutesAll
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	switch {
	case o.Poll > 0:
	case o.Wake != nil:
		o.Poll = pollWoken
	default:
		o.Poll = pollAlone
	}
	for _, required := range []struct {
		name    string
		missing bool
	}{
		{"Store", o.Store == nil},
		{"Prices", o.Prices == nil},
		{"Models", o.Models == nil},
		{"Defaults", o.Defaults == nil},
		{"Jobs", o.Jobs == nil && o.Routes&(RoutesTrigger|RoutesStatus) != 0},
	} {
		if required.missing {
			return o, fmt.Errorf("httpapi: Options.%s is required", required.name)
		}
	}
	return o, nil
}
