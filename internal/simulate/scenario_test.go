package simulate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// newYork is the zone of the market that is simulated.
var newYork = sim.DefaultMarket.Zone

// scenario is what happens to a world, drawn from its seed.
type scenario struct {
	dice
	start     time.Time // of the clock of the world
	first     sim.Date  // with prices
	today     sim.Date  // at the start
	until     sim.Date  // the last day that the vendor knows
	models    []contestant
	processes int
	clients   int
	calls     int           // of each client
	pace      time.Duration // the longest wait of a client between two calls
	daily     bool
	cloud     bool // functions and a state machine execute the jobs, as on AWS
	evenings  int  // that the daily loop runs
	vendor    bool
	source    string // of prices, if there is a vendor
	jumps     bool   // clocks jump
	budget    sim.Money

	// Probabilities of faults, for each write, read and call.
	deaths, lost, unanswered, unread, slow, deaf float64
	mishaps                                      float64 // of invocations; see cloud.invoke
	unsold                                       float64 // questions to the vendor without a useful answer
	maxDelay, maxDown, lateness                  time.Duration
	poll                                         time.Duration
}

// contestant is a configured model.
type contestant struct {
	signature string
	character character
}

// character is how a provider behaves.
type character string

const (
	steady  character = "steady"  // it answers
	flaky   character = "flaky"   // some of its sessions fail
	broken  character = "broken"  // it never answers
	slow    character = "slow"    // it answers late, sometimes after the day's time
	panicky character = "panicky" // some of its answers are a panic
	costly  character = "costly"  // it answers, and has a price and perhaps a budget
)

// turning are the Sundays on which New York changes its clocks, and days around which
// the exchanges are closed.
var turning = []string{
	"2024-03-10", "2024-11-03", "2025-03-09", "2025-11-02", // daylight saving time
	"2024-07-04", "2024-11-28", "2024-12-25", "2025-01-01", "2025-01-09", "2025-04-18", "2025-06-19", "2025-09-01",
}

func newScenario(d dice) scenario {
	s := scenario{
		dice: d, processes: 1 + d.below(3, "processes"), clients: 1 + d.below(3, "clients"), calls: 2 + d.below(6, "calls"),
		pace: pick(d, "pace", time.Second, 10*time.Second, time.Minute), vendor: d.chance(0.5, "vendor"), jumps: d.chance(0.2, "jumps"),
		deaths: pick(d, "deaths", 0, 0, 0.002, 0.01, 0.03), lost: pick(d, "lost", 0, 0, 0.02, 0.1),
		unanswered: pick(d, "unanswered", 0, 0, 0.02, 0.1), unread: pick(d, "unread", 0, 0, 0, 0.02),
		slow: pick(d, "slow", 0, 0.1, 0.3), maxDelay: pick(d, "max delay", 10*time.Millisecond, time.Second, 20*time.Second),
		deaf:    pick(d, "deaf", 0, 0, 0.3, 0.7),
		maxDown: pick(d, "max down", time.Second, time.Minute, 20*time.Minute), poll: pick(d, "poll", time.Second, 5*time.Second, 30*time.Second),
	}
	around := sim.MustParseDate(pick(d, "around", turning...))
	s.today = around.AddDays(-d.below(6, "before"))
	s.first = s.today.AddDays(-30)
	s.source = pick(d, "source", "polygon", "polygon", "alphavantage")
	s.unsold = pick(d, "unsold", 0, 0, 0.02, 0.2)
	minute := time.Duration(d.below(24*60, "minute")) * time.Minute
	s.start = s.today.Time().Add(minute) // in UTC
	s.today = sim.DefaultMarket.Today(s.start)
	if s.daily = d.chance(0.15, "daily"); s.daily {
		s.vendor, s.evenings = true, 2+d.below(5, "evenings")
		s.pace, s.poll = 8*time.Hour, 10*time.Minute
		s.maxDown = pick(d, "max down", time.Minute, time.Hour, 30*time.Hour)
		s.deaths /= 3
		s.lateness = time.Duration(d.below(20, "lateness")) * time.Minute
	}
	if s.cloud = !s.daily && d.chance(0.25, "cloud"); s.cloud {
		s.mishaps = pick(d, "mishaps", 0, 0.05, 0.2, 0.5)
	}
	s.until = s.today.AddDays(2*s.evenings + 10)
	for i := range 1 + d.below(4, "models") {
		kind := pick(d, fmt.Sprintf("character %d", i), steady, steady, steady, flaky, flaky, broken, slow, panicky, costly, costly)
		s.models = append(s.models, contestant{fmt.Sprintf("m%d-%s", i, kind), kind})
	}
	if d.chance(0.5, "budget") {
		s.budget = sim.Money(1+d.below(30, "amount")) * sim.Dollar / 10
	}
	return s
}

