package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/secret"
)

func TestNoWayOfPrintingShowsASecret(t *testing.T) {
	key := secret.Text("canary")
	holder := struct{ Key secret.Text }{key}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", key, "holder", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", key, "holder", holder)
	encoded, err := json.Marshal(holder)
	require.NoError(t, err)
	for _, shown := range []string{
		fmt.Sprint(key, holder), fmt.Sprintf("%s %q %v %+v %#v %x", key, key, key, holder, holder, key), string(encoded), log.String(),
	} {
		assert.NotContains(t, shown, "canary")
		assert.NotContains(t, shown, fmt.Sprintf("%x", "canary"))
	}
	assert.Equal(t, `{"Key":"[secret]"}`, string(encoded))
	assert.Equal(t, "canary", key.Reveal())
	assert.Empty(t, secret.Text("").String(), "no secret shows nothing")
}
