package e2e

import (
	"net"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

func TestResumeAfterDisconnect(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		_, _, cursor := c.subscribe("s", "SELECT id, title FROM notes", nil)
		e.exec("INSERT INTO notes VALUES (1, 'seen')")
		f := c.read()
		cursor = f.Cursor
		c.conn.Close()
		e.exec("INSERT INTO notes VALUES (2, 'missed')")
		e.exec("UPDATE notes SET title = 'missed too' WHERE id = 1")
		d := e.dial("postgres")
		rows, ack, _ := d.subscribe("s", "SELECT id, title FROM notes", map[string]any{"from": cursor})
		if !ack.Resumed || len(rows) != 0 {
			t.Fatalf("resumed %v with %v", ack.Resumed, rows)
		}
		groups := d.changes(2)
		if len(groups) != 2 || groups[0][0].Row["id"] != "2" || groups[1][0].Op != "update" || groups[1][0].Old["title"] != "seen" {
			t.Fatal(groups)
		}
		e.exec("DELETE FROM notes WHERE id = 2")
		if got := d.one(); got.Op != "delete" || got.Old["id"] != "2" {
			t.Fatal(got)
		}
	})
}

// TestResumeAfterRestart: durable tables go on where they were; a stream's rows
// are gone by design, and its subscribers are told.
func TestResumeAfterRestart(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		_, _, cursor := c.subscribe("s", "SELECT id, title FROM notes", nil)
		e.exec("INSERT INTO notes VALUES (1, 'seen')")
		cursor = c.read().Cursor
		e.exec("INSERT INTO notes VALUES (2, 'in flight')")
		dir := e.server.Dir
		e.server.Stop()
		e.server = testserver.StartIn(t, dir)
		e.db = e.connect("postgres")
		d := e.dial("postgres")
		rows, ack, _ := d.subscribe("s", "SELECT id, title FROM notes", map[string]any{"from": cursor})
		if e.kind.name == "stream" {
			if ack.Resumed || len(rows) != 0 {
				t.Fatalf("resumed %v with %v", ack.Resumed, rows)
			}
			return
		}
		if !ack.Resumed || len(rows) != 0 {
			t.Fatalf("resumed %v with %v", ack.Resumed, rows)
		}
		if got := d.one(); got.Row["id"] != "2" {
			t.Fatal(got)
		}
		e.exec("INSERT INTO notes VALUES (3, 'after')")
		if got := d.one(); got.Row["id"] != "3" {
			t.Fatal(got)
		}
	})
}

// TestSelectAndSubscribeFromItsCursor: what a SELECT shows and what follows
// from its cursor is everything.
func TestSelectAndSubscribeFromItsCursor(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		e.exec("INSERT INTO notes VALUES (1, 'a')")
		c := e.dial("postgres")
		c.send(map[string]any{"type": "execute", "id": "q", "sql": "SELECT id FROM notes"})
		f := c.read()
		if f.Type != "result" || len(f.Rows) != 1 || f.Cursor == "" {
			t.Fatalf("%s", f.raw)
		}
		e.exec("INSERT INTO notes VALUES (2, 'b')")
		rows, ack, _ := c.subscribe("s", "SELECT id FROM notes", map[string]any{"from": f.Cursor})
		if !ack.Resumed || len(rows) != 0 {
			t.Fatalf("resumed %v with %v", ack.Resumed, rows)
		}
		if got := c.one(); got.Row["id"] != "2" {
			t.Fatal(got)
		}
	})
}

// TestShutdownTellsSubscribers: they get what precedes it, the reason and a
// cursor.
func TestShutdownTellsSubscribers(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		c.subscribe("s", "SELECT id FROM notes", nil)
		e.exec("INSERT INTO notes VALUES (1, 'last')")
		e.server.Stop()
		if got := c.one(); got.Row["id"] != "1" {
			t.Fatal(got)
		}
		if f := c.read(); f.Type != "subscription_end" || f.Reason != "server_shutdown" || f.Cursor == "" || f.Subscription != "s" {
			t.Fatalf("%s", f.raw)
		}
	})
}

// TestShutdownWithSilentConnections: connections that browsers open ahead of
// need, without a request, do not hold the server up.
func TestShutdownWithSilentConnections(t *testing.T) {
	e := start(t)
	c, err := net.Dial("tcp", e.server.HTTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e.get("/readyz") // a later connection is served, so the first was accepted
	e.server.Stop()
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("the silent connection got %d bytes and %v", n, err)
	}
}

