package e2e

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestDatabases makes a second database, whose relations the first does not
// see, and drops it, which ends who is in it only when told to.
func TestDatabases(t *testing.T) {
	dir := t.TempDir()
	s := testserver.StartIn(t, dir)
	ctx := testserver.Context(t)
	connect := func(database string) *pgx.Conn {
		t.Helper()
		c, err := pgx.Connect(ctx, strings.Replace(s.DSN("postgres"), "database=postgres", "database="+database, 1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		return c
	}
	refused := func(c *pgx.Conn, sql, code, message string) {
		t.Helper()
		_, err := c.Exec(ctx, sql)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != code || e.Message != message {
			t.Fatalf("%s: %v, want %s %s", sql, err, code, message)
		}
	}
	run := func(c *pgx.Conn, statements ...string) {
		t.Helper()
		for _, sql := range statements {
			if _, err := c.Exec(ctx, sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
	first := connect("postgres")
	run(first, "CREATE TABLE t (a int)", "CREATE ROLE owner", "CREATE DATABASE second OWNER owner TEMPLATE template0 ENCODING 'utf-8'")
	refused(first, "CREATE DATABASE second", "42P04", `database "second" already exists`)
	refused(first, "CREATE DATABASE third TEMPLATE none", "3D000", `template database "none" does not exist`)
	refused(first, "BEGIN; CREATE DATABASE third", "25001", "CREATE DATABASE cannot run inside a transaction block")
	run(first, "ROLLBACK")

	template := connect("template1")
	run(template, "CREATE TEMP TABLE own (a int)", "CREATE DATABASE third", "DROP DATABASE third", "CREATE TABLE copied (a int)")
	refused(first, "CREATE DATABASE third", "0A000", "CREATE DATABASE with a copied TEMPLATE is not supported")
	run(first, "CREATE DATABASE third TEMPLATE template0", "DROP DATABASE third")
	refused(first, "DROP DATABASE template1", "42809", "cannot drop a template database")
	run(template, "DROP TABLE copied")
	_ = template.Close(ctx)

	second := connect("second")
	refused(second, "SELECT * FROM t", "42P01", `relation "t" does not exist`)
	run(second, "CREATE TABLE t (b text PRIMARY KEY)", "CREATE VIEW v AS SELECT b FROM t", "INSERT INTO t VALUES ('kept')")
	_ = second.Close(ctx)

	// Another start finds it again.
	s.Stop()
	s = testserver.StartIn(t, dir)
	first, second = connect("postgres"), connect("second")
	var b string
	var relations int
	if err := second.QueryRow(ctx, "SELECT b, (SELECT count(*) FROM pg_class WHERE relname IN ('t', 'v')) FROM v").Scan(&b, &relations); err != nil || b != "kept" || relations != 2 {
		t.Fatalf("%q, %d relations, %v", b, relations, err)
	}
	// What has the same names in another database depends on nothing here.
	for _, c := range []*pgx.Conn{first, second} {
		run(c, "CREATE SEQUENCE step", "CREATE TABLE counted (n int DEFAULT nextval('step'))")
	}
	// Transactions that change the definitions of two databases go on beside each other.
	for _, c := range []*pgx.Conn{first, second} {
		run(c, "BEGIN", "CREATE TYPE mood AS ENUM ('sad')", "CREATE TABLE meanwhile (m mood)", "INSERT INTO meanwhile VALUES ('sad')", "CREATE INDEX ON meanwhile (m)")
	}
	run(first, "COMMIT", "INSERT INTO meanwhile VALUES ('sad')")
	run(second, "ALTER TABLE meanwhile ADD n int DEFAULT 1", "COMMIT", "INSERT INTO meanwhile VALUES ('sad', 2)", "DROP TABLE meanwhile", "DROP TYPE mood")
	run(first, "ALTER TABLE counted ALTER n DROP DEFAULT", "ALTER SEQUENCE step RENAME TO stride", "DROP SEQUENCE stride CASCADE")
	var n int
	if err := second.QueryRow(ctx, "INSERT INTO counted DEFAULT VALUES RETURNING n").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	run(first, "REVOKE CONNECT ON DATABASE second FROM PUBLIC", "CREATE ROLE stranger LOGIN")
	if _, err := pgx.Connect(ctx, strings.Replace(s.DSN("stranger"), "database=postgres", "database=second", 1)); err == nil || !strings.Contains(err.Error(), `permission denied for database "second" (SQLSTATE 42501)`) {
		t.Fatal(err)
	}
	refused(first, "DROP DATABASE second", "55006", `database "second" is being accessed by other users`)
	refused(first, "DROP DATABASE postgres", "55006", "cannot drop the currently open database")
	// What is dropped waits for sessions that are about to end.
	run(first, "CREATE DATABASE left_at_once")
	fourth, err := pgx.Connect(ctx, strings.Replace(s.DSN("postgres"), "database=postgres", "database=left_at_once", 1))
	if err != nil {
		t.Fatal(err)
	}
	run(first, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'left_at_once'", "DROP DATABASE left_at_once")
	fourth.Close(ctx)
	run(first, "DROP DATABASE second WITH (FORCE)", "DROP DATABASE IF EXISTS second")
	if _, err := second.Exec(ctx, "SELECT 1"); err == nil {
		t.Fatal("a session outlived its database")
	}
	refused(first, "DROP DATABASE second", "3D000", `database "second" does not exist`)
}

// TestTerminateBackend ends another session with a last word, and one's own.
func TestTerminateBackend(t *testing.T) {
	s := testserver.Start(t)
	ctx := testserver.Context(t)
	connect := func() *pgx.Conn {
		c, err := pgx.Connect(ctx, s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		return c
	}
	a, b := connect(), connect()
	var done bool
	if err := a.QueryRow(ctx, "SELECT pg_terminate_backend($1)", b.PgConn().PID()).Scan(&done); err != nil || !done {
		t.Fatal(done, err)
	}
	for _, c := range []*pgx.Conn{b, a} {
		sql := "SELECT 1"
		if c == a {
			sql = "SELECT pg_terminate_backend(pg_backend_pid())"
		}
		_, err := c.Exec(ctx, sql)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "57P01" || e.Severity != "FATAL" {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}
