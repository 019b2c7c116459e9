package trader_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/agent"
	"aitrader/internal/engine"
	"aitrader/internal/sim"
	"aitrader/internal/trader"
)

var (
	yesterday = sim.MustParseDate("2025-10-01")
	today     = sim.MustParseDate("2025-10-02")
)

// market holds AAA, which opens today at 12 USD and closed yesterday at 11, and
// the benchmark QQQ.
func market() *sim.MarketData {
	var rows []sim.SymbolBar
	for _, symbol := range []string{"AAA", "QQQ"} {
		for i, date := range []sim.Date{yesterday, today} {
			open := sim.Money(10+2*i) * sim.Dollar
			rows = append(rows, sim.SymbolBar{Symbol: symbol, Date: date,
				Bar: sim.Bar{Open: open, High: open + 2*sim.Dollar, Low: open, Close: open + sim.Dollar}})
		}
	}
	return sim.NewMarketData("v1", rows, nil, nil)
}

// assignment is today's, for a model that has 100 USD.
func assignment(spec sim.ModelSpec) engine.Assignment {
	spec.Signature = "solo"
	return engine.Assignment{
		Key:        sim.ModelDayKey{JobID: "job", Date: today, Model: spec.Signature},
		Experiment: "main", Model: spec, FirstDay: true,
		Settings: sim.Settings{Config: "default", Benchmark: "QQQ", MaxSteps: 5, CallTimeout: 10},
		Opening:  sim.NewLedger(100 * sim.Dollar), View: sim.NewView(market(), today),
	}
}

// keys counts how often a key was asked for.
type keys struct {
	mu    sync.Mutex
	err   error
	asked []string // CONFIG SIGNATURE BASE_URL
}

func (k *keys) Key(_ context.Context, config string, spec sim.ModelSpec) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = append(k.asked, config+" "+spec.Signature+" "+spec.BaseURL)
	return "the-key", k.err
}

// failWith lets the next keys not be found.
func (k *keys) failWith(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func newTrader(k *keys) *trader.Trader {
	return &trader.Trader{Models: trader.NewModels(k, trader.Files, nil, time.Now), Now: time.Now}
}

// request is what a provider was asked.
type request struct {
	Model    string
	Seed     int
	Messages []struct{ Role, Content string }
	Tools    []struct{ Function struct{ Name string } }
	auth     string
}

// provider answers each request with a message, which is JSON.
func provider(t *testing.T, message func(request) string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := request{auth: r.Header.Get("Authorization")}
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&asked))
		w.Header().Set("Content-Type", "application/json")
		// A caller that has gone is the test's own doing.
		_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":`+message(asked)+`,"finish_reason":"stop"}]}`)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

const finish = `{"role":"assistant","content":"<FINISH_SIGNAL>"}`

// ask is a request to a model outside of a session.
func ask(t *testing.T, ctx context.Context, m agent.Model) (agent.Reply, error) {
	t.Helper()
	require.NotNil(t, m)
	return m.Complete(ctx, agent.Request{Step: 1, Messages: []agent.Message{{Role: agent.RoleUser, Content: "?"}}})
}
