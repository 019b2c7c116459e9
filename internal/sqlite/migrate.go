package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"time"

	"aitrader/internal/sim"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is a step of the schema.
type migration struct {
	version int
	file    string
}

// migrations are all steps in order. A released step never changes: the next change is a
// new file.
var migrations = []migration{
	{1, "migrations/0001_tables.sql"},
	{2, "migrations/0002_views.sql"},
	{3, "migrations/0003_news.sql"},
	{4, "migrations/0004_callbacks.sql"},
	{5, "migrations/0005_spending.sql"},
	{6, "migrations/0006_no_at_date.sql"},
	{7, "migrations/0007_checks.sql"},
}

const createVersions = `CREATE TABLE IF NOT EXISTS schema_versions (
    version    INTEGER PRIMARY KEY,
    file       TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT`

// checkOwner refuses the database of another program.
func checkOwner(ctx context.Context, conn *sql.Conn) error {
	var tables, ours int
	const query = "SELECT count(*), count(*) FILTER (WHERE name = 'schema_versions') FROM sqlite_schema"
	err := conn.QueryRowContext(ctx, query).Scan(&tables, &ours)
	if err != nil {
		return err
	}
	if tables > 0 && ours == 0 {
		return sim.Errorf(sim.KindInvalid, "it is an SQLite database of another program; name a new file")
	}
	return nil
}

// migrate applies the steps that the file lacks, each in a transaction of its
// own. Two processes may do it at the same time: the lock of the transaction is
// taken before the version is read.
func migrate(ctx context.Context, conn *sql.Conn, steps []migration) error {
	for _, step := range steps {
		if err := inTransaction(ctx, conn, func() error { return apply(ctx, conn, step) }); err != nil {
			return err
		}
	}
	newest := steps[len(steps)-1].version
	var version int
	if err := conn.QueryRowContext(ctx, "SELECT max(version) FROM schema_versions").Scan(&version); err != nil {
		return err
	}
	if version > newest {
		return sim.Errorf(sim.KindInvalid, "its schema has version %d, and this program knows versions up to %d; use a newer program",
			version, newest)
	}
	return nil
}

// apply applies one step unless it, or a later one, has been applied.
func apply(ctx context.Context, conn *sql.Conn, step migration) error {
	if _, err := conn.ExecContext(ctx, createVersions); err != nil {
		return err
	}
	var version int
	if err := conn.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_versions").Scan(&version); err != nil {
		return err
	}
	if version >= step.version {
		return nil
	}
	text, err := fs.ReadFile(migrationFiles, step.file)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "INSERT INTO schema_versions (version, file, applied_at) VALUES (?, ?, ?)",
		step.version, step.file, instant(time.Now()))
	return err
}

func inTransaction(ctx context.Context, conn *sql.Conn, run func() error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := run(); err != nil {
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, undo)
	}
	_, err := conn.ExecContext(ctx, "COMMIT")
	return err
}
