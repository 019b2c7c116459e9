// Package local wires the embedded home: one folder with one SQLite file, the
// engine that executes its jobs in this process, and the HTTP API over both.
package local

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"aitrader/internal/agent"
	"aitrader/internal/apikey"
	"aitrader/internal/baseline"
	"aitrader/internal/callback"
	"aitrader/internal/changes"
	"aitrader/internal/config"
	"aitrader/internal/daily"
	"aitrader/internal/engine"
	"aitrader/internal/executor"
	"aitrader/internal/httpapi"
	"aitrader/internal/mcpserver"
	"aitrader/internal/netaddr"
	"aitrader/internal/prices/download"
	"aitrader/internal/prices/feed"
	"aitrader/internal/sample"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
	"aitrader/internal/trader"
)

// The files of a home, in its folder.
const (
	StoreFile = "aitrader.db"
	lockFile  = sqlite.LockFile
)

// dayTimeout bounds one model-day. Local models can be slow, and nothing waits
// for a lease of a process that has ended.
const dayTimeout = time.Hour

// Options says where a home is and how it behaves. Data, Env, Now and Log are
// needed.
type Options struct {
	// Data is the folder of the store; it is made when it is missing.
	Data string
	// Config is the default configuration: a file, or a name in the folder that
	// AITRADER_CONFIG_DIR names, or else in ./configs.
	Config string
	// Demo uses the demo's configuration instead.
	Demo    bool
	Env     func(name string) string
	Now     func() time.Time
	Log     *slog.Logger
	Version string
	// Limits bound the sessions; zero fields stand for their defaults.
	Limits agent.Limits
	// Daily, if not empty, is the time in New York at which each trading day is
	// caught up, as HH:MM.
	Daily string
	// After waits on the clock that Now shows; nil: time.After.
	After func(time.Duration) <-chan time.Time
	// CallbackRoots are who is trusted to know the receivers of callbacks; nil: whom
	// the system trusts.
	CallbackRoots *x509.CertPool
	// statusPoll is how often a status call that waits reads the store; 0: as the API
	// does by itself.
	statusPoll time.Duration
}

// Home is an open home.
type Home struct {
	store    *sqlite.Store
	changes  *changes.Signal // of the jobs of this process
	configs  configs
	catalog  config.Catalog
	feed     *feed.Feed
	executor *executor.Executor
	daily    *daily.Daily // nil: nothing is done by itself
	health   storeHealth
	metrics  *metrics
	handler  http.Handler  // what this process asks itself: no key is needed
	served   http.Handler  // what others ask
	guarded  bool          // API keys are needed, or were waived
	ending   chan struct{} // closed when Serve begins to end
	now      func() time.Time
	log      *slog.Logger
}

// Open opens a home. Errors name the file, the variable or the flag.
func Open(ctx context.Context, o Options) (_ *Home, err error) {
	if err := o.checkFolder(); err != nil {
		return nil, err
	}
	configs := o.configs()
	if err := configs.check(ctx, o.Config); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Data, 0o755); err != nil {
		return nil, sim.Errorf(sim.KindUnavailable, "the folder of the store cannot be made: %v", err)
	}
	store, err := openStore(ctx, o.Data)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, store.Close())
		}
	}()
	catalog := configs.catalog()
	signal := &changes.Signal{}
	announcing := changes.Store{Store: store, Signal: signal}
	h := &Home{
		store: store, changes: signal, configs: configs, catalog: catalog, feed: feed.New(catalog, store, o.Now, o.Log),
		metrics: newMetrics(), now: o.Now, log: o.Log, ending: make(chan struct{}),
	}
	deliverer, err := o.newDeliverer(store)
	if err != nil {
		return nil, err
	}
	trader := &trader.Trader{
		Models: trader.NewModels(catalog, trader.Files, announcing, o.Now), News: trader.NewNewsSources(catalog, trader.NewsFile,
			o.Log.With("logger", "news")),
		Headers: catalog, Past: store, NewsRefused: h.metrics.newsRefused, ToolCalled: h.metrics.toolCalled, Limits: o.Limits, Now: o.Now,
	}
	waits := &engine.Waits{}
	h.executor = h.newExecutor(o.Data, deliverer, &engine.Engine{
		Store: timedStore{announcing, h.metrics}, Prices: store, Bars: h.feed, Trader: trader, Now: o.Now, Log: o.Log,
		// Only the holder of the lock executes, and each start is a new holder:
		// the leases of a process that was killed are void at once.
		Holder: uuid.NewString(), Exclusive: true, DayTimeout: dayTimeout, Observer: h.metrics, Waits: waits,
	})
	h.health = storeHealth{store, h.executor.Fault, waits.Err}
	jobs := &engine.Jobs{
		Store:    announcing,
		Prices:   store,
		Bars:     h.feed,
		IdleCash: baseline.IdleCash,
		Configs:  catalog,
		Executor: h.executor,
		Notifier: deliverer,
		Observer: h.metrics,
		Now:      o.Now,
		NewID:    engine.NewJobID,
		Limits:   sim.DefaultLimits,
		Log:      o.Log,
	}
	if h.daily, err = h.newDaily(o, jobs); err != nil {
		return nil, err
	}
	return h, h.handlers(o, jobs)
}

