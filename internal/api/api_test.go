package api_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

func TestPositionsAreOneObjectWithCashLast(t *testing.T) {
	positions := api.Positions{Cash: 12_345, Holdings: map[string]sim.Quantity{"BBB": sim.Share / 2, "AAA": 3 * sim.Share}}
	text, err := json.Marshal(positions)
	require.NoError(t, err)
	assert.Equal(t, `{"AAA":3,"BBB":0.5,"CASH":1.2345}`, string(text))
	var read api.Positions
	require.NoError(t, json.Unmarshal(text, &read))
	assert.Equal(t, positions, read)
	for _, bad := range []string{`[]`, `{"CASH":"x"}`, `{"AAA":0.0000001}`} {
		assert.Error(t, json.Unmarshal([]byte(bad), &read), bad)
	}
}

func TestAProblemHoldsItsFieldsBesideItsMembers(t *testing.T) {
	p := &api.Problem{Type: "about:blank", Status: 409, Code: "conflict", Message: "m", Fields: map[string]any{"current_job_id": "j"}}
	text, err := json.Marshal(p)
	require.NoError(t, err)
	var members map[string]any
	require.NoError(t, json.Unmarshal(text, &members))
	assert.Equal(t, "j", members["current_job_id"])
	assert.Equal(t, "conflict", members["error"])
	var read api.Problem
	require.NoError(t, json.Unmarshal(text, &read))
	assert.EqualError(t, &read, "m")
}

func TestEveryStateButRunningAndPendingCountsAsEnded(t *testing.T) {
	assert.Equal(t, 6, api.Counts{Total: 15, Completed: 1, Failed: 2, Skipped: 3, Running: 4, Pending: 5}.Ended())
}
