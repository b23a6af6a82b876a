package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// triggered makes a table of the environment's kind whose rows a BEFORE trigger
// changes and leaves out, and an AFTER trigger counts in another table of the kind.
func triggered(e *env) {
	e.table("notes", "id int PRIMARY KEY, body text")
	e.table("counted", "id int PRIMARY KEY, n int")
	e.exec(`CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF new.body = 'spam' THEN RETURN NULL; END IF;
			new.body := upper(new.body);
			RETURN new;
		END $$`)
	e.exec(`CREATE FUNCTION tally() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO counted VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = counted.n + 1;
			RETURN NULL;
		END $$`)
	e.exec("CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION tidy()")
	e.exec("CREATE TRIGGER tally AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION tally()")
}

// TestTriggersOfLiveQueries: subscribers are told of rows as triggers have left them,
// and of what triggers have changed in the same group.
func TestTriggersOfLiveQueries(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		triggered(e)
		c := e.dial("postgres")
		c.subscribe("notes", "SELECT * FROM notes", nil)
		c.subscribe("counted", "SELECT * FROM counted", nil)
		e.exec("INSERT INTO notes VALUES (1, 'one'), (2, 'spam'), (3, 'three')")
		groups := c.changes(3)
		if len(groups) != 1 {
			t.Fatal(groups)
		}
		var got []string
		for _, ch := range groups[0] {
			got = append(got, fmt.Sprintf("%s %v %v %v", ch.Op, ch.Row["id"], ch.Row["body"], ch.Row["n"]))
		}
		if want := "insert 1 ONE <nil>|insert 3 THREE <nil>|insert 1 <nil> 2"; strings.Join(got, "|") != want {
			t.Fatal(got)
		}
		e.exec("UPDATE notes SET body = 'spam' WHERE id = 1") // left out
		e.exec("UPDATE notes SET body = 'other' WHERE id = 1")
		if got := c.one(); got.Op != "update" || got.Row["body"] != "OTHER" {
			t.Fatal(got)
		}
	})
}

// TestTriggersOfUsers: the trigger of a user table acts in the slice of whoever
// changes it; the rows of other tables are everybody's.
func TestTriggersOfUsers(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		triggered(e)
		e.exec("GRANT ALL ON notes, counted TO kalam_user")
		alice := e.connect("alice")
		if _, err := alice.Exec(e.ctx, "INSERT INTO notes VALUES (1, 'hers'), (2, 'hers too')"); err != nil {
			t.Fatal(err)
		}
		e.exec("INSERT INTO notes VALUES (3, 'mine')")
		hers, mine := 3, 3
		if e.kind.name == "user" {
			hers, mine = 2, 1
		}
		for c, want := range map[*pgx.Conn]int{alice: hers, e.db: mine} {
			var n int
			if err := c.QueryRow(e.ctx, "SELECT n FROM counted").Scan(&n); err != nil || n != want {
				t.Fatal(n, want, err)
			}
		}
	})
}
