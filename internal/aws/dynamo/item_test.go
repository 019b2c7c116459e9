package dynamo

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// A few kilobytes of an item can unpack to gigabytes.
func TestAFormThatUnpacksToTooMuchIsDamaged(t *testing.T) {
	t.Parallel()
	k := key{"J#job", "meta"}
	text := append([]byte(`"`), bytes.Repeat([]byte("x"), maxForm)...)
	bomb := compress(append(text, '"'))
	assert.Less(t, len(bomb), partSize, "it fits into an item")
	var form string
	err := item{key: k, rev: 1, parts: 1, zipped: bomb}.decode(&form)
	require.True(t, sim.IsKind(err, sim.KindDamaged), "%v", err)
	assert.Empty(t, form)

	_, err = pack(k, 1, strings.Repeat("x", maxForm))
	assert.True(t, sim.IsKind(err, sim.KindTooLarge), "what could not be read again is not written: %v", err)
	items, err := pack(k, 1, strings.Repeat("x", maxForm-2))
	require.NoError(t, err)
	require.Len(t, items, 1)
	it, _, err := unpack(items[0])
	require.NoError(t, err)
	require.NoError(t, it.decode(&form))
	assert.Len(t, form, maxForm-2)
}
