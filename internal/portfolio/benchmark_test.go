package portfolio

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aitrader/internal/sim"
)

func TestTheReturnOfABenchmarkIsBetweenKnownCloses(t *testing.T) {
	t.Parallel()
	market := testMarket(nil, nil)
	assert.Equal(t, "1", Benchmark{market, "QQQ"}.Return(date("2025-10-01"), date("2025-10-02")).String())
	assert.Equal(t, "2", Benchmark{market, "QQQ"}.Return(date("2025-10-01"), date("2025-10-05")).String(),
		"a Sunday counts as the Friday before")
	assert.Nil(t, Benchmark{market, "QQQ"}.Return(date("2025-10-01"), date("2025-10-14")), "the close is not known yet")
	assert.Nil(t, Benchmark{market, "QQQ"}.Return(date("2025-09-30"), date("2025-10-02")), "no bar at the beginning")
	assert.Nil(t, Benchmark{market, "NONE"}.Return(date("2025-10-01"), date("2025-10-02")))
	split := testMarket([]sim.Split{{Symbol: "QQQ", ExDate: date("2025-10-02"), Numerator: 2, Denominator: 1}}, nil)
	assert.Equal(t, "102", Benchmark{split, "QQQ"}.Return(date("2025-10-01"), date("2025-10-02")).String())
}
