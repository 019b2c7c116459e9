package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aitrader/internal/sim"
)

// Defaults and bounds of the settings.
const (
	defaultBenchmark   = "QQQ"
	defaultMaxSteps    = 30
	defaultMaxRetries  = 3
	defaultBaseDelay   = 1.0
	defaultTimeout     = 120.0
	defaultInitialCash = 10_000 * sim.Dollar

	maxSteps    = 1000
	maxRetries  = 20
	maxDelay    = 300.0
	maxTimeout  = 3600.0
	maxParallel = 1000
	maxCash     = 1_000_000_000 * sim.Dollar
	maxPerShare = 100 * sim.Dollar
	maxPerOrder = 1000 * sim.Dollar
	maxSlippage = sim.BasisPoints(1000 * 10_000) // 1,000 basis points: 10 %
	maxSymbols  = 5000
)

// Load reads a configuration file. Kind invalid_request: the file does not exist (the
// cause is fs.ErrNotExist) or is not valid. Beside an error the configuration holds only
// the warnings.
func Load(path string, opts Options) (Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return Config{}, openError(path, err)
	}
	defer file.Close()
	if opts.Dir == "" {
		opts.Dir = filepath.Dir(path)
	}
	return decodeFile(path, file, opts)
}

// openError is the error of a configuration that cannot be opened.
func openError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return sim.Errorf(sim.KindInvalid, "the configuration %s does not exist: %w", quote(path), err)
	}
	return sim.Errorf(sim.KindInvalid, "the configuration %s cannot be opened: %w", quote(path), err)
}

// decodeFile reads an open configuration file.
func decodeFile(path string, file io.Reader, opts Options) (Config, error) {
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return Config{}, sim.Errorf(sim.KindInvalid, "the configuration %s cannot be read: %w", quote(path), err)
	}
	return Decode(path, data, opts)
}

// Decode reads a configuration from a text. Errors begin with the name; without
// its folder and .json it is the name of the configuration. One error of
// kind invalid_request lists all mistakes. Beside an error the configuration holds only
// the warnings.
func Decode(name string, data []byte, opts Options) (Config, error) {
	if c, ok := opts.Kept.find(name, data, opts); ok {
		return c, nil
	}
	given := opts.Dir
	root, err := parseTree(name, data)
	if err != nil {
		return Config{}, err
	}
	if opts.Dir != "" {
		if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
			return Config{}, sim.Errorf(sim.KindInternal, "%s: its folder has no absolute path: %w", name, err)
		}
	}
	d := &decoder{opts: opts}
	c := d.config(root)
	c.Base.Config = strings.TrimSuffix(filepath.Base(name), ".json")
	if err := d.err(name); err != nil {
		return Config{Warnings: d.warnings}, err
	}
	c.Warnings = d.warnings
	opts.Kept.keep(name, data, given, d, c)
	return c, nil
}

// config takes the whole configuration out of its tree.
func (d *decoder) config(root *object) Config {
	c := Config{
		Base: sim.Settings{
			Benchmark:  d.symbol(root, "benchmark", defaultBenchmark),
			Fractional: d.boolean(root, "fractional_shares", false),
			Budget:     d.budget(root),
		},
		DateRange: d.dateRange(d.object(root, "date_range")),
		Models:    d.models(root),
	}
	if d.boolean(root, "baselines", false) {
		c.Models = d.withBaselines(c.Models, c.Base.Benchmark)
	}
	d.checkBudget(c)
	d.agentConfig(d.object(root, "agent_config"), &c.Base)
	d.costs(d.object(root, "costs"), &c.Base.Costs)
	before := len(d.problems)
	if c.Base.News, c.NewsKey = d.news(root); len(d.problems) == before {
		d.checkNews(c.Base.News)
	}
	c.Base.Prices, c.PricesKey = d.prices(root)
	c.Base.MCPServers, c.MCPHeaders = d.mcpServers(root)
	d.finish(root)
	return c
}

func (d *decoder) dateRange(o *object) DateRange {
	r := DateRange{Init: d.date(o, "init_date"), End: d.date(o, "end_date")}
	if !r.Init.IsZero() && !r.End.IsZero() && r.End < r.Init {
		d.problem(o.at("end_date"), r.End.String(), "a date not before init_date, "+r.Init.String()+", is expected")
	}
	d.finish(o)
	return r
}

func (d *decoder) agentConfig(o *object, s *sim.Settings) {
	s.MaxSteps = d.whole(o, "max_steps", defaultMaxSteps, 1, maxSteps)
	s.MaxRetries = d.whole(o, "max_retries", defaultMaxRetries, 0, maxRetries)
	s.BaseDelay = d.seconds(o, "base_delay", defaultBaseDelay, 0, maxDelay)
	s.CallTimeout = d.seconds(o, "timeout_seconds", defaultTimeout, 1, maxTimeout)
	s.MaxParallel = d.whole(o, "max_parallel", 0, 0, maxParallel)
	s.InitialCash = d.money(o, "initial_cash", defaultInitialCash, sim.Dollar, maxCash)
	s.Universe = d.universe(o)
	d.finish(o)
}

// universe takes the symbols that the models trade; an empty list means all.
func (d *decoder) universe(o *object) []string {
	list, _ := d.list(o, "stock_symbols")
	if len(list) > maxSymbols {
		d.mistake(o.at("stock_symbols"), between("a list of symbols", 0, maxSymbols))
		return nil
	}
	var symbols []string
	first := map[string]int{}
	for i, value := range list {
		path := fmt.Sprintf("%s[%d]", o.at("stock_symbols"), i)
		symbol := d.ticker(path, value)
		if at, twice := first[symbol]; twice {
			d.warn(path, fmt.Sprintf("%q is there already, at index %d; ignored", symbol, at))
			continue
		}
		first[symbol] = i
		symbols = append(symbols, symbol)
	}
	return symbols
}

func (d *decoder) costs(o *object, costs *sim.TradingCosts) {
	costs.CommissionPerShare = d.money(o, "commission_per_share", 0, 0, maxPerShare)
	costs.CommissionPerTrade = d.money(o, "commission_per_trade", 0, 0, maxPerOrder)
	costs.CommissionMin = d.money(o, "commission_min", 0, 0, maxPerOrder)
	costs.Slippage = d.basisPoints(o, "slippage_bps", maxSlippage)
	d.finish(o)
}
