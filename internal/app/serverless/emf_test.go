package serverless

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

func TestLinesOfTheEmbeddedMetricFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := Metrics{Out: &out, Now: func() time.Time { return time.UnixMilli(1_700_000_000_123) }}
	m.DayEnded(engine.DayAccount{
		Key: sim.ModelDayKey{JobID: "j", Date: sim.MustParseDate("2025-10-01"),
			Model: "gpt-5"}, Status: sim.ModelDayCompleted, Took: 1500 * time.Millisecond,
		Session: sim.Session{Usage: sim.Usage{Input: 10, Output: 2}, Cost: new(sim.TokenCost(25_000_000))},
	})
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	about := line["_aws"].(map[string]any)
	assert.EqualValues(t, 1_700_000_000_123, about["Timestamp"])
	group := about["CloudWatchMetrics"].([]any)[0].(map[string]any)
	assert.Equal(t, "aitrader", group["Namespace"])
	assert.Equal(t, []any{[]any{"status"}}, group["Dimensions"])
	for _, d := range group["Metrics"].([]any) {
		assert.Contains(t, line, d.(map[string]any)["Name"], "each metric that is declared has a value")
	}
	assert.Equal(t, 1500.0, line["ModelDayDuration"])
	assert.Equal(t, 0.0025, line["CostUSD"])
	assert.Equal(t, "completed", line["status"])
	assert.Equal(t, "2025-10-01", line["date"])

	out.Reset()
	m.JobEnded(sim.JobPartial, time.Minute)
	assert.Contains(t, out.String(), `"JobDuration":60000`)
	assert.Contains(t, out.String(), `"status":"partial"`)
}
