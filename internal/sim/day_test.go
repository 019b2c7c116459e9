package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDay(t *testing.T) {
	d := Day{Entries: []Entry{{Kind: EntryDividend}, {Kind: EntrySplit}, {Kind: EntrySell, Symbol: "AAA"}, {Kind: EntryBuy, Symbol: "BBB"}}}
	require.Equal(t, []Entry{{Kind: EntrySell, Symbol: "AAA"}, {Kind: EntryBuy, Symbol: "BBB"}}, d.Fills())
	require.Empty(t, Day{}.Fills())
	require.Equal(t, Usage{5, 7, 9, 11, 13}, Usage{1, 2, 3, 4, 5}.Add(Usage{4, 5, 6, 7, 8}))
}
