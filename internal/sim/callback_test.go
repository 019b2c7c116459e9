package sim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/sim"
)

// However it is printed, also inside of other values, an address is not shown.
func TestACallbackURLDoesNotPrint(t *testing.T) {
	t.Parallel()
	c := sim.Callback{JobID: "j1", URL: "https://canary.example/x"}
	r := sim.TriggerRequest{CallbackURL: c.URL}
	for _, v := range []any{c, &c, []sim.Callback{c}, r, c.URL} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			assert.NotContains(t, fmt.Sprintf(verb, v), "canary", verb)
		}
		text, err := json.Marshal(v)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "canary")
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		assert.NotContains(t, log.String(), "canary")
	}
	assert.Equal(t, "[url]", c.URL.String())
	assert.Empty(t, sim.CallbackURL("").String())
	var read sim.TriggerRequest
	require.NoError(t, json.Unmarshal([]byte(`{"callback_url":"https://canary.example/x"}`), &read))
	assert.Equal(t, c.URL, read.CallbackURL, "it can be read")
}
