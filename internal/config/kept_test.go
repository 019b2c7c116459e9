package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

func TestAConfigurationThatHasNotChangedIsReadOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "default.json")
	env := map[string]string{"KEY": "x"}
	checked := 0
	f := config.Folder{Dir: dir, Options: config.Options{
		Env:        func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		CheckModel: func(sim.ModelSpec) error { checked++; return nil },
		CheckNews:  func(sim.NewsSettings) error { return nil },
		Kept:       &config.Kept{},
	}}
	open := func(text string) config.Config {
		t.Helper()
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		c, err := f.Open("default")
		require.NoError(t, err)
		return c
	}
	model := func(base, rest string) string {
		return `{"models":[{"basemodel":"` + base + `","signature":"a","openai_api_key":"${KEY}"}]` + rest + `}`
	}
	first := open(model("x/y", ""))
	first.Models[0].Signature = "changed by a caller"
	again := open(model("x/y", ""))
	assert.Equal(t, 1, checked)
	assert.Equal(t, "a", again.Models[0].Signature)
	assert.Empty(t, again.Warnings)

	assert.Equal(t, "x/z", open(model("x/z", "")).Models[0].BaseModel, "as long as the one before")
	assert.Equal(t, 2, checked)
	delete(env, "KEY")
	assert.NotEmpty(t, open(model("x/z", "")).Warnings, "the variable has gone")
	assert.Equal(t, 3, checked)
	for range 2 {
		open(model("recorded/a.jsonl", ""))
	}
	assert.Equal(t, 5, checked, "the recording may have changed")
	for range 2 {
		open(model("x/y", `,"news":{"source":"file","file":"news.json"}`))
	}
	assert.Equal(t, 7, checked, "the file of news may have changed")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	for range 2 {
		_, err := f.Open("default")
		require.Error(t, err)
	}
}
