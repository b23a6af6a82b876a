package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestSessionEndCascades: what depends on the temporary relations of a session, wherever it
// is, goes with them when the session ends.
func TestSessionEndCascades(t *testing.T) {
	s := testserver.Start(t)
	ctx := testserver.Context(t)
	own, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.Exec(ctx, `CREATE TEMP TABLE own (a int); CREATE TEMP SEQUENCE numbers; CREATE TABLE stays (n int DEFAULT nextval('numbers'), a int DEFAULT 3);
		CREATE FUNCTION public.of_own(own) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION calls(int) RETURNS int BEGIN ATOMIC SELECT public.of_own(row($1)::own); END`); err != nil {
		t.Fatal(err)
	}
	other, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.Background())
	left := func() (functions, defaults int) {
		if err := other.QueryRow(ctx, "SELECT count(*), (SELECT count(*) FROM pg_attrdef WHERE adrelid = 'stays'::regclass) FROM pg_proc WHERE proname IN ('of_own', 'calls')").Scan(&functions, &defaults); err != nil {
			t.Fatal(err)
		}
		return functions, defaults
	}
	if f, d := left(); f != 2 || d != 2 {
		t.Fatalf("before: %d functions, %d defaults", f, d)
	}
	if err := own.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; {
		f, d := left()
		if f == 0 && d == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after the session: %d functions and %d defaults, want 0 and 1", f, d)
		}
	}
	if _, err := other.Exec(ctx, "INSERT INTO stays VALUES (DEFAULT, DEFAULT)"); err != nil {
		t.Fatal(err)
	}
}
