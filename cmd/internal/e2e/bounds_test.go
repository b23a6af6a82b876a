package e2e

import (
	"fmt"
	"testing"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestBounds has a client take more than it may of everything it can hold: it is
// told so, and goes on.
func TestBounds(t *testing.T) {
	e := &env{T: t, ctx: t.Context(), server: testserver.Start(t,
		"--max-locks=200", "--transaction-limit=100000", "--max-prepared-statements=20", "--max-cursors=20", "--max-savepoints=20")}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
	for _, c := range []struct{ code, sql string }{
		{"53400", "PREPARE p%d AS SELECT 1"},
		{"53400", "DECLARE c%d CURSOR FOR SELECT 1"},
		{"53400", "SAVEPOINT s%d"},
		{"53200", "SELECT pg_advisory_xact_lock(%d)"},
		{"53200", "INSERT INTO t VALUES (%d, repeat('x', 5000))"},
	} {
		t.Run(c.sql, func(t *testing.T) {
			e := &env{T: t, ctx: t.Context(), server: e.server}
			e.db = e.connect("postgres")
			e.exec("BEGIN")
			taken := 0
			for ; taken < 1000; taken++ {
				sql := fmt.Sprintf(c.sql, taken)
				if _, err := e.db.PgConn().Exec(e.ctx, sql).ReadAll(); err != nil {
					e.exec("ROLLBACK")
					e.exec("BEGIN")
					break
				}
			}
			if taken < 8 || taken == 1000 {
				t.Fatalf("%d were taken", taken)
			}
			e.exec("ROLLBACK")
			e.exec("INSERT INTO t VALUES (1, 'x'); DELETE FROM t")
		})
	}
	e.exec("BEGIN")
	for i := range 300 {
		sql := fmt.Sprintf("SELECT pg_advisory_lock(%d)", i)
		if _, err := e.db.Exec(e.ctx, sql); err != nil {
			e.refused("25P02", "SELECT 1")
			break
		}
	}
	e.exec("ROLLBACK")
	p := e.refused("53200", "INSERT INTO t SELECT g, '' FROM generate_series(1, 1000) AS g")
	if p.Message != "out of shared memory" {
		t.Error(p.Message)
	}
	e.exec("SELECT pg_advisory_unlock_all()")
	p = e.refused("53200", "INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(1, 150) AS g")
	if p.Message != "out of memory" {
		t.Error(p.Message)
	}
	e.exec("INSERT INTO t VALUES (1, 'x')")
}
