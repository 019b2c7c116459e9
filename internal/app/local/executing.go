package local

import (
	"path/filepath"

	"github.com/gofrs/flock"
)

// Executing reports whether a process executes the jobs of a folder now. Where that cannot
// be found out, it says so too: an unfinished job then shows as what is stored.
func Executing(folder string) bool {
	lock := flock.New(filepath.Join(folder, lockFile))
	free, err := lock.TryRLock()
	if free {
		err = lock.Unlock()
	}
	return err != nil || !free
}
