package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestCopyFiles copies from and to files and programs of the server.
func TestCopyFiles(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, kind: kinds[2], server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	dir := t.TempDir()
	out, absent := filepath.Join(dir, "out"), filepath.Join(dir, "absent")
	e.exec("CREATE TABLE f (a int PRIMARY KEY, b text)")
	e.exec("INSERT INTO f SELECT g, 'row ' || g FROM generate_series(1, 20000) g")
	e.exec("CREATE ROLE reader; GRANT ALL ON f TO reader; CREATE ROLE plain; GRANT ALL ON f TO plain; GRANT pg_read_server_files TO reader")
	rows := func() (n int) {
		e.Helper()
		if err := e.db.QueryRow(e.ctx, "SELECT count(*) FROM f").Scan(&n); err != nil {
			e.Fatal(err)
		}
		return n
	}
	refused := func(statement, code, message string) {
		e.Helper()
		_, err := e.db.Exec(e.ctx, statement)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != code || pg.Message != message {
			e.Errorf("%s: %v, want %s: %s", statement, err, code, message)
		}
	}

	e.exec("COPY f TO '" + out + "' (FORMAT csv)")
	e.exec("DELETE FROM f")
	e.exec("COPY f FROM '" + out + "' (FORMAT csv)")
	if n := rows(); n != 20000 {
		t.Errorf("%d rows came back", n)
	}
	e.exec("COPY (SELECT a FROM f WHERE a < 4) TO PROGRAM 'sort -rn > " + out + "'")
	if written, err := os.ReadFile(out); err != nil || string(written) != "3\n2\n1\n" {
		t.Errorf("the program has written %q, %v", written, err)
	}
	e.exec("DELETE FROM f")
	e.exec("COPY f FROM PROGRAM 'printf \"7\\tseven\\n8\\teight\\n\"'")
	if n := rows(); n != 2 {
		t.Errorf("%d rows came from the program", n)
	}
	e.exec("DO $$ BEGIN COPY f (a) TO '" + out + "'; END $$")

	refused("COPY f FROM '"+absent+"'", "58P01", `could not open file "`+absent+`" for reading: No such file or directory`)
	refused("COPY f TO 'here'", "42602", "relative path not allowed for COPY to file")
	refused("COPY f FROM '"+dir+"'", "42809", `"`+dir+`" is a directory`)
	refused("COPY nosuch FROM '"+absent+"'", "42P01", `relation "nosuch" does not exist`)
	refused("COPY f FROM PROGRAM 'exit 3'", "38000", `program "exit 3" failed`)
	refused("COPY f TO PROGRAM 'exit 3'", "38000", `program "exit 3" failed`)
	refused("COPY f FROM PROGRAM 'echo x; sleep 60'", "22P02", `invalid input syntax for type integer: "x"`)

	e.exec("SET ROLE plain")
	refused("COPY f FROM '"+out+"'", "42501", "must be superuser or have privileges of the pg_read_server_files role to COPY from a file")
	refused("COPY f TO '"+out+"'", "42501", "must be superuser or have privileges of the pg_write_server_files role to COPY to a file")
	refused("COPY f FROM PROGRAM 'true'", "42501", "must be superuser or have privileges of the pg_execute_server_program role to COPY to or from an external program")
	e.exec("SET ROLE reader")
	refused("COPY f TO '"+out+"'", "42501", "must be superuser or have privileges of the pg_write_server_files role to COPY to a file")
	refused("COPY f FROM '"+absent+"'", "58P01", `could not open file "`+absent+`" for reading: No such file or directory`)
	e.exec("RESET ROLE")

	// What the shell has started holds the pipe too, and ends with the statement.
	e.exec("SET statement_timeout = '100ms'")
	began := time.Now()
	refused("COPY f FROM PROGRAM 'sleep 60 | cat'", "57014", "canceling statement due to statement timeout")
	refused("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 10000)) TO PROGRAM 'sleep 60 | cat'", "57014", "canceling statement due to statement timeout")
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("the programs have ended after %v", took)
	}
	e.exec("RESET statement_timeout")
	if n := rows(); n != 2 {
		t.Errorf("%d rows are there", n)
	}
}
