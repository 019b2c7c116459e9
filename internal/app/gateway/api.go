// Package gateway wires the HTTP functions on AWS: trigger, status and results. Each
// serves one group of the routes that the embedded home serves together, by the
// same handlers. No model, no MCP and no SQLite is linked into them.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"aitrader/internal/apikey"
	"aitrader/internal/app/serverless"
	"aitrader/internal/aws/stepfn"
	"aitrader/internal/baseline"
	"aitrader/internal/callback"
	"aitrader/internal/engine"
	"aitrader/internal/httpapi"
	"aitrader/internal/sim"
	"aitrader/internal/version"
)

// Function is one of the HTTP functions. It is safe for concurrent use.
type Function struct {
	*serverless.Cloud
	jobs      *engine.Jobs
	deliverer *callback.Deliverer
	ending    stepfn.Ending
	routes    httpapi.Routes

	mu      sync.Mutex
	outside http.Handler // answers callers; made anew when the keys may have changed
	until   time.Time
}

// keysLife is how long the API keys are used before they are read again.
const keysLife = 5 * time.Minute

// Open makes a function that serves a group of routes. Its errors name the
// environment variable.
func Open(env func(string) string, routes httpapi.Routes) (*Function, error) {
	c, err := serverless.Open(env)
	if err != nil {
		return nil, err
	}
	f := &Function{Cloud: c, routes: routes}
	f.deliverer = f.newDeliverer()
	f.jobs = &engine.Jobs{
		Store:    c.Store,
		Prices:   c.Store,
		Bars:     c.Feed,
		IdleCash: baseline.IdleCash,
		Configs:  c.Catalog,
		Executor: stepfn.NewExecutor(c.AWS, c.StateMachine),
		Notifier: f.deliverer,
		Observer: c.Metrics,
		Now:      c.Now,
		NewID:    engine.NewJobID,
		Limits:   sim.DefaultLimits,
		Log:      c.Log,
	}
	f.ending = stepfn.Ending{Jobs: f.jobs, Deliver: f.deliverer.DeliverUntilDeadline, Log: c.Log}
	return f, nil
}

func (f *Function) handler(keys apikey.Set) (http.Handler, error) {
	return httpapi.New(httpapi.Options{
		Store: f.Store, Prices: f.Store, Jobs: f.jobs, Models: f.models, Defaults: f.Catalog.Defaults,
		Keys: keys, OpenToAll: f.Environment.Open, Routes: f.routes, StoreKind: "dynamodb", Version: version.String(), Now: f.Now,
		Log: f.Log.With(slog.String("logger", "http")),
	})
}

func (f *Function) models(ctx context.Context) ([]httpapi.ModelInfo, error) {
	listed, err := f.Catalog.Models(ctx)
	out := make([]httpapi.ModelInfo, len(listed))
	for i, m := range listed {
		out[i] = httpapi.ModelInfo{
			Config: m.Config, Signature: m.Signature, Name: m.Name,
			BaseModel: m.BaseModel, BaseURL: m.BaseURL, Enabled: m.Enabled,
		}
	}
	return out, err
}

// callers returns the handler for callers, with the API keys of now.
func (f *Function) callers(ctx context.Context) (http.Handler, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.outside != nil && f.Now().Before(f.until) {
		return f.outside, nil
	}
	keys, err := f.keys(ctx)
	if err != nil {
		return nil, err
	}
	h, err := f.handler(keys)
	if err == nil {
		f.outside, f.until = h, f.Now().Add(keysLife)
	}
	return h, err
}

func (f *Function) keys(ctx context.Context) (apikey.Set, error) {
	if f.KeysAt == "" {
		return apikey.Set{}, nil
	}
	text, err := f.Secrets.Read(ctx, f.KeysAt)
	if err != nil {
		return apikey.Set{}, err
	}
	keys, err := apikey.Parse(text)
	if err != nil {
		return apikey.Set{}, sim.Errorf(sim.KindInternal, "the SSM parameter %s: %w", f.KeysAt, err)
	}
	return keys, nil
}
