package portfolio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aitrader/internal/sim"
	"aitrader/internal/simtest"
)

func TestReturnsAreExactPercentages(t *testing.T) {
	t.Parallel()
	assert.Equal(t, sim.Percent(-333_333), *Return(simtest.Dollars("3"), simtest.Dollars("2")))
	assert.Nil(t, Return(0, simtest.Dollars("2")))
}

func TestAnnualizedCompoundsOverCalendarDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		days     int
		want     string
	}{
		{"100", "110", 365, "10"},
		{"100", "121", 730, "10"},
		{"100", "110", 30, "218.868"}, // 1.1^(365/30) - 1, worked out with exact decimals
		{"100", "0", 30, "-100"},
		{"100", "100", 2, "0"},
		{"100", "90", 2, "-100"},
	} {
		got := Annualized(simtest.Dollars(c.from), simtest.Dollars(c.to), c.days)
		require.NotNil(t, got, "%v", c)
		assert.Equal(t, c.want, got.String(), "%v", c)
	}
	assert.Nil(t, Annualized(simtest.Dollars("100"), simtest.Dollars("110"), 1), "less than two days")
	assert.Nil(t, Annualized(0, simtest.Dollars("110"), 30))
	assert.Nil(t, Annualized(simtest.Dollars("1"), simtest.Dollars("1000"), 2), "more than can be said")
	assert.Equal(t, 30, CalendarDays(date("2025-10-01"), date("2025-10-30")))
}

// Whatever the numbers, the rate is representable, and never turns a loss into a gain.
func TestAnnualizedHasTheSignOfTheGain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := sim.Money(rapid.Int64Range(1, int64(sim.MaxMoney)).Draw(t, "from"))
		to := sim.Money(rapid.Int64Range(0, int64(sim.MaxMoney)).Draw(t, "to"))
		p := Annualized(from, to, rapid.IntRange(2, 2000).Draw(t, "days"))
		if p == nil {
			return
		}
		if to >= from && *p < 0 || to <= from && *p > 0 || *p < -1_000_000 {
			t.Fatalf("%s to %s gives %s", from, to, p)
		}
	})
}
