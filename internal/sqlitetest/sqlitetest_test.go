package sqlitetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

func TestCopiesOfATemplateHoldItsContentAndShareNothing(t *testing.T) {
	t.Parallel()
	put := func(ctx context.Context, s *sqlite.Store, symbol string) error {
		bar := sim.Bar{Open: sim.Dollar, High: sim.Dollar, Low: sim.Dollar, Close: sim.Dollar}
		_, err := s.PutPrices(ctx, sim.PriceRows{
			Source: "test", Bars: []sim.SymbolBar{{Symbol: symbol, Date: sim.MustParseDate("2025-10-01"), Bar: bar}},
		}, time.Now())
		return err
	}
	fills := 0
	open := Template(func(ctx context.Context, s *sqlite.Store) error {
		fills++
		return put(ctx, s, "AAA")
	})
	first, second := open(t), open(t)
	require.NoError(t, put(t.Context(), first, "BBB"))
	symbols := func(s *sqlite.Store) []string {
		market, err := s.MarketData(t.Context())
		require.NoError(t, err)
		return market.Universe(nil, "")
	}
	assert.Equal(t, []string{"AAA", "BBB"}, symbols(first))
	assert.Equal(t, []string{"AAA"}, symbols(second))
	assert.Equal(t, 1, fills)
	assert.Empty(t, symbols(Open(t)))
}
