package functions_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/aws/dynamo"
	"aitrader/internal/sample"
	"aitrader/internal/sim"
	"aitrader/internal/vendortest"
)

const pricesKey = "canary-of-prices"

// groupedDaily is a vendor on loopback that answers as Polygon does, with the
// sample market.
func groupedDaily(t *testing.T) (url string, asked func() []string) {
	polygon := vendortest.NewPolygon(sample.Market().Bars)
	v := vendortest.ServeInTurn(t, func(w http.ResponseWriter, r *http.Request) { polygon.Answer(w, vendortest.Asked(r)) })
	return v.URL, func() (paths []string) {
		for _, r := range v.Requests() {
			paths = append(paths, r.URL.Path+" "+r.Header.Get("Authorization"))
		}
		return paths
	}
}

// The functions fetch what is missing: the trigger a day without bars, and the
// next date a symbol that is late. The key comes from the parameter store.
func TestTheFunctionsFetchPrices(t *testing.T) {
	t.Parallel()
	s := newCloud(t)
	s.secrets[keysAt], s.secrets["/aitrader/prices"] = keyEntry(), pricesKey
	url, asked := groupedDaily(t)
	document := strings.TrimSuffix(configuration,
		"}") + `, "prices": {"source": "polygon", "base_url": "` + url + `", "api_key": "/aitrader/prices", "requests_per_minute": 6000}}`
	require.NoError(t, s.store.PutDocument(t.Context(), dynamo.Configurations, "default", []byte(document)))
	market := sample.Market()
	first, second := sim.MustParseDate("2025-10-09"), sim.MustParseDate("2025-10-10")
	whole, late := len(market.Bars), market.Bars[0].Symbol
	market.Bars = slices.DeleteFunc(market.Bars, func(b sim.SymbolBar) bool {
		return b.Date == second || b.Date == first && b.Symbol == late
	})
	market.Splits, market.Dividends = nil, nil
	_, err := s.store.PutPrices(t.Context(), market, time.Now())
	require.NoError(t, err)

	code, job := s.ask("trigger", http.MethodPost, "/simulate/trigger", `{"start_date":"2025-10-09","end_date":"2025-10-10"}`)
	require.Equal(t, http.StatusAccepted, code, job)
	assert.Len(t, job["date_range"], 2)
	assert.Equal(t, "completed", s.finished(job["job_id"].(string))["status"])
	imported, err := s.store.MarketData(t.Context())
	require.NoError(t, err)
	stored := 0
	for _, symbol := range imported.Symbols() {
		stored += len(imported.Series(symbol, 0, second.AddDays(365)))
	}
	assert.Equal(t, whole, stored)
	paths := asked()
	require.Len(t, paths, 6, "splits, dividends and bars, by the trigger for the one date and by the next date for the other")
	assert.Equal(t, "/v2/aggs/grouped/locale/us/market/stocks/2025-10-10 Bearer "+pricesKey, paths[2])
	assert.Equal(t, "/v2/aggs/grouped/locale/us/market/stocks/2025-10-09 Bearer "+pricesKey, paths[5])
	for _, name := range names {
		assert.NotContains(t, s.functions[name].Output(), pricesKey, name)
	}
}
