package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInputFromTheCacheHasItsOwnPrices(t *testing.T) {
	p := TokenPrice{Input: Dollar, Output: 10 * Dollar, Cached: new(Dollar / 10), CacheWrite: new(Dollar + Dollar/4)}
	used := Usage{Input: 1000, Output: 100, Cached: 250, CacheWrite: 500}
	require.Equal(t, "0.0019", p.Of(used).String(), "250 x 1 + 250 x 0.1 + 500 x 1.25 + 100 x 10, for a million")
	require.Equal(t, "0.00225", p.AtMost(used).String(), "all input may be written to the cache")
	require.Equal(t, p.Of(Usage{Input: 10, Cached: 10}), p.Of(Usage{Input: 10, Cached: 10, CacheWrite: 10}), "parts never pass the whole")

	plain := TokenPrice{Input: Dollar, Output: 10 * Dollar}
	require.Equal(t, "0.002", plain.Of(used).String())
	require.Equal(t, plain.Of(used), plain.AtMost(used))

	pct, ok := used.CachedPct()
	require.True(t, ok)
	require.Equal(t, "25", pct.String())
	_, ok = Usage{}.CachedPct()
	require.False(t, ok)
}
