package dynamo

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/rounds"
	"aitrader/internal/sim"
)

func TestUnpackingHasABound(t *testing.T) {
	t.Parallel()
	bomb := compress(bytes.Repeat([]byte("x"), 1000))
	_, err := decompress(bomb, 999)
	assert.ErrorContains(t, err, "it unpacks to more than 999 bytes")
	text, err := decompress(bomb, 1000)
	require.NoError(t, err)
	assert.Len(t, text, 1000)
}

// A few kilobytes of an item can unpack to gigabytes.
func TestAFormThatUnpacksToTooMuchIsDamaged(t *testing.T) {
	t.Parallel()
	if !rounds.Long() {
		t.Skip("32 MiB of text are seconds of work; " + rounds.Variable + "=1 unpacks them")
	}
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
