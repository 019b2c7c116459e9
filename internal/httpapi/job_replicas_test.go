package httpapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReplicasAreBounded(t *testing.T) {
	t.Parallel()
	r, err := decodeTrigger([]byte(`{"replicas": 5}`))
	require.NoError(t, err)
	assert.Equal(t, 5, r.Replicas)
	f := newFixture(t)
	for _, body := range []string{`{"replicas": 0}`, `{"replicas": 21}`, `{"replicas": "2"}`, `{"replicas": 1.5}`} {
		refused(t, f.post("/simulate/trigger", body), http.StatusBadRequest, "invalid_request", `"replicas"`, "1 to 20")
	}
}
