package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAReaderKeepsItsStatements(t *testing.T) {
	t.Parallel()
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	defer store.Close()
	store.readers.SetMaxOpenConns(1)
	kept := func() (n int) {
		conn, err := store.readers.Conn(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.Raw(func(c any) error { n = len(c.(*keepingConn).kept); return nil }))
		return n
	}
	const query = "SELECT value FROM json_each(?)"
	require.NoError(t, store.read(t.Context(), func(q querier) error {
		var seen []int
		err := q.rows(query, []any{"[1, 2]"}, func(scan scanner) error {
			var outer int
			require.NoError(t, scan(&outer))
			return q.rows(query, []any{"[10, 20]"}, func(scan scanner) error {
				var inner int
				require.NoError(t, scan(&inner))
				seen = append(seen, outer+inner)
				return nil
			})
		})
		assert.Equal(t, []int{11, 21, 12, 22}, seen, "a query inside of the same one")
		return err
	}))
	assert.Equal(t, 1, kept())
	for i := range 2 * maxStatements {
		require.NoError(t, store.read(t.Context(), func(q querier) error {
			var got int
			found, err := q.row(fmt.Sprintf("SELECT %d FROM json_each('[1, 2]')", i), nil, &got)
			assert.True(t, found)
			assert.Equal(t, i, got, "it ends before its last row")
			return err
		}))
		assert.LessOrEqual(t, kept(), maxStatements)
	}

	// A statement is prepared again by itself once the schema has changed.
	count := func() (n int) {
		require.NoError(t, store.read(t.Context(), func(q querier) error {
			_, err := q.row("SELECT count(*) FROM writers", nil, &n)
			return err
		}))
		return n
	}
	before := count()
	require.NoError(t, onFile(t.Context(), store.path, func(db *sql.DB) error {
		_, err := db.ExecContext(t.Context(), "ALTER TABLE writers ADD COLUMN more TEXT; INSERT INTO writers (writer, since) VALUES ('x', 'y')")
		return err
	}))
	assert.Equal(t, before+1, count())
}
