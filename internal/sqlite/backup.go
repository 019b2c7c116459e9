package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"aitrader/internal/sim"
)

// Backup writes a consistent copy of the store to a file while it is in use.
// The file appears under its name when it is complete and synced. Kind
// invalid_request: the file exists already.
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); err == nil {
		return sim.Errorf(sim.KindInvalid, "%s exists already; name a new file", file)
	}
	if err := s.Intact(ctx); err != nil {
		return translate(err)
	}
	folder, err := newScratch(filepath.Dir(file))
	if err != nil {
		return unwritable(file, err)
	}
	partial := filepath.Join(folder.path, "copy")
	err = s.copyTo(ctx, partial)
	if err == nil { // of the files that were open
		err = translate(s.Intact(ctx))
	}
	if err == nil {
		err = publish(partial, file)
	}
	return errors.Join(err, folder.remove())
}

// copyTo writes a copy through a connection of its own, because those of the pool are
// read-only.
func (s *Store) copyTo(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", dsn(s.path, commonPragmas))
	if err != nil {
		return translate(err)
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return s.note(translate(errors.Join(err, db.Close())))
}

// publish syncs a complete file and gives it its name, which must be free.
func publish(partial, file string) error {
	if err := syncFile(partial); err != nil {
		return unwritable(file, err)
	}
	err := os.Link(partial, file)
	if errors.Is(err, fs.ErrExist) {
		return sim.Errorf(sim.KindInvalid, "%s exists already; name a new file", file)
	}
	if err != nil { // the file system has no hard links
		err = os.Rename(partial, file)
	}
	if err != nil {
		return unwritable(file, err)
	}
	return syncFile(filepath.Dir(file))
}

// syncFile makes a file, or the names in a folder, durable.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func unwritable(file string, cause error) error {
	return sim.Translated(sim.KindUnavailable, "the backup "+file+" cannot be written: "+cause.Error(), cause)
}
