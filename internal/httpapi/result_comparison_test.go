package httpapi

import (
	"encoding/csv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/api"
	"aitrader/internal/realdata"
	"aitrader/internal/sim"
)

func TestTheRandomModelIsFoundByWhatRunsIt(t *testing.T) {
	t.Parallel()
	job := &sim.Job{Settings: sim.Settings{Models: []sim.ModelSpec{
		{Signature: "randomness", BaseModel: "builtin/randomness"}, {Signature: "chance", BaseModel: "builtin/random?seed=7"},
	}}}
	board := []api.Standing{{Model: "a"}, {Model: "randomness"}, {Model: "chance"}}
	assert.Equal(t, 2, randomPlace(board, job))
	assert.Equal(t, -1, randomPlace(board[:2], job))
	assert.Equal(t, -1, randomPlace(board, nil))
}

// The API returns the figures on which four libraries agree for four real curves.
func TestMetricsMatchOtherLibraries(t *testing.T) {
	t.Parallel()
	f := realRun(t)
	rows, err := csv.NewReader(realdata.Open(t, "golden/metrics_agreed.csv")).ReadAll()
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
			"sharpe_rf0_252_ddof1": "sharpe", "sortino_mar0_252_fullsample": "sortino", "omega_0": "omega", "skew": "skew",
			"kurtosis_excess": "kurtosis",
			"beta_vs_QQQ":     "beta", "information_ratio_daily": "information_ratio", "calmar_252": "calmar",
		} {
			assertNear(t, agreed["agent_"+model+" "+name], 1, at(m, field), model+" "+field)
		}
		for name, field := range map[string]string{"volatility_252_ddof1": "volatility_pct", "max_drawdown": "max_drawdown_pct",
			"cagr_252count": "cagr_pct", "total_return": "total_return_pct"} {
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
