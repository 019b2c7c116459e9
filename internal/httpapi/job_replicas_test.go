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

// To JSON Schema 2.0 is a whole number.
func TestReplicasAreAWholeNumberHoweverWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"2": 2, "2.0": 2, "2e0": 2, "20": 20} {
		r, err := decodeTrigger([]byte(`{"replicas":` + text + `}`))
		assert.NoError(t, err, text)
		assert.Equal(t, want, r.Replicas, text)
	}
	for _, text := range []string{"2.5", "0", "-1", "21", "1e400", `"2"`} {
		_, err := decodeTrigger([]byte(`{"replicas":` + text + `}`))
		assert.ErrorContains(t, err, "replicas", text)
	}
}
