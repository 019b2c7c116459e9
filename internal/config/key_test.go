package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

const canary = "sk-canary-0123456789"

var (
	home  = config.Options{AllowPlainKeys: true}
	cloud = config.Options{}
)

// keyOf returns the key of the only model of a configuration.
func keyOf(t *testing.T, key string, opts config.Options) config.KeyRef {
	t.Helper()
	return mustDecode(t, oneModel(`, "openai_api_key": "`+key+`"`), opts).Models[0].Key
}

func TestKeysResolve(t *testing.T) {
	lookup := env(map[string]string{"MY_KEY": canary, "EMPTY": "", "/app/key": canary})
	for name, tc := range map[string]struct {
		key   config.KeyRef
		shown string
	}{
		"variable":         {keyOf(t, "${MY_KEY}", home), "${MY_KEY}"},
		"variable, cloud":  {keyOf(t, " ${MY_KEY} ", cloud), "${MY_KEY}"},
		"parameter, cloud": {keyOf(t, "/app/key", cloud), "/app/key"},
		"plain":            {keyOf(t, canary, home), "(in plain text)"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.True(t, tc.key.Exists())
			assert.Equal(t, tc.shown, tc.key.String())
			value, err := tc.key.Resolve(lookup)
			require.NoError(t, err)
			assert.Equal(t, canary, value)
		})
	}
	name, ok := keyOf(t, "/app/key", cloud).Parameter()
	assert.True(t, ok)
	assert.Equal(t, "/app/key", name)
	_, ok = keyOf(t, "/app/key", home).Parameter()
	assert.False(t, ok, "at home it is a key in plain text")

	for _, missing := range []string{"${EMPTY}", "${OTHER}", "/other"} {
		_, err := keyOf(t, missing, cloud).Resolve(lookup)
		assert.Equal(t, sim.KindUnavailable, sim.KindOf(err))
		assert.ErrorContains(t, err, strings.Trim(missing, "${}"))
	}

	value, err := config.KeyRef{}.Resolve(nil)
	require.NoError(t, err)
	assert.Empty(t, value)
	assert.False(t, config.KeyRef{}.Exists())
	assert.Empty(t, config.KeyRef{}.String())
}

func TestKeysAreNeverPrinted(t *testing.T) {
	c := mustDecode(t, oneModel(`, "openai_api_key": "`+canary+`"`), home)
	key := c.Models[0].Key
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
		fmt.Fprintf(&out, verb+"\n", key)
		fmt.Fprintf(&out, verb+"\n", &key)
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", struct{ hidden config.KeyRef }{key})
	}
	text, err := json.Marshal(c)
	require.NoError(t, err)
	out.Write(text)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", key, "config", c)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", key, "config", c)
	assert.NotContains(t, out.String(), "canary")
	assert.NotContains(t, strings.ToLower(out.String()), fmt.Sprintf("%x", "canary"))
	assert.Contains(t, out.String(), "(in plain text)")
	assert.Contains(t, out.String(), `config.KeyRef("(in plain text)")`)
}

func TestPlainKeysAreRefusedOnAWS(t *testing.T) {
	for _, key := range []string{canary, "$MY_KEY", "${MY-KEY}", "${A}" + canary, "/app/" + canary + "="} {
		_, err := decode(oneModel(`, "openai_api_key": "`+key+`"`), cloud)
		require.Error(t, err, key)
		assert.ErrorContains(t, err, "models[0].openai_api_key: ")
		assert.NotContains(t, err.Error(), key)
		assert.NotContains(t, err.Error(), "canary")
	}
	_, err := decode(oneModel(`, "openai_api_key": "$MY_KEY"`), home)
	assert.ErrorContains(t, err, "written as ${NAME}", "also at home, because it is certainly no key")
}

func TestProviderDefaults(t *testing.T) {
	both := env(map[string]string{"OPENAI_API_BASE": "https://proxy.example/v1", "OPENAI_API_KEY": canary})
	for name, tc := range map[string]struct {
		keys     string
		env      func(string) (string, bool)
		url, key string
		warning  string
	}{
		"neither":             {"", both, "https://proxy.example/v1", "${OPENAI_API_KEY}", ""},
		"empty texts":         {`, "openai_base_url": "", "openai_api_key": " "`, both, "https://proxy.example/v1", "${OPENAI_API_KEY}", ""},
		"only a URL":          {`, "openai_base_url": "http://localhost:11434/v1"`, both, "http://localhost:11434/v1", "", ""},
		"only a key":          {`, "openai_api_key": "${OPENAI_API_KEY}"`, both, "", "${OPENAI_API_KEY}", ""},
		"only the key is set": {"", env(map[string]string{"OPENAI_API_KEY": canary}), "", "${OPENAI_API_KEY}", ""},
		"a local server":      {"", env(map[string]string{"OPENAI_API_BASE": "http://localhost:1/v1"}), "http://localhost:1/v1", "", ""},
		"nothing is set": {"", env(nil), "", "${OPENAI_API_KEY}",
			"models[0].openai_api_key: the environment variable OPENAI_API_KEY is not set; the model cannot run without it"},
		"disabled": {`, "enabled": false`, env(nil), "", "${OPENAI_API_KEY}",
			"models: no model is enabled; a request must name the models that it wants"},
		"no environment": {"", nil, "", "${OPENAI_API_KEY}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := mustDecode(t, oneModel(tc.keys), config.Options{Env: tc.env})
			assert.Equal(t, tc.url, c.Models[0].BaseURL)
			assert.Equal(t, tc.key, c.Models[0].Key.String())
			assert.Equal(t, tc.warning, texts(c.Warnings))
		})
	}
	_, err := decode(oneModel(""), config.Options{Env: env(map[string]string{"OPENAI_API_BASE": "proxy"})})
	assert.ErrorContains(t, err, "environment variable OPENAI_API_BASE")
	offline := mustDecode(t, `{"models": [{"basemodel": "builtin/cash", "signature": "a", "openai_api_key": "${X}", `+
		`"openai_base_url": "none"}]}`, config.Options{Env: both})
	assert.False(t, offline.Models[0].Key.Exists())
	assert.Empty(t, offline.Models[0].BaseURL)
}

func TestSecretsInURLsAndParametersAreRefusedAndNotShown(t *testing.T) {
	for _, keys := range []string{
		`"openai_base_url": "https://user:canary@h.example/v1"`,
		`"openai_base_url": "https://canary@h.example/v1"`,
		`"openai_base_url": "https://h.example/v1?api-version=1&API_Key=canary"`,
		`"openai_base_url": "https://h.example/v1?x=1;token=canary"`,
		`"openai_base_url": "https://h.example/v1?id=sk-canary"`,
		`"openai_base_url": "https://h.example/v1?%zz=canary"`,
		`"openai_base_url": "https://user:canary@h.example:port/v1"`,
		`"params": {"api_key": "canary"}`,
		`"params": {"extra_headers": [{"Authorization": "Bearer canary"}]}`,
	} {
		_, err := decode(oneModel(", "+keys), home)
		require.Error(t, err, keys)
		assert.ErrorContains(t, err, "models[0].")
		assert.NotContains(t, err.Error(), "canary")
	}
	c := mustDecode(t, oneModel(`, "params": {"max_tokens": 5}`), home)
	assert.Equal(t, map[string]any{"max_tokens": 5.0}, c.Models[0].Params)
}
