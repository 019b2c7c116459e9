package httpapi

import (
	"context"
	"net/http"
	"time"

	"aitrader/internal/api"
	"aitrader/internal/apikey"
)

func (s *server) registerHealth() {
	register(s, operation{
		id: "health", method: http.MethodGet, path: "/health", group: RoutesStatus,
		summary: "Whether the service works", description: "Open without a key, and then without counts.",
		answers: []documented{
			{status: http.StatusOK, description: "The service works.", types: typesOf(api.Health{})},
			{status: http.StatusServiceUnavailable, description: "The store cannot be read.", types: typesOf(api.Health{})},
		},
	}, s.health)
}

// maxHealthTime bounds how long the store may take to answer.
const maxHealthTime = 5 * time.Second

func (s *server) health(ctx context.Context, _ *struct{}) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, maxHealthTime)
	defer cancel()
	h := api.Health{
		Status: "healthy", Timestamp: stamp(s.Now()), Version: s.Version, Store: api.StoreHealth{Kind: s.StoreKind, Status: "ok"},
	}
	err := s.Store.Ping(ctx)
	if err == nil && authorize(ctx, apikey.Read) == nil {
		err = s.addCounts(ctx, &h)
	}
	if err == nil {
		return jsonAnswer(http.StatusOK, h)
	}
	requestOf(ctx).cause = err
	h.Status, h.Store.Status, h.Store.Reason = "unhealthy", "unavailable", newProblem(err).Message
	return jsonAnswer(http.StatusServiceUnavailable, h)
}

// addCounts adds what only callers with a key may know.
func (s *server) addCounts(ctx context.Context, h *api.Health) error {
	market, err := s.Prices.MarketData(ctx)
	if err != nil {
		return err
	}
	h.Prices = &api.PricesHealth{Symbols: len(market.Symbols())}
	if dates := market.Dates(); len(dates) > 0 {
		h.Prices.FirstDate, h.Prices.LastDate = &dates[0], &dates[len(dates)-1]
	}
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
