package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/config"
	"aitrader/internal/sim"
)

const cashOnly = `{"models": [{"basemodel": "builtin/cash", "signature": "cash"}, {"basemodel": "recorded/a.jsonl", "signature": "r"}]}`

// folder makes a folder of configurations: default, b.1 and a broken one, with
// a secret file beside it.
func folder(t *testing.T) config.Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "conf")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "sub.json"), 0o700))
	for name, text := range map[string]string{
		"default.json": cashOnly, "b.1.json": cashOnly, "broken.json": "{", ".hidden.json": cashOnly, "notes.txt": "x",
		"../secret.json": cashOnly, "with space.json": cashOnly,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	require.NoError(t, os.Symlink(filepath.Join("..", "secret.json"), filepath.Join(dir, "leak.json")))
	require.NoError(t, os.Symlink("default.json", filepath.Join(dir, "inside.json")))
	return config.Folder{Dir: dir}
}

func TestFolderOpensByName(t *testing.T) {
	f := folder(t)
	for name, want := range map[string]string{
		"": "default", "default": "default", "default.json": "default", "configs/default.json": "default", "configs/b.1": "b.1",
		"inside": "inside",
	} {
		c, err := f.Open(name)
		require.NoError(t, err, name)
		assert.Equal(t, want, c.Base.Config)
		assert.Equal(t, "recorded/"+filepath.Join(f.Dir, "a.jsonl"), c.Models[1].BaseModel)
	}
	names, err := f.Names()
	require.NoError(t, err)
	assert.Equal(t, []string{"b.1", "broken", "default", "inside", "leak"}, names)
}

func TestFolderConfinesNames(t *testing.T) {
	f := folder(t)
	require.NoError(t, syscall.Mkfifo(filepath.Join(f.Dir, "pipe.json"), 0o600))
	for _, name := range []string{
		"../secret", "configs/../../secret.json", "/etc/passwd", filepath.Join(f.Dir, "default"), "a/b", "..", ".", ".hidden",
		"configs/", "configs/configs/default",
		"leak", "sub", "pipe", "with space", "a\x00b", `a\b`, "defäult",
	} {
		_, err := f.Open(name)
		require.Error(t, err, name)
		assert.Equal(t, sim.KindInvalid, sim.KindOf(err), name)
		assert.NotContains(t, err.Error(), filepath.Dir(f.Dir)+"/secret", name)
	}
	_, err := f.Open("broken")
	assert.ErrorContains(t, err, "broken.json, line 1")
}

func TestUnknownConfigurationsListTheKnownOnes(t *testing.T) {
	f := folder(t)
	_, err := f.Open("nope")
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorContains(t, err, `the configuration "nope" does not exist; the known ones are "b.1", "broken", "default"`)
	assert.NotContains(t, err.Error(), f.Dir)

	empty := config.Folder{Dir: t.TempDir()}
	_, err = empty.Open("")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorContains(t, err, `"default" does not exist; the folder holds none`)

	missing := config.Folder{Dir: filepath.Join(t.TempDir(), "none")}
	_, err = missing.Open("")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	_, err = missing.Names()
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	assert.NotContains(t, err.Error(), missing.Dir)

	_, err = config.Load(filepath.Join(f.Dir, "nope.json"), config.Options{})
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = config.Load(f.Dir, config.Options{})
	assert.Equal(t, sim.KindInvalid, sim.KindOf(err))
	assert.False(t, errors.Is(err, fs.ErrNotExist))
}
