package realdata_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aitrader/internal/realdata"
)

func TestTheFolderCanBeNamed(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "us"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "us", "a.csv"), []byte("x"), 0o600))
	t.Setenv(realdata.Variable, folder)
	assert.Equal(t, "x", string(realdata.Read(t, "us/a.csv")))
	assert.Equal(t, filepath.Join(folder, "us"), realdata.Path(t, "us"))
}

func TestATestWithoutItsDataIsSkipped(t *testing.T) {
	t.Setenv(realdata.Variable, t.TempDir())
	skipped := false
	t.Run("inner", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		realdata.Read(t, "none")
	})
	assert.True(t, skipped)
}

func TestTheUsualPlaceIsBesideTheRepository(t *testing.T) {
	t.Setenv(realdata.Variable, "")
	skipped := false
	t.Run("inner", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		realdata.Path(t, "no-such-file")
	})
	assert.True(t, skipped)
}
