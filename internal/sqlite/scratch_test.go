package sqlite_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scratchFolders lists the folders of backups that are not complete.
func scratchFolders(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, ".backup-*"))
	require.NoError(t, err)
	return found
}

// backingUp starts a process that makes backups, and waits until it is in one. Stopped
// there, it is alive.
func backingUp(t *testing.T, path, copied string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], path, copied)
	cmd.Env = append(os.Environ(), roleVariable+"=back up")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	for {
		require.NoError(t, pause(cmd.Process))
		if len(scratchFolders(t, filepath.Dir(copied))) > 0 {
			return cmd
		}
		require.NoError(t, resume(cmd.Process))
		time.Sleep(time.Millisecond)
	}
}

func TestWhatAKilledBackupLeavesIsRemoved(t *testing.T) {
	t.Parallel()
	path := checkedStore(t)
	folder := filepath.Dir(path)
	cmd := backingUp(t, path, filepath.Join(folder, "copy.db"))
	left := scratchFolders(t, folder)
	require.Len(t, left, 1)
	closeStore(t, open(t, path))
	assert.Equal(t, left, scratchFolders(t, folder), "the process is alive")
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	closeStore(t, open(t, path))
	assert.Empty(t, scratchFolders(t, folder), "the next start removes it")

	elsewhere := t.TempDir()
	cmd = backingUp(t, path, filepath.Join(elsewhere, "copy.db"))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.NotEmpty(t, scratchFolders(t, elsewhere))
	store := open(t, path)
	require.NoError(t, store.Backup(t.Context(), filepath.Join(elsewhere, "whole.db")))
	closeStore(t, store)
	assert.Empty(t, scratchFolders(t, elsewhere), "the next backup removes it")
}
