package local

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// asked is a request of the benchmark, and the status of its answer.
type asked struct {
	name, method, path, body string
	status                   int
}

var benchRequests = []asked{
	{"health", http.MethodGet, "/health", "", 200},
	{"refused trigger, a field", http.MethodPost, "/simulate/trigger", `{"start_date":"yesterday"}`, 400},
	{"refused trigger, a model", http.MethodPost, "/simulate/trigger", `{"models":["nobody"]}`, 400},
	{"refused trigger, the dates", http.MethodPost, "/simulate/trigger", `{"start_date":"2024-02-01","end_date":"2024-01-02"}`, 400},
	{"results of 30 days", http.MethodGet, "/results", "", 200},
	{"results of a year", http.MethodGet, "/results?start_date=2024-01-01", "", 200},
}

// BenchmarkLatency asks a service over the loopback interface, as four clients that keep
// their connections, and reports the median. Its store has 10 models and 250 dates. The
// first one asks a handler that does nothing: what the machine, net/http and the clients
// take.
func BenchmarkLatency(b *testing.B) {
	h := benchHome(b)
	nothing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"healthy"}`)
	})
	b.Run("nothing", func(b *testing.B) { benchLoopback(b, nothing, asked{"", http.MethodGet, "/health", "", 200}) })
	for _, a := range benchRequests {
		b.Run(a.name, func(b *testing.B) { benchLoopback(b, h.served, a) })
	}
}

// BenchmarkRequest asks the same without a connection, and reports what the handler
// allocates.
func BenchmarkRequest(b *testing.B) {
	h := benchHome(b)
	for _, a := range benchRequests {
		b.Run(a.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(a.method, "http://localhost"+a.path, strings.NewReader(a.body))
				r.RemoteAddr = "127.0.0.1:1"
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				h.served.ServeHTTP(w, r)
				if w.Code != a.status {
					b.Fatalf("%d: %s", w.Code, w.Body)
				}
			}
		})
	}
}

func benchLoopback(b *testing.B, handler http.Handler, a asked) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	s := newServer(handler, quiet())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(listener) }()
	const clients = 4
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, Timeout: time.Minute}
	var mu sync.Mutex
	var took []time.Duration
	next := make(chan struct{})
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range next {
				began := time.Now()
				err := ask(client, "http://"+listener.Addr().String(), a)
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for b.Loop() {
		next <- struct{}{}
	}
	close(next)
	all.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	client.CloseIdleConnections()
	require.NoError(b, s.end(b.Context()))
	<-ended
}

func ask(client *http.Client, address string, a asked) error {
	r, err := http.NewRequestWithContext(context.Background(), a.method, address+a.path, strings.NewReader(a.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err = io.Copy(io.Discard, answer.Body); err == nil && answer.StatusCode != a.status {
		err = fmt.Errorf("%s %s: status %d", a.method, a.path, answer.StatusCode)
	}
	return err
}

// benchHome is a home whose ten built-in models have traded 30 symbols on 250 dates.
func benchHome(b *testing.B) *Home {
	b.Helper()
	folder := b.TempDir()
	var models []string
	for i := range 10 {
		models = append(models, fmt.Sprintf(`{"basemodel":"builtin/random?seed=%d","signature":"random-%d"}`, i, i))
	}
	require.NoError(b, os.Mkdir(filepath.Join(folder, "configs"), 0o755))
	require.NoError(b, os.WriteFile(filepath.Join(folder, "configs", "default.json"),
		[]byte(`{"models":[`+strings.Join(models, ",")+`]}`), 0o600))
	env := map[string]string{"AITRADER_CONFIG_DIR": filepath.Join(folder, "configs")}
	now := func() time.Time { return time.Date(2025, time.January, 10, 12, 0, 0, 0, time.UTC) }
	h, err := Open(b.Context(), Options{
		Data: filepath.Join(folder, "data"), Env: func(name string) string { return env[name] }, Now: now,
		Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, h.Close()) })
	dates := sim.DefaultMarket.Bars(sim.MustParseDate("2024-01-02"), sim.MustParseDate("2024-12-31"))[:250]
	rows := sim.PriceRows{Source: "bench"}
	for s := range 31 {
		symbol := fmt.Sprintf("S%02d", s)
		if s == 30 {
			symbol = "QQQ"
		}
		for i, d := range dates {
			price := sim.Money(50+s+(i*(s+3))%17) * sim.Dollar
			rows.Bars = append(rows.Bars, sim.SymbolBar{Symbol: symbol, Date: d, Bar: sim.Bar{
				Open: price, High: price + 2*sim.Dollar, Low: price - sim.Dollar, Close: price + sim.Dollar, Volume: 1000,
			}})
		}
	}
	_, err = h.store.PutPrices(b.Context(), rows, now())
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	var executing sync.WaitGroup
	executing.Go(func() { h.Execute(ctx) })
	defer func() { stop(); executing.Wait() }()
	trigger := asked{"", http.MethodPost, "/simulate/trigger", `{"start_date":"2024-01-02"}`, 202}
	r := httptest.NewRequest(trigger.method, "http://localhost"+trigger.path, strings.NewReader(trigger.body))
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.served.ServeHTTP(w, r)
	require.Equal(b, trigger.status, w.Code, w.Body)
	for {
		_, busy, err := h.store.ActiveJob(b.Context(), "main")
		require.NoError(b, err)
		if !busy {
			return h
		}
		time.Sleep(10 * time.Millisecond)
	}
}
