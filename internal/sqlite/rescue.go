package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// rescuedInfix comes between the name of a store and the inode of its file, in the name
// of the copy of what was acknowledged when one of its files was taken away.
const rescuedInfix = ".rescued-"

// rescue copies all that the store has acknowledged to a new file beside it: the open
// files still hold it. The next [Open] continues from the copy where it lacks nothing.
func (s *Store) rescue(t *tx, taken *errTaken) *damage {
	said := func(cause error, format string, args ...any) *damage {
		text := "the store cannot be used any more: " + taken.Error() + "; " + fmt.Sprintf(format, args...)
		return &damage{err: sim.Translated(sim.KindDamaged, text, cause), taken: taken, rescued: cause == nil}
	}
	name := filepath.Base(s.path) + rescuedInfix + inode(s.files.database.info)
	var failed error
	for _, folder := range []string{filepath.Dir(s.path), os.TempDir()} {
		target := filepath.Join(folder, name)
		err := t.copyTo(target)
		switch {
		case err != nil:
			failed = errors.Join(failed, err)
		case folder == os.TempDir():
			return said(nil, "what it has acknowledged is in %s", target)
		case taken.file == filepath.Base(s.path) && !taken.gone:
			return said(nil, "what it has acknowledged is in %s, beside the file that has its name now; restart the service to use that one", name)
		default:
			return said(nil, "what it has acknowledged is in %s; restart the service, which continues from there", name)
		}
	}
	return said(failed, "what it has acknowledged cannot be copied yet; do not end the service")
}

// copyTo copies the database with the writer's own connection, unless another process
// that shares the files has done it already.
func (t *tx) copyTo(file string) error {
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	folder, err := newScratch(filepath.Dir(file))
	if err != nil {
		return err
	}
	partial := filepath.Join(folder.path, "copy")
	_, err = t.conn.ExecContext(t.ctx, "VACUUM INTO ?", partial)
	if err == nil {
		err = publish(partial, file)
	}
	if _, there := os.Lstat(file); there == nil {
		err = nil // the other process was faster
	}
	return errors.Join(err, folder.remove())
}

// adoptRescued continues from a copy that [Store.rescue] has made, if there is one for
// the file at the path, or for one that is not there any more. Kind unavailable: the
// file is still in use, or has been written since, so that neither has all.
func adoptRescued(ctx context.Context, path string) error {
	copies, err := rescuedCopies(path)
	if err != nil || len(copies) == 0 {
		return err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return replaceWith(path, copies[len(copies)-1])
	}
	if err != nil {
		return err
	}
	copied := path + rescuedInfix + inode(info)
	if !slices.Contains(copies, copied) {
		return nil // the file took the place of the one that was rescued
	}
	left, err := foldLog(ctx, path)
	if isBusy(err) || errors.Is(err, errInUse) {
		return sim.Translated(sim.KindUnavailable, "a file of it was taken away while it was in use, and what had been acknowledged is in "+
			filepath.Base(copied)+"; end the other processes that still use it, and try again", err)
	}
	var kept []string
	if err == nil {
		kept, err = writersOf(ctx, copied)
	}
	if err != nil {
		return err
	}
	for _, writer := range left {
		if !slices.Contains(kept, writer) {
			return sim.Errorf(sim.KindUnavailable, "a file of it was taken away while it was in use; what had been acknowledged is in %s, "+
				"and this file has been written since: look at both (aitrader store check), leave one of them under the store's name, "+
				"and move the other one away", filepath.Base(copied))
		}
	}
	return replaceWith(path, copied)
}

// rescuedCopies lists the copies beside a store, the newest one last.
func rescuedCopies(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	changed := map[string]time.Time{}
	var found []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), filepath.Base(path)+rescuedInfix) || strings.HasSuffix(e.Name(), "-wal") ||
			strings.HasSuffix(e.Name(), "-shm") || !info.Mode().IsRegular() {
			continue
		}
		file := filepath.Join(filepath.Dir(path), e.Name())
		changed[file], found = info.ModTime(), append(found, file)
	}
	slices.SortFunc(found, func(a, b string) int { return changed[a].Compare(changed[b]) })
	return found, nil
}

// foldLog brings the log of a file that no process uses into the file, and returns its
// writers. A damaged file has none: a part of it was in the log that was taken away.
func foldLog(ctx context.Context, path string) (writers []string, err error) {
	err = onFile(ctx, path, func(db *sql.DB) error {
		var mode string
		if err := db.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode); err != nil || mode == "delete" {
			return err
		}
		return errInUse
	})
	if err == nil {
		writers, err = writersOf(ctx, path)
	}
	if sim.IsKind(translate(err), sim.KindDamaged) {
		return nil, nil
	}
	return writers, err
}

// errInUse says that other connections keep a file in its journal mode.
var errInUse = errors.New("the file is in use")

// writersOf lists the stores that have written to a file: none where its schema was in
// the log.
func writersOf(ctx context.Context, path string) (writers []string, err error) {
	err = onFile(ctx, path, func(db *sql.DB) error {
		var tables int
		err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'writers'").Scan(&tables)
		if err != nil || tables == 0 {
			return err
		}
		rows, err := db.QueryContext(ctx, "SELECT writer FROM writers")
		if err != nil {
			return err
		}
		return drain(rows, func(scan scanner) error {
			var w string
			err := scan(&w)
			writers = append(writers, w)
			return err
		})
	})
	return writers, err
}

// onFile runs a function on a file with one connection of its own.
func onFile(ctx context.Context, path string, run func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", dsn(path, "_pragma=busy_timeout(1000)&_pragma=synchronous(FULL)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(run(db), db.Close(), ctx.Err())
}

// replaceWith gives a copy the name of the store. What has that name, or belongs to it,
// is kept under another one: a log must never meet another database.
func replaceWith(path, copied string) error {
	aside := path + ".before-rescue-" + time.Now().UTC().Format("20060102T150405.000000000")
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sim.Translated(sim.KindUnavailable, "the rescued copy "+filepath.Base(copied)+" cannot take its place: "+err.Error(), err)
		}
	}
	if err := os.Rename(copied, path); err != nil {
		return sim.Translated(sim.KindUnavailable, "the rescued copy "+filepath.Base(copied)+" cannot take its place: "+err.Error(), err)
	}
	return syncFile(filepath.Dir(path))
}
