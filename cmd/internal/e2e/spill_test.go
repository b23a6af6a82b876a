package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestSpill runs what does not fit into work_mem: the answers are those of memory,
// the limit holds, and no file stays.
func TestSpill(t *testing.T) {
	dir := t.TempDir()
	temporary := filepath.Join(dir, "temporary")
	if err := os.MkdirAll(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(temporary, "kalamsql_tmp_of_a_crash"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := testserver.StartIn(t, dir)
	files := func() int {
		list, err := os.ReadDir(temporary)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := files(); n != 0 {
		t.Fatalf("%d files of the server before", n)
	}
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE big AS SELECT g AS id, g * 7919 % 20011 AS k, 'row ' || g AS note FROM generate_series(1, 20000) AS g")
	queries := []string{
		"SELECT md5(string_agg(id::text, ',')) FROM (SELECT id FROM big ORDER BY k, note OFFSET 0) AS x",
		"SELECT count(*), sum(a.id), max(b.note) FROM big AS a JOIN big AS b ON b.id = a.k",
		"SELECT count(*), count(b.id), sum(a.id) FROM big AS a FULL JOIN big AS b ON b.id = a.k + 500",
		"SELECT count(*), sum(n), min(k) FROM (SELECT k, count(*) AS n, max(note) FROM big GROUP BY k) AS x",
		"SELECT count(*), sum(id) FROM (SELECT DISTINCT id, note FROM big) AS x",
		"SELECT count(*), sum(id) FROM (SELECT id, note FROM big UNION SELECT id, note FROM big) AS x",
		"SELECT sum(r) FROM (SELECT rank() OVER (PARTITION BY k % 100 ORDER BY note) AS r FROM big) AS x",
		"WITH m AS MATERIALIZED (SELECT * FROM big) SELECT count(*), sum(a.id) FROM m AS a, (SELECT max(id) AS top FROM m) AS b WHERE a.id < b.top",
	}
	answer := func(sql string) string {
		t.Helper()
		rows, err := conn.Query(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var out strings.Builder
		for rows.Next() {
			for _, v := range rows.RawValues() {
				out.Write(v)
				out.WriteByte('|')
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return out.String()
	}
	for _, sql := range queries {
		exec("SET work_mem = '1GB'")
		want := answer(sql)
		exec("SET work_mem = '64kB'")
		if got := answer(sql); got != want {
			t.Errorf("%s\ngot %s\nwant %s", sql, got, want)
		}
		if n := files(); n != 0 {
			t.Errorf("%s: %d files stay", sql, n)
		}
	}
	exec("SET temp_file_limit = '100kB'")
	if _, err := conn.Exec(ctx, queries[0]); code(err) != "53400" {
		t.Errorf("got error %v, want 53400", err)
	}
	if n := files(); n != 0 {
		t.Errorf("%d files stay after an error", n)
	}
	exec("RESET temp_file_limit")
	// A cursor that is not read to its end keeps its files until it is closed.
	exec("BEGIN")
	exec("DECLARE c CURSOR FOR " + "SELECT id FROM big ORDER BY k, note")
	exec("FETCH 3 FROM c")
	if files() == 0 {
		t.Error("the cursor has no files")
	}
	exec("COMMIT")
	if n := files(); n != 0 {
		t.Errorf("%d files stay after a cursor", n)
	}
}

// code is an error's SQLSTATE.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
