package prices

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestAnArchiveCannotFillTheMemory(t *testing.T) {
	const text = "symbol,date,open,high,low,close,volume\nAAA,2025-10-01,1,2,1,1.5,10\n"
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(text + strings.Repeat("\n", 100_000)))
	require.NoError(t, err)
	require.NoError(t, w.Close())

	for limit, want := range map[int64]error{100_000: errTooLarge, 200_000: nil} {
		unpacked, err := unpack(bytes.NewReader(packed.Bytes()), limit)
		require.NoError(t, err)
		c := newCollector("bomb.csv", sim.MustParseDate("2025-12-31"))
		assert.ErrorIs(t, readTable(c, unpacked), want)
	}
	err = translate("bomb.csv", errTooLarge)
	assert.ErrorContains(t, err, "bomb.csv: the file unpacks to more than 1 GiB")
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
}