// TestResumeAcrossDefinitionsWithOwnTypes: a column of a type that a user has made does not
// keep a cursor from crossing what does not concern it, here and after a restart.
func TestResumeAcrossDefinitionsWithOwnTypes(t *testing.T) {
	e := start(t)
	e.exec("CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN few AS int CHECK (VALUE < 100); CREATE TYPE pair AS (a few, m mood)")
	e.exec("CREATE TABLE own (id int PRIMARY KEY, m mood, f few, p pair, list mood[])")
	queries := []string{"SELECT * FROM own", "SELECT m, f, p, list, id FROM own ORDER BY m, id", "SELECT f, count(*) FROM own WHERE m = 'sad' GROUP BY f"}
	for i, try := range []struct {
		between string
		resumes bool
	}{
		{"ALTER TABLE own ADD COLUMN more int DEFAULT 1", true}, {"CREATE INDEX ON own (m)", true}, {"ALTER TABLE own DROP COLUMN more", true}, {"CREATE TYPE other AS ENUM ('x')", true},
		{"ALTER TYPE mood ADD VALUE 'so so'", false},
	} {
		var cursors []string
		c := e.dial("postgres")
		for n, query := range queries {
			_, _, cursor := c.subscribe(query, query, nil)
			if n == 0 && strings.Contains(try.between, " more ") {
				cursor = "" // SELECT * is another query then
			}
			cursors = append(cursors, cursor)
		}
		c.conn.Close()
		e.exec(try.between)
		e.exec("INSERT INTO own (id, m, f, p, list) VALUES ($1, 'sad', $1, '(1,glad)', '{sad}')", i)
		for range 2 {
			c = e.dial("postgres")
			for n, query := range queries {
				if cursors[n] == "" {
					continue
				}
				rows, ack, _ := c.subscribe(query, query, map[string]any{"from": cursors[n]})
				if ack.Resumed != try.resumes {
					t.Fatalf("%s, %s: resumed %v", try.between, query, ack.Resumed)
				}
				if ack.Resumed {
					if got := c.one(); got.Op != "insert" || got.Row["f"] != float64(i) {
						t.Fatalf("%s, %s: %v", try.between, query, got)
					}
				} else if len(rows) == 0 {
					t.Fatalf("%s, %s: no rows", try.between, query)
				}
			}
			e.server.Stop()
			e.server = testserver.StartIn(t, e.server.Dir)
			e.db = e.connect("postgres")
		}
	}
}

// TestResumeAcrossPartitions: no cursor goes on across the coming or going of a partition or an heir, whose rows
// are no changes, here or after a restart, but across definitions of others it does.
func TestResumeAcrossPartitions(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE parts (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)")
	e.exec("CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)")
	e.exec("CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id)")
	e.exec("CREATE TABLE parts_21 PARTITION OF parts_2 FOR VALUES FROM (10) TO (15)")
	e.exec("CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM (20) TO (30); CREATE TABLE other (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE other_1 PARTITION OF other DEFAULT")
	e.exec("CREATE TABLE base (id int PRIMARY KEY, v int); CREATE TABLE heir () INHERITS (base)")
	e.exec("INSERT INTO parts VALUES (1, 1), (11, 2), (21, 3); INSERT INTO base VALUES (1, 1); INSERT INTO heir VALUES (2, 2)")
	for _, try := range []struct {
		table, between string
		resumes        bool
	}{
		{"parts", "ALTER TABLE other DETACH PARTITION other_1; DROP TABLE other_1", true},
		{"parts", "CREATE INDEX ON parts (v); CREATE TEMPORARY TABLE passing (id int); DROP TABLE passing", true},
		{"parts", "ALTER TABLE parts DETACH PARTITION parts_3", false},
		{"parts", "ALTER TABLE parts ATTACH PARTITION parts_3 FOR VALUES FROM (20) TO (30)", false},
		{"parts", "ALTER TABLE parts_2 DETACH PARTITION parts_21", false},
		{"parts", "DROP TABLE parts_3", false},
		{"parts", "DROP TABLE parts_2", false},
		{"base", "ALTER TABLE base ADD w int DEFAULT 1", true},
		{"base", "ALTER TABLE heir NO INHERIT base", false},
		{"base", "ALTER TABLE heir INHERIT base", false},
		{"base", "DROP TABLE heir", false},
	} {
		queries := []string{"SELECT id, v FROM " + try.table, "SELECT count(*), sum(v) FROM " + try.table}
		var cursors []string
		c := e.dial("postgres")
		for _, query := range queries {
			_, _, cursor := c.subscribe(query, query, nil)
			cursors = append(cursors, cursor)
		}
		c.conn.Close()
		for _, sql := range strings.Split(try.between, "; ") {
			e.exec(sql)
		}
		for range 2 {
			c = e.dial("postgres")
			for n, query := range queries {
				if _, ack, _ := c.subscribe(query, query, map[string]any{"from": cursors[n]}); ack.Resumed != try.resumes {
					t.Errorf("%s, %s: resumed %v", try.between, query, ack.Resumed)
				}
			}
			c.conn.Close()
			e.server.Stop()
			e.server = testserver.StartIn(t, e.server.Dir)
			e.db = e.connect("postgres")
		}
	}
}

// TestResumeAfterAnError: a query that has ended since a row could not be evaluated has a result again when the
// row has gone, for who comes back with its cursor too; until then it has the error that SELECT has.
func TestResumeAfterAnError(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE parts (id int PRIMARY KEY, v int); INSERT INTO parts VALUES (1, 1), (2, 2)")
	for _, query := range []string{"SELECT id, 10 / v AS q FROM parts", "SELECT sum(10 / v) AS q FROM parts", "SELECT p.id, 10 / p.v AS q FROM parts p JOIN parts o ON o.id = p.id"} {
		c := e.dial("postgres")
		_, _, before := c.subscribe(query, query, nil)
		e.exec("INSERT INTO parts VALUES (3, 5)")
		if got := c.read(); got.Type != "changes" {
			t.Fatalf("%s: %s", query, got.raw)
		}
		e.exec("UPDATE parts SET v = 0 WHERE id = 3")
		end := c.read()
		if end.Type != "subscription_end" || end.Reason != "error" || end.Code != "22012" || end.Cursor == "" {
			t.Fatalf("%s: %s", query, end.raw)
		}
		c.conn.Close()
		e.exec("DELETE FROM parts WHERE id = 3")
		for _, from := range []string{end.Cursor, before} {
			c = e.dial("postgres")
			rows, ack, _ := c.subscribe(query, query, map[string]any{"from": from})
			if ack.Resumed || len(rows) == 0 {
				t.Errorf("%s: resumed %t, %v", query, ack.Resumed, rows)
			}
			c.conn.Close()
		}
	}
}
