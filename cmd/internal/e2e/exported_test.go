package e2e

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestExportedSnapshots lets one transaction see what another saw when it exported its
// snapshot, as pg_dump -j does.
func TestExportedSnapshots(t *testing.T) {
	s := testserver.Start(t)
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(t.Context()) })
		return conn
	}
	exporter, importer, writer := connect(), connect(), connect()
	run := func(c *pgx.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(sql, err)
		}
	}
	count := func(c *pgx.Conn) (n int) {
		t.Helper()
		if err := c.QueryRow(t.Context(), "SELECT count(*) FROM e").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	run(writer, "CREATE TABLE e (a int PRIMARY KEY); INSERT INTO e VALUES (1), (2)")
	run(exporter, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	var name string
	if err := exporter.QueryRow(t.Context(), "SELECT pg_export_snapshot()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	run(exporter, "INSERT INTO e VALUES (10)") // which others do not see
	run(writer, "INSERT INTO e VALUES (3); DELETE FROM e WHERE a = 1")
	run(importer, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	run(importer, "SET TRANSACTION SNAPSHOT '"+name+"'")
	if n := count(importer); n != 2 {
		t.Fatalf("the importer sees %d rows", n)
	}
	run(exporter, "ROLLBACK")
	if n := count(importer); n != 2 {
		t.Fatalf("the importer sees %d rows when the exporter is gone", n)
	}
	// What has changed since cannot be changed on top of what it sees.
	if _, err := importer.Exec(t.Context(), "UPDATE e SET a = 5 WHERE a = 1"); code(err) != "40001" {
		t.Fatal(err)
	}
	run(importer, "ROLLBACK")
	run(importer, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	if _, err := importer.Exec(t.Context(), "SET TRANSACTION SNAPSHOT '"+name+"'"); code(err) != "22023" {
		t.Fatal(err)
	}
	run(importer, "ROLLBACK")
	run(exporter, "BEGIN; SELECT pg_export_snapshot()")
	if _, err := exporter.Exec(t.Context(), "PREPARE TRANSACTION 'x'"); code(err) != "0A000" {
		t.Fatal(err)
	}
}
