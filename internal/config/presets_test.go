package config

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/netaddr"
	"aitrader/internal/sim"
)

func TestEveryPresetIsAValidConfiguration(t *testing.T) {
	t.Parallel()
	for _, name := range PresetNames() {
		p, err := FindPreset(name)
		require.NoError(t, err)
		text, err := FirstFile(p)
		require.NoError(t, err)
		c, err := Decode("default.json", text, Options{})
		require.NoError(t, err, "%s", text)
		assert.Empty(t, c.Warnings, name)
		require.Len(t, c.Models, 6, name)
		m := c.Models[0]
		assert.Equal(t, p.Signature(), m.Signature)
		assert.Equal(t, p.Model, m.BaseModel)
		address, err := url.Parse(p.BaseURL)
		require.NoError(t, err)
		local := netaddr.IsLocalhost(address.Hostname())
		assert.Equal(t, local, p.KeyName == "", "%s: a key is for providers elsewhere", name)
		assert.Equal(t, local, p.Models == "", name)
		if !local {
			assert.Equal(t, "https", address.Scheme, name)
			assert.Equal(t, "${"+p.KeyName+"}", m.Key.String())
		}
	}
	text, err := FirstFile(Preset{})
	require.NoError(t, err)
	c, err := Decode("default.json", text, Options{})
	require.NoError(t, err)
	assert.Len(t, c.Models, 5, "the built-in models")
}

func TestAnUnknownPresetIsRefusedWithTheKnownOnes(t *testing.T) {
	t.Parallel()
	_, err := FindPreset("opnai")
	assert.True(t, sim.IsKind(err, sim.KindInvalid))
	assert.ErrorContains(t, err, `preset "opnai": openai, anthropic,`)
}