// symbols are what can be traded; the last one is the benchmark.
var symbols = []string{"AAA", "BBB", "CCC", "QQQ"}

// bars returns the bars of a date.
func (s scenario) bars(d sim.Date) []sim.SymbolBar {
	var rows []sim.SymbolBar
	for _, symbol := range symbols {
		name := symbol + d.String()
		open := sim.Money(10+s.below(90, name+"open")) * sim.Dollar / 2
		last := open + sim.Money(s.below(20, name+"close")-10)*sim.Dollar/10
		rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: d, Bar: sim.Bar{
			Open: open, High: max(open, last) + sim.Dollar, Low: min(open, last) - sim.Dollar, Close: last, Volume: 1000,
		}})
	}
	return rows
}

// rows returns the prices of some days, with a split or a dividend now and then.
func (s scenario) rows(dates ...sim.Date) sim.PriceRows {
	rows := sim.PriceRows{Source: "simulated"}
	for _, d := range dates {
		rows.Bars = append(rows.Bars, s.bars(d)...)
		symbol := symbols[s.below(3, "action "+d.String())]
		switch s.below(12, "kind of action "+d.String()) {
		case 0:
			rows.Splits = append(rows.Splits, sim.Split{Symbol: symbol, ExDate: d, Numerator: 3, Denominator: 2})
		case 1:
			rows.Dividends = append(rows.Dividends, sim.Dividend{Symbol: symbol, ExDate: d, Amount: sim.PerShare(25_000_000)})
		}
	}
	return rows
}

// importPrices stores what was imported before the start.
func (w *world) importPrices() {
	last := w.scenario.until
	if w.scenario.vendor {
		last = w.scenario.today.AddDays(-1 - w.scenario.below(8, "behind"))
	}
	_, err := w.image.PutPrices(context.Background(), w.scenario.rows(sim.DefaultMarket.Bars(w.scenario.first, last)...), w.now())
	if err != nil {
		panic(err) // the scenario is wrong
	}
}

// configurations is the one configuration, as a process opens it. It implements
// [engine.Configurations] and [sim.Configuration].
type configurations struct{ p *process }

var _ engine.Configurations = configurations{}

// Open implements [engine.Configurations].
func (c configurations) Open(_ context.Context, name string) (sim.Configuration, error) {
	if name != "" && name != "default" {
		return nil, sim.Errorf(sim.KindInvalid, "configuration %q does not exist", name)
	}
	return c, nil
}

// InitDate implements [sim.Configuration].
func (c configurations) InitDate() sim.Date {
	return c.p.w.scenario.today.AddDays(-7)
}

// Settings implements [sim.Configuration].
func (c configurations) Settings(signatures []string) (sim.Settings, error) {
	sc := c.p.w.scenario
	s := sim.Settings{
		Config: "default", Benchmark: "QQQ", Universe: symbols[:3], InitialCash: 10_000 * sim.Dollar, MaxSteps: 5, CallTimeout: 60,
		Costs: sim.TradingCosts{CommissionMin: sim.Dollar},
	}
	if sc.vendor {
		s.Prices = sim.PriceSource{Source: sc.source, BaseURL: quotes, PerMinute: 60}
	}
	for _, m := range sc.models {
		if len(signatures) > 0 && !slices.Contains(signatures, m.signature) {
			continue
		}
		spec := sim.ModelSpec{Signature: m.signature, Name: m.signature, BaseModel: "simulated/" + string(m.character)}
		if m.character == costly {
			spec.Price, spec.Params = &sim.TokenPrice{Input: 100 * sim.Dollar, Output: 100 * sim.Dollar}, map[string]any{"max_tokens": 2000.0}
			spec.Budget = sc.budget
		}
		s.Models = append(s.Models, spec)
	}
	for _, name := range signatures {
		if !slices.ContainsFunc(sc.models, func(m contestant) bool { return m.signature == name }) {
			return sim.Settings{}, sim.Errorf(sim.KindInvalid, "model %q is not configured", name)
		}
	}
	return s, nil
}
