package e2e

import (
	"fmt"
	"testing"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// policed starts a server with a table of documents that two roles share, of which
// each sees its own.
func policed(t *testing.T) *env {
	e := &env{T: t, server: testserver.Start(t), ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE ROLE alice LOGIN")
	e.exec("CREATE ROLE bob LOGIN")
	e.exec("CREATE TABLE docs (id int PRIMARY KEY, owner text, n int)")
	e.exec("GRANT ALL ON docs TO alice, bob")
	e.exec("ALTER TABLE docs ENABLE ROW LEVEL SECURITY")
	e.exec("CREATE POLICY own ON docs USING (owner = current_user)")
	e.exec("INSERT INTO docs VALUES (1, 'alice', 1), (2, 'bob', 2)")
	return e
}

// ids lists the column id of rows.
func ids(rows []map[string]any) (list []any) {
	for _, r := range rows {
		list = append(list, r["id"])
	}
	return list
}

// TestPoliciesOfLiveQueries: subscribers of one text see what the policies show
// each of them, and go on to.
func TestPoliciesOfLiveQueries(t *testing.T) {
	e := policed(t)
	a, b, all := e.dial("alice"), e.dial("bob"), e.dial("postgres")
	const sql = "SELECT * FROM docs"
	for c, want := range map[*client]string{a: "[1]", b: "[2]", all: "[1 2]"} {
		if rows, _, _ := c.subscribe("s", sql, nil); fmt.Sprint(ids(rows)) != want {
			t.Fatalf("%v, want %s", rows, want)
		}
	}
	if rows, _, _ := a.subscribe("last", sql, map[string]any{"last_rows": 1}); fmt.Sprint(ids(rows)) != "[1]" {
		t.Fatal(rows)
	}
	if rows, _, _ := a.subscribe("count", "SELECT count(*) AS id FROM docs", nil); fmt.Sprint(ids(rows)) != "[1]" {
		t.Fatal(rows)
	}
	a.send(map[string]any{"type": "unsubscribe", "subscription_id": "last"})
	a.read()
	a.send(map[string]any{"type": "unsubscribe", "subscription_id": "count"})
	a.read()
	e.exec("UPDATE docs SET n = 20 WHERE id = 2")
	if got := b.one(); got.Op != "update" || got.Row["n"] != float64(20) {
		t.Fatal(got)
	}
	all.one()
	// A row that changes hands leaves one and comes to the other.
	e.exec("UPDATE docs SET owner = 'bob' WHERE id = 1")
	if got := a.one(); got.Op != "delete" || got.Old["id"] != float64(1) {
		t.Fatal(got)
	}
	if got := b.one(); got.Op != "insert" || got.Row["id"] != float64(1) {
		t.Fatal(got)
	}
	if got := all.one(); got.Op != "update" {
		t.Fatal(got)
	}
}

// TestRevokedRows: a row that policies let be seen no longer has gone for another reason than
// one that stopped matching.
func TestRevokedRows(t *testing.T) {
	e := policed(t)
	e.exec("CREATE TABLE readers (doc int, who text, PRIMARY KEY (doc, who)); GRANT SELECT ON readers TO alice")
	e.exec("CREATE POLICY shared ON docs FOR SELECT USING (EXISTS (SELECT FROM readers WHERE doc = docs.id AND who = current_user))")
	queries := []string{"SELECT id FROM docs WHERE n < 100", "SELECT id FROM docs WHERE n < 100 ORDER BY id", "SELECT d.id FROM docs d JOIN docs o ON o.id = d.id WHERE d.n < 100",
		"SELECT id, count(*) FROM docs WHERE n < 100 GROUP BY id"}
	for _, shared := range []bool{true, false} {
		if !shared {
			e.exec("DROP POLICY shared ON docs")
		}
		c := e.dial("alice")
		for _, query := range queries {
			c.subscribe(query, query, nil)
		}
		gone := func(want string, sql ...string) {
			t.Helper()
			e.exec("DELETE FROM docs WHERE id = 7")
			e.exec("INSERT INTO docs (id, owner, n) VALUES (7, 'alice', 7)")
			c.read()
			for _, s := range sql {
				e.exec(s)
			}
			f := c.read()
			for _, s := range f.Subscriptions {
				if ch := s.Changes[0]; len(s.Changes) != 1 || ch.Op != "delete" || ch.Reason != want {
					t.Errorf("%s, %s: %v, want %s", sql, s.ID, s.Changes, want)
				}
			}
			if len(f.Subscriptions) != len(queries) {
				t.Errorf("%s: %s", sql, f.raw)
			}
		}
		gone("revoke", "UPDATE docs SET owner = 'bob' WHERE id = 7")
		gone("leave", "UPDATE docs SET n = 200 WHERE id = 7")
		gone("revoke", "UPDATE docs SET n = 200, owner = 'bob' WHERE id = 7")
		gone("delete", "DELETE FROM docs WHERE id = 7")
		gone("delete", "BEGIN; UPDATE docs SET owner = 'bob' WHERE id = 7; DELETE FROM docs WHERE id = 7; COMMIT")
		if shared {
			gone("revoke", "BEGIN; INSERT INTO readers VALUES (7, 'alice'); UPDATE docs SET owner = 'bob' WHERE id = 7; DELETE FROM readers; COMMIT")
		}
		c.conn.Close()
	}
	// What another table says may end it, too.
	e.exec("CREATE POLICY shared ON docs FOR SELECT USING (EXISTS (SELECT FROM readers WHERE doc = docs.id AND who = current_user))")
	e.exec("DELETE FROM docs; INSERT INTO docs (id, owner, n) VALUES (8, 'bob', 8); INSERT INTO readers VALUES (8, 'alice')")
	c := e.dial("alice")
	for _, query := range queries {
		c.subscribe(query, query, nil)
	}
	e.exec("DELETE FROM readers")
	for _, s := range c.read().Subscriptions {
		if ch := s.Changes[0]; ch.Op != "delete" || ch.Reason != "revoke" {
			t.Errorf("%s: %v", s.ID, s.Changes)
		}
	}
}

// TestChangedPoliciesEndSubscriptions: what a subscriber may see is settled anew,
// and a cursor from before gives a snapshot.
func TestChangedPoliciesEndSubscriptions(t *testing.T) {
	for _, change := range []struct{ sql, rows string }{
		{"ALTER POLICY own ON docs USING (n = 2)", "[2]"},
		{"CREATE POLICY more ON docs FOR SELECT USING (true)", "[1 2]"},
		{"CREATE POLICY less ON docs AS RESTRICTIVE TO alice USING (false)", "[]"},
		{"DROP POLICY own ON docs", "[]"},
		{"ALTER TABLE docs DISABLE ROW LEVEL SECURITY", "[1 2]"},
		{"ALTER ROLE alice BYPASSRLS", "[1 2]"},
		{"ALTER TABLE docs OWNER TO alice", "[1 2]"},
	} {
		t.Run(change.sql, func(t *testing.T) {
			e := policed(t)
			c := e.dial("alice")
			c.subscribe("s", "SELECT * FROM docs", nil)
			e.exec(change.sql)
			f := c.read()
			if f.Type != "subscription_end" || f.Reason != "table_altered" {
				t.Fatalf("%s", f.raw)
			}
			rows, ack, _ := c.subscribe("s2", "SELECT * FROM docs", map[string]any{"from": f.Cursor})
			if ack.Resumed || fmt.Sprint(ids(rows)) != change.rows {
				t.Fatalf("resumed %v with %v, want %s", ack.Resumed, rows, change.rows)
			}
		})
	}
}

// TestPoliciesWithSubqueriesAreLive: what another table says of a row shows it and
// hides it.
func TestPoliciesWithSubqueriesAreLive(t *testing.T) {
	e := policed(t)
	e.exec("CREATE TABLE readers (doc int, who text, PRIMARY KEY (doc, who))")
	e.exec("GRANT SELECT ON readers TO alice, bob")
	e.exec("CREATE POLICY shared ON docs FOR SELECT USING (EXISTS (SELECT FROM readers WHERE doc = docs.id AND who = current_user))")
	c := e.dial("alice")
	rows, _, _ := c.subscribe("s", "SELECT id FROM docs", nil)
	if fmt.Sprint(ids(rows)) != "[1]" {
		t.Fatal(rows)
	}
	e.exec("INSERT INTO readers VALUES (2, 'alice'), (1, 'bob')")
	if got := c.one(); got.Op != "insert" || got.Row["id"] != float64(2) {
		t.Fatal(got)
	}
	e.exec("DELETE FROM readers")
	if got := c.one(); got.Op != "delete" || got.Old["id"] != float64(2) {
		t.Fatal(got)
	}
}

// TestPoliciesWithSettings: a live query keeps the settings that it began with.
func TestPoliciesWithSettings(t *testing.T) {
	e := policed(t)
	e.exec("ALTER POLICY own ON docs USING (n = current_setting('app.n', true)::int)")
	c := e.dial("alice")
	c.send(map[string]any{"type": "execute", "id": "x", "sql": "SET app.n = '2'"})
	c.read()
	rows, _, _ := c.subscribe("s", "SELECT id FROM docs", nil)
	if fmt.Sprint(ids(rows)) != "[2]" {
		t.Fatal(rows)
	}
	e.exec("UPDATE docs SET n = 2 WHERE id = 1")
	if got := c.one(); got.Op != "insert" || got.Row["id"] != float64(1) {
		t.Fatal(got)
	}
}

// TestFunctionsInLiveQueries: one that is an expression is as good as that, until
// it is another one.
func TestFunctionsInLiveQueries(t *testing.T) {
	e := policed(t)
	e.exec("CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2'")
	e.exec("CREATE FUNCTION docs_of(w text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM docs WHERE owner = w'")
	c := e.dial("postgres")
	rows, _, _ := c.subscribe("s", "SELECT id, twice(n) AS t FROM docs WHERE twice(n) > 2", nil)
	if len(rows) != 1 || rows[0]["t"] != float64(4) {
		t.Fatal(rows)
	}
	e.exec("INSERT INTO docs VALUES (3, 'bob', 5)")
	if got := c.one(); got.Row["t"] != float64(10) {
		t.Fatal(got)
	}
	c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "no", "sql": "SELECT id, docs_of(owner) FROM docs"}})
	if f := c.read(); f.Type != "error" || f.Code != "0A000" {
		t.Fatalf("%s", f.raw)
	}
	e.exec("CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 3'")
	if f := c.read(); f.Type != "subscription_end" || f.Reason != "table_altered" {
		t.Fatalf("%s", f.raw)
	}
}
