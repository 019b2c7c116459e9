package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestABaseURLMayEndAsItsRequestsDo(t *testing.T) {
	for given, want := range map[string][2]string{
		"https://h/v1":                  {"https://h/v1", ""},
		"https://h/v1/chat/completions": {"https://h/v1", ""},
		"https://h/openai/deployments/d/chat/completions?api-version=2024-10-21": {"https://h/openai/deployments/d", "2024-10-21"},
	} {
		base, version := splitVersion(given, "")
		assert.Equal(t, want, [2]string{base, version}, given)
	}
	_, version := splitVersion("https://h?api-version=1", "2")
	assert.Equal(t, "2", version, "the field takes precedence")
	base, _ := splitVersion("https://h/v1?key=secret", "")
	assert.Equal(t, "https://h/v1?key=secret", base, "another query is refused later")
}

func TestAPlaceholderCountsAsLeftOut(t *testing.T) {
	for _, text := range []string{"Optional: YOUR_OPENAI_BASE_URL, you can write them in .env file", "Optional: YOUR_OPENAI_API_KEY",
		"YOUR_API_KEY",
		"your-api-key-here", "<your key>", "sk-your-key", "https://YOUR_BASE_URL/v1", "xxx"} {
		for _, enabled := range []string{"true", "false"} {
			file := filepath.Join(t.TempDir(), "c.json")
			require.NoError(t, os.WriteFile(file, []byte(`{"models":[{"name":"m","basemodel":"gpt-5","signature":"m","enabled":`+enabled+
				`,"openai_base_url":"`+text+`","openai_api_key":"`+text+`"}]}`), 0o600))
			c, err := Load(file, Options{Env: func(name string) (string, bool) {
				return map[string]string{defaultKeyVariable: "k"}[name], name == defaultKeyVariable
			}})
			require.NoError(t, err, text)
			assert.Empty(t, c.Models[0].BaseURL, text)
			assert.Equal(t, "${OPENAI_API_KEY}", c.Models[0].Key.String(), text)
			var paths []string
			for _, w := range c.Warnings {
				paths = append(paths, w.Path)
				assert.NotContains(t, w.Text, "YOUR")
			}
			assert.Contains(t, paths, "models[0].openai_base_url", text)
			assert.Contains(t, paths, "models[0].openai_api_key", text)
		}
	}
}
