package feed

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlitetest"
)

// keys are those of a configuration that is called default.
type keys map[string]string

func (k keys) PricesKey(_ context.Context, config string, _ sim.PriceSource) (string, error) {
	if k[config] == "" {
		return "", errors.New("there is no key")
	}
	return k[config], nil
}

func TestAFeed(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		assert.Equal(t, "secret", r.URL.Query().Get("apikey"))
		_, err := w.Write([]byte("Date,Open,High,Low,Close,Volume\n2025-10-01,1,2,1,2,5\n"))
		assert.NoError(t, err)
	}))
	defer server.Close()
	store := sqlitetest.Open(t)
	f := New(keys{"default": "secret"}, store, time.Now, slog.New(slog.DiscardHandler))
	settings := sim.Settings{Config: "default", Prices: sim.PriceSource{Source: "stooq", BaseURL: server.URL, PerMinute: 100}}
	symbols, dates := []string{"AAA"}, []sim.Date{sim.MustParseDate("2025-10-01")}

	hurried, cancel := context.WithTimeout(t.Context(), callerReserve+time.Second)
	defer cancel()
	warnings, err := f.Fetch(hurried, settings, symbols, dates)
	require.NoError(t, err)
	assert.Equal(t, []string{"no prices were fetched: there was no time"}, warnings)
	assert.Zero(t, asked)

	inLambda, cancel := context.WithTimeout(t.Context(), 29*time.Second)
	defer cancel()
	for range 2 {
		warnings, err = f.Fetch(inLambda, settings, symbols, dates)
		require.NoError(t, err)
		assert.Empty(t, warnings)
		assert.Equal(t, 1, asked)
	}
	assert.Len(t, f.open, 1)

	other := settings
	other.Config = "other"
	warnings, err = f.Fetch(t.Context(), other, []string{"BBB"}, dates)
	require.NoError(t, err)
	assert.Equal(t, []string{"Stooq: there is no key; 1 of 1 questions are left (from BBB on)"}, warnings)
	other.Prices.Source = "bloomberg"
	warnings, err = f.Fetch(t.Context(), other, symbols, dates)
	require.NoError(t, err)
	assert.Equal(t, []string{`prices: the source "bloomberg" is not known; alphavantage, polygon, stooq are`}, warnings)
	_, err = f.Request(t.Context(), sim.Settings{Config: "default"}, Request{Symbols: symbols})
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
}
