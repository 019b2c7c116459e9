package daily

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/clocktest"
	"aitrader/internal/sim"
)

// at is a time in New York.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", text, sim.DefaultMarket.Zone)
	require.NoError(t, err)
	return v
}

// evenings is a running Daily with fakes of all its dependencies.
type evenings struct {
	t     *testing.T
	clock *clocktest.Clock

	mu       sync.Mutex
	triggers []string // when
	answers  []error  // of the next triggers; none left: nil
	outcome  sim.TriggerOutcome
	rows     []sim.SymbolBar
	vendor   map[string][]string // one answer per request, by date
	asked    map[string]int
	source   string
	broken   error // of the configuration
	log      bytes.Buffer
}

func newEvenings(t *testing.T, now string) *evenings {
	return &evenings{
		t: t, clock: clocktest.New(at(t, now)), outcome: sim.TriggerAccepted,
		vendor: map[string][]string{}, asked: map[string]int{}, source: "polygon",
	}
}

// start runs it until the end of the test, and returns at its first wait.
func (e *evenings) start() {
	e.t.Helper()
	daily := &Daily{
		At:      TimeOfDay{18, 30},
		Trigger: e,
		Configs: e,
		Prices:  e,
		Bars:    e,
		Now:     e.clock.Now,
		After:   e.clock.After,
		Log:     slog.New(slog.NewTextHandler(&e.log, nil)),
	}
	ctx, cancel := context.WithCancel(e.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		daily.Run(ctx)
	}()
	e.t.Cleanup(func() {
		cancel()
		<-ended
	})
	e.clock.Parked()
}

// moveTo moves the clock, and returns at the next wait.
func (e *evenings) moveTo(text string) {
	e.t.Helper()
	e.clock.Fire(at(e.t, text))
	e.clock.Parked()
}

// triggered returns when triggers were made since the last call.
func (e *evenings) triggered() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.triggers
	e.triggers = nil
	return out
}

func (e *evenings) logged() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.log.String()
}

// Trigger implements [Trigger].
func (e *evenings) Trigger(_ context.Context, r sim.TriggerRequest) (sim.TriggerResult, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Equal(e.t, sim.TriggerRequest{Caller: "daily"}, r, "an empty trigger")
	e.triggers = append(e.triggers, e.clock.Now().In(sim.DefaultMarket.Zone).Format("2006-01-02 15:04"))
	var err error
	if len(e.answers) > 0 {
		err, e.answers = e.answers[0], e.answers[1:]
	}
	return sim.TriggerResult{Outcome: e.outcome}, err
}

// Open implements [engine.Configurations].
func (e *evenings) Open(_ context.Context, name string) (sim.Configuration, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Empty(e.t, name, "the default configuration")
	return e, e.broken
}

// Settings implements [sim.Configuration].
func (e *evenings) Settings([]string) (sim.Settings, error) {
	return sim.Settings{Universe: []string{"A", "B", "C", "D"}, Prices: sim.PriceSource{Source: e.source}}, nil
}

// InitDate implements [sim.Configuration].
func (e *evenings) InitDate() sim.Date { return 0 }

// PutPrices implements [sim.PriceStore].
func (e *evenings) PutPrices(context.Context, sim.PriceRows, time.Time) (sim.ImportReport, error) {
	return sim.ImportReport{}, nil
}

// PricesVersion implements [sim.PriceStore].
func (e *evenings) PricesVersion(context.Context) (string, error) { return "v", nil }

// MarketData implements [sim.PriceStore].
func (e *evenings) MarketData(context.Context) (*sim.MarketData, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return sim.NewMarketData("v", e.rows, nil, nil), nil
}

// put stores bars.
func (e *evenings) put(date string, symbols ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range symbols {
		e.rows = append(e.rows, sim.SymbolBar{Symbol: s, Date: sim.MustParseDate(date), Bar: sim.Bar{Open: 1, High: 1, Low: 1, Close: 1}})
	}
}

// offer adds answers of the vendor about a date, one per request.
func (e *evenings) offer(date string, answers ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.vendor[date] = append(e.vendor[date], answers...)
}

// Fetch implements [engine.Bars].
func (e *evenings) Fetch(_ context.Context, _ sim.Settings, _ []string, dates []sim.Date) ([]string, error) {
	for _, d := range dates {
		date := d.String()
		e.mu.Lock()
		e.asked[date]++
		var answer string
		if left := e.vendor[date]; len(left) > 0 {
			answer, e.vendor[date] = left[0], left[1:]
		}
		e.mu.Unlock()
		for _, symbol := range answer {
			e.put(date, string(symbol))
		}
	}
	return nil, nil
}
