package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestLastSettled(t *testing.T) {
	for at, want := range map[string]string{
		"2025-10-03 16:29": "2025-10-02", "2025-10-03 16:30": "2025-10-03", "2025-10-03 09:00": "2025-10-02",
		"2025-10-05 12:00": "2025-10-03", "2025-10-06 00:00": "2025-10-03", "2025-09-01 20:00": "2025-08-29", // Labor Day
		"2025-11-28 13:29": "2025-11-26", "2025-11-28 13:30": "2025-11-28", // an early close
	} {
		local, err := time.ParseInLocation("2006-01-02 15:04", at, sim.DefaultMarket.Zone)
		require.NoError(t, err)
		assert.Equal(t, want, sim.DefaultMarket.LastSettled(local.UTC()).String(), at)
	}
}

func TestMissingDates(t *testing.T) {
	day := sim.MustParseDate
	settled := day("2025-10-06")
	base := sim.PlanInput{
		Market: sim.DefaultMarket,
		Models: []string{"a", "b"}, Today: day("2025-10-07"), Limits: sim.DefaultLimits,
		WithBars:  []sim.Date{day("2025-10-01"), day("2025-10-02")},
		LastClose: map[string]sim.Date{"a": day("2025-10-02"), "b": day("2025-10-02")},
	}
	for name, c := range map[string]struct {
		change func(*sim.PlanInput)
		want   []sim.Date
	}{
		"catch-up": {func(*sim.PlanInput) {}, sim.DefaultMarket.Bars(day("2025-10-03"), settled)},
		"one book is behind": {func(in *sim.PlanInput) { in.LastClose["b"] = day("2025-09-29") },
			[]sim.Date{day("2025-09-30"), day("2025-10-03"), settled}},
		"no history": {func(in *sim.PlanInput) { in.LastClose = nil; in.WithBars = nil }, []sim.Date{settled}},
		"from the beginning": {func(in *sim.PlanInput) { in.LastClose = nil; in.InitDate = day("2025-09-30") },
			[]sim.Date{day("2025-09-30"), day("2025-10-03"), settled}},
		"a range": {func(in *sim.PlanInput) { in.Start, in.End = day("2025-10-02"), day("2025-10-05") },
			[]sim.Date{day("2025-10-03")}},
		"up to today": {func(in *sim.PlanInput) { in.End = in.Today }, sim.DefaultMarket.Bars(day("2025-10-03"), settled)},
		"again": {func(in *sim.PlanInput) { in.Start, in.Replace = day("2025-09-30"), true },
			[]sim.Date{day("2025-09-30"), day("2025-10-03"), settled}},
		"nothing is missing":   {func(in *sim.PlanInput) { in.End = day("2025-10-02") }, nil},
		"it begins later":      {func(in *sim.PlanInput) { in.LastClose = nil; in.InitDate = day("2025-11-03") }, nil},
		"a range that is none": {func(in *sim.PlanInput) { in.Start, in.End = settled, day("2025-10-01") }, nil},
		"too long":             {func(in *sim.PlanInput) { in.Start, in.LastClose = day("2010-01-04"), nil }, nil},
		"no model":             {func(in *sim.PlanInput) { in.Models = nil }, nil},
	} {
		in := base
		in.LastClose = map[string]sim.Date{"a": base.LastClose["a"], "b": base.LastClose["b"]}
		c.change(&in)
		assert.Equal(t, c.want, append([]sim.Date(nil), sim.MissingDates(in, settled)...), name)
	}
}

func TestLateSymbols(t *testing.T) {
	before, d := sim.MustParseDate("2025-10-03"), sim.MustParseDate("2025-10-06")
	whole := sim.Bar{Open: 1, High: 1, Low: 1, Close: 1}
	market := sim.NewMarketData("p1", []sim.SymbolBar{
		{Symbol: "THERE", Date: d, Bar: whole},
		{Symbol: "LATE", Date: before, Bar: whole},
		{Symbol: "OPEN", Date: before, Bar: whole}, {Symbol: "OPEN", Date: d, Bar: sim.Bar{Open: 1, OpenOnly: true}},
		{Symbol: "LISTED-LATER", Date: d.AddDays(1), Bar: whole},
		{Symbol: "GONE", Date: before.AddDays(-1), Bar: whole},
	}, nil, nil)
	assert.Equal(t, []string{"LATE", "OPEN", "NEW"}, market.Late([]string{"THERE", "LATE", "OPEN", "LISTED-LATER", "GONE", "NEW"}, d))
	assert.True(t, market.HasWhole("THERE", d))
	assert.False(t, market.HasWhole("OPEN", d))

	assert.Equal(t, []string{"A", "B", "QQQ"}, market.Priced(sim.Settings{Universe: []string{"B", "QQQ", "A"}, Benchmark: "QQQ"}))
	assert.Equal(t, []string{"GONE", "LATE", "LISTED-LATER", "OPEN", "THERE"}, market.Priced(sim.Settings{Benchmark: "LATE"}))
	assert.Equal(t, []string{"A"}, market.Priced(sim.Settings{Universe: []string{"A"}}))
}
