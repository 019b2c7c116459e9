package serverless

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// The template sets AWS_ENDPOINT_URL to nothing, and that is AWS itself.
func TestTheEndpoint(t *testing.T) {
	t.Parallel()
	env := map[string]string{"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
	settings := func(endpoint string) (string, error) {
		s, err := awsSettings(func(name string) string {
			if name == "AWS_ENDPOINT_URL" {
				return endpoint
			}
			return env[name]
		})
		if s.BaseEndpoint == nil {
			return "", err
		}
		return *s.BaseEndpoint, err
	}
	for _, good := range []string{"", "http://172.17.0.1:8000", "https://emulator.example"} {
		got, err := settings(good)
		require.NoError(t, err)
		assert.Equal(t, good, got)
	}
	for _, bad := range []string{"172.17.0.1:8000", "localhost:8000", "ftp://172.17.0.1", "http://", "http://%"} {
		_, err := settings(bad)
		require.ErrorContains(t, err, "AWS_ENDPOINT_URL", bad)
		assert.True(t, sim.IsKind(err, sim.KindInvalid))
	}
}
