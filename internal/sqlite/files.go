package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aitrader/internal/sim"
)

// openFiles are the files of an open store: the database, its write-ahead log and the
// index of that. SQLite keeps them open and does not notice that one of them is removed
// or replaced: other processes then open other files under the same names, and what this
// one writes is lost with it. So each is compared with its name before and after each
// transaction, and before each read.
type openFiles struct {
	database openFile
	log      openFile
	index    openFile
}

type openFile struct {
	path string
	info os.FileInfo
}

// findFiles returns the files of a store that has just been opened.
func findFiles(path string) (f openFiles, err error) {
	resolved, err := filepath.EvalSymlinks(path) // as SQLite does for the two others
	if err != nil {
		return f, err
	}
	f = openFiles{database: openFile{path: path}, log: openFile{path: resolved + "-wal"}, index: openFile{path: resolved + "-shm"}}
	for _, file := range []*openFile{&f.database, &f.log, &f.index} {
		if file.info, err = os.Stat(file.path); err != nil {
			return f, err
		}
	}
	return f, nil
}

// errTaken is the error of a file that has been removed or replaced.
type errTaken struct {
	file string // its name without the folder
	gone bool   // nothing has its name now
}

func (e *errTaken) Error() string {
	if e.gone {
		return e.file + " has been removed while it was in use"
	}
	return e.file + " has been replaced while it was in use"
}

// check compares each file with its name, and returns their present times.
func (f openFiles) check() (stamps, error) {
	var changed [3]time.Time
	for i, file := range [...]openFile{f.database, f.log, f.index} {
		now, err := os.Stat(file.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return stamps{}, &errTaken{filepath.Base(file.path), true}
		case err != nil:
			return stamps{}, sim.Translated(sim.KindUnavailable, "the store's files cannot be found for now", err)
		case !os.SameFile(file.info, now):
			return stamps{}, &errTaken{filepath.Base(file.path), false}
		}
		changed[i] = now.ModTime()
	}
	return stamps{database: changed[0], log: changed[1]}, nil
}

// stamps are the times of the last change of the database and of its log.
type stamps struct{ database, log time.Time }

// stamps returns the present times; zero for a file that is not in place.
func (f openFiles) stamps() stamps {
	at := func(file openFile) time.Time {
		now, err := os.Stat(file.path)
		if err != nil || !os.SameFile(file.info, now) {
			return time.Time{}
		}
		return now.ModTime()
	}
	return stamps{at(f.database), at(f.log)}
}

// untouchedSince reports whether no other process can have written to the database since
// then: neither to the file nor to a log of its name.
func (f openFiles) untouchedSince(then stamps) bool {
	now := f.stamps()
	_, err := os.Lstat(f.log.path)
	return now.database == then.database && (now.log == then.log || errors.Is(err, fs.ErrNotExist))
}

// damage is why a store cannot be used any more. It stays: what is written after a file
// was taken away, or read after a page was found damaged, would be worth nothing.
type damage struct {
	err     error
	taken   *errTaken // nil: the file itself is damaged
	rescued bool      // or nothing is to be rescued
}

// Intact reports whether the store can still be used: its files are in place, and
// nothing that was read so far was damaged. Kind damaged: it must be restarted or
// restored; the message says what became of what it has acknowledged.
func (s *Store) Intact(ctx context.Context) error {
	if d := s.damage.Load(); d != nil && d.rescued {
		return d.err
	} else if d == nil {
		_, err := s.files.check()
		if err == nil {
			return nil
		}
		if !errors.As(err, new(*errTaken)) {
			return err
		}
	}
	// The writer's connection rescues what it has acknowledged.
	return s.writer.do(ctx, func(*tx) error { return nil })
}

// checkFiles is the writer's check: before and after each transaction.
func (s *Store) checkFiles(t *tx) error {
	d := s.damage.Load()
	if d == nil {
		now, err := s.files.check()
		if err == nil {
			s.stamps = now
			return nil
		}
		taken := (*errTaken)(nil)
		if !errors.As(err, &taken) {
			s.stamps = s.files.stamps()
			return err
		}
		d = &damage{taken: taken}
	}
	if !d.rescued {
		d = s.rescue(t, d.taken)
		s.damage.Store(d)
	}
	return d.err
}

// note keeps an error that says that the store is damaged.
func (s *Store) note(err error) error {
	if sim.IsKind(err, sim.KindDamaged) {
		s.damage.CompareAndSwap(nil, &damage{err: err, rescued: true})
	}
	return err
}
