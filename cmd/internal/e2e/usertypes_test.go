package e2e

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestUserTypesAreLive watches columns of types that users have made, filtered
// and ordered by them.
func TestUserTypesAreLive(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
	e.exec("CREATE DOMAIN pos AS int CHECK (VALUE > 0)")
	e.exec("CREATE TYPE addr AS (street text, num pos)")
	e.exec("CREATE TABLE t (id int PRIMARY KEY, m mood, p pos, a addr)")
	e.exec("INSERT INTO t VALUES (1, 'happy', 1, ROW('x', 5))")
	c := e.dial("postgres")
	rows, _, _ := c.subscribe("s", "SELECT id, m, p, a FROM t WHERE m > 'sad'", nil)
	if len(rows) != 1 || rows[0]["m"] != "happy" || fmt.Sprint(rows[0]["p"]) != "1" {
		t.Fatal(rows)
	}
	e.exec("INSERT INTO t VALUES (2, 'sad', 2, NULL), (3, 'ok', 3, ROW('y', 7))")
	if got := c.one(); fmt.Sprint(got.Row["id"]) != "3" || got.Row["m"] != "ok" {
		t.Fatal(got)
	}
	e.exec("UPDATE t SET m = 'happy' WHERE id = 2")
	if got := c.one(); fmt.Sprint(got.Row["id"]) != "2" {
		t.Fatal(got)
	}
	e.exec("ALTER TYPE mood ADD VALUE 'great'")
	e.exec("INSERT INTO t VALUES (4, 'great', 4, NULL)")
	// What is compared with is no longer what it was.
	if f := c.read(); f.Reason != "table_altered" {
		t.Fatalf("%s", f.raw)
	}
	if rows, _, _ = c.subscribe("again", "SELECT id, m, p, a FROM t WHERE m > 'sad'", nil); len(rows) != 4 {
		t.Fatal(rows)
	}
}

// TestDriversReadUserTypes has pgx look up types that users have made.
func TestDriversReadUserTypes(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TYPE mood AS ENUM ('sad', 'ok')")
	e.exec("CREATE DOMAIN pos AS int CHECK (VALUE > 0)")
	e.exec("CREATE TYPE addr AS (street text, num int4, m mood)")
	for _, name := range []string{"mood", "_mood", "pos", "addr", "_addr"} {
		typ, err := e.db.LoadType(e.ctx, name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e.db.TypeMap().RegisterType(typ)
	}
	type addr struct {
		Street string
		Num    int32
		M      string
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec} {
		var m string
		var ms []string
		var p int32
		var a addr
		err := e.db.QueryRow(e.ctx, "SELECT $1::mood, $2::mood[], $3::pos, ROW('x', 5, 'ok')::addr", mode, "ok", []string{"ok", "sad"}, 7).Scan(&m, &ms, &p, &a)
		if err != nil || m != "ok" || len(ms) != 2 || p != 7 || a != (addr{"x", 5, "ok"}) {
			t.Fatalf("%v: %v %v %v %v %v", mode, m, ms, p, a, err)
		}
	}
	var back addr
	if err := e.db.QueryRow(e.ctx, "SELECT $1::addr", addr{"y", 6, "sad"}).Scan(&back); err != nil || back != (addr{"y", 6, "sad"}) {
		t.Fatal(back, err)
	}
}
