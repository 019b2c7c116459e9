package httpapi

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// manyDays are more than a test needs, with a benchmark that goes nowhere.
func manyDays() ([]sim.Date, *sim.MarketData) {
	dates := sim.TradingDays(date("2025-01-02"), date("2025-06-30"))
	dice := rand.New(rand.NewPCG(1, 1))
	var bars []sim.SymbolBar
	for _, d := range dates {
		price := 100*sim.Dollar + sim.Money(dice.IntN(20_000))
		bars = append(bars, sim.SymbolBar{Symbol: "QQQ", Date: d, Bar: sim.Bar{Open: price, High: price, Low: price, Close: price}})
	}
	return dates, sim.NewMarketData("v", bars, nil, nil)
}

// grows is a curve with a mean daily return and some noise.
func grows(dates []sim.Date, seed uint64, mean float64) map[sim.Date]float64 {
	dice, value := rand.New(rand.NewPCG(seed, 2)), 10_000.0
	out := map[sim.Date]float64{}
	for _, d := range dates {
		value *= 1 + mean + 0.003*dice.NormFloat64()
		out[d] = value
	}
	return out
}

func TestABoardInTiers(t *testing.T) {
	t.Parallel()
	dates, market := manyDays()
	board := &Leaderboard{Benchmark: Benchmark{Symbol: "QQQ"}, Board: []Standing{{Model: "a"}, {Model: "b"}, {Model: "young"}, {Model: "chance"}, {Model: "c"}}}
	curves := []map[sim.Date]float64{grows(dates, 1, 0.004), grows(dates, 2, 0.004), grows(dates[:5], 3, 0.002), grows(dates, 4, 0), grows(dates[3:], 5, 0)}
	delete(curves[1], dates[40]) // a day on which one of them was missing
	job := &sim.Job{Settings: sim.Settings{Models: []sim.ModelSpec{{Signature: "chance", BaseModel: "builtin/random?seed=7"}}}}
	contest{board: board, curves: curves, market: market}.test([]int{0, 1, 3, 4}, rivalIn(board, job))

	var tiers []any
	for _, s := range board.Board {
		if s.Tier == nil {
			tiers = append(tiers, nil)
			continue
		}
		tiers = append(tiers, *s.Tier)
	}
	assert.Equal(t, []any{1, 1, nil, 2, 2}, tiers)
	assert.Equal(t, len(dates)-3-1-1, board.Comparison.Days, "without the days that not all have")
	assert.Equal(t, dates[3], *board.Comparison.FirstDate)
	assert.True(t, board.Board[0].VsBenchmark.Significant)
	assert.InDelta(t, 0.4, board.Board[0].VsBenchmark.PerDayPct, 0.2)
	assert.Greater(t, board.Board[0].VsRandom.PerDayPct, 0.2)
	assert.False(t, board.Board[4].VsRandom.Significant)
	assert.Nil(t, board.Board[3].VsRandom, "not against itself")
	assert.Nil(t, board.Board[2].VsBenchmark, "too young")
}

func TestABoardOfFewDays(t *testing.T) {
	t.Parallel()
	dates, market := manyDays()
	board := &Leaderboard{Benchmark: Benchmark{Symbol: "QQQ"}, Board: []Standing{{Model: "a"}, {Model: "b"}}}
	contest{board: board, curves: []map[sim.Date]float64{grows(dates[:30], 1, 0.5), grows(dates[15:], 2, 0)}, market: market}.test([]int{0, 1}, -1)
	assert.Equal(t, 14, board.Comparison.Days)
	assert.Contains(t, board.Comparison.Note, "20 days")
	assert.Nil(t, board.Board[0].Tier)
}

// A benchmark that is not known on all days takes the days that it has, or no part.
func TestABoardWithoutABenchmark(t *testing.T) {
	t.Parallel()
	dates, market := manyDays()
	board := &Leaderboard{Benchmark: Benchmark{Symbol: "GONE"}, Board: []Standing{{Model: "a"}, {Model: "b"}}}
	contest{board: board, curves: []map[sim.Date]float64{grows(dates, 1, 0.01), grows(dates, 2, 0)}, market: market}.test([]int{0, 1}, -1)
	assert.Equal(t, 2, *board.Board[1].Tier)
	assert.Nil(t, board.Board[0].VsBenchmark)
}

