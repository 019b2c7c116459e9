package httpapi

import (
	"context"
	"net/http"
	"time"

	"aitrader/internal/apikey"
	"aitrader/internal/sim"
)

// Health is the state of the service.
type Health struct {
	Status    string        `json:"status" enum:"healthy,unhealthy" doc:"unhealthy: the store cannot be read."`
	Timestamp time.Time     `json:"timestamp" doc:"The time of the answer."`
	Version   string        `json:"version" doc:"The version of the service."`
	Store     StoreHealth   `json:"store" doc:"Where jobs and books are kept."`
	Prices    *PricesHealth `json:"prices,omitempty" doc:"Which prices there are; only for callers with a key, where keys are configured."`
	Models    *int          `json:"models,omitempty" doc:"The number of enabled models; only for callers with a key, where keys are configured."`
}

// StoreHealth is the state of the store.
type StoreHealth struct {
	Kind   string `json:"kind" doc:"What it is, such as sqlite."`
	Status string `json:"status" enum:"ok,unavailable" doc:"Whether it can be read."`
}

// PricesHealth is which prices there are.
type PricesHealth struct {
	Symbols   int       `json:"symbols" doc:"The number of symbols with a bar."`
	FirstDate *sim.Date `json:"first_date" nullable:"true" doc:"The first date with a bar."`
	LastDate  *sim.Date `json:"last_date" nullable:"true" doc:"The last date with a bar."`
}

func (s *server) registerHealth() {
	register(s, operation{
		id: "health", method: http.MethodGet, path: "/health", group: RoutesStatus,
		summary: "Whether the service works", description: "Open without a key, and then without counts.",
		answers: []documented{
			{status: http.StatusOK, description: "It does.", types: typesOf(Health{})},
			{status: http.StatusServiceUnavailable, description: "The store cannot be read.", types: typesOf(Health{})},
		},
	}, s.health)
}

// healthTimeout bounds how long a store may take to answer.
const healthTimeout = 5 * time.Second

func (s *server) health(ctx context.Context, _ *struct{}) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	h := Health{Status: "healthy", Timestamp: stamp(s.Now()), Version: s.Version, Store: StoreHealth{s.StoreKind, "ok"}}
	err := s.Store.Ping(ctx)
	if err == nil && s.authorize(ctx, apikey.Read) == nil {
		err = s.count(ctx, &h)
	}
	if err == nil {
		return jsonAnswer(http.StatusOK, h)
	}
	requestOf(ctx).cause = err
	h.Status, h.Store.Status = "unhealthy", "unavailable"
	return jsonAnswer(http.StatusServiceUnavailable, h)
}

// count adds what only callers with a key may know.
func (s *server) count(ctx context.Context, h *Health) error {
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return err
	}
	prices := PricesHealth{Symbols: len(market.Symbols())}
	if dates := market.Dates(); len(dates) > 0 {
		prices.FirstDate, prices.LastDate = known(dates[0]), known(dates[len(dates)-1])
	}
	h.Prices = &prices
	models, err := s.Models(ctx)
	if err != nil { // a broken configuration does not make the service unhealthy
		s.Log.WarnContext(ctx, "cannot count the configured models", "error", err)
		return nil
	}
	enabled := 0
	for _, m := range models {
		if m.Enabled {
			enabled++
		}
	}
	h.Models = &enabled
	return nil
}
