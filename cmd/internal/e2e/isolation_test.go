package e2e

import (
	"fmt"
	"testing"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// sliced runs a body for the kinds of tables that have a slice per user.
func sliced(t *testing.T, body func(t *testing.T, e *env)) {
	for _, k := range []kind{
		{"user", "CREATE USER TABLE", ""},
		{"user stream", "CREATE USER STREAM TABLE", " WITH (ttl = '1h')"},
	} {
		t.Run(k.name, func(t *testing.T) {
			s := testserver.Start(t)
			e := &env{T: t, kind: k, server: s, ctx: t.Context()}
			e.db = e.connect("postgres")
			e.table("notes", notes)
			body(t, e)
		})
	}
}

// TestTwoUsersSeeTheirOwn has two users and a superuser watch, read and change
// the same table with the same SQL, whatever its WHERE says.
func TestTwoUsersSeeTheirOwn(t *testing.T) {
	sliced(t, func(t *testing.T, e *env) {
		const query = "SELECT id, title FROM notes WHERE id > 0 OR true"
		users := []string{"alice", "bob", "postgres"}
		watch := map[string]*client{}
		for _, u := range users {
			watch[u] = e.dial(u)
			if rows, _, _ := watch[u].subscribe("s", query, nil); len(rows) != 0 {
				t.Fatalf("%s starts with %v", u, rows)
			}
		}
		for i, u := range users {
			db := e.connect(u)
			if _, err := db.Exec(e.ctx, "INSERT INTO notes VALUES (1, $1), (2, 'x')", u+"'s"); err != nil {
				t.Fatal(err)
			}
			g := watch[u].changes(2)
			if len(g) != 1 || g[0][0].Row["title"] != u+"'s" {
				t.Fatalf("%s got %v", u, g)
			}
			// All of them have rows 1 and 2; nobody's statement touches another's.
			tag, err := db.Exec(e.ctx, "UPDATE notes SET title = $1 WHERE true OR true", fmt.Sprint(i))
			if err != nil || tag.RowsAffected() != 2 {
				t.Fatalf("%s updated %d rows, %v", u, tag.RowsAffected(), err)
			}
			for _, ch := range watch[u].changes(2)[0] {
				if ch.Op != "update" || ch.Row["title"] != fmt.Sprint(i) {
					t.Fatal(ch)
				}
			}
		}
		for i, u := range users {
			var n, distinct int
			var title string
			if err := e.connect(u).QueryRow(e.ctx, "SELECT count(*), count(DISTINCT title), max(title) FROM notes WHERE id = 1 OR true").Scan(&n, &distinct, &title); err != nil {
				t.Fatal(err)
			}
			if n != 2 || distinct != 1 || title != fmt.Sprint(i) {
				t.Errorf("%s sees %d rows, %d titles, %q", u, n, distinct, title)
			}
		}
		if _, err := e.connect("alice").Exec(e.ctx, "DELETE FROM notes WHERE true"); err != nil {
			t.Fatal(err)
		}
		if g := watch["alice"].changes(2); g[0][0].Op != "delete" {
			t.Fatal(g)
		}
		var n int
		if err := e.connect("bob").QueryRow(e.ctx, "SELECT count(*) FROM notes").Scan(&n); err != nil || n != 2 {
			t.Fatalf("bob has %d rows, %v", n, err)
		}
		// Nothing of alice's came to the others: what comes next is their own.
		for _, u := range users[1:] {
			if _, err := e.connect(u).Exec(e.ctx, "INSERT INTO notes VALUES (3, 'last')"); err != nil {
				t.Fatal(err)
			}
			if got := watch[u].one(); got.Row["title"] != "last" {
				t.Fatalf("%s got %v", u, got)
			}
		}
	})
}

func TestExecuteAsUser(t *testing.T) {
	sliced(t, func(t *testing.T, e *env) {
		alice := e.dial("alice")
		alice.subscribe("s", "SELECT id FROM notes", nil)
		e.exec("EXECUTE AS USER 'alice' (INSERT INTO notes VALUES (7, 'for alice'))")
		if got := alice.one(); got.Row["id"] != "7" {
			t.Fatal(got)
		}
		var n int
		if err := e.db.QueryRow(e.ctx, "SELECT count(*) FROM notes").Scan(&n); err != nil || n != 0 {
			t.Fatalf("the superuser's own slice has %d rows, %v", n, err)
		}
		if err := e.db.QueryRow(e.ctx, "EXECUTE AS USER 'alice' (SELECT count(*) FROM notes)").Scan(&n); err != nil || n != 1 {
			t.Fatalf("alice's slice has %d rows, %v", n, err)
		}
		// An end user may not cross.
		alice.send(map[string]any{"type": "execute", "id": "x", "sql": "EXECUTE AS USER 'bob' (SELECT * FROM notes)"})
		if f := alice.read(); f.Type != "error" || f.Code != "42501" {
			t.Fatalf("%s", f.raw)
		}
		alice.send(map[string]any{"type": "execute", "id": "y", "sql": "SET kalam.user = 'bob'"})
		if f := alice.read(); f.Type != "error" || f.Code != "42501" {
			t.Fatalf("%s", f.raw)
		}
	})
}

// TestEndUsersHaveNothingElse: a name that is no role reads user tables only.
func TestEndUsersHaveNothingElse(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE private (id int)")
	c := e.dial("mallory")
	for _, sql := range []string{"SELECT * FROM private", "INSERT INTO private VALUES (1)", "CREATE TABLE mine (id int)", "DROP TABLE private", "CREATE ROLE r SUPERUSER", "GRANT ALL ON private TO public"} {
		c.send(map[string]any{"type": "execute", "id": "x", "sql": sql})
		if f := c.read(); f.Type != "error" || f.Code != "42501" {
			t.Errorf("%s: %s", sql, f.raw)
		}
	}
	c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": "SELECT * FROM private"}})
	if f := c.read(); f.Type != "error" || f.Code != "42501" {
		t.Errorf("subscribe: %s", f.raw)
	}
}

// TestRevokeEndsSubscriptions: the right to see is the right to go on seeing.
func TestRevokeEndsSubscriptions(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE board (id int PRIMARY KEY)")
	e.exec("CREATE ROLE reader LOGIN")
	e.exec("GRANT SELECT ON board TO reader")
	c := e.dial("reader")
	c.subscribe("s", "SELECT * FROM board", nil)
	e.exec("INSERT INTO board VALUES (1)")
	e.exec("REVOKE SELECT ON board FROM reader")
	e.exec("INSERT INTO board VALUES (2)")
	if got := c.one(); got.Row["id"] != float64(1) {
		t.Fatal(got)
	}
	if f := c.read(); f.Type != "subscription_end" || f.Reason != "permission_revoked" || f.Cursor == "" {
		t.Fatalf("%s", f.raw)
	}
}
