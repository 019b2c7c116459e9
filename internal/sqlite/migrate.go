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
	{8, "migrations/0008_broken_answers.sql"},
	{9, "migrations/0009_writers.sql"},
	{10, "migrations/0010_broken_days.sql"},
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
	var version int
	err := inTransaction(ctx, conn, func() (err error) {
		version, err = schemaVersion(ctx, conn)
		return err
	})
	if err != nil {
		return err
	}
	for _, step := range steps {
		if step.version <= version {
			continue
		}
		if err := inTransaction(ctx, conn, func() error { return apply(ctx, conn, step) }); err != nil {
			return err
		}
	}
	if version, err = schemaVersion(ctx, conn); err != nil {
		return err
	}
	if newest := steps[len(steps)-1].version; version > newest {
		return sim.Errorf(sim.KindInvalid, "its schema has version %d, and this program knows versions up to %d; use a newer program",
			version, newest)
	}
	return nil
}

// schemaVersion returns the last step that has been applied, 0 in a new file.
func schemaVersion(ctx context.Context, conn *sql.Conn) (version int, err error) {
	if _, err := conn.ExecContext(ctx, createVersions); err != nil {
		return 0, err
	}
	err = conn.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_versions").Scan(&version)
	return version, err
}

// apply applies one step unless another process has applied it, or a later one.
func apply(ctx context.Context, conn *sql.Conn, step migration) error {
	version, err := schemaVersion(ctx, conn)
	if err != nil || version >= step.version {
		return err
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
