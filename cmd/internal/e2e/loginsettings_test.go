package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestLoginSettings: a session begins with the settings of its database, of its role
// and of its role in the database, the last one that has any; RESET goes back to them.
func TestLoginSettings(t *testing.T) {
	s := testserver.Start(t)
	ctx := testserver.Context(t)
	connect := func(user, database string) *pgx.Conn {
		t.Helper()
		c, err := pgx.Connect(ctx, strings.Replace(s.DSN(user), "database=postgres", "database="+database, 1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		return c
	}
	show := func(c *pgx.Conn, name, want string) {
		t.Helper()
		var have string
		if err := c.QueryRow(ctx, "SHOW "+name).Scan(&have); err != nil || have != want {
			t.Fatalf("%s is %s (%v), want %s", name, have, err, want)
		}
	}
	admin := connect("postgres", "postgres")
	for _, sql := range []string{
		"CREATE ROLE ann LOGIN", "CREATE ROLE ben LOGIN", "CREATE DATABASE first", "ALTER DATABASE first RENAME TO second",
		"ALTER DATABASE second SET work_mem = '8MB'", "ALTER DATABASE second SET search_path = a, \"B c\"", "ALTER DATABASE second SET time zone 'Europe/Paris'",
		"ALTER ROLE ann SET work_mem = '9MB'", "ALTER ROLE ann SET my.thing = 'x'", "ALTER ROLE ben IN DATABASE second SET work_mem = '10MB'",
	} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	show(connect("postgres", "second"), "work_mem", "8MB")
	show(connect("ann", "postgres"), "work_mem", "9MB")
	show(connect("ben", "postgres"), "work_mem", "4MB")
	ben := connect("ben", "second")
	show(ben, "work_mem", "10MB")
	ann := connect("ann", "second")
	show(ann, "work_mem", "9MB")
	show(ann, "my.thing", "x")
	show(ann, "search_path", `a, "B c"`)
	show(ann, "TimeZone", "Europe/Paris")
	if _, err := ann.Exec(ctx, "SET work_mem = '1MB'; RESET work_mem"); err != nil {
		t.Fatal(err)
	}
	show(ann, "work_mem", "9MB")
}
