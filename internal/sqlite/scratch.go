package sqlite

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// scratch is a folder for a file that is not complete yet. It is locked as long as its
// process lives, so that another one can remove what a killed process has left.
type scratch struct {
	path string
	lock *flock.Flock
}

// The names of scratch folders. One is made under the first name, and gets the second one
// once it is locked.
const (
	makingScratch = ".making-backup-"
	scratchPrefix = ".backup-"
)

// newScratch makes a scratch folder in a folder, and removes those that are left there.
func newScratch(folder string) (*scratch, error) {
	sweep(folder)
	made, err := os.MkdirTemp(folder, makingScratch+"*")
	if err != nil {
		return nil, err
	}
	s := &scratch{path: made, lock: flock.New(made, flock.SetFlag(os.O_RDONLY))}
	_, _ = s.lock.TryLock() // where folders cannot be locked, none is swept
	named := filepath.Join(folder, scratchPrefix+filepath.Base(made)[len(makingScratch):])
	if err := os.Rename(made, named); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	s.path = named
	return s, nil
}

func (s *scratch) remove() error { return errors.Join(os.RemoveAll(s.path), s.lock.Unlock()) }

// sweep removes the scratch folders in a folder whose processes have ended. What cannot be
// removed stays.
func sweep(folder string) {
	left, err := filepath.Glob(filepath.Join(globLiteral(folder), scratchPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range left {
		lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
		if free, err := lock.TryLock(); err == nil && free {
			_ = (&scratch{path, lock}).remove()
		}
	}
}

// globLiteral quotes what has a meaning in a pattern.
func globLiteral(path string) string {
	var out []rune
	for _, c := range path {
		if c == '*' || c == '?' || c == '[' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return string(out)
}
