package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestRulesOfLiveQueries: what the commands of rules change is told with the rest of the
// commit, and a view changed by its rules is watched like any other.
func TestRulesOfLiveQueries(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", "id int PRIMARY KEY, body text")
		e.table("gone", "id int PRIMARY KEY, body text")
		e.exec("CREATE VIEW loud AS SELECT id, upper(body) AS body FROM notes")
		e.exec("CREATE RULE loud_insert AS ON INSERT TO loud DO INSTEAD INSERT INTO notes VALUES (new.id, lower(new.body))")
		e.exec("CREATE RULE keep AS ON DELETE TO notes DO ALSO INSERT INTO gone VALUES (old.id, old.body)")
		c := e.dial("postgres")
		c.subscribe("loud", "SELECT * FROM loud", nil)
		c.subscribe("gone", "SELECT * FROM gone", nil)
		e.exec("INSERT INTO loud VALUES (1, 'One'), (2, 'Two')")
		e.exec("DELETE FROM notes WHERE id = 1")
		groups := c.changes(4)
		if len(groups) != 2 {
			t.Fatal(groups)
		}
		var got []string
		for _, g := range groups {
			for _, ch := range g {
				got = append(got, fmt.Sprintf("%s %v %v", ch.Op, ch.Row["id"], ch.Row["body"]))
			}
		}
		if want := "insert 1 ONE|insert 2 TWO|delete <nil> <nil>|insert 1 one"; strings.Join(got, "|") != want {
			t.Fatal(got)
		}
	})
}

// TestRulesOfUsers: the command of a rule acts in the slice of whoever wrote, with the rights
// of the relation's owner.
func TestRulesOfUsers(t *testing.T) {
	e := &env{T: t, kind: kinds[0], server: testserver.Start(t), ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE USER TABLE mine (id int PRIMARY KEY, body text)")
	e.exec("CREATE USER TABLE audit (id int PRIMARY KEY, body text)")
	e.exec("REVOKE ALL ON audit FROM kalam_user")
	e.exec("CREATE RULE audited AS ON INSERT TO mine DO ALSO INSERT INTO audit VALUES (new.id, new.body)")
	alice := e.connect("alice")
	if _, err := alice.Exec(e.ctx, "INSERT INTO mine VALUES (1, 'hers')"); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Exec(e.ctx, "SELECT * FROM audit"); code(err) != "42501" {
		t.Fatal(err)
	}
	e.exec("GRANT SELECT ON audit TO kalam_user")
	var body string
	if err := alice.QueryRow(e.ctx, "SELECT body FROM audit").Scan(&body); err != nil || body != "hers" {
		t.Fatal(body, err)
	}
}
