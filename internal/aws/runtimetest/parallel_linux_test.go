package runtimetest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two invocations that both wait for the test need two environments.
func TestOverlappingInvocationsGetTheirOwnProcesses(t *testing.T) {
	f := newFunction(t, 0)
	var all sync.WaitGroup
	var pids [2]int
	var pipes [2]*os.File
	for i := range pids {
		path := filepath.Join(t.TempDir(), "pipe")
		require.NoError(t, syscall.Mkfifo(path, 0o600))
		text, err := json.Marshal(event{Do: "meet", Pipe: path})
		require.NoError(t, err)
		all.Go(func() {
			r, err := f.Invoke(t.Context(), text)
			if assert.NoError(t, err) {
				pids[i] = good(t, r).PID
			}
		})
		// Opening a pipe for writing returns when the function has opened it.
		pipes[i], err = os.OpenFile(path, os.O_WRONLY, 0)
		require.NoError(t, err)
	}
	for _, pipe := range pipes {
		_, err := pipe.Write([]byte{1})
		assert.NoError(t, err)
		assert.NoError(t, pipe.Close())
	}
	all.Wait()
	assert.NotEqual(t, pids[0], pids[1])
	assert.Len(t, f.ColdStarts(), 2)
}

// What is at work when the machine fails is gone; what is idle is not.
func TestKillBusy(t *testing.T) {
	f := newFunction(t, 0)
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	text, err := json.Marshal(event{Do: "meet", Pipe: path})
	require.NoError(t, err)
	died := make(chan string, 1)
	go func() {
		r, err := f.Invoke(t.Context(), text)
		died <- string(r.Payload)
		assert.NoError(t, err)
	}()
	pipe, err := os.OpenFile(path, os.O_WRONLY, 0) // returns when the function has opened it
	require.NoError(t, err)
	defer pipe.Close()
	assert.Equal(t, 1, f.KillBusy())
	assert.Contains(t, <-died, "signal: killed")
	assert.True(t, invoke(t, f, "").Cold)
	assert.Zero(t, f.KillBusy())
	assert.False(t, invoke(t, f, "").Cold)
}
