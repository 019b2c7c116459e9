package portfolio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestEqualReturnsShareARank(t *testing.T) {
	t.Parallel()
	percent := func(p sim.Percent) *sim.Percent { return &p }
	board := []Standing{
		{Model: "d"}, {Model: "c", Return: percent(1)}, {Model: "b", Return: percent(5)}, {Model: "e"},
		{Model: "a", Return: percent(1)}, {Model: "f", Return: percent(-1)},
	}
	Rank(board)
	var got []string
	for _, s := range board {
		got = append(got, s.Model)
	}
	assert.Equal(t, []string{"b", "a", "c", "f", "d", "e"}, got)
	assert.Equal(t, []int{1, 2, 2, 4, 5, 5}, []int{board[0].Rank, board[1].Rank, board[2].Rank, board[3].Rank, board[4].Rank, board[5].Rank})
}

func TestReplicasAreSummarisedByModel(t *testing.T) {
	t.Parallel()
	percent := func(p int64) *sim.Percent { return new(sim.Percent(p * 10_000)) }
	got := ReplicaGroups([]Standing{{Model: "b~3", Return: percent(6)}, {Model: "a", Return: percent(3)},
		{Model: "b", Return: percent(2)}, {Model: "b~2", Return: percent(1)}, {Model: "c~2"}})
	require.Len(t, got, 1, "a single book is not a group")
	assert.Equal(t, "b", got[0].Model)
	assert.Equal(t, 3, got[0].Count)
	assert.InDelta(t, 3, got[0].Mean, 1e-12)
	assert.InDelta(t, 2.6457513, got[0].Deviation, 1e-6)
	assert.InDelta(t, 1, got[0].Min, 0)
	assert.InDelta(t, 6, got[0].Max, 0)
}