// newExecutor returns the executor of a folder's jobs, and of their callbacks.
func (h *Home) newExecutor(folder string, d *callback.Deliverer, e *engine.Engine) *executor.Executor {
	lock := newExecutorLock(folder)
	x := executor.New(e, lock, d, h.log)
	x.Intact, x.Kept = h.store.Intact, lock.Kept
	h.metrics.watchJobs(x.Active)
	// Jobs end in the process that executes them, and so does the delivery of callbacks.
	d.OnJobEnded = func(context.Context, sim.Job) { x.WakeDeliverer() }
	return x
}

// newDaily returns what catches up every trading day, if that is wanted.
func (h *Home) newDaily(o Options, jobs *engine.Jobs) (*daily.Daily, error) {
	if o.Daily == "" {
		return nil, nil
	}
	at, err := daily.ParseTimeOfDay(o.Daily)
	if err != nil {
		return nil, sim.Errorf(sim.KindInvalid, "--daily %w", err)
	}
	after := o.After
	if after == nil {
		after = time.After
	}
	return &daily.Daily{
		At:      at,
		Trigger: jobs,
		Configs: h.catalog,
		Prices:  h.store,
		Bars:    h.feed,
		Now:     o.Now,
		After:   after,
		Log:     o.Log.With("logger", "daily"),
	}, nil
}

// configs says where the configurations are.
func (o Options) configs() configs {
	folder := o.Env("AITRADER_CONFIG_DIR")
	if folder == "" {
		folder = "configs"
	}
	lookup := func(name string) (string, bool) {
		value := o.Env(name)
		return value, value != ""
	}
	c := newConfigs(folder, o.Config, lookup)
	if o.Demo {
		c.builtIn, c.byDefault = config.Demo, config.DemoName
	}
	return c
}

// checkFolder refuses a named folder of configurations that does not exist, instead of
// using the built-in ones.
func (o Options) checkFolder() error {
	folder := o.Env("AITRADER_CONFIG_DIR")
	if folder == "" || o.Demo || isFile(o.Config) {
		return nil
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return sim.Errorf(sim.KindInvalid, "AITRADER_CONFIG_DIR=%q: a folder with configurations is expected, and it does not exist", folder)
	}
	return nil
}

// handlers makes the HTTP API twice: for this process, and for others.
func (h *Home) handlers(o Options, jobs *engine.Jobs) error {
	keys, err := apikey.Parse(o.Env("AITRADER_API_KEYS"))
	if err != nil {
		return sim.Errorf(sim.KindInvalid, "AITRADER_API_KEYS: %w", err)
	}
	options := httpapi.Options{
		Store: h.health, Prices: h.store, Jobs: jobs, Models: h.listed, Defaults: h.catalog.Defaults,
		StoreKind: "sqlite", Version: o.Version, Now: o.Now, Log: slog.New(slog.DiscardHandler), Wake: h.changes.Next, Poll: o.statusPoll,
		Ending: h.ending, Executing: func() bool { return h.executor.Holding() || Executing(o.Data) },
	}
	if h.handler, err = httpapi.New(options); err != nil {
		return err
	}
	if options.Hosts, err = netaddr.ParseHosts(o.Env("AITRADER_HOSTS")); err != nil {
		return sim.Errorf(sim.KindInvalid, "AITRADER_HOSTS: %w", err)
	}
	options.Metrics = h.metrics.handler()
	options.Keys, options.OpenToAll, options.Log = keys, o.Env("AITRADER_ALLOW_OPEN") == "1", o.Log.With("logger", "http")
	h.guarded = !keys.IsEmpty() || options.OpenToAll
	itself := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.served.ServeHTTP(w, r) })
	// Without keys callers cannot be distinguished, and no program starts jobs.
	options.MCP = mcpserver.Handler(itself, func(h http.Header) bool { return httpapi.HasScope(h, keys, apikey.Trigger) })
	h.served, err = httpapi.New(options)
	return err
}

// Handler answers this process's own questions by the same API that others use.
// It needs no key: access to the folder is access to everything in it.
func (h *Home) Handler() http.Handler { return h.handler }

// Execute executes jobs until the context ends, unless another process does.
func (h *Home) Execute(ctx context.Context) { h.executor.Run(ctx) }

// PutPrices imports prices.
func (h *Home) PutPrices(ctx context.Context, set sim.PriceRows) (sim.ImportReport, error) {
	return h.store.PutPrices(ctx, set, h.now())
}

// FetchPrices fetches prices from the source of the default configuration.
func (h *Home) FetchPrices(ctx context.Context, r feed.Request) (download.Report, error) {
	c, err := h.configs.Find(ctx, "")
	if err != nil {
		return download.Report{}, err
	}
	r.InitDate = c.InitDate()
	return h.feed.Request(ctx, c.Base, r)
}

// LoadSample imports the sample market. Doing it again changes nothing.
func (h *Home) LoadSample(ctx context.Context) (sim.ImportReport, error) {
	return h.PutPrices(ctx, sample.Market())
}

// DefaultEnd returns the end date that the default configuration proposes for a
// run from the command line; zero: none.
func (h *Home) DefaultEnd(ctx context.Context) (sim.Date, error) {
	c, err := h.configs.Find(ctx, "")
	return c.DateRange.End, err
}

// Backup writes a consistent copy of the store; the file must not exist.
func (h *Home) Backup(ctx context.Context, file string) error { return h.store.Backup(ctx, file) }

// Close closes the store.
func (h *Home) Close() error { return h.store.Close() }
