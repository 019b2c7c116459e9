package httpapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

func TestReplicaGroups(t *testing.T) {
	t.Parallel()
	percent := func(p int64) *sim.Percent { return new(sim.Percent(p * 10_000)) }
	got := replicaGroups([]Standing{{Model: "b~3", ReturnPct: percent(6)}, {Model: "a", ReturnPct: percent(3)}, {Model: "b", ReturnPct: percent(2)}, {Model: "b~2", ReturnPct: percent(1)}, {Model: "c~2"}})
	require.Len(t, got, 1, "who has one book is no group")
	assert.Equal(t, "b", got[0].Model)
	assert.Equal(t, 3, got[0].Count)
	assert.InDelta(t, 3, got[0].Mean, 1e-12)
	assert.InDelta(t, 2.6457513, got[0].Spread, 1e-6)
	assert.InDelta(t, 1, got[0].Lowest, 0)
	assert.InDelta(t, 6, got[0].Best, 0)
}

func TestReplicasInABody(t *testing.T) {
	t.Parallel()
	r, err := decodeTrigger([]byte(`{"replicas": 5}`))
	require.NoError(t, err)
	assert.Equal(t, 5, r.Replicas)
	f := newFixture(t)
	for _, body := range []string{`{"replicas": 0}`, `{"replicas": 21}`, `{"replicas": "2"}`, `{"replicas": 1.5}`} {
		refused(t, f.post("/simulate/trigger", body), http.StatusBadRequest, "invalid_request", `"replicas"`, "1 to 20")
	}
}
