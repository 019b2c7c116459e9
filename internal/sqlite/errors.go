package sqlite

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"aitrader/internal/sim"
)

// errClosed is the error of every call after Close.
var errClosed = sim.Errorf(sim.KindUnavailable, "the store is closed")

// translate gives every error that leaves the package a kind. An error of sim passes as
// it is; any other error becomes the cause, for the log.
func translate(err error) error {
	var own *sim.Error
	var engine *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return sim.Translated(sim.KindUnavailable, "the request was cancelled before the store answered", err)
	case errors.As(err, &engine):
		return translateCode(engine)
	default:
		return sim.Translated(sim.KindInternal, "the store failed", err)
	}
}

// translateCode translates an error of SQLite by its primary result code.
func translateCode(err *sqlite.Error) error {
	switch primaryCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return sim.Translated(sim.KindUnavailable, "the store's file is locked by another process; try again", err)
	case sqlite3.SQLITE_FULL:
		return sim.Translated(sim.KindUnavailable, "the disk of the store is full", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return sim.Translated(sim.KindUnavailable, "the store's file cannot be written; check its permissions and those of its folder", err)
	case sqlite3.SQLITE_CANTOPEN:
		return sim.Translated(sim.KindUnavailable, "the store's file cannot be opened; check that its folder exists and can be written", err)
	case sqlite3.SQLITE_IOERR:
		return sim.Translated(sim.KindUnavailable, "the disk of the store reports an error", err)
	case sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL:
		return sim.Translated(sim.KindUnavailable, "the store cannot work for now; try again", err)
	case sqlite3.SQLITE_NOTADB:
		return sim.Translated(sim.KindDamaged, "the file is not an SQLite database", err)
	case sqlite3.SQLITE_CORRUPT:
		return sim.Translated(sim.KindDamaged, "the store's file is damaged; restore it from a backup", err)
	default:
		return sim.Translated(sim.KindInternal, "the store failed", err)
	}
}

// primaryCode drops what an extended result code adds.
func primaryCode(err *sqlite.Error) int { return err.Code() & 0xff }

// isBusy reports whether another connection holds a lock.
func isBusy(err error) bool {
	var engine *sqlite.Error
	return errors.As(err, &engine) && primaryCode(engine) == sqlite3.SQLITE_BUSY
}

// unreadable is the error of a row that the store cannot have written. The cause may be
// an error of sim, whose kind is for a caller's text and does not count here.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return sim.Translated(sim.KindDamaged, "a row of the store cannot be read; restore it from a backup", err)
}
