package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aitrader/internal/sim"
)

const (
	// maxReaders bounds the pool. Reads are short, and each connection has a cache of its
	// own.
	maxReaders = 4

	// lockTimeout is how long a connection waits for the lock of another process, whose
	// writer may hold it for many batches in a row.
	lockTimeout = 20 * time.Second

	// The pragmas of every connection; in the DSN, because the pool opens connections by
	// itself. The busy timeout is lockTimeout in milliseconds.
	commonPragmas = "_pragma=busy_timeout(20000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
	// page_size has an effect only before the first table and before WAL.
	writerPragmas = commonPragmas + "&_pragma=page_size(8192)"
	readerPragmas = commonPragmas + "&_pragma=query_only(1)"
)

// Open opens the store in a file and upgrades its schema. A file that does not exist is
// created; its folder must exist. Its errors are of kind unavailable when the file
// cannot be opened or written, invalid_request when it belongs to another program or
// to a newer version of this one, and internal when it is damaged.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, at(path, translate(err))
	}
	return s, nil
}

func open(ctx context.Context, path string) (_ *Store, err error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	sweep(filepath.Dir(path))
	if err := adoptRescued(ctx, path); err != nil {
		return nil, err
	}
	if emptied(path) { // SQLite would take it for a new store, and the books would be gone without a word
		return nil, sim.Errorf(sim.KindDamaged, "the file is empty, and %s beside it shows that it was a store: what was in it is lost; "+
			"remove its -wal and -shm files and put a backup in its place, or remove the empty file to begin a new store", LockFile)
	}
	writing, err := sql.Open("sqlite", dsn(path, writerPragmas))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, writing.Close())
		}
	}()
	writing.SetMaxOpenConns(1)
	conn, err := writing.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	readers, err := openReaders(path)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	readers.SetMaxOpenConns(maxReaders)
	readers.SetMaxIdleConns(maxReaders)
	s := &Store{path: path, readers: readers, writing: writing}
	if s.files, err = findFiles(path); err != nil {
		return nil, errors.Join(err, conn.Close(), readers.Close())
	}
	s.stamps = s.files.stamps()
	s.writer = startWriter(conn, s.checkFiles)
	return s, nil
}

// minSize is the size of the smallest page: SQLite takes a shorter file for an empty one,
// and would write over what is left of a store.
const minSize = 512

// checkPath refuses paths for which SQLite's own errors are less helpful.
func checkPath(path string) error {
	if path == "" {
		return sim.Errorf(sim.KindInvalid, "a file name is expected")
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return sim.Errorf(sim.KindInvalid, "it is a folder; a file is expected")
	}
	if err == nil && info.Size() > 0 && info.Size() < minSize {
		return sim.Errorf(sim.KindDamaged, "the file is not an SQLite database: it has %d bytes", info.Size())
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return sim.Errorf(sim.KindUnavailable, "the folder %s does not exist", folder)
	}
	return nil
}

// LockFile is the name of the executor's lock. The program leaves it beside a store that
// it has opened, where it shows from then on that there is a store.
const LockFile = "executor.lock"

// emptied reports whether an empty file is in the place of a store. A file that is not
// there begins a new store.
func emptied(path string) bool {
	file, err := os.Stat(path)
	if err != nil || file.Size() > 0 {
		return false
	}
	_, err = os.Lstat(filepath.Join(filepath.Dir(path), LockFile))
	return err == nil
}

// dsn names a file to the driver as a URI, so that no character of the path is
// taken for a parameter.
func dsn(path, pragmas string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return "file:" + strings.Join(parts, "/") + "?" + pragmas
}

// prepareFile enables write-ahead logging and upgrades the schema.
func prepareFile(ctx context.Context, conn *sql.Conn) error {
	if err := checkOwner(ctx, conn); err != nil {
		return err
	}
	if err := enableWAL(ctx, conn); err != nil {
		return err
	}
	return migrate(ctx, conn, migrations)
}

// enableWAL switches a new file to write-ahead logging; the file remembers it.
// While another process does the same, SQLite refuses at once, whatever the busy
// timeout: then it tries again.
func enableWAL(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	pause := time.NewTicker(lockTimeout / 1000)
	defer pause.Stop()
	for {
		var mode string
		err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		switch {
		case err == nil && mode != "wal":
			return sim.Errorf(sim.KindUnavailable,
				"its file system does not support write-ahead logging (the journal mode stays %s); use a local disk", mode)
		case err == nil || !isBusy(err):
			return err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return err
		}
	}
}

// at puts the file's name before the message.
func at(path string, err error) error {
	var e *sim.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Message = "store " + path + ": " + e.Message
	return &named
}