// What four libraries agree on for four real curves comes out of the API.
func TestRealMetrics(t *testing.T) {
	t.Parallel()
	f := realRun(t)
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "golden", "metrics_agreed.csv"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	agreed := map[string]string{}
	for _, row := range rows {
		agreed[row[0]+" "+row[1]] = row[2]
	}
	results := f.ok("/results?experiment=real&start_date=2025-10-02&end_date=2025-10-30&detail=full")["results"].([]any)
	require.Len(t, results, 4)
	for _, r := range results {
		model, m := at(r, "model").(string), at(r, "metrics")
		for name, field := range map[string]string{
			"sharpe_rf0_252_ddof1": "sharpe", "sortino_mar0_252_fullsample": "sortino", "omega_0": "omega", "skew": "skew", "kurtosis_excess": "kurtosis",
			"beta_vs_QQQ": "beta", "information_ratio_daily": "information_ratio", "calmar_252": "calmar",
		} {
			assertNear(t, agreed["agent_"+model+" "+name], 1, at(m, field), model+" "+field)
		}
		for name, field := range map[string]string{"volatility_252_ddof1": "volatility_pct", "max_drawdown": "max_drawdown_pct", "cagr_252count": "cagr_pct", "total_return": "total_return_pct"} {
			assertNear(t, agreed["agent_"+model+" "+name], 100, at(m, field), model+" "+field)
		}
		assert.NotNil(t, at(m, "turnover"), model)
		assert.Len(t, at(m, "intervals", "sharpe"), 2)
	}
	board := f.ok("/leaderboard?experiment=real")
	assert.Equal(t, number("22"), at(board, "comparison", "days"))
	for _, s := range at(board, "leaderboard").([]any) {
		assert.Equal(t, number("1"), at(s, "tier"), "a month cannot tell them apart")
	}
	assert.NotContains(t, f.ok("/leaderboard?experiment=real&stats=false"), "comparison")
}

// assertNear compares with a value that was computed from rounded closes.
func assertNear(t *testing.T, want string, factor float64, got any, about string) {
	t.Helper()
	w, err := number(want).Float64()
	require.NoError(t, err, about)
	require.NotNil(t, got, about)
	g, err := got.(interface{ Float64() (float64, error) }).Float64()
	require.NoError(t, err)
	assert.InEpsilon(t, w*factor, g, 1e-3, about)
}

func TestLotsAreSoldFirstInFirstOut(t *testing.T) {
	t.Parallel()
	buy := func(n int64, price, commission string) sim.Entry {
		return sim.Entry{Kind: sim.EntryBuy, Symbol: "AAA", Quantity: sim.Quantity(n) * sim.Share, Price: dollars(price), Commission: dollars(commission)}
	}
	sold := buy(12, "8", "1.2")
	sold.Kind = sim.EntrySell
	r := modelRange{
		before: point{date: date("2025-10-01")},
		days: []sim.Day{
			{Ref: sim.DayRef{Date: date("2025-10-02")}, Opening: ledger("0", map[string]int64{"AAA": 2}), Entries: []sim.Entry{buy(4, "10", "2")}},
			{Ref: sim.DayRef{Date: date("2025-10-03")}, Entries: []sim.Entry{{Kind: sim.EntrySplit, Symbol: "AAA", Numerator: 2, Denominator: 1}, buy(1, "9", "0")}},
			{Ref: sim.DayRef{Date: date("2025-10-06")}, Entries: []sim.Entry{sold}},
		},
	}
	lots := lotsSold(testMarket(nil, nil), r)
	require.Len(t, lots, 2, "the third lot is still held")
	// 2 shares at the close of 11 before the range, 5.50 after the split; 7.90 come in.
	assert.InDelta(t, 4, lots[0].Quantity, 1e-12)
	assert.InDelta(t, 4*(7.9-5.5), lots[0].Profit, 1e-9)
	assert.InDelta(t, 5, lots[0].Days, 0)
	assert.InDelta(t, 8, lots[1].Quantity, 1e-12)
	assert.InDelta(t, 8*(7.9-5.25), lots[1].Profit, 1e-9)
	assert.InDelta(t, 4, lots[1].Days, 0)
}
