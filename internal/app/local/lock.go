package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// executorLock is the lock of the process that executes the jobs of a folder. It is on a
// file, which can be removed: then another process would lock a new one of that name. So
// it is on the folder too, where the system can lock folders.
type executorLock struct {
	file   *flock.Flock
	folder *flock.Flock

	mu   sync.Mutex
	held os.FileInfo // of the file
}

func newExecutorLock(folder string) *executorLock {
	return &executorLock{
		file:   flock.New(filepath.Join(folder, lockFile)),
		folder: flock.New(folder, flock.SetFlag(os.O_RDONLY)),
	}
}

// openStore opens the store of a folder, and makes the file of the lock: it shows from
// then on that the folder holds a store.
func openStore(ctx context.Context, folder string) (*sqlite.Store, error) {
	store, err := sqlite.Open(ctx, filepath.Join(folder, StoreFile))
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_CREATE|os.O_RDONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// TryLock takes the lock if it is free.
func (l *executorLock) TryLock() (bool, error) {
	if got, err := l.file.TryLock(); err != nil || !got {
		return false, err
	}
	// A system that cannot lock folders gives an error.
	if got, err := l.folder.TryLock(); err == nil && !got {
		return false, l.file.Unlock()
	}
	held, err := l.file.Stat()
	if err != nil {
		return false, errors.Join(err, l.Unlock())
	}
	l.mu.Lock()
	l.held = held
	l.mu.Unlock()
	if l.Kept() != nil { // removed while it was taken
		return false, l.Unlock()
	}
	return true, nil
}

// Unlock releases the lock.
func (l *executorLock) Unlock() error { return errors.Join(l.folder.Unlock(), l.file.Unlock()) }

// Kept reports whether the lock keeps other processes away: its file has not been removed
// or replaced. Kind damaged: it has.
func (l *executorLock) Kept() error {
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	now, err := os.Stat(l.file.Path())
	if err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && os.SameFile(held, now) {
		return nil
	}
	return sim.Errorf(sim.KindDamaged, "%s has been removed or replaced, and another process may execute jobs; restart the service", lockFile)
}
